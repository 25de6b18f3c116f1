"""A demo in words: a column's formula and SQL, what it is made from, what it goes into, and what must hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.suggestions import no_such
from demo_factory.formulas.columns import ColumnPlan
from demo_factory.formulas.random import draw, normal_cdf, probit
from demo_factory.plan.contracts import promise
from demo_factory.resources.graph import DemoPlan, Rule, Step, TablePlan

_LONGEST_TEXT = 72  # of a constant in SQL, before its middle is left out
_SAID_ELSEWHERE = {"comment", "classification", "check", "hidden"}


@dataclass(frozen=True)
class Helper:
    """A hidden column that a formula uses: what it means and its SQL."""

    name: str
    meaning: str
    sql: str


@dataclass(frozen=True)
class ColumnExplained:
    """Everything there is to know about one column of a table."""

    table: str
    column: ColumnPlan
    blueprint: str
    sql: str
    helpers: tuple[Helper, ...]
    rules: tuple[str, ...]


def explain_column(plan: DemoPlan, table: TablePlan, name: str, shorten: bool = True) -> ColumnExplained:
    """One column of a generated table.

    Args:
        shorten: leave out the middle of long constants and name the functions that are written out in the SQL.

    Raises:
        WrongUsage: there is no such column; gives the nearest one.
    """
    columns = {column.name: column for column in table.columns}
    if name not in columns:
        raise no_such(f"{table.name} has no column {name!r}.", name, own_columns(plan, table))
    column = columns[name]
    short: Callable[[str], str] = readable if shorten else str
    used = _helpers_of(columns, column)
    helpers = tuple(Helper(one.name, meaning(plan, table, one.name), short(one.sql)) for one in used)
    spec = plan.blueprint.tables[table.name].columns.get(name)
    rules = tuple(rule_words(rule) for rule in table.rules if name in rule.columns)
    said = said_of(spec) if spec is not None else _layout(plan, table)
    return ColumnExplained(table.name, column, said, short(column.sql), helpers, rules)


def _layout(plan: DemoPlan, table: TablePlan) -> str:
    layout = plan.blueprint.tables[table.name].layout
    return f"layout: {{partition_by: {layout.partition_by}, grain: {layout.grain}}}" if layout is not None else ""


def own_columns(plan: DemoPlan, table: TablePlan) -> list[str]:
    """The columns that the blueprint names, hidden ones too, and those of the layout."""
    named = plan.blueprint.tables[table.name].columns
    return [*named, *(name for name in table.order if name not in named)]


def _helpers_of(columns: Mapping[str, ColumnPlan], column: ColumnPlan) -> list[ColumnPlan]:
    """The hidden columns that a formula stands on, each after what it uses itself."""
    wanted: set[str] = set()

    def visit(one: ColumnPlan) -> None:
        for name in one.uses:
            if name.startswith("_") and name not in wanted:
                wanted.add(name)
                visit(columns[name])

    visit(column)
    return [one for name, one in columns.items() if name in wanted]


# -- the blueprint's own words -----------------------------------------------------------------------------------------


def said_of(spec: Column) -> str:
    """A column's formula as a blueprint says it, in one line of YAML."""
    said = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=_SAID_ELSEWHERE)
    if isinstance(said.get("choice"), dict):
        cases = {value: _weights(weights) for value, weights in said["choice"]["cases"].items()}
        by = spec.choice.by if spec.choice else None
        said["choice"] = {**said["choice"], "cases": cases} if by else next(iter(cases.values()))
    if isinstance(said.get("template"), dict):
        texts = {value: one[0] if len(one) == 1 else one for value, one in said["template"]["cases"].items()}
        by = spec.template.by if spec.template else None
        said["template"] = {**said["template"], "cases": texts} if by else next(iter(texts.values()))
    if isinstance(said.get("ref"), dict) and set(said["ref"]) == {"table"}:
        said["ref"] = said["ref"]["table"]
    first = spec.formula
    ordered = {first: said[first], **{key: value for key, value in said.items() if key != first}}
    text = yaml.safe_dump(_plain(ordered), default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.strip().removeprefix("{").removesuffix("}")


def _weights(weights: Mapping[Any, float]) -> Any:
    """Values that are all as likely were written as a list."""
    return list(weights) if len(set(weights.values())) == 1 else dict(weights)


def _plain(value: Any) -> Any:
    """Whole floats as integers, as people write them."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rule_words(rule: Rule) -> str:
    """A promise of a contract as `explain` lists it."""
    return promise(rule) if rule.blocking else f"{promise(rule)} (a warning only)"


# -- SQL that people can read ------------------------------------------------------------------------------------------


_ARGUMENT = r"(?P<arg>`[^`]+`|\w+)"


def _pattern(sql: str, mark: str) -> re.Pattern[str]:
    """A pattern for SQL that we wrote out: what stood for the mark is the argument, the same at every place."""
    first, second, *rest = (re.escape(piece) for piece in sql.split(mark))
    return re.compile(first + _ARGUMENT + second + "".join(f"(?P=arg){piece}" for piece in rest))


_WRITTEN_OUT = (
    ("draw", re.compile(_pattern(draw("@", 7), "@").pattern.replace("7L", r"\(?-?\d+L(?: - 1L\))?"))),
    ("probit", _pattern(probit("@"), "@")),
    ("normal_cdf", _pattern(normal_cdf("@"), "@")),
)
_CONSTANT = re.compile(r"'((?:[^'\\]|\\.)*)'")
_LONG_ARRAY = re.compile(r"array\(((?:-?[\d.]+[LD]?, ){11,}-?[\d.]+[LD]?)\)")


def readable(sql: str) -> str:
    """SQL with `draw(row)`, `probit(p)` and `normal_cdf(z)` for what is written out, and short constants."""
    for name, pattern in _WRITTEN_OUT:
        sql = pattern.sub(rf"{name}(\g<arg>)", sql)
    return _LONG_ARRAY.sub(lambda found: f"array({_ends(found[1], ', ')})", _CONSTANT.sub(_shorter, sql))


def _shorter(found: re.Match[str]) -> str:
    text = found[1]
    separator = ";" if ";" in text else ","
    return f"'{_ends(text, separator)}'" if len(text) > _LONGEST_TEXT and text.count(separator) > 6 else found[0]


def _ends(text: str, separator: str) -> str:
    """The first values of a list, and how many there are."""
    values = text.split(separator)
    kept = [values[0]]
    while len(separator.join(kept)) < _LONGEST_TEXT // 2 and len(kept) < len(values):
        kept.append(values[len(kept)])
    return f"{separator.join(kept)}{separator}... {len(values):,} values"


_MEANINGS: tuple[tuple[str, str], ...] = (
    ("u_", "a random share between 0 and 1 for {}"),
    ("p_", "the share of probability behind {}, within its bounds"),
    ("phi_", "the share of probability behind {}, tied to another column"),
    ("z_", "the normal score behind {}"),
    ("k_", "the place in the table of quantiles for {}"),
    ("hour_", "the hour of day of {}"),
    ("row_", "the row in {}"),
    ("parents_", "how many rows of {} exist on this row's day"),
    ("people_", "of the row's person and address: {}"),
    ("block", "the first day of the row's block of rows"),
    ("day", "the day on which the row arrives, 0 is the epoch"),
)


def meaning(plan: DemoPlan, table: TablePlan, name: str) -> str:
    """What a hidden column holds, in words."""
    return _meaning(plan, table.name, name.removeprefix("_"))


def _meaning(plan: DemoPlan, table: str, rest: str) -> str:
    columns = plan.blueprint.tables[table].columns
    for key, spec in columns.items():
        if spec.ref is not None and rest.startswith(f"{key}__"):
            inner = rest.removeprefix(f"{key}__")
            parent = spec.ref.table
            if inner in plan.blueprint.tables[parent].columns:
                return f"{parent}.{inner} of the row that {key} points to"
            return f"{_meaning(plan, parent, inner)}, of the row of {parent} that {key} points to"
    for prefix, words in _MEANINGS:
        if rest.startswith(prefix):
            subject = rest.removeprefix(prefix)
            own = columns.get(subject)
            if prefix in ("row_", "parents_") and own is not None and own.ref is not None:
                there = own.ref.table
                return words.format(f"{there} that {subject} points to" if prefix == "row_" else there)
            return words.format(subject.replace("_", " ") if prefix == "people_" else _subject(subject, columns))
    return "a helper of the formula"


def _subject(text: str, columns: Iterable[str]) -> str:
    """`customer_id_class` as `customer_id (class)`: a column that draws for several purposes names each."""
    owner = max((name for name in columns if text.startswith(f"{name}_")), key=len, default=None)
    return text if owner is None or text in columns else f"{owner} ({text.removeprefix(f'{owner}_')})"


def find_step(plan: DemoPlan, name: str) -> Step:
    """A step by its name.

    Raises:
        WrongUsage: there is none; gives the nearest one.
    """
    if name in plan.steps:
        return plan.steps[name]
    raise no_such(f"{plan.demo} has no table, view or model {name!r}.", name, plan.steps)
