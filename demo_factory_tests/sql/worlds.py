"""The two worlds made real: tables, views, rights and files, and the doors of the four principals into each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from demo_factory.access.privileges import Rights
from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import DemoPlan
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory.workspace.spark_errors import spark_says
from demo_factory_tests.sql.demo import CATALOG, SCHEMA, World
from demo_factory_tests.workspace.local.governed import apply_items

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# One row and small tables: what costs is planning. Skipping files by statistics would run a job for every plan.
QUICK = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.databricks.delta.stats.skipping": "false",
    "spark.sql.maxPlanStringLength": "1000000",
    "spark.sql.debug.maxToStringFields": "200",
}
FILE_SECRET = "FILE-KANARI-4242"
PROPERTY, PROPERTY_SECRET = "corpus.secret", "PROPERTY-KANARI-4243"


class Guard(Protocol):
    """What answers one principal."""

    def query(self, text: str) -> DataFrame:
        """The rows that the principal sees, or a DemoError."""


@dataclass
class Built:
    """A world on disk, its own session, and a guard a principal."""

    world: World
    state: StateFolder
    spark: SparkSession
    refused_views: Mapping[str, str]
    guards: dict[str, Guard] = field(default_factory=dict)
    before: Mapping[str, int] = field(default_factory=dict)  # the lakehouse's files when it was built

    def guard(self, principal: str) -> Guard:
        """The door of a principal, opened once."""
        from demo_factory.workspace.local.query_guard import open_guard

        if principal not in self.guards:
            rights = Rights(self.workspace.governor.everything())
            guard = open_guard(self.state, (CATALOG, SCHEMA), rights, principal)
            make_quick(guard.session)
            self.guards[principal] = guard
        return self.guards[principal]

    @property
    def workspace(self) -> LocalWorkspace:
        """What the demo stands on."""
        return LocalWorkspace(self.state)

    @property
    def secret_file(self) -> Path:
        """A file beside the state folder that nobody may read through SQL."""
        return self.state.root.parent / "secret.txt"

    @property
    def touched(self) -> Path:
        """A file that is there when somebody's command ran."""
        return self.state.root.parent / "touched"

    def filled(self, text: str) -> str:
        """An attack with this world's paths in it."""
        table = self.state.table(CATALOG, SCHEMA, "customers")
        parquet = next(iter(sorted(table.glob("*.parquet"))), table)
        for mark, value in (("@FILE@", self.secret_file), ("@TOUCH@", self.touched), ("@TABLE@", table),
                            ("@PARQUET@", parquet)):  # fmt: skip
            text = text.replace(mark, str(value))
        return text.replace("⏎", "\n")

    def files(self) -> dict[str, int]:
        """Every file of the lakehouse with its size."""
        return {str(one): one.stat().st_size for one in sorted(self.state.lakehouse.rglob("*")) if one.is_file()}


def build(world: World, folder: Path, views: Mapping[str, str]) -> Built:
    """A world with more views, as a build leaves it; views that the product refuses stand in `refused_views`."""
    from demo_factory.generate.tables import write_table
    from demo_factory.workspace.local.session import open_session

    state = StateFolder(folder / "home")
    plan, refused = plan_with(world, views)
    spark = open_session(state, CATALOG, [SCHEMA], rows=1)
    make_quick(spark)
    workspace = LocalWorkspace(state)
    for step in plan.steps.values():
        if step.kind == "table":
            write_table(spark, step.plan, {}, "spark")  # type: ignore[arg-type]
        elif step.kind == "view":
            try:
                workspace.create_view(spark, step.plan)  # type: ignore[arg-type]
            except Exception as error:
                if step.name not in views:
                    raise
                refused[step.name] = f"{type(error).__name__}: {error}"
    apply_items(workspace, plan)
    built = Built(world, state, spark, refused)
    built.secret_file.write_text(FILE_SECRET, encoding="utf-8")
    spark._jvm.java.lang.System.setProperty(PROPERTY, PROPERTY_SECRET)  # type: ignore[union-attr]
    spark.sql(f"USE {CATALOG}.{SCHEMA}")
    built.before = built.files()
    return built


def plan_with(world: World, views: Mapping[str, str]) -> tuple[DemoPlan, dict[str, str]]:
    """The plan with all views that compile, and what was said of the others."""
    try:
        return world.plan(views), {}
    except Exception:  # noqa: BLE001 - found below, view by view
        refused = {name: said for name, sql in views.items() if (said := _refused(world, name, sql))}
    return world.plan({name: sql for name, sql in views.items() if name not in refused}), refused


def _refused(world: World, name: str, sql: str) -> str:
    try:
        world.plan({name: sql})
    except Exception as error:  # noqa: BLE001 - the test of this view tells it
        return f"{type(error).__name__}: {error}"
    return ""


def make_quick(session: SparkSession) -> None:
    """Settings that change how long a small query takes, not what it gives."""
    for key, value in QUICK.items():
        session.conf.set(key, value)


@dataclass(frozen=True)
class Outcome:
    """What somebody got for a statement: `refused` before it ran, `failed` while it ran, or `rows`."""

    kind: str
    text: str = ""  # the error, when there is one
    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[str, ...] = ()
    plan: str = ""

    @property
    def shown(self) -> str:
        """Everything that the asker can read."""
        return "\n".join([self.text, *(" ".join(column) for column in self.columns), *self.rows])


def ask(built: Built, principal: str, text: str) -> Outcome:
    """What a principal gets.

    Raises:
        Exception: what is no DemoError, when the guard refuses with it.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        frame = built.guard(principal).query(text)
    except DemoError as error:
        return Outcome("refused", f"{error.message}\n{error.remedy or ''}")
    plan = analyzed(frame)
    try:
        return Outcome("rows", "", columns_of(frame), tuple(rows_of(frame)), plan)
    except PySparkException as error:
        return Outcome("failed", str(error), columns_of(frame), (), plan)
    except Py4JJavaError as error:  # its text has numbers of Python's own in it, so as people read it
        return Outcome("failed", spark_says(error).message, columns_of(frame), (), plan)


def columns_of(frame: DataFrame) -> tuple[tuple[str, str], ...]:
    """Names and types."""
    return tuple((one.name, one.dataType.simpleString()) for one in frame.schema.fields)


def rows_of(frame: DataFrame) -> list[str]:
    """The rows in order, each as Spark prints it for Hive: all types have such a form, and it takes one job."""
    execution: Any = frame._jdf.queryExecution()  # type: ignore[operator]
    jvm: Any = frame.sparkSession._jvm
    text = jvm.org.apache.spark.sql.execution.HiveResult.hiveResultString(execution.executedPlan()).mkString("\x00")
    return str(text).split("\x00") if text else []


def analyzed(frame: DataFrame) -> str:
    """Spark's analyzed plan, as it prints it."""
    execution: Any = frame._jdf.queryExecution()  # type: ignore[operator]
    return str(execution.analyzed().toString())


def same_plan(one: DataFrame, other: DataFrame) -> bool:
    """Whether Spark says that two queries, optimized, give the same rows; not where it cannot make a constant."""
    from pyspark.errors import PySparkException

    try:
        first: Any = one._jdf.queryExecution().optimizedPlan()  # type: ignore[operator]
        return bool(first.sameResult(other._jdf.queryExecution().optimizedPlan()))  # type: ignore[operator]
    except PySparkException:
        return False


_NODE = re.compile(r"^[\s:|+\-]*")


def nodes(plan: str) -> Iterator[tuple[int, str]]:
    """Depth and text of every node of a printed plan; plans of subqueries stand below their node."""
    for line in plan.splitlines():
        start = _NODE.match(line)
        if line.strip() and start is not None:
            yield start.end(), line[start.end() :]


_TABLES = ("Relation ", "RelationV2", "LogicalRelation", "DataSourceV2", "HiveTableRelation", "StreamingRelation",
           "InMemoryRelation", "TahoeLog", "FileScan", "DeltaTable", "LogicalRDD",
           "TableValuedFunction", "CDCReader")  # fmt: skip


def unguarded(plan: str, masked: Mapping[str, tuple[str, ...]]) -> list[str]:
    """What a plan reads past the guards: tables below no view, and raw cells of masked columns outside of their view.

    Args:
        masked: the masked columns of each table.
    """
    found, above = [], list[tuple[int, int, str]]()  # depth, number, text of the nodes on the way down
    lines = list(nodes(plan))
    for number, (depth, text) in enumerate(lines):
        above = [one for one in above if one[0] < depth]
        if text.lstrip("'!").startswith(_TABLES):
            views = [one for one in above if one[2].startswith("View (")]
            if not views:
                found.append(f"below no view: {text}")
            else:
                found += _raw_outside(lines, number, views[-1], masked)
        above.append((depth, number, text))
    return found


def _raw_outside(
    lines: list[tuple[int, str]], table: int, view: tuple[int, int, str], masked: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Nodes outside of a table's view that name a masked cell by the number that it has below the mask."""
    depth, start, _ = view
    end = next((n for n in range(start + 1, len(lines)) if lines[n][0] <= depth), len(lines))
    names = {name for columns in masked.values() for name in columns}
    raw = {f"{name}#{number}" for name, number in re.findall(r"(\w+)#(\d+)", lines[table][1]) if name in names}
    for number, (_, text) in enumerate(lines):
        if number <= start or number >= end:
            for name, one in re.findall(r"(\w+)#(\d+)", text):
                if f"{name}#{one}" in raw:
                    yield f"outside of its view: {name} in {text[:200]}"
