"""What mutations put in: values, names, formulas, expressions and queries, good ones, odd ones and wrong ones."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

NUMBERS: tuple[Any, ...] = (
    0, 1, 2, -1, 7, 1000, 2**31 - 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**19, 10**400, 0.0, -0.0,
    0.1, 0.5, 1.0, 1.5, 1e-12, 5e-324, 1e308, -1e308, 1.7976931348623157e308, math.nan, math.inf, -math.inf,
)  # fmt: skip
DATES = (
    dt.date(1, 1, 1), dt.date(1582, 10, 10), dt.date(1900, 2, 28), dt.date(1969, 12, 31), dt.date(2000, 2, 29),
    dt.date(2026, 11, 24), dt.date(2038, 1, 19), dt.date(2100, 1, 1), dt.date(9999, 12, 31), "0000-00-00",
    "2026-02-30", "10000-01-01", "now", dt.datetime(2020, 1, 1, 12, 30),
)  # fmt: skip
TEXTS: tuple[Any, ...] = (
    "", " ", "\n", "\t", "x", "'", '"', "`", "''", "\\", "${x}", "{", "}", "{}", "{{", "}}", "{nosuch}", "%s", "*", "?",
    "NULL", "true", "0", "1e400", "é", "ß", "日本語", "😀", "\u202e", "\x7f", "a\x00b", "İ", "ﬁ", "a b", "select",
    "SELECT", "; DROP TABLE x", "1 + 1", "x -- y", "/* x", "(", ")", "((((", "1 day", "0 days", "99999999999 years",
    "-1 day", "1 fortnight", "2 years", "{env}", "{env}_{demo}", "hidden", "C-0000", "00", "integer", "a.b.c", "a.b",
    ".", "__", "_metadata", "a" * 300,
)  # fmt: skip
KEYS: tuple[Any, ...] = (
    "x", "X", "", " ", "a b", "é", "日本", "1", 1, 1.5, True, None, "rows", "columns", "sql", "expr", "type", "by",
    "cases", "min", "max", "check", "select", "_id", "prediction", "customers", "patients", "turbines", "a" * 200,
    dt.date(2020, 1, 1), "id__", "__", "day",
)  # fmt: skip
SIGNS = ("\t", "'", '"', "{", "}", "[", "]", ":", ": ", "#", " #", "&", "*", "!", "|", ">", "%", "@", "`", ",", "-",
         "- ", "? ", "\x00", "\x85", "\ud7ff", "😀", "\n", "\n\n", " ")  # fmt: skip
TAGS = ("!!str", "!!int", "!!float", "!!python/object/apply:os.getcwd []", "!x", "!!binary", "!!set", "&x", "*x", "?")

_READ: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
FORMULAS, TYPES, PICKS = _READ["formulas"], _READ["types"], _READ["picks"]
EXPRESSIONS, QUERIES = _READ["expressions"], _READ["queries"]
BESIDE_VALUES, TABLE_VALUES, GOVERNANCE_VALUES = _READ["beside"], _READ["table"], _READ["governance"]
BESIDE = ("comment", "classification", "check", "nulls", "hidden", "correlate", "type")
LONG: tuple[Callable[[str], str], ...] = (
    lambda text: text * 400, lambda text: "(" * 300 + text + ")" * 300, lambda text: "(" * 15 + text + ")" * 15,
    lambda text: " + ".join([f"({text})"] * 300), lambda text: "NOT " * 500 + text, lambda text: "-" * 500 + text,
    lambda text: "case when 1 = 1 then " * 200 + text + " end" * 200, lambda text: " AND ".join([text] * 600),
    lambda text: text + " " * 20_000, lambda text: f"coalesce({', '.join([text] * 200)})",
    lambda text: "{" * 500 + text, lambda text: "x" * 70_000, lambda text: text + "\n" * 3000 + "x",
    lambda text: "'" * 999,
    lambda text: " UNION ALL ".join([text] * 40), lambda text: f"SELECT * FROM ({text}) " * 20, lambda text: "9" * 500,
)  # fmt: skip
