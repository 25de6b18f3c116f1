"""The command sql: one query on a built demo, answered well."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demo_factory.cli import output
from demo_factory.cli.options import Target
from demo_factory.cli.results import Format, print_csv, print_json, print_table
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from demo_factory.operations.settings import Settings
    from demo_factory.workspace.databricks.warehouse import Warehouse
    from demo_factory.workspace.local.layout import StateFolder
    from demo_factory.workspace.protocols import Workspace

_FEW = 100
_READS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE")
_WRITES = re.compile(r"\b(insert|update|delete|merge|overwrite)\b", re.IGNORECASE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(sql)


def sql(
    context: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT, SHOW, DESCRIBE or EXPLAIN, in quotes.")],
    demo: Annotated[
        str | None, typer.Option("--demo", metavar="NAME", help="Whose short names. Default: the only built demo.")
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option("--as", metavar="PRINCIPAL", help="As a group, service principal or user of the demo sees it."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print the rows.")] = "table",
    limit: Annotated[
        int | None, typer.Option("--limit", min=0, metavar="ROWS", help="Most rows. 0: all. Default: 100 in a table.")
    ] = None,
    target: Target = None,
) -> None:
    """Ask a built demo in SQL; its tables and views go by their short names. Only reading is allowed.

    On a workspace the target's warehouse answers, and Unity Catalog says what you may see.

    Example: demo-factory sql "SELECT segment, count(*) AS n FROM customers GROUP BY segment ORDER BY n DESC"
    """
    state = state_of(context)
    statement, settings = read_only(query), state.settings(target)
    most = limit if limit is not None else _FEW if form == "table" else 0
    if settings.target == "local":
        workspace = state.workspace()
        place = _place(workspace, demo, str(workspace.state.root), settings)
        ask(workspace.state, place, statement, form, most, principal)
    else:
        _refuse_as(principal, settings.target)
        from demo_factory.workspace.databricks.workspace import open_databricks

        there = open_databricks(settings.target, settings.targets[settings.target])
        place = _place(there, demo, settings.target, settings)
        ask_there(there.governor.warehouse, place, statement, form, most)


@dataclass(frozen=True)
class Place:
    """Where a built demo stands, and its tables and views by their short names."""

    demo: str
    catalog: str
    schema: str
    known: Sequence[str]


def _refuse_as(principal: str | None, target: str) -> None:
    """Nobody can look through another's eyes on a workspace."""
    from demo_factory.blueprint.errors import WrongUsage

    if principal is not None:
        raise WrongUsage(
            f"--as works on this machine; on {target} Unity Catalog shows everybody their own.",
            f"See who sees what: demo-factory access DEMO --target {target}. Or log in as {principal}.",
        )


def _place(workspace: Workspace, demo: str | None, where: str, settings: Settings) -> Place:
    """The place of a built demo, as the ledger knows it."""
    from demo_factory.blueprint.errors import NotReady, WrongUsage

    made = [entry for entry in workspace.records.entries() if entry.kind in ("table", "view", "predictions")]
    built = list(dict.fromkeys(entry.demo for entry in made))
    if demo is None and len(built) > 1:
        raise WrongUsage(f"Several demos are built: {', '.join(built)}.", "Say which with --demo NAME.")
    wanted = demo if demo is not None else built[0] if built else None
    if wanted is None or wanted not in built:
        name = wanted or "retail"
        said = f"The demo {name} is not built in" if wanted else "No demo is built in"
        raise NotReady(f"{said} {where}.", f"Build it first: {settings.building(name)}")
    names = [entry.name.split(".") for entry in made if entry.demo == wanted]
    catalog, schema, _ = names[0]
    return Place(wanted, catalog, schema, sorted(name for *_, name in names))


def read_only(query: str) -> str:
    """The one statement in a text, when it only reads.

    Raises:
        WrongUsage: nothing, several statements, or one that would write.
    """
    from demo_factory.blueprint.errors import WrongUsage

    text = query.strip().rstrip(";").strip()
    words = text.lstrip("( \n").split(maxsplit=1)
    if not words:
        raise WrongUsage("There is no query.", 'Write one in quotes: demo-factory sql "SHOW TABLES"')
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


def ask(
    folder: StateFolder, place: Place, statement: str, form: Format, most: int, principal: str | None = None
) -> None:
    """Run a statement where short names mean the demo's objects, and print its rows; as a principal sees them.

    It is noted with who asked and how long it took, without the start of Spark.
    """
    from demo_factory.cli.door import rights_of

    rights = rights_of(folder, principal) if principal is not None else None  # first: it may be refused without Java
    from demo_factory.workspace.local.session import launch_jvm_early, open_session

    launch_jvm_early(folder, 0)
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    from demo_factory.cli.door import as_principal
    from demo_factory.cli.spark_errors import plain
    from demo_factory.workspace.local.query_log import noting

    spark = open_session(folder, place.catalog) if rights is None else None
    with noting(folder, place.demo, principal, statement, output.trouble) as running:
        try:
            if rights is not None and principal is not None:
                frame = as_principal(folder, (place.catalog, place.schema), rights, principal, statement)
            else:
                assert spark is not None
                spark.sql(f"USE `{place.catalog}`.`{place.schema}`")
                frame = _frame(spark, statement)
            running.rows = _print(frame, form, most)
        except (PySparkException, Py4JJavaError) as error:  # what Spark has no condition for comes as Java's own
            raise plain(error, place.known) from error


def _frame(spark: SparkSession, statement: str) -> DataFrame:
    """The statement's frame; Spark itself has read that it asks and does nothing else."""
    if statement.lstrip("( \n").split(maxsplit=1)[0].upper() not in ("SHOW", "DESCRIBE", "DESC", "EXPLAIN"):
        from demo_factory.workspace.query_forms import check_reads
        from demo_factory.workspace.spark_plans import nodes_of, parse_plan

        check_reads(nodes_of(spark, parse_plan(spark, statement)))
    return spark.sql(statement)


def ask_there(warehouse: Warehouse, place: Place, statement: str, form: Format, most: int) -> None:
    """Run a statement on the target's warehouse, and print its rows."""
    found = warehouse.run(statement, None, "run your query", (place.catalog, place.schema), most + 1 if most else 0)
    _shown(found.columns, found.kinds, iter(found.rows), form, most)


def _print(frame: DataFrame, form: Format, most: int) -> int:
    """Print the rows; gives how many there were."""
    kinds = [kind for _, kind in frame.dtypes]
    return _shown(frame.columns, kinds, _rows(frame, most + 1 if most else 0), form, most)


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


def _rows(frame: DataFrame, most: int) -> Iterator[tuple[Any, ...]]:
    rows = iter(frame.limit(most).collect()) if most else frame.toLocalIterator()
    stamps = [kind == "timestamp" for _, kind in frame.dtypes]
    for row in rows:
        yield tuple(_utc(value) if stamp else value for value, stamp in zip(row, stamps, strict=True))


def _utc(value: dt.datetime | None) -> dt.datetime | None:
    """PySpark gives an instant in the machine's own zone; a demo's times are UTC."""
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value is not None else None
