"""What stands beside the bundle: how to set it up, and unit tests of the demo's description."""

from __future__ import annotations

from demo_factory.bundle.source import Source

_README = """\
# {title}

A Databricks bundle (Declarative Automation Bundle) with its workflows, rendered by demo-factory from `{file}`.
Change that file and `config/targets.yaml`, then render again: `demo-factory bundle {file} --out .`

| what | where |
|---|---|
| name, variables | `databricks.yml` |
| jobs; schema, volume, secret scope | `resources/` |
| workspaces: {targets} | `targets/`, one file each |
| what happens on a pull request, on main, when a pull request closes | `.github/workflows/` |

## Once, before the first deployment

1. In GitHub make an environment for each of {targets}. Give it the variable `DATABRICKS_CLIENT_ID`:
   the application id of the service principal that deploys there. Add required reviewers where somebody has to approve.
2. In the Databricks account give that service principal a federation policy with the issuer
   `https://token.actions.githubusercontent.com` and the subject `repo:OWNER/REPOSITORY:environment:ENVIRONMENT`.
   No token or secret is kept in GitHub.
3. If pip finds demo_factory elsewhere than at `{package}`, say where in the repository's variable
   `DEMO_FACTORY_PACKAGE`, and render again with `--package`.
{principals}
## By hand

```bash
databricks bundle validate --strict -t {first}
databricks bundle deploy -t {first}
databricks bundle run -t {first} materialize
```
"""

_PRINCIPALS = """\
4. These have to be in the account, or are made by `demo-factory apply {file}`: {names}.
"""

_RUNS_AS = """\
5. Whoever deploys needs the role Service Principal User on `{runs_as}`, which the jobs run as.
"""

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
    governance = source.governance
    names = ", ".join(f"`{name}`" for name in [*governance.groups, *governance.service_principals])
    principals = _PRINCIPALS.format(file=source.file, names=names) if names else ""
    principals += _RUNS_AS.format(runs_as=governance.runs_as) if governance.runs_as else ""
    return _README.format(
        title=source.plan.blueprint.title or source.demo,
        file=source.file,
        package=source.package,
        first=source.in_order[0],
        targets=", ".join(f"`{name}`" for name in source.in_order),
        principals=principals,
    )


def unit_tests(source: Source) -> str:
    """tests/test_DEMO.py."""
    return _TEST.replace("{file}", source.file)
