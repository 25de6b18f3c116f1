"""What a bundle is rendered from: a plan, the workspaces, and the names that follow from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.governance import Governance
from demo_factory.resources.graph import DemoPlan
from demo_factory.targets.model import Target

_WAREHOUSE = re.compile(r"[0-9a-f]{16}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Source:
    """Everything that a bundle says.

    Args:
        plan: the demo, planned for any environment and day: only its names and kinds are used.
        targets: the workspaces by name, without `local`.
        blueprint: the text of the demo's file.
        package: how pip finds this package where the bundle is deployed from; or a wheel that is on the workspace.
    """

    plan: DemoPlan
    targets: Mapping[str, Target]
    blueprint: str
    package: str

    def __post_init__(self) -> None:
        if not self.targets:
            raise DemoError(
                "There is no workspace to deploy to.", "Start with: demo-factory targets --example > targets.yaml"
            )
        if "[" in self.package:
            raise DemoError(
                f"{self.package} has an extra, and with it a Spark that the compute must not get.",
                f"Name the package alone: {self.package.partition('[')[0]}{self.package.partition(']')[2]}",
            )
        for name, target in self.targets.items():
            place = self.place(target)
            beside = [one for one in self.targets.values() if (one.host, self.place(one)) == (target.host, place)]
            if "${var.env}" not in "".join(place) and (name == self.development or len(beside) > 1):
                raise DemoError(
                    f"{'.'.join(place)} on {name} is the same in every environment, so one would overwrite the other.",
                    "Put {env} into the name of the catalog or of the schema, as {env}_" + place[0] + ".",
                )

    @property
    def demo(self) -> str:
        """The demo's name."""
        return self.plan.demo

    @property
    def governance(self) -> Governance:
        """Who may do what."""
        return self.plan.blueprint.governance

    @property
    def development(self) -> str | None:
        """The target that people and pull requests try things on: dev, or else the first that is not production."""
        tries = [name for name, target in self.targets.items() if not target.production]
        return "dev" if "dev" in tries else next(iter(tries), None)

    @property
    def in_order(self) -> list[str]:
        """Target names as a change goes through them: development first, production last."""
        first = self.development
        return sorted(self.targets, key=lambda name: (self.targets[name].production, name != first))

    def place(self, target: Target) -> tuple[str, str]:
        """The names of catalog and schema on a target, with the environment left open."""
        return target.placing(self.plan.blueprint).place("${var.env}", "{user}")

    @property
    def names_user(self) -> bool:
        """Whether each person has a place of their own somewhere."""
        return any("{user}" in "".join(self.place(target)) for target in self.targets.values())

    @property
    def budget(self) -> str:
        """What all compute is tagged with, unless a target says otherwise."""
        return self.governance.budget_tag or self.demo

    @property
    def file(self) -> str:
        """Where the demo's blueprint stands in the bundle."""
        return f"demos/{self.demo}.yaml"

    @property
    def views(self) -> list[str]:
        """The demo's views, which dashboards ask; none where each person has a schema of their own."""
        if self.names_user:
            return []
        return [step.name for step in self.plan.of_kind("view")]

    @property
    def builds_wheel(self) -> bool:
        """Whether the bundle makes the wheel that its jobs install; one on the workspace is used from there."""
        return not self.package.startswith(("/Volumes/", "/Workspace/"))

    @property
    def wheel(self) -> str:
        """The wheel that the jobs install: the CLI puts in where it has uploaded what the bundle made."""
        return "../dist/*.whl" if self.builds_wheel else "${var.package}"


def variable(name: str) -> str:
    """A reference to a bundle variable."""
    return f"${{var.{name}}}"


def warehouse_value(target: Target) -> str | dict[str, Any]:
    """The warehouse as a variable of a target: its id, or what looks that up by its name."""
    own = target.warehouse
    return own if _WAREHOUSE.fullmatch(own) else {"lookup": {"warehouse": own}}


def principal_value(name: str, target: Target) -> str | dict[str, Any]:
    """A service principal as a variable of a target: its application id, or what looks that up by its name."""
    own = target.principals.get(name, name)
    return own if _UUID.fullmatch(own.lower()) else {"lookup": {"service_principal": own}}
