"""The command sql: queries on a built demo, answered well; one by one, from a script, or at a prompt."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson, Target
from demo_factory.cli.results import Format, print_csv, print_json, print_table
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.ports import Answers

_FEW = 100
_NAME = re.compile(r"[\w./-]+")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(sql)


def sql(
    context: typer.Context,
    demo: Annotated[
        str | None,
        typer.Argument(
            metavar="DEMO", help="Whose short names. Default: the only built demo.", autocompletion=complete.demos
        ),
    ] = None,
    query: Annotated[
        str | None,
        typer.Argument(metavar="QUERY", help="One SELECT, SHOW, DESCRIBE or EXPLAIN, in quotes. Default: a prompt."),
    ] = None,
    named: Annotated[
        str | None,
        typer.Option(
            "--demo",
            metavar="NAME",
            help="The demo, where it does not stand before the query.",
            autocompletion=complete.demos,
        ),
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option("--as", metavar="PRINCIPAL", help="As a group, service principal or user of the demo sees it."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = "table",
    as_json: AsJson = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, metavar="ROWS", help="Most rows. 0: all. Default: 100 in a table.")
    ] = None,
    target: Target = None,
) -> None:
    """Ask a built demo in SQL; its tables and views go by their short names. Only reading is allowed.

    Without a query it opens a prompt on one Spark, where names complete and \\d lists what there is; statements that
    come through a pipe are answered one after the other. On a workspace the target's warehouse answers, and Unity
    Catalog says what you may see.

    Example: demo-factory sql retail "SELECT segment, count(*) AS n FROM customers GROUP BY segment ORDER BY n DESC"
    """
    from demo_factory.operations.query import query as open_answers
    from demo_factory.operations.query import read_only

    demo, query = _sorted_out(demo, query, named)
    statement = None if query is None else read_only(query)
    if as_json:
        form = "json"
    most = limit if limit is not None else _FEW if form == "table" else 0
    settings = state_of(context).settings(target)
    answers = open_answers(settings, demo, principal, output.trouble)

    def show(names: Sequence[str], kinds: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> int:
        return _shown(names, kinds, rows, form, most)

    def run(text: str) -> None:
        answers.ask(read_only(text), most + 1 if most else 0, show)

    if statement is not None:
        run(statement)
    elif sys.stdin.isatty():
        _prompt(answers, run, settings, principal)
    else:
        _script(sys.stdin.read(), run)


def _sorted_out(demo: str | None, query: str | None, named: str | None) -> tuple[str | None, str | None]:
    """(demo, query): a lone argument is a demo when it is a single name, which no query is."""
    from demo_factory.blueprint.errors import WrongUsage

    if query is None and demo is not None and _NAME.fullmatch(demo.strip()) is None:
        demo, query = None, demo
    if demo is not None and named is not None:
        raise WrongUsage(f"Both {demo} and --demo {named} name a demo.", "Leave one of them out.")
    return demo or named, query


def _prompt(answers: Answers, run: Callable[[str], None], settings: Settings, principal: str | None) -> None:
    from demo_factory.cli.prompt import converse
    from demo_factory.workspace.home import Home

    place = answers.place
    who = f" as {principal}" if principal is not None else ""
    home = Home(settings.home)
    with home.private():
        where = f"{place.catalog}.{place.schema} on {settings.target}{who}"
        converse(answers, run, where, home.root / "sql_history")


def _script(text: str, run: Callable[[str], None]) -> None:
    """Answer the statements of a text one after the other; the first that fails ends it, with its line."""
    from demo_factory.blueprint.errors import DemoError, WrongUsage
    from demo_factory.operations.query import WRITE_ONE
    from demo_factory.sql.statements import statements_of
    from demo_factory.sql.text import ExpressionError

    try:
        statements = statements_of(text)
    except ExpressionError as error:
        raise WrongUsage(f"What came through the pipe is {error.message}", error.remedy) from None
    if not statements:
        raise WrongUsage("There is no query.", WRITE_ONE)
    for number, one in enumerate(statements):
        if number:
            output.line()
        try:
            run(one.text)
        except DemoError:
            if len(statements) > 1:
                output.trouble(f"The statement in line {one.line} ended it:")
            raise


def _shown(names: Sequence[str], kinds: Sequence[str], rows: Iterator[tuple[Any, ...]], form: Format, most: int) -> int:
    if form == "csv":
        count = print_csv(names, itertools.islice(rows, most or None))
    elif form == "json":
        count = print_json(names, itertools.islice(rows, most or None))
    else:
        count = print_table(names, kinds, itertools.islice(rows, most or None))
        output.line(f"{output.counted(count, 'row')}")
    if most and next(rows, None) is not None:
        output.trouble(f"There are more rows: --limit {most * 10} shows more, --limit 0 all.")
    return count
