"""databricks.yml and a file for each target: modes, hosts, variables, and what differs between workspaces."""

from __future__ import annotations

import yaml

from demo_factory.bundle.jobs import target_jobs
from demo_factory.bundle.source import Source, principal_value, variable, warehouse_value
from demo_factory.bundle.text import Data, comment, entries, to_yaml
from demo_factory.targets.model import Auth, Target

CLI_VERSION = "1.13.0"  # what the workflows install
# Whatever an earlier deployment made is taken away: the jobs install all that lies there.
_BUILD = (
    """python -c "import shutil; shutil.rmtree('dist', True)" """
    """&& python -m pip wheel --no-deps --wheel-dir dist "${var.package}\""""
)
_ROOT = "/Workspace/Users/${workspace.current_user.userName}/.bundle/${bundle.name}/"


def root_file(source: Source) -> str:
    """databricks.yml."""
    title = source.plan.blueprint.title or source.demo
    text = comment(f"{title}, as a Databricks bundle. Check it with: databricks bundle validate --strict -t TARGET")
    text += to_yaml({"bundle": {"name": source.demo, "engine": "direct", "databricks_cli_version": ">=1.3.0"}}) + "\n"
    text += to_yaml({"include": ["resources/*.yml", "targets/*.yml"]}) + "\n"
    if source.builds_wheel:
        text += comment("What the jobs install: made of `package` at each deployment, and uploaded with the bundle.")
        text += to_yaml({"artifacts": {"demo_factory": {"type": "whl", "path": ".", "build": _BUILD}}}) + "\n"
    return text + "variables:\n" + entries(_variables(source), 2)


def _variables(source: Source) -> dict[str, tuple[str, Data]]:
    found: dict[str, tuple[str, Data]] = {
        "env": ("", {"description": "Fills the environment in names; a pull request brings its own"}),
        "scale": ("", {"description": "Factor on the row counts", "default": f"{source.plan.scale:g}"}),
        "package": ("", {"description": "How pip finds demo_factory", "default": source.package}),
        "budget_tag": ("", {"description": "On all compute", "default": source.budget}),
    }
    if source.views:
        found["warehouse_id"] = ("", {"description": "The SQL warehouse that dashboards ask"})
    for name, group in source.governance.groups.items():
        about = f"Account group {name}" + (f": {group.comment}" if group.comment else "")
        found[name] = ("", {"description": about, "default": name})
    for name, principal in source.governance.service_principals.items():
        about = f"Application id of the service principal {name}" + (
            f": {principal.comment}" if principal.comment else ""
        )
        found[name] = ("", {"description": about})
    return found


def target_file(source: Source, name: str) -> str:
    """targets/NAME.yml."""
    target = source.targets[name]
    development = name == source.development
    text = comment(_about(target, development)) + f"targets:\n  {name}:\n"
    text += to_yaml(_mode(target, development), 4)
    text += to_yaml({"variables": _values(source, name, target)}, 4)
    if source.governance.runs_as:
        text += comment("Whoever the jobs run as has to read the files that they name.", 4)
        who = {"level": "CAN_VIEW", "service_principal_name": variable(source.governance.runs_as)}
        text += to_yaml({"permissions": [who]}, 4)
    return text + "    resources:\n      jobs:\n" + target_jobs(source, target, development)


def _about(target: Target, development: bool) -> str:
    if development:
        return (
            "Where people and pull requests try things out: names carry the prefix of whoever deploys,"
            " and schedules rest."
        )
    return "Production: deployed by the workflow alone." if target.production else "Where a change is seen as a whole."


def _mode(target: Target, development: bool) -> Data:
    # In development a pull request deploys beside the others: its environment is part of the place and of the names.
    place = _ROOT + ("${var.env}" if development else "${bundle.target}")
    found: Data = {}
    if development:
        prefix = "${var.env}_${workspace.current_user.short_name}_"
        found = {"mode": "development", "default": True}
        found["presets"] = {"name_prefix": prefix, "trigger_pause_status": "PAUSED"}
    elif target.production:
        found = {"mode": "production"}
    return {**found, "workspace": {"host": target.host, "root_path": place}}


def _values(source: Source, name: str, target: Target) -> Data:
    """Variables as this workspace has them; what is as everywhere is left out."""
    found: Data = {"env": target.env or name}
    if source.views:
        found["warehouse_id"] = warehouse_value(target)
    if target.budget_tag:
        found["budget_tag"] = target.budget_tag
    for group in source.governance.groups:
        own = target.principals.get(group, group)
        if own != group:
            found[group] = own
    for principal in source.governance.service_principals:
        found[principal] = principal_value(principal, target)
    return found


def targets_file(source: Source) -> str:
    """targets.yaml for the jobs and workflows: the same targets, each logging in as whoever runs there."""
    said = {
        name: target.model_copy(update={"auth": Auth(environment=True)}).model_dump(mode="json", exclude_defaults=True)
        for name, target in source.targets.items()
    }
    for name, target in source.targets.items():  # said whatever the defaults are
        said[name] |= {"env": target.env or name, "allow": target.allow.model_dump()}
    text = yaml.safe_dump({"targets": said}, sort_keys=False, width=1_000, allow_unicode=True)
    return comment("The targets for the jobs and workflows; each logs in as whoever runs there.") + text
