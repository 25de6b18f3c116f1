"""What must hold for a column beyond its own lines: references, cases, placeholders, correlations, kinds and keys."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator

from demo_factory.blueprint.columns import Column, Ref, Scalar
from demo_factory.blueprint.datatypes import WHOLE
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.lookup import NUMERIC, Lookup, kind_of_formula, kind_of_type, kind_of_values, values_of
from demo_factory.blueprint.model import Table
from demo_factory.blueprint.placeholders import REFERENCE, pieces, with_braces
from demo_factory.blueprint.suggestions import did_you_mean, nearest, one_of, show

_KEY = re.compile(r".*?(0+)")
_PLURAL = {"number": "numbers", "text": "text", "date": "dates", "boolean": "true or false", "bytes": "bytes",
           "nested": "values with parts", "unknown": "anything"}  # fmt: skip

Path = tuple[str | int, ...]


def check_columns(lookup: Lookup) -> Iterator[Problem]:
    """Every problem of every column that could be read."""
    for table_name, table, name, column in lookup.columns():
        path: Path = ("tables", table_name, "columns", name)
        yield from _key(table, column, path)
        yield from _ref(lookup, table_name, column, path)
        yield from _email(lookup, table_name, table, column, path)
        yield from _cases(lookup, table_name, name, column, path)
        yield from _placeholders(lookup, table_name, name, column, path)
        yield from _correlation(lookup, table_name, name, column, path)
        yield from _declared_type(column, path)
        yield from _checks(lookup, table_name, column, path)
        yield from _not_before(lookup, table_name, name, column, path)
    for table_name, table in lookup.tables():
        yield from _correlation_cycles(table_name, table)


def _key(table: Table, column: Column, path: Path) -> Iterator[Problem]:
    if column.key is None or column.key == "integer":
        return
    if not _KEY.fullmatch(column.key):
        yield Problem((*path, "key"), f"{show(column.key)} does not end in zeros", "write CUST-0000000, or integer")
    elif short := too_short(column.key, table.rows):
        room, remedy = short
        yield Problem((*path, "key"), f"{room}, and the table has {table.rows:,} rows", remedy)


def too_short(key: str, rows: int) -> tuple[str, str] | None:
    """(what room a key has, remedy) when so many rows do not fit; None when they do."""
    prefix = key.rstrip("0")
    digits, needed = len(key) - len(prefix), len(str(rows))
    if key == "integer" or digits >= needed:
        return None
    return f"{show(key)} has room for {digits} digits", f"write at least {prefix}{'0' * needed}"


def _ref(lookup: Lookup, table_name: str, column: Column, path: Path) -> Iterator[Problem]:
    if column.ref is None:
        return
    if column.ref.table == table_name and column.check.required:
        message = f"the first row of {table_name} has no earlier row to refer to"
        yield Problem((*path, "check", "required"), message, "remove required")
    name, tables = column.ref.table, lookup.blueprint.tables
    if name not in tables:
        if name not in lookup.broken.names:
            yield Problem((*path, "ref", "table"), f"there is no table {name!r}", did_you_mean(name, tables))
    elif tables[name].key is None and lookup.is_whole(name):
        yield Problem(
            (*path, "ref", "table"),
            f"table {name!r} has no key to refer to",
            f"give a column of {name} a key, for example `{name}_id: {{key: integer}}`",
        )
    if column.ref.exponent != Ref.model_fields["exponent"].default and column.ref.pick != "zipf":
        yield Problem((*path, "ref", "exponent"), f"pick: {column.ref.pick} has no exponent", "write pick: zipf")


def _email(lookup: Lookup, table_name: str, table: Table, column: Column, path: Path) -> Iterator[Problem]:
    if column.email is None or not lookup.is_whole(table_name):
        return
    there = {other.person for other in table.columns.values()}
    missing = [part for part in ("first_name", "last_name") if part not in there]
    if missing:
        remedy = f"add {one_of(f'`{part}: {{person: {part}}}`' for part in missing)}".replace(" or ", " and ")
        yield Problem((*path, "email"), f"an email is made from a name: {' and '.join(missing)} is missing", remedy)
    if not re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", column.email):
        yield Problem((*path, "email"), f"{show(column.email)} is not a domain", "write for example example.com")


def _cases(lookup: Lookup, table_name: str, name: str, column: Column, path: Path) -> Iterator[Problem]:
    spec = column.choice or column.template
    if spec is None or spec.by is None:
        return
    path = (*path, column.formula)
    missing = lookup.not_reachable(table_name, spec.by)
    if missing or spec.by == name:
        yield Problem((*path, "by"), *(missing or (f"{name} cannot depend on itself", "name another column")))
        return
    found = lookup.resolve(table_name, spec.by)
    values = _possible(found[2]) if found else None
    if values is None:
        return
    left = [value for value in values if value not in spec.cases]
    for case in spec.cases:
        if case not in values:
            yield Problem(
                (*path, "cases", str(case)), f"{spec.by} is never {show(case)}", did_you_mean(str(case), values)
            )
            meant = nearest(str(case), left)
            left = [value for value in left if str(value) != meant]
    for value in left:
        yield Problem((*path, "cases"), f"there is no case for {spec.by} {show(value)}", f"add `{value}:`")


def _possible(column: Column) -> list[Scalar] | None:
    return [True, False] if column.boolean is not None else values_of(column)


def _placeholders(lookup: Lookup, table_name: str, name: str, column: Column, path: Path) -> Iterator[Problem]:
    if column.template is None:
        return
    for case, texts in column.template.cases.items():
        for index, text in enumerate(texts):
            here = (*path, "template", "cases", str(case), index)
            if not text:
                yield Problem(here, "the text is empty", "write it, or use nulls")
            found = pieces(text)
            itself = f"for a brace itself write it twice: {show(with_braces(text))}"
            if any(piece.kind == "brace" for piece in found):
                yield Problem(here, f"a brace is open in {show(text)}", f"write {{column}}, or {itself}")
            for reference in dict.fromkeys(piece.text for piece in found if piece.kind == "reference"):
                if not REFERENCE.fullmatch(reference):
                    message = f"{{{reference}}} is no placeholder"
                    problem = message, f"write {{column}} or {{parent.column}}, or {itself}"
                elif reference == name:
                    problem = f"{{{reference}}} is the column itself", "name another column"
                else:
                    missing = lookup.not_reachable(table_name, reference)
                    if missing is None:
                        continue
                    problem = f"{{{reference}}}: {missing[0]}", missing[1]
                yield Problem(here, *problem)


def _correlation(lookup: Lookup, table_name: str, name: str, column: Column, path: Path) -> Iterator[Problem]:
    if column.correlate is None:
        return
    if column.formula not in NUMERIC:
        yield Problem((*path, "correlate"), f"{column.formula} has no draw to correlate", f"use {one_of(NUMERIC)}")
    other, here = column.correlate.with_, (*path, "correlate", "with")
    numeric = [key for key, one in lookup.blueprint.tables[table_name].columns.items() if one.formula in NUMERIC]
    candidates = [key for key in numeric if key != name]
    missing = lookup.no_column(table_name, other)
    if missing:
        yield Problem(here, missing[0], did_you_mean(other, candidates, "numeric column to correlate with"))
    elif other == name:
        yield Problem(
            here, f"{name} cannot correlate with itself", did_you_mean("", candidates, "other numeric column")
        )
    elif other not in numeric and (table_name, other) not in lookup.broken.columns:
        remedy = did_you_mean("", candidates, "numeric column to correlate with")
        yield Problem(here, f"{other} is not drawn from a numeric distribution", remedy)


def _correlation_cycles(table_name: str, table: Table) -> Iterator[Problem]:
    targets = {name: column.correlate.with_ for name, column in table.columns.items() if column.correlate}
    done: set[str] = set()
    for start in targets:
        trail: list[str] = []
        at: str | None = start
        while at is not None and at not in done:
            done.add(at)
            trail.append(at)
            at = targets.get(at)
        if at in trail[:-1]:
            circle = " -> ".join([*trail[trail.index(at) :], at])
            path = ("tables", table_name, "columns", trail[-1], "correlate", "with")
            yield Problem(path, f"correlations go in a circle: {circle}", "remove one of them")


def _declared_type(column: Column, path: Path) -> Iterator[Problem]:
    """Refuse a type that the formula's values do not fit; text may hold anything."""
    if column.type is None or column.type == "string":
        return
    declared, values = kind_of_type(column.type), values_of(column)
    made = kind_of_formula(column)
    fits = made in ("unknown", declared) or (made == "text" and declared == "date" and values is not None)
    if not (fits or (column.template is not None and declared == "bytes")):
        remedy = "fill it by an expr" if declared in ("bytes", "nested") else ""
        yield Problem(
            (*path, "type"), f"{column.formula} gives {_PLURAL[made]}, which {column.type} cannot hold", remedy
        )
    if column.type in WHOLE and values is not None:
        for value in values:
            if isinstance(value, float) and not value.is_integer():
                yield Problem((*path, "type"), f"{column.type} cannot hold {value:g}", "use double or decimal")


def _checks(lookup: Lookup, table_name: str, column: Column, path: Path) -> Iterator[Problem]:
    check, kind, path = column.check, lookup.kind(table_name, column), (*path, "check")
    for name in ("min", "max"):
        bound = getattr(check, name)
        if bound is None or kind == "unknown":
            continue
        wanted = "date" if isinstance(bound, dt.date) else "number"
        if kind != wanted:
            shown = bound if wanted == "date" else f"{bound:g}"
            yield Problem((*path, name), f"{shown} cannot bound a column of {_PLURAL[kind]}", _bound_remedy(kind))
    if check.allowed is not None and kind in ("bytes", "nested"):
        yield Problem((*path, "allowed"), f"a list cannot judge a column of {_PLURAL[kind]}", _bound_remedy(kind))
    if check.unique and column.type is not None and "map<" in column.type:
        yield Problem((*path, "unique"), "Spark cannot compare maps with each other", "remove unique")
    if check.allowed is not None and kind in ("number", "text", "boolean"):
        wrong = [value for value in check.allowed if kind_of_values([value]) != kind]
        if wrong:
            message = f"{one_of(show(value) for value in wrong)} cannot be in a column of {_PLURAL[kind]}"
            yield Problem((*path, "allowed"), message, "write text in quotes" if kind == "text" else "")
    if check.pattern is not None:
        yield from _pattern(check.pattern, kind, (*path, "pattern"))


def _bound_remedy(kind: str) -> str:
    said = {"number": "write a number", "date": "write a date as 2024-01-31"}
    if kind in ("bytes", "nested"):
        return "check a column that is made from it by an expr, as size(...) or part.field"
    return said.get(kind, "use allowed or pattern")


def _pattern(pattern: str, kind: str, path: Path) -> Iterator[Problem]:
    if kind not in ("text", "unknown"):
        remedy = _bound_remedy(kind) if kind in ("bytes", "nested") else "use min, max or allowed"
        yield Problem(path, f"a pattern cannot judge a column of {_PLURAL[kind]}", remedy)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield Problem(path, f"{show(pattern)} is not a regular expression: {error}")


def _not_before(lookup: Lookup, table_name: str, name: str, column: Column, path: Path) -> Iterator[Problem]:
    reference = column.check.not_before
    if reference is None:
        return
    path = (*path, "check", "not_before")
    missing = lookup.not_reachable(table_name, reference)
    if missing or "." not in reference:
        yield Problem(path, *(missing or (f"{show(reference)} names no parent", "write parent.column")))
    elif (found := lookup.resolve(table_name, reference)) and not lookup.is_dated(*found[:2]):
        yield Problem(path, f"{reference} is not a date", "name a column of dates, or give it a type")
    elif not lookup.is_dated(table_name, name):
        yield Problem(path, f"{name} is not a date", "give it `type: date`, or remove not_before")
