"""What stands beside the bundle: how to set it up, and unit tests of the demo's description."""

from __future__ import annotations

import json
from collections.abc import Iterator

from demo_factory.bundle.source import Source

IGNORED = """\
# what a deployment makes here
.databricks/
dist/
"""

_README = """\
# {title}

A Databricks bundle (Declarative Automation Bundle) with its workflows, rendered by demo-factory from `{file}`.
Change that file and `config/targets.yaml`, then render again: `demo-factory bundle {file} --out .`

| what | where |
|---|---|
| name, variables, the wheel that jobs install | `databricks.yml` |
| jobs | `resources/` |
| workspaces: {targets} | `targets/`, one file each |
| what happens on a pull request, on main, when a pull request closes | `.github/workflows/` |

The bundle holds the jobs, their schedules and permissions, and nothing else. Catalog, schema, tables, grants, masks,
tags and secrets are made by `demo-factory apply`, which the job `materialize` runs: each object has one owner.

## Once for each workspace

```bash
export DEMO_FACTORY_TARGETS=config/targets.yaml
{by_hand}```
{rights}
## Once for the workflows

1. In GitHub make an environment for each of {targets}. Give it the variable `DATABRICKS_CLIENT_ID`:
   the application id of the service principal that deploys there. Add required reviewers where somebody has to approve.
2. In the Databricks account that service principal trusts the workflows by a federation policy; no token or secret is
   kept in GitHub. ID is the service principal's number, OWNER/REPOSITORY yours:

```bash
{federation}```

3. The jobs keep the ledger of whoever deploys, in the deployer's own folder. So that you, the workflows and the jobs
   know of the same demo, give each target a `folder` that only these may write to.
4. If pip finds demo_factory elsewhere than at `{package}`, say where in the repository's variable
   `DEMO_FACTORY_PACKAGE`, and render again with `--package`.

## By hand

```bash
databricks bundle validate --strict -t {first}
databricks bundle deploy -t {first}
databricks bundle run -t {first} materialize
```
"""

_RUNS_AS = """
The jobs run as `{runs_as}`. Whoever deploys needs the role Service Principal User on it. It needs CAN USE on the
warehouse.
{how}
"""
_OWN_CATALOG = "It makes the catalog, for which it needs CREATE CATALOG on the metastore, and then owns what it makes."
_THEIR_CATALOG = "In a catalog that is there it needs USE CATALOG, CREATE SCHEMA, APPLY TAG and MANAGE on that."

_TEST = '''\
"""The demo's description holds together for every workspace: no Spark, no network."""

import datetime as dt
from pathlib import Path

import pytest

from demo_factory.blueprint.load import load
from demo_factory.plan.compile import compile_demo
from demo_factory.targets.load import load_targets

ROOT = Path(__file__).parent.parent
TARGETS = load_targets(ROOT / "config" / "targets.yaml")


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_demo_can_be_planned(name):
    blueprint = load(ROOT / "{file}")
    plan = compile_demo(blueprint, as_of=dt.date(2026, 1, 31), env=TARGETS[name].env)
    assert plan.catalog == blueprint.place(TARGETS[name].env, "me")[0]
    assert plan.of_kind("table")


def test_production_is_not_destroyed_by_accident():
    assert not [name for name, target in TARGETS.items() if target.production and target.allow.destroy]
'''


def readme(source: Source) -> str:
    """README.md."""
    return _README.format(
        title=source.plan.blueprint.title or source.demo,
        file=source.file,
        package=source.package,
        first=source.in_order[0],
        targets=", ".join(f"`{name}`" for name in source.in_order),
        by_hand="".join(f"{line}\n" for name in source.in_order for line in _by_hand(source, name)),
        rights=_rights(source),
        federation="".join(f"{line}\n" for name in source.in_order for line in _federation(source, name)),
    )


def _by_hand(source: Source, target: str) -> Iterator[str]:
    """What a person does before the first deployment there."""
    governance = source.governance
    if governance.groups or governance.service_principals:
        yield f"demo-factory apply {source.file} --target {target} --select access_principals"
    if governance.secrets is not None:
        yield f"demo-factory secrets put {source.file} --target {target}"


def _rights(source: Source) -> str:
    if source.governance.runs_as is None:
        return ""
    makes = [target.allow.create_catalog for target in source.targets.values()]
    how = [text for text, said in ((_OWN_CATALOG, any(makes)), (_THEIR_CATALOG, not all(makes))) if said]
    return _RUNS_AS.format(runs_as=source.governance.runs_as, how="\n".join(how))


def _federation(source: Source, target: str) -> Iterator[str]:
    """The policy that lets a workflow's job of one environment log in; the audience is what the SDK asks GitHub for."""
    policy = {
        "issuer": "https://token.actions.githubusercontent.com",
        "audiences": [f"{source.targets[target].host}/oidc/v1/token"],
        "subject": f"repo:OWNER/REPOSITORY:environment:{target}",
    }
    said = json.dumps({"oidc_policy": policy})
    yield f"databricks account service-principal-federation-policy create ID --json '{said}'"


def unit_tests(source: Source) -> str:
    """tests/test_DEMO.py."""
    return _TEST.replace("{file}", source.file)
