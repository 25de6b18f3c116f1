"""Named parameters of a statement, put in as literals of their type."""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import re
from collections.abc import Callable
from typing import Any

from .errors import invalid
from .sql_reader import SqlError, tokens_of


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _bool(value: str) -> str:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)
    return value.lower()


_TYPES: dict[str, Callable[[str], str]] = {
    "STRING": _text,
    "INT": lambda value: str(int(value)),
    "BIGINT": lambda value: str(int(value)),
    "LONG": lambda value: str(int(value)),
    "SMALLINT": lambda value: str(int(value)),
    "DOUBLE": lambda value: repr(float(value)),
    "FLOAT": lambda value: repr(float(value)),
    "DECIMAL": lambda value: str(decimal.Decimal(value)),
    "BOOLEAN": _bool,
    "DATE": lambda value: f"DATE'{dt.date.fromisoformat(value)}'",
    "TIMESTAMP": lambda value: f"TIMESTAMP'{dt.datetime.fromisoformat(value).isoformat(sep=' ')}'",
}


def bind(statement: str, parameters: list[dict[str, Any]]) -> str:
    """The statement with its `:name` markers replaced.

    Raises:
        Refused: a parameter's type is unknown or its value is not of the type.
        SqlError: a marker has no parameter, or stands in a statement that takes none.
    """
    values = {one["name"]: _literal(one) for one in parameters}
    tokens = tokens_of(statement)
    markers = [
        (sign, word)
        for sign, word in itertools.pairwise(tokens)
        if (sign.kind, sign.value, word.kind) == ("sign", ":", "word")
        and sign.end == word.start
        and (sign.start == 0 or not re.match(r"[\w)\]:`]", statement[sign.start - 1]))
    ]
    if markers and tokens[0].value.upper() in ("CREATE", "ALTER", "DROP", "COMMENT"):
        raise SqlError("[UNSUPPORTED_FEATURE] the double takes parameters in queries only, not in DDL")
    for sign, word in reversed(markers):
        if word.value not in values:
            raise SqlError(f"[UNBOUND_SQL_PARAMETER] Found the unbound parameter: {word.value}.")
        statement = statement[: sign.start] + values[word.value] + statement[word.end :]
    return statement


def _literal(one: dict[str, Any]) -> str:
    name, value = one["name"], one.get("value")
    kind = one.get("type", "STRING").upper()
    base = kind.split("(")[0]
    if base not in _TYPES:
        raise invalid(f"parameter {name}: unknown type {kind}; known: {', '.join(_TYPES)}")
    if value is None:
        return f"CAST(NULL AS {kind})"
    try:
        return _TYPES[base](value)
    except (ValueError, decimal.InvalidOperation):
        raise invalid(f"parameter {name}: {value!r} is not of type {kind}") from None
