"""A deployment of a rendered bundle, played: a small reader of its YAML that asks the workspace by the real SDK.

It stands in for `databricks bundle deploy`, `run` and `destroy`, whose program its licence allows to those alone who
have an agreement. What it does is what the documentation says of what we render (jobs, variables with look-ups, a
wheel, files, permissions, development mode); whatever else stands in a file, it refuses.
"""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import iam, jobs
from databricks.sdk.service.workspace import ImportFormat

_KEYED = {"tasks": "task_key", "environments": "environment_key", "job_clusters": "job_cluster_key"}
_ON_FOLDERS = {"CAN_VIEW": "CAN_READ", "CAN_RUN": "CAN_RUN", "CAN_MANAGE": "CAN_MANAGE"}
_KNOWN = {"bundle", "include", "artifacts", "variables", "targets", "resources"}


@dataclass
class Deployment:
    """One target of a bundle on a workspace, by whoever the client logs in as."""

    folder: Path
    target: str
    client: WorkspaceClient
    var: Mapping[str, str] = field(default_factory=dict)
    jobs: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        read: dict[str, Any] = yaml.safe_load((self.folder / "databricks.yml").read_text())
        for pattern in read.pop("include"):
            for file in sorted(self.folder.glob(pattern)):
                read = _merged(read, yaml.safe_load(file.read_text()))
        assert set(read) <= _KNOWN, set(read) - _KNOWN
        chosen = read.pop("targets")[self.target]
        assert set(chosen) <= {"mode", "default", "presets", "workspace", "variables", "permissions", "resources"}
        values = {name: about.get("default") for name, about in read.pop("variables").items()}
        values |= chosen.pop("variables") | self.var
        self._config = _merged(read, chosen)
        me = str(self.client.current_user.me().user_name)
        named = {f"var.{name}": self._value(one) for name, one in values.items()}
        named |= {"bundle.name": read["bundle"]["name"], "bundle.target": self.target}
        named |= {"workspace.current_user.userName": me, "workspace.current_user.short_name": me.partition("@")[0]}
        root = _filled(self._config["workspace"]["root_path"], named)
        named |= {"workspace.root_path": root, "workspace.file_path": f"{root}/files"}
        self.root, self._config = root, _filled(self._config, named)

    def _value(self, value: str | dict[str, Any]) -> str:
        if isinstance(value, str):
            return value
        [(kind, name)] = value["lookup"].items()
        if kind == "warehouse":
            [found] = [one.id for one in self.client.warehouses.list() if one.name == name]
        else:
            assert kind == "service_principal", kind
            [found] = [
                one.application_id for one in self.client.service_principals.list(filter=f'displayName eq "{name}"')
            ]
        return str(found)

    # -- deploy --------------------------------------------------------------------------------------------------------

    def deploy(self) -> None:
        """Make the wheel, bring the files, make the jobs or change those of an earlier deployment."""
        wheels = self._wheels()
        ignored = (self.folder / ".gitignore").read_text().split()
        for file in sorted(one for one in self.folder.rglob("*") if one.is_file()):
            path = file.relative_to(self.folder)
            if f"{path.parts[0]}/" not in ignored:
                self._upload(file, f"{self.root}/files/{path.as_posix()}")
        for entry in self._config.get("permissions", ()):
            self._permit_folder(entry)
        for key, job in self._config["resources"]["jobs"].items():
            said = self._job(copy.deepcopy(job), wheels)
            permitted = [jobs.JobAccessControlRequest.from_dict(one) for one in said.pop("access_control_list", [])]
            settings = jobs.JobSettings.from_dict(said)
            assert settings.as_dict() == said, f"the SDK knows no such job: {key}"
            given = {name: getattr(settings, name) for name in said}
            made = self.client.jobs.create(**given, access_control_list=permitted or None)
            self.jobs[key] = int(str(made.job_id))

    def _wheels(self) -> dict[str, list[str]]:
        """Where each pattern of a target's file leads after the upload."""
        found: list[str] = []
        for artifact in self._config.get("artifacts", {}).values():
            assert artifact["type"] == "whl"
            place = self.folder / artifact["path"]
            environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
            # the tools that make wheels are here already: nothing is fetched
            environ |= {"PIP_NO_BUILD_ISOLATION": "0", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
            done = subprocess.run(
                artifact["build"], shell=True, cwd=place, capture_output=True, text=True, env=environ, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            for file in sorted((place / "dist").glob("*.whl")):
                found.append(f"{self.root}/artifacts/.internal/{file.name}")
                self._upload(file, found[-1])
        return {"../dist/*.whl": found}

    def _upload(self, file: Path, path: str) -> None:
        self.client.workspace.mkdirs(path.rpartition("/")[0])
        with file.open("rb") as content:
            self.client.workspace.upload(path, content, format=ImportFormat.AUTO, overwrite=True)

    def _permit_folder(self, entry: dict[str, str]) -> None:
        who = {name: value for name, value in entry.items() if name != "level"}
        level = iam.PermissionLevel(_ON_FOLDERS[entry["level"]])
        number = self.client.workspace.get_status(self.root).object_id
        access = [iam.AccessControlRequest(**who, permission_level=level)]
        self.client.permissions.update("directories", str(number), access_control_list=access)

    def _job(self, job: dict[str, Any], wheels: Mapping[str, list[str]]) -> dict[str, Any]:
        presets = self._config.get("presets", {})
        job["name"] = presets.get("name_prefix", "") + job["name"]
        if "schedule" in job and "trigger_pause_status" in presets:
            job["schedule"]["pause_status"] = presets["trigger_pause_status"]
        permitted = [*job.pop("permissions", []), *self._config.get("permissions", ())]
        if permitted:
            job["access_control_list"] = [
                {**{name: value for name, value in one.items() if name != "level"}, "permission_level": one["level"]}
                for one in permitted
            ]
        for environment in job.get("environments", ()):
            environment["spec"]["dependencies"] = [
                path for one in environment["spec"]["dependencies"] for path in wheels.get(one, [one])
            ]
        for task in job["tasks"]:
            if "libraries" in task:
                task["libraries"] = [
                    {"whl": path} for one in task["libraries"] for path in wheels.get(one["whl"], [one["whl"]])
                ]
        return job

    # -- run, destroy --------------------------------------------------------------------------------------------------

    def run(self, key: str) -> int:
        """Start a job; gives the run."""
        return int(str(self.client.jobs.run_now(self.jobs[key]).run_id))

    def destroy(self) -> None:
        """Remove the jobs and the files."""
        for number in self.jobs.values():
            self.client.jobs.delete(number)
        self.jobs.clear()
        self.client.workspace.delete(self.root, recursive=True)


def _merged(one: Any, other: Any) -> Any:
    """What a later file or a target says on top: mappings grow, lists with keys by their keys, others at their end."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: _of_both(key, one[key], value) if key in one else value for key, value in other.items()}}
    return other


def _of_both(key: str, one: Any, other: Any) -> Any:
    if not isinstance(one, list) or not isinstance(other, list):
        return _merged(one, other)
    if key not in _KEYED:
        return [*one, *other]
    name = _KEYED[key]
    by_key = {each[name]: each for each in one}
    for each in other:
        by_key[each[name]] = _merged(by_key.get(each[name], {}), each)
    return list(by_key.values())


def _filled(value: Any, named: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, named) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, named) for one in value]
    return re.sub(r"\$\{([^{}]+)\}", lambda found: named[found[1]], value) if isinstance(value, str) else value
