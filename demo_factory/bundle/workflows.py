"""GitHub workflows: test a pull request, deploy from one workspace to the next, remove a pull request's environment.

No long-lived token: a job shows GitHub's own identity token to the workspace, which trusts it by a federation policy.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping

from demo_factory.bundle.actions import pinned
from demo_factory.bundle.root import CLI_VERSION
from demo_factory.bundle.source import Source

SMALL = "0.05"  # the scale of what is built to test a change
PYTHON, JAVA, RUNNER = "3.11", "17", "ubuntu-24.04"
_SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"

_CHECKOUT = """\
- uses: <<checkout>>
  with:
    persist-credentials: false
"""
_PACKAGE = """\
- uses: <<setup-python>>
  with:
    python-version: '<<python>>'
- name: Install demo_factory
  run: python -m pip install "$PACKAGE"<<extra>>
"""
# A deployment makes the wheel with the Python that is there.
_CLI = """\
- uses: <<setup-python>>
  with:
    python-version: '<<python>>'
- uses: <<setup-cli>>
  with:
    version: <<cli>>
"""
_JAVA = """\
- uses: <<setup-java>>
  with:
    distribution: temurin
    java-version: '<<java>>'
"""

_HEAD = """\
# Rendered by demo-factory from <<file>>: change that, and render again.
name: <<name>>

<<on>>
# Jobs get what they ask for and nothing more.
permissions:
  contents: read

env:
  PACKAGE: ${{ vars.DEMO_FACTORY_PACKAGE || '<<package>>' }}
  BUNDLE_VAR_package: ${{ vars.DEMO_FACTORY_PACKAGE || '<<package>>' }}
  DEMO_FACTORY_TARGETS: config/targets.yaml

jobs:
"""

_CHECK = """\
check:
  name: Lint and unit tests
  runs-on: <<runner>>
  timeout-minutes: 15
  steps:
<<checkout_step>><<package_steps>>    - name: The blueprint is right
      run: demo-factory validate <<file>>
    - name: The bundle is what the blueprint says
      run: demo-factory bundle <<file>> --out . --check
    - name: Unit tests
      run: |
        python -m pip install 'pytest>=8,<10'
        python -m pytest tests

local:
  name: The demo on this machine, small
  needs: check
  runs-on: <<runner>>
  timeout-minutes: 30
  steps:
<<checkout_step>><<java_step>><<local_package_steps>>    - name: Build it at a small scale
      run: demo-factory build <<file>> --scale <<small>>
    - name: Judge its data
      run: demo-factory check <<file>>
"""

_PR_ON_TARGET = """\

<<target>>:
  name: Deploy to <<target>> and judge the data
  # A pull request of a fork has no identity here: its jobs end with the local demo.
  if: <<same_repository>>
  needs: local
  runs-on: <<runner>>
  timeout-minutes: 90
  environment: <<target>>
  # One job at a time for each pull request's environment; a started one ends.
  concurrency:
    group: <<demo>>-<<target>>-pr${{ github.event.number }}
    cancel-in-progress: false
  permissions:
    contents: read
    id-token: write # the workspace trusts GitHub's token for this job: no secret is kept
  env:
<<auth>>    BUNDLE_VAR_env: pr${{ github.event.number }}
    BUNDLE_VAR_scale: '<<small>>'
  steps:
<<checkout_step>><<cli_step>><<bundle_steps>>"""

_DEPLOY = """\
<<target>>:
  name: Deploy to <<target>>
<<needs>>  runs-on: <<runner>>
  timeout-minutes: 240
  # Who has to approve stands in the settings of this GitHub environment: required reviewers.
  environment: <<target>>
  concurrency:
    group: <<demo>>-<<target>>
    cancel-in-progress: false
  permissions:
    contents: read
    id-token: write # the workspace trusts GitHub's token for this job: no secret is kept
  env:
<<auth>>  steps:
<<checkout_step>><<cli_step>><<bundle_steps>>"""

_BUNDLE = """\
- name: Validate
  run: databricks bundle validate --strict -t <<target>>
- name: Deploy
  run: databricks bundle deploy -t <<target>>
- name: Make what is not there yet
  run: databricks bundle run -t <<target>> materialize
- name: Judge the data
  run: databricks bundle run -t <<target>> test_data_quality
<<dashboards>>"""
_DASHBOARDS = """\
- name: Ask for what dashboards show
  run: databricks bundle run -t <<target>> test_dashboard
"""

_DESTROY = """\
<<target>>:
  name: Remove what the pull request made in <<target>>
  if: <<same_repository>>
  runs-on: <<runner>>
  timeout-minutes: 60
  environment: <<target>>
  # The same group as the job that deploys: it waits for that one to end.
  concurrency:
    group: <<demo>>-<<target>>-pr${{ github.event.number }}
    cancel-in-progress: false
  permissions:
    contents: read
    id-token: write # the workspace trusts GitHub's token for this job: no secret is kept
  env:
<<auth>>    BUNDLE_VAR_env: pr${{ github.event.number }}
  steps:
<<checkout_step>><<cli_step>>    - name: Remove the demo's data
      run: databricks bundle run -t <<target>> destroy
    - name: Remove the bundle
      run: databricks bundle destroy -t <<target>> --auto-approve
"""

_ON_PULL_REQUEST = "on: [pull_request]\n"
_ON_MAIN = "on:\n  push: {branches: [main]}\n  workflow_dispatch: {}\n"
_ON_CLOSE = "on:\n  pull_request: {types: [closed]}\n"


def test_workflow(source: Source) -> str:
    """test.yml: lint, unit tests, the demo on the runner, and the data judged on the development target."""
    text = _head(source, f"test {source.demo}", _ON_PULL_REQUEST) + _job(source, _CHECK)
    target = source.development
    return text + (_job(source, _PR_ON_TARGET, target) if target else "")


def deploy_workflow(source: Source) -> str:
    """deploy.yml: one workspace after the other, each after an approval."""
    jobs, before = [], ""
    for target in source.in_order:
        needs = f"  needs: {before}\n" if before else ""
        jobs.append(_job(source, _DEPLOY.replace("<<needs>>", needs), target))
        before = target
    return _head(source, f"deploy {source.demo}", _ON_MAIN) + "\n".join(jobs)


def destroy_workflow(source: Source) -> str | None:
    """destroy-pr.yml; None where no pull request has an environment, or nothing may be destroyed."""
    target = source.development
    if target is None or not source.targets[target].allow.destroy:
        return None
    return _head(source, f"remove pull request of {source.demo}", _ON_CLOSE) + _job(source, _DESTROY, target)


def _head(source: Source, name: str, on: str) -> str:
    return _fill(_HEAD, {"file": source.file, "name": name, "on": on, "package": source.package})


def _job(source: Source, template: str, target: str | None = None) -> str:
    words = {
        "checkout_step": _step(_CHECKOUT),
        "package_steps": _step(_PACKAGE.replace("<<extra>>", "")),
        "local_package_steps": _step(_PACKAGE.replace("<<extra>>", " 'demo-factory[local]'")),  # with Spark
        "cli_step": _step(_CLI),
        "java_step": _step(_JAVA),
        "runner": RUNNER,
        "small": SMALL,
        "demo": source.demo,
        "file": source.file,
        "same_repository": _SAME_REPOSITORY,
        "python": PYTHON,
        "java": JAVA,
        "cli": CLI_VERSION,
    }
    words |= {name.partition("/")[2]: pinned(name) for name in ("actions/checkout", "actions/setup-python")}
    words |= {name.partition("/")[2]: pinned(name) for name in ("actions/setup-java", "databricks/setup-cli")}
    if target is not None:
        words |= {"target": target, "bundle_steps": _bundle_steps(source), "auth": _auth(source, target)}
    return textwrap.indent(_fill(_fill(template, words), words), "  ")


def _bundle_steps(source: Source) -> str:
    return _step(_BUNDLE.replace("<<dashboards>>", _DASHBOARDS if source.views else ""))


def _step(text: str) -> str:
    return textwrap.indent(text, "    ")


def _auth(source: Source, target: str) -> str:
    """How a job logs in: no secret, only who it is and where."""
    said = {
        "DATABRICKS_AUTH_TYPE": "github-oidc",
        "DATABRICKS_HOST": source.targets[target].host,
        "DATABRICKS_CLIENT_ID": "${{ vars.DATABRICKS_CLIENT_ID }}",
    }
    return "".join(f"    {name}: {value}\n" for name, value in said.items())


def _fill(template: str, words: Mapping[str, str]) -> str:
    """The template with its <<words>>; one without a value is left for the next round."""
    return re.sub(r"<<([a-z_-]+)>>", lambda found: words.get(found[1], found[0]), template)
