"""Secrets of a demo, put into their scope once by a person: whatever runs there only reads them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from demo_factory.access.stages import STEP_OF, by_step
from demo_factory.blueprint.errors import DemoError, WrongUsage
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.destroy import Hands
from demo_factory.operations.targets import open_workspace
from demo_factory.resources.diff import changes
from demo_factory.resources.kinds.secret import KIND as SECRET
from demo_factory.resources.resource import Change
from demo_factory.workspace.apply import apply
from demo_factory.workspace.observe import observe
from demo_factory.workspace.preflight import refuse_unready

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.resources.graph import DemoPlan
    from demo_factory.workspace.ports import Workspace

# Of a secret: its key, what it is for, whether it has a value already. Gives one; empty keeps what is there.
Ask = Callable[[str, str, bool], str]
STAGE = STEP_OF[SECRET.name]


@dataclass(frozen=True)
class SecretsReport:
    """The keys of secrets that got a value, and of those that keep theirs."""

    scope: str
    put: tuple[str, ...]
    kept: tuple[str, ...]


def put_secrets(demo: str, settings: Settings, ask: Ask, wait: float = 0) -> SecretsReport:
    """Make a demo's scope, put each secret into it, and let its readers in. No value goes anywhere else.

    Args:
        ask: gives each value; the demo's other things are neither made nor looked at.
        wait: seconds to wait for a build to end; 0 refuses.

    Raises:
        WrongUsage: the demo has no secrets, or the target keeps none.
        DemoError: a value is missing, a reader is not there, or the scope is somebody else's; nothing was written.
    """
    workspace = open_workspace(settings)
    plan = plan_demo(find_demo(settings, demo), settings, workspace)
    secrets = plan.blueprint.governance.secrets
    if secrets is None:
        raise WrongUsage(f"{plan.demo} names no secrets.", "Name them in its blueprint: governance, secrets, keys.")
    if not settings.traits.takes_secrets:
        raise WrongUsage(
            f"{settings.target} keeps no secrets.", f"Say where: demo-factory secrets put {demo} --target NAME"
        )
    work = _changes(plan, workspace)
    _refuse_nobody(plan, workspace, work, settings)
    values = _values(work, {key: one.comment for key, one in secrets.keys.items()}, ask)
    todo = [replace(one, kind="change") if _key(one) in values and one.kind == "keep" else one for one in work]
    scope = next(one.id.key for one in todo if one.id.kind != SECRET.name)
    with _told(todo, values):
        refuse_unready(plan, (STAGE,), todo, workspace)
        with workspace.writing(f"put secrets of {plan.demo}", wait, [plan.demo]):
            apply([one for one in todo if one.kind != "drop"], Hands(workspace), workspace.records, plan.demo)
    known = [_key(one) for one in todo if one.id.kind == SECRET.name]
    return SecretsReport(scope, tuple(values), tuple(key for key in known if key not in values))


def _changes(plan: DemoPlan, workspace: Workspace) -> Sequence[Change]:
    return by_step(plan, changes(plan, observe(plan, workspace))).get(STAGE, ())


def _refuse_nobody(plan: DemoPlan, workspace: Workspace, work: Sequence[Change], settings: Settings) -> None:
    """A reader that is not there yet cannot be let in."""
    needed = {need for change in work for need in change.resource.needs}
    wanted = [one for one in plan.resources if one.id in needed and one.id not in {change.id for change in work}]
    found = workspace.governor.find(wanted) if wanted else {}
    missing = [one.key for one in wanted if found[one.id] is None]
    if missing:
        raise DemoError(
            f"These are to read the secrets and are not there yet: {', '.join(missing)}; nothing was put.",
            f"Make them first: {settings.building(plan.demo)} --select {STEP_OF[wanted[0].kind]}",
        )


def _values(work: Sequence[Change], about: Mapping[str, str], ask: Ask) -> dict[str, str]:
    found = {}
    for change in work:
        if change.id.kind == SECRET.name and change.kind != "drop":
            there = change.found is not None
            value = ask(_key(change), about.get(_key(change), ""), there)
            if value:
                found[_key(change)] = value
            elif not there:
                raise DemoError(f"The secret {_key(change)} needs a value; nothing was put.", "Type or paste it.")
    return found


def _key(change: Change) -> str:
    return change.id.key.partition("/")[2]


@contextmanager
def _told(work: Sequence[Change], values: Mapping[str, str]) -> Iterator[None]:
    """Values where the target looks for them, which is this process's environment, and for no longer than it takes."""
    names = {str(one.resource.desired["env"]): values[_key(one)] for one in work if _key(one) in values}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
