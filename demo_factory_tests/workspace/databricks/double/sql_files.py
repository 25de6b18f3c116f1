"""SQL tasks of jobs: a file's statements one after the other on a warehouse, by the rights of whoever the run is of."""

from __future__ import annotations

import re
from typing import Any

import sqlglot
from sqlglot import exp

from .errors import Refused
from .kinds.folders import content_of, may_read
from .kinds.warehouse import run_statement
from .securables import need
from .sql_reader import NotUnderstood, SqlError
from .state import Act
from .tasks import NotRun


def run_file(act: Act, task: dict[str, Any]) -> None:
    """Do what a task's file says: `{{name}}` is a parameter as text in quotes.

    Raises:
        NotRun: it cannot be read, or one of its statements fails.
    """
    path, given = task["file"]["path"], task.get("parameters", {})
    try:
        if not may_read(act, path):
            raise NotRun(f"{act.caller.name} may not read {path}.")
        text = re.sub(r"\{\{(\w+)\}\}", lambda found: _literal(given, found[1]), content_of(act.state, path).decode())
        catalog = schema = ""
        for statement in filter(None, (one.strip() for one in re.sub("(?m)^--.*$", "", text).split(";"))):
            chosen = re.fullmatch(r"USE CATALOG '(\w+)'", statement)
            inside = re.fullmatch(r"USE IDENTIFIER\('(\w+)'\)", statement)
            if chosen:
                catalog = act.state.get("catalog", chosen[1]).name
            elif inside:
                schema = act.state.get("schema", f"{catalog}.{inside[1]}").name
            else:
                _may_select(act, [catalog, *schema.split(".")[1:]], statement)
                run_statement(act, statement)
    except (Refused, SqlError, NotUnderstood) as error:
        raise NotRun(str(error)) from None


def _literal(given: dict[str, str], name: str) -> str:
    if name not in given:
        raise NotRun(f"Missing value for the parameter {name}.")
    return "'" + given[name].replace("'", "''") + "'"


def _may_select(act: Act, place: list[str], statement: str) -> None:
    for table in sqlglot.parse_one(statement, dialect="databricks").find_all(exp.Table):
        parts = [part.name for part in table.parts]
        need(act, act.state.get("table", ".".join([*place[: 3 - len(parts)], *parts])), "SELECT")
