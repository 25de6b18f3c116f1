"""What masks and filters say in SQL: functions of one value or one row that Unity Catalog and the local door run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from demo_factory.blueprint.governance import Show
from demo_factory.formulas.types import in_sql
from demo_factory.sql.functions import GROUP_TEST
from demo_factory.sql.names import literal, quote
from demo_factory.sql.text import READ, calls_in, splice, tokens_of

VALUE = "value"  # what a mask calls the cell it is given
HIDDEN = "****"


@dataclass(frozen=True)
class FunctionText:
    """A SQL function without its name."""

    definition: str
    parameters: str
    returns: str


def unfit(show: Show, data_type: str) -> str | None:
    """Why a mask cannot show this for a column of that type; None when it can."""
    if show in ("hash", "first_letter") and data_type != "string":
        return f"{show} is for text"
    if show == "year" and data_type not in ("date", "timestamp", "timestamp_ntz"):
        return "year is for dates"
    return None


def mask_function(show: Show, data_type: str, exempt: Iterable[str]) -> FunctionText:
    """The function that gives what is seen of a cell; groups in `exempt` see the cell itself."""
    returns, value = in_sql(data_type), quote(VALUE)
    seen = _seen(show, data_type, value)
    member = _member_of_any(exempt)
    definition = f"CASE WHEN {member} THEN {value} ELSE {seen} END" if member else seen
    return FunctionText(definition, f"{VALUE} {returns}", returns)


def _seen(show: Show, data_type: str, value: str) -> str:
    if show == "hash":
        return f"sha2({value}, 256)"
    if show == "first_letter":
        return f"concat(substring({value}, 1, 1), {literal('***')})"
    if show == "year":
        return f"CAST(date_trunc('YEAR', {value}) AS {in_sql(data_type)})"
    return literal(HIDDEN) if show == "hidden" and data_type == "string" else f"CAST(NULL AS {in_sql(data_type)})"


def filter_function(
    keep: str, types: Mapping[str, str], exempt: Iterable[str], names: Mapping[str, str]
) -> tuple[FunctionText, tuple[str, ...]]:
    """The function that says whether a row is seen, and the columns it is given.

    Args:
        keep: the blueprint's condition.
        types: the table's columns.
        exempt: groups, by the target's names, that see all rows.
        names: the target's names for groups in the condition.
    """
    used = columns_in(keep)
    condition = _own_names(keep, names)
    member = _member_of_any(exempt)
    definition = f"{member} OR ({condition}\n)" if member else condition
    parameters = ", ".join(f"{name} {types[name].upper()}" for name in used)
    return FunctionText(definition, parameters, "BOOLEAN"), used


def columns_in(keep: str) -> tuple[str, ...]:
    """The columns that a condition names."""
    tree = sqlglot.parse_one(keep, dialect=READ)
    return tuple(dict.fromkeys(column.name.lower() for column in tree.find_all(exp.Column)))


def _own_names(keep: str, names: Mapping[str, str]) -> str:
    """The author's condition with columns by their bare names and groups by the target's."""
    pieces: dict[tuple[int, int], str] = {}
    for column in sqlglot.parse_one(keep, dialect=READ).find_all(exp.Column):
        if column.table:
            start, last = column.parts[0].meta["start"], column.parts[-1].meta["end"]
            pieces[start, last + 1] = quote(column.name.lower())
    for token in _groups_tested(keep):
        pieces[token.start, token.end + 1] = literal(names.get(token.text, token.text))
    return splice(keep, pieces)


def groups_in(definition: str) -> tuple[str, ...]:
    """The groups that a function asks about."""
    return tuple(dict.fromkeys(token.text for token in _groups_tested(definition)))


def _groups_tested(sql: str) -> Iterator[Token]:
    """The group in every test for one, as the token of its text."""
    tokens = tokens_of(sql)
    for call in calls_in(tokens):
        group = tokens[call.index + 2]
        if call.name == GROUP_TEST and call.arguments == 1 and group.token_type is TokenType.STRING:
            yield group


def group_tests(tree: exp.Expr) -> list[exp.Anonymous]:
    """Every call in a tree that asks whether somebody is in a group."""
    return [call for call in tree.find_all(exp.Anonymous) if call.name.lower() == GROUP_TEST]


def _member_of_any(groups: Iterable[str]) -> str:
    return " OR ".join(f"{GROUP_TEST}({literal(group)})" for group in sorted(groups))
