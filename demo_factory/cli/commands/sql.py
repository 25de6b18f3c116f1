"""The command sql: queries on a built demo, answered well; one by one, from a script, or at a prompt."""

from __future__ import annotations

import itertools
import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson, Target
from demo_factory.cli.results import Format, print_csv, print_json, print_table
from demo_factory.cli.state import CliState, state_of

if TYPE_CHECKING:
    from demo_factory.cli.answers import Answers, Place
    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.protocols import Workspace

_FEW = 100
_READS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE")
_WRITES = re.compile(r"\b(insert|update|delete|merge|overwrite)\b", re.IGNORECASE)
_WRITE_ONE = 'Write one in quotes: demo-factory sql "SHOW TABLES"'
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
    demo, query = _sorted_out(demo, query, named)
    statement = None if query is None else read_only(query)
    if as_json:
        form = "json"
    most = limit if limit is not None else _FEW if form == "table" else 0
    state = state_of(context)
    answers = _answers(state, demo, principal, target)

    def show(names: Sequence[str], kinds: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> int:
        return _shown(names, kinds, rows, form, most)

    def run(text: str) -> None:
        answers.ask(read_only(text), most + 1 if most else 0, show)

    if statement is not None:
        run(statement)
    elif sys.stdin.isatty():
        _prompt(answers, run, state, principal, target)
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


def _answers(state: CliState, demo: str | None, principal: str | None, target: str | None) -> Answers:
    """Who answers on a target, for oneself or as somebody."""
    from demo_factory.blueprint.errors import WrongUsage
    from demo_factory.cli.answers import LocalAnswers, WarehouseAnswers

    settings = state.settings(target)
    if demo is not None and demo.endswith((".yaml", ".yml")):
        from demo_factory.blueprint.load import load

        demo = load(Path(demo)).demo
    if settings.target == "local":
        workspace = state.workspace()
        place = _place(workspace, demo, str(workspace.state.root), settings)
        return LocalAnswers(workspace.state, place, principal, output.trouble)
    if principal is not None:
        raise WrongUsage(
            f"--as works on this machine; on {settings.target} Unity Catalog shows everybody their own.",
            f"See who sees what: demo-factory access DEMO --target {settings.target}. Or log in as {principal}.",
        )
    from demo_factory.workspace.databricks.workspace import open_databricks

    there = open_databricks(settings.target, settings.targets[settings.target])
    return WarehouseAnswers(there.governor.warehouse, _place(there, demo, settings.target, settings))


def _prompt(
    answers: Answers, run: Callable[[str], None], state: CliState, principal: str | None, target: str | None
) -> None:
    from demo_factory.cli.prompt import converse
    from demo_factory.workspace.local.layout import StateFolder

    settings, place = state.settings(target), answers.place
    who = f" as {principal}" if principal is not None else ""
    folder = StateFolder(settings.home)
    with folder.private():
        where = f"{place.catalog}.{place.schema} on {settings.target}{who}"
        converse(answers, run, where, folder.root / "sql_history")


def _script(text: str, run: Callable[[str], None]) -> None:
    """Answer the statements of a text one after the other; the first that fails ends it, with its line."""
    from demo_factory.blueprint.errors import DemoError, WrongUsage
    from demo_factory.sql.statements import statements_of
    from demo_factory.sql.text import ExpressionError

    try:
        statements = statements_of(text)
    except ExpressionError as error:
        raise WrongUsage(f"What came through the pipe is {error.message}", error.remedy) from None
    if not statements:
        raise WrongUsage("There is no query.", _WRITE_ONE)
    for number, one in enumerate(statements):
        if number:
            output.line()
        try:
            run(one.text)
        except DemoError:
            if len(statements) > 1:
                output.trouble(f"The statement in line {one.line} ended it:")
            raise


def _place(workspace: Workspace, demo: str | None, where: str, settings: Settings) -> Place:
    """The place of a built demo, as the ledger knows it."""
    from demo_factory.blueprint.errors import NotReady, WrongUsage
    from demo_factory.cli.answers import Place

    made = [entry for entry in workspace.records.entries() if entry.kind in ("table", "view", "predictions")]
    built = list(dict.fromkeys(entry.demo for entry in made))
    if demo is None and len(built) > 1:
        raise WrongUsage(f"Several demos are built: {', '.join(built)}.", "Say which with --demo NAME.")
    wanted = demo if demo is not None else built[0] if built else None
    if wanted is None or wanted not in built:
        name = wanted or "retail"
        said = f"The demo {name} is not built in" if wanted else "No demo is built in"
        raise NotReady(f"{said} {where}.", f"Build it first: {settings.building(name)}")
    kinds = {entry.name.split(".")[-1]: entry.kind for entry in made if entry.demo == wanted}
    catalog, schema, _ = next(entry.name.split(".") for entry in made if entry.demo == wanted)
    return Place(wanted, catalog, schema, dict(sorted(kinds.items())))


def read_only(query: str) -> str:
    """The one statement in a text, when it only reads.

    Raises:
        WrongUsage: nothing, several statements, or one that would write.
    """
    from demo_factory.blueprint.errors import WrongUsage

    text = query.strip().rstrip(";").strip()
    words = text.lstrip("( \n").split(maxsplit=1)
    if not words:
        raise WrongUsage("There is no query.", _WRITE_ONE)
    word, trees = words[0].upper(), _parse(text)
    if len(trees) > 1:
        raise WrongUsage("Only one statement at a time.", "Leave out everything after the first semicolon.")
    if not _only_reads(word, trees, text):
        raise WrongUsage(
            f"sql only reads, and {word} is no SELECT, SHOW, DESCRIBE or EXPLAIN.",
            "What a demo holds is changed in its blueprint, followed by demo-factory build.",
        )
    return text


def _parse(text: str) -> list[Any]:
    """The statements of a text; none when Spark alone can say what it means or what is wrong with it."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of statements that it passes on unread
    try:
        return [tree for tree in sqlglot.parse(text, dialect="databricks") if tree is not None]
    except SqlglotError:
        return []


def _only_reads(word: str, trees: list[Any], text: str) -> bool:
    from sqlglot import exp

    if word in _READS:
        return True
    if trees:
        return isinstance(trees[0], exp.Query)
    return word in ("SELECT", "FROM", "WITH") and _WRITES.search(text) is None


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
