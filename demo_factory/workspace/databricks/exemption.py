"""Whether who is logged in sees the values behind masks and row filters that stand already: Databricks is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from demo_factory.blueprint.errors import DemoError
from demo_factory.blueprint.masks import masks_of
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.resource import Change
from demo_factory.sql.functions import GROUP_TEST
from demo_factory.sql.names import literal, quote
from demo_factory.workspace.databricks.api import WorkspaceApi
from demo_factory.workspace.preflight import Requirement

NAME = "exemption"


def exemption(
    api: WorkspaceApi, plan: DemoPlan, work: Collection[Change], found: Collection[Change]
) -> Iterator[Requirement]:
    """New days, models and predictions are made of what a table shows to whoever makes them: masked, they are wrong.

    Nothing where no table with a mask stands yet, or where a mask shows its values to nobody at all.
    """
    if not any(change.kind in ("append", "run") for change in work):
        return
    standing = {change.resource.name for change in found if change.id.kind == "table" and change.found is not None}
    guards = {
        what: groups for table, what, groups in _guards(plan, api.target.principals) if table in standing and groups
    }
    if not guards:
        return
    try:
        mine = _mine(api, sorted({group for groups in guards.values() for group in groups}))
    except DemoError as error:
        yield Requirement(NAME, False, error.message.rstrip("."), error.remedy, needed=True)
        return
    hidden = {what: groups for what, groups in guards.items() if not mine & groups}
    if not hidden:
        yield Requirement(NAME, True, "sees the values behind masks and row filters", needed=True)
        return
    what, groups = next(iter(hidden.items()))
    more = f" and {len(hidden) - 1} more" if len(hidden) > 1 else ""
    yield Requirement(
        NAME, False, f"{api.me} does not see {what}{more} as it is, and would make wrong data of it",
        f"Put it into {' or '.join(sorted(groups))}, in the account; that may take some minutes to count.", needed=True,
    )  # fmt: skip


def _guards(plan: DemoPlan, names: Mapping[str, str]) -> Iterator[tuple[str, str, frozenset[str]]]:
    """(table, what it hides in words, the groups that see it all the same) by the workspace's own names."""

    def own(groups: Collection[str]) -> frozenset[str]:
        return frozenset(names.get(group, group) for group in groups)

    for (table, column), mask in masks_of(plan.blueprint).items():
        yield table, f"{table}.{column}", own(mask.exempt)
    for table, row_filter in plan.blueprint.governance.row_filters.items():
        yield table, f"all rows of {table}", own(row_filter.exempt)


def _mine(api: WorkspaceApi, groups: Collection[str]) -> frozenset[str]:
    """Those of some groups that the function which masks ask counts the caller to."""
    asked = ", ".join(f"{GROUP_TEST}({literal(group)}) AS {quote(group)}" for group in groups)
    rows = api.warehouse.run(f"SELECT {asked}", what="ask which groups you are in")
    return frozenset(group for group, inside in zip(groups, rows.rows[0], strict=True) if inside)
