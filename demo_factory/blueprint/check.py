"""What must hold across a blueprint: names, references, countries, views, models, optimizations, governance."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from demo_factory.blueprint.check_columns import check_columns
from demo_factory.blueprint.check_governance import check_governance
from demo_factory.blueprint.check_ranges import check_ranges
from demo_factory.blueprint.columns import check_weights
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.lookup import Broken, Lookup
from demo_factory.blueprint.model import Blueprint, Optimize, Table
from demo_factory.blueprint.suggestions import did_you_mean, show

# plan has the word lists; it may offer more and pass them
SUPPORTED_COUNTRIES = frozenset({"US", "GB", "DE", "FR"})

MOST_LISTED = 500
_COLUMN = 4  # parts of a path that names a column: tables, its table, columns, its name
Path = tuple[str | int, ...]
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

__all__ = ["SUPPORTED_COUNTRIES", "Broken", "check"]


def check(
    blueprint: Blueprint, countries: frozenset[str] = SUPPORTED_COUNTRIES, broken: Broken | None = None
) -> list[Problem]:
    """Every problem that shows only when the parts of a blueprint are seen together.

    Args:
        blueprint: valid in itself.
        countries: codes for which persons and addresses can be made.
        broken: parts of the file that could not be read; nothing is said about them.
    """
    found = _all(Lookup(blueprint, broken or Broken()), countries)
    problems = list(itertools.islice(found, MOST_LISTED))
    if next(found, None) is not None:
        problems.append(Problem((), f"after {MOST_LISTED} problems the search ended", "solve these first"))
    return problems


def _all(lookup: Lookup, countries: frozenset[str]) -> Iterator[Problem]:
    blueprint = lookup.blueprint
    yield from _names(blueprint)
    for name, table in lookup.tables():
        yield from _table(lookup, name, table, countries)
    said = list(check_columns(lookup))
    yield from said
    wrong = {problem.path[:_COLUMN] for problem in said}
    yield from (one for one in check_ranges(lookup) if one.path[:_COLUMN] not in wrong)
    yield from _reference_cycles(blueprint)
    yield from _sql(blueprint)
    for name, optimize in blueprint.optimize.items():
        yield from _optimize(lookup, name, optimize)
    yield from check_governance(lookup)


def _names(blueprint: Blueprint) -> Iterator[Problem]:
    """One demo is one schema: no two of its objects may share a name."""
    owners: list[tuple[str, str, Path]] = [
        *((name, "table", ("tables", name)) for name in blueprint.tables),
        *((name, "view", ("views", name)) for name in blueprint.views),
        *((name, "model", ("models", name)) for name in blueprint.models),
        *(
            (model.predictions.table, "predictions table", ("models", name, "predictions", "table"))
            for name, model in blueprint.models.items()
        ),
        *((name, "volume", ("volumes", name)) for name in blueprint.volumes),
        *((f"optimize_{name}", "optimization", ("optimize", name)) for name in blueprint.optimize),
    ]
    first: dict[str, str] = {}
    for name, kind, path in owners:
        if name in first:
            yield Problem(path, f"{kind} {name!r} has the name of a {first[name]}", "rename one of them")
        first.setdefault(name, kind)


def _table(lookup: Lookup, name: str, table: Table, countries: frozenset[str]) -> Iterator[Problem]:
    path: Path = ("tables", name)
    yield from _people(table, path, countries)
    if lookup.is_whole(name):
        yield from _one_key_one_arrival(table, path)
        yield from _arrival(table, path)
    yield from _layout(lookup, name, table, path)
    for index, columns in enumerate(table.contract.unique):
        here = (*path, "contract", "unique", index)
        if not columns:
            yield Problem(here, "an empty combination", "name at least one column")
        if len(set(columns)) < len(columns):
            yield Problem(here, "a column stands twice", "name each column once")
        for position, column in enumerate(columns):
            if missing := lookup.no_column(name, column):
                yield Problem((*here, position), *missing)
            elif (found := lookup.column(name, column)) and "map<" in (found.type or ""):
                yield Problem((*here, position), "Spark cannot compare maps with each other", "leave it out")


def _people(table: Table, path: Path, countries: frozenset[str]) -> Iterator[Problem]:
    used = any(column.person or column.address or column.email for column in table.columns.values())
    if not used and "people" not in table.model_fields_set:
        return
    for country in table.people:
        if country not in countries:
            guess = did_you_mean(country, sorted(countries))
            yield Problem((*path, "people", country), f"no names and addresses for country {country!r}", guess)
    try:
        check_weights(table.people)
    except ValueError as error:
        yield Problem((*path, "people"), str(error))


def _one_key_one_arrival(table: Table, path: Path) -> Iterator[Problem]:
    for formula in ("key", "arrival"):
        names = [name for name, column in table.columns.items() if getattr(column, formula) is not None]
        for name in names[1:]:
            message = f"a second {formula}: {names[0]} is one already"
            yield Problem((*path, "columns", name, formula), message, "keep one")


def _arrival(table: Table, path: Path) -> Iterator[Problem]:
    if table.arrives is None and table.arrival is not None:
        message = "the table has an arrival column and does not say how its rows arrive"
        yield Problem((*path, "columns", table.arrival, "arrival"), message, "add `arrives: {}` to the table")
    if table.arrives is not None and table.arrival is None:
        message = "the rows arrive, and no column says when"
        yield Problem((*path, "arrives"), message, "add a column with `arrival: date` or `arrival: timestamp`")
    if table.contract.fresh_within is not None and table.arrival is None:
        message = "freshness needs a column that says when a row came"
        yield Problem((*path, "contract", "fresh_within"), message, "add `arrives` and a column with `arrival: date`")


def _layout(lookup: Lookup, name: str, table: Table, path: Path) -> Iterator[Problem]:
    if table.layout is None:
        return
    column, here = table.layout.partition_by, (*path, "layout", "partition_by")
    if missing := lookup.no_column(name, column):
        yield Problem(here, *missing)
    elif not lookup.is_dated(name, column):
        dated = [other for other in table.columns if lookup.is_dated(name, other)]
        yield Problem(here, f"{column} is not a date", did_you_mean(column, dated, "date column: give one a type"))


def _reference_cycles(blueprint: Blueprint) -> Iterator[Problem]:
    """Depth first through the references; each circle is shown once, at the reference that closes it."""
    done: set[str] = set()
    for start in blueprint.tables:
        trail = [start]
        open_refs = [_refs(blueprint, start, done)]
        while trail:
            column, parent = next(open_refs[-1], ("", ""))
            if parent in trail:
                circle = " -> ".join([*trail[trail.index(parent) :], parent])
                path = ("tables", trail[-1], "columns", column, "ref", "table")
                yield Problem(path, f"references go in a circle: {circle}", "remove one of them")
            elif parent in blueprint.tables:
                trail.append(parent)
                open_refs.append(_refs(blueprint, parent, done))
            elif not parent:
                trail.pop()
                open_refs.pop()


def _refs(blueprint: Blueprint, table: str, done: set[str]) -> Iterator[tuple[str, str]]:
    """The column and parent of each reference of a table; nothing when the table was seen before."""
    if table not in done:
        done.add(table)
        for name, column in blueprint.tables[table].columns.items():
            if column.ref is not None and column.ref.table != table:  # a tree in itself is no circle
                yield name, column.ref.table


def _sql(blueprint: Blueprint) -> Iterator[Problem]:
    texts: list[tuple[Path, str]] = [(("views", name, "sql"), view.sql) for name, view in blueprint.views.items()]
    for name, model in blueprint.models.items():
        texts += [(("models", name, "features"), model.features), (("models", name, "label"), model.label)]
        if model.entity == model.target:
            yield Problem(("models", name, "target"), f"{model.target} is the entity too", "name the label's column")
    for path, text in texts:
        if not _SQL_COMMENT.sub("", text).strip():
            yield Problem(path, "the SQL holds comments only", "write a SELECT")


def _optimize(lookup: Lookup, name: str, optimize: Optimize) -> Iterator[Problem]:
    path: Path = ("optimize", name)
    table = lookup.blueprint.tables.get(name)
    if table is None and name not in lookup.blueprint.views:
        if name not in lookup.broken.names:
            known = [*lookup.blueprint.tables, *lookup.blueprint.views]
            yield Problem(path, f"there is no table or view {name!r}", did_you_mean(name, known))
        return
    if table is None:
        for field in ("zorder", "vacuum"):
            if getattr(optimize, field):
                yield Problem((*path, field), f"{name} is a view: only tables have files to {field}", "use cache")
        return
    for index, column in enumerate(optimize.zorder):
        if missing := lookup.no_column(name, column):
            yield Problem((*path, "zorder", index), *missing)
        elif "map<" in (((found := lookup.column(name, column)) and found.type) or ""):
            yield Problem((*path, "zorder", index), "files cannot be laid out by a map", "name another column")
        elif column in optimize.zorder[:index]:
            yield Problem((*path, "zorder", index), f"{show(column)} stands twice", "keep one")
