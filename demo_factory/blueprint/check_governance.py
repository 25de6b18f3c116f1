"""What must hold in governance: every name known, every privilege, mask and filter right for what it is put on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from demo_factory.blueprint.check_filters import check_filters, not_a_group
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.governance import Mask, Privilege
from demo_factory.blueprint.lookup import Kind, Lookup
from demo_factory.blueprint.masks import written_columns
from demo_factory.blueprint.suggestions import did_you_mean, one_of

Path = tuple[str | int, ...]
_FIT: dict[str, tuple[Privilege, ...]] = {
    "table": ("SELECT", "MODIFY"),
    "predictions table": ("SELECT", "MODIFY"),
    "view": ("SELECT",),
    "model": ("EXECUTE",),
    "volume": ("READ VOLUME", "WRITE VOLUME"),
}
_NEEDS: dict[str, Kind] = {"hash": "text", "first_letter": "text", "year": "date"}
_CALLED = {"text": ("text", "text"), "date": ("dates", "a date")}


def check_governance(lookup: Lookup) -> Iterator[Problem]:
    """Every problem of the governance section."""
    yield from _principals(lookup)
    yield from _grants(lookup)
    yield from _masks(lookup)
    yield from check_filters(lookup)
    secrets = lookup.blueprint.governance.secrets
    if secrets is not None:
        path: Path = ("governance", "secrets", "readers")
        yield from unknown_names(path, secrets.readers, _everybody(lookup), "group or service principal")


def unknown_names(path: Path, names: Iterable[str], known: Iterable[str], kind: str) -> Iterator[Problem]:
    """A problem for each name that is not known."""
    options = list(known)
    for index, name in enumerate(names):
        if name not in options:
            yield Problem((*path, index), f"there is no {kind} {name!r}", did_you_mean(name, options, kind))


def _everybody(lookup: Lookup) -> list[str]:
    governance = lookup.blueprint.governance
    return [*governance.groups, *governance.service_principals]


def _principals(lookup: Lookup) -> Iterator[Problem]:
    governance = lookup.blueprint.governance
    for name in governance.service_principals:
        if name in governance.groups:
            message = f"service principal {name!r} has the name of a group"
            yield Problem(("governance", "service_principals", name), message, "rename one of them")
    for name, group in governance.groups.items():
        for index, member in enumerate(group.listed):
            if "@" not in member and member not in _everybody(lookup):
                remedy = did_you_mean(member, _everybody(lookup), "group or service principal; users go by e-mail")
                path: Path = ("governance", "groups", name, "members", index)
                yield Problem(path, f"there is no group or service principal {member!r}", remedy)
    yield from _circles(lookup)
    runner = governance.runs_as
    if runner is not None and runner not in governance.service_principals:
        remedy = did_you_mean(runner, governance.service_principals, "service principal")
        yield Problem(("governance", "runs_as"), f"there is no service principal {runner!r}", remedy)


def _circles(lookup: Lookup) -> Iterator[Problem]:
    """Each circle of groups once, at the group that stands first in the file."""
    groups = lookup.blueprint.governance.groups
    said: set[str] = set()
    for start in groups:
        if start in said:
            continue
        trail = _way_back(start, {name: group.listed for name, group in groups.items()})
        if trail:
            said.update(trail)
            message = f"groups are members of each other in a circle: {' -> '.join(trail)}"
            yield Problem(("governance", "groups", start, "members"), message, "remove one of them")


def _way_back(start: str, members: Mapping[str, list[str]]) -> list[str]:
    """The names from a group back to itself; empty when no way leads there."""
    waiting, seen = [[start]], set()
    while waiting:
        trail = waiting.pop()
        for member in members.get(trail[-1], ()):
            if member == start:
                return [*trail, start]
            if member not in seen:
                seen.add(member)
                waiting.append([*trail, member])
    return []


def _objects(lookup: Lookup) -> dict[str, str]:
    blueprint = lookup.blueprint
    return {
        **dict.fromkeys(blueprint.tables, "table"),
        **dict.fromkeys(blueprint.views, "view"),
        **{model.predictions.table: "predictions table" for model in blueprint.models.values()},
        **dict.fromkeys(blueprint.models, "model"),
        **dict.fromkeys(blueprint.volumes, "volume"),
    }


def _grants(lookup: Lookup) -> Iterator[Problem]:
    objects = _objects(lookup)
    for index, grant in enumerate(lookup.blueprint.governance.grants):
        path: Path = ("governance", "grants", index)
        yield from unknown_names((*path, "to"), grant.to, _everybody(lookup), "group or service principal")
        for position, name in enumerate(grant.on):
            if name == "schema" or name in lookup.broken.names:
                continue
            kind = objects.get(name)
            if kind is None:
                remedy = did_you_mean(name, [*objects, "schema"])
                yield Problem((*path, "on", position), f"there is no table, view, model or volume {name!r}", remedy)
                continue
            for place, privilege in enumerate(grant.privileges):
                if privilege not in _FIT[kind]:
                    message = f"{privilege} does not fit {name}, which is a {kind}"
                    remedy = f"use {one_of(_FIT[kind])} there, and name {privilege} in a grant of its own"
                    yield Problem((*path, "privileges", place), message, remedy)


def _masks(lookup: Lookup) -> Iterator[Problem]:
    named: dict[str, int] = {}
    classes: dict[str, int] = {}
    for index, mask in enumerate(lookup.blueprint.governance.masks):
        path: Path = ("governance", "masks", index)
        yield from not_a_group(lookup, (*path, "except"), mask.exempt)
        for position, column in enumerate(mask.columns):
            here = (*path, "columns", position)
            if column in named:
                message = f"{column} is masked already by mask {named[column] + 1}"
                yield Problem(here, message, "a column has one mask: keep one")
            named.setdefault(column, index)
            yield from _named_column(lookup, here, column, mask)
        if mask.classification is not None:
            yield from _class(lookup, path, mask, classes.get(mask.classification))
            classes.setdefault(mask.classification, index)


def _named_column(lookup: Lookup, path: Path, column: str, mask: Mask) -> Iterator[Problem]:
    table, _, name = column.partition(".")
    spec = lookup.blueprint.tables.get(table)
    if spec is None:
        if table not in lookup.broken.names:
            known = lookup.blueprint.tables
            yield Problem(path, f"there is no table {table!r}", did_you_mean(table, known, "table"))
    elif missing := lookup.no_column(table, name):
        yield Problem(path, *missing)
    elif name in spec.columns and spec.columns[name].hidden:
        yield Problem(path, f"{column} is hidden: it is not written, so nobody sees it", "remove it here")
    else:
        yield from _unfit(lookup, path, table, name, mask)


def _class(lookup: Lookup, path: Path, mask: Mask, before: int | None) -> Iterator[Problem]:
    here = (*path, "classification")
    if before is not None:
        message = f"{mask.classification} columns are masked already by mask {before + 1}"
        yield Problem(here, message, "a column has one mask: keep one, or name columns")
        return
    columns = [(table, name) for table, name, kind in written_columns(lookup.blueprint) if kind == mask.classification]
    if not columns and not lookup.broken.columns:
        yield Problem(here, f"no column is {mask.classification}", "give a column that classification, or name columns")
    taken = {column for other in lookup.blueprint.governance.masks for column in other.columns}
    for table, name in columns:
        if f"{table}.{name}" not in taken:
            yield from _unfit(lookup, (*path, "show"), table, name, mask)


def _unfit(lookup: Lookup, path: Path, table: str, name: str, mask: Mask) -> Iterator[Problem]:
    """Whether what is shown fits the column's type, and the table's layout keeps the secret."""
    column = lookup.column(table, name)
    if column is None:
        return
    needed, kind = _NEEDS.get(mask.show), lookup.kind(table, column)
    if needed == "date" and kind == "unknown" and not lookup.is_dated(table, name):
        kind = "text"
    if needed is not None and kind not in (needed, "unknown"):
        many, one = _CALLED[needed]
        message = f"{mask.show} is for {many}, and {table}.{name} is not {one}"
        yield Problem(path, message, f"use hidden or nothing, or name {table}.{name} in a mask of its own")
    layout = lookup.blueprint.tables[table].layout
    if layout is not None and layout.partition_by == name:
        message = f"{table} is partitioned by {name}, so another column of it shows what the mask hides"
        yield Problem(path, message, "partition by another column")
