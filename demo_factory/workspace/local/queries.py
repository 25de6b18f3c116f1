"""Who answers the statements of `sql` on this machine: its Spark, for oneself or as somebody."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demo_factory.sql.names import quote
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.query_log import noting
from demo_factory.workspace.ports import Described, Place, Show
from demo_factory.workspace.query_errors import plain

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from demo_factory.access.privileges import Rights
    from demo_factory.workspace.local.query_guard import QueryGuard

_LOOKS = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN")


@dataclass
class LocalAnswers:
    """Spark on this machine, which starts with the first question; each statement is noted with who asked.

    Args:
        principal: as whom it is asked; every statement then goes through the guard, by the rights of that moment.
        trouble: told one sentence when a statement could not be noted.
    """

    folder: StateFolder
    place: Place
    principal: str | None
    trouble: Callable[[str], None]
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def ask(self, statement: str, most: int, show: Show) -> None:
        """Run a statement; the time that is noted is without the start of Spark."""
        self._cancelled = cancelled = threading.Event()
        rights = self._rights()  # first: it may be refused without Java
        from demo_factory.workspace.local.session import launch_jvm_early

        launch_jvm_early(self.folder, 0)
        from py4j.protocol import Py4JJavaError
        from pyspark.errors import PySparkException

        from demo_factory.workspace.local.query_as import as_principal

        spark = self._session()
        with noting(self.folder, self.place.demo, self.principal, statement, self.trouble) as running:
            try:
                if rights is not None and self.principal is not None:
                    frame = as_principal(self.folder, self._inside, rights, self.principal, statement)
                else:
                    frame = _frame(spark, statement)
                kinds = [kind for _, kind in frame.dtypes]
                rows = itertools.takewhile(lambda _: not cancelled.is_set(), _rows(frame, most))
                running.rows = show(frame.columns, kinds, rows)
            except (PySparkException, Py4JJavaError) as error:  # what Spark has no condition for comes as Java's own
                if cancelled.is_set():
                    raise KeyboardInterrupt from None
                raise plain(error, self.place.kinds) from error
            if cancelled.is_set():
                raise KeyboardInterrupt

    def objects(self) -> Sequence[Described]:
        """The demo's tables and views, with the comments that the session knows."""
        spark, guard = self._session(), self._guard()
        readable = None if guard is None else {one.full_name.name for one in guard.readable()}
        return [
            Described(name, kind, spark.catalog.getTable(self._full(name)).description or "")
            for name, kind in self.place.kinds.items()
            if readable is None or name in readable
        ]

    def columns(self, name: str | None = None) -> Mapping[str, Sequence[Described]]:
        """The columns as their types are seen by whoever asks; comments are those of the table."""
        spark, guard = self._session(), self._guard()
        if name is None:
            return {one.name: _columns(spark, guard, self._full(one.name)) for one in self.objects()}
        parts = [part.strip("`") for part in name.split(".")]
        place = [self.place.catalog, self.place.schema]
        full = ".".join(map(quote, [*place[: max(0, 3 - len(parts))], *parts]))
        if guard is not None:
            guard.find(parts)
        from pyspark.errors import PySparkException

        try:
            return {name: _columns(spark, guard, full)}
        except PySparkException as error:
            raise plain(error, self.place.kinds) from error

    def cancel(self) -> None:
        """Spark ends all that it works on: this process asks nothing else of it."""
        self._cancelled.set()
        from demo_factory.compat.pyspark import running_context

        if (context := running_context()) is not None:
            context.cancelAllJobs()

    @property
    def _inside(self) -> tuple[str, str]:
        return self.place.catalog, self.place.schema

    def _full(self, name: str) -> str:
        return ".".join(map(quote, (*self._inside, name)))

    def _rights(self) -> Rights | None:
        from demo_factory.workspace.local.query_as import rights_of

        return None if self.principal is None else rights_of(self.folder, self.principal)

    def _session(self) -> SparkSession:
        """The one session, with what other processes made in the meantime."""
        from demo_factory.workspace.local.session import open_session

        spark = open_session(self.folder, self.place.catalog)
        spark.sql("USE " + ".".join(map(quote, self._inside)))
        return spark

    def _guard(self) -> QueryGuard | None:
        from demo_factory.workspace.local.query_guard import open_guard

        rights = self._rights()
        if rights is None or self.principal is None:
            return None
        return open_guard(self.folder, self._inside, rights, self.principal)


def _columns(spark: SparkSession, guard: QueryGuard | None, full: str) -> list[Described]:
    fields = spark.table(full).schema.fields
    seen = dict(guard.columns([part.strip("`") for part in full.split(".")])) if guard is not None else {}
    return [
        Described(one.name, seen.get(one.name, one.dataType.simpleString()), one.metadata.get("comment", ""))
        for one in fields
    ]


def _frame(spark: SparkSession, statement: str) -> DataFrame:
    """The statement's frame; Spark itself has read that it asks and does nothing else."""
    if statement.lstrip("( \n").split(maxsplit=1)[0].upper() not in _LOOKS:
        from demo_factory.compat.spark_plans import nodes_of, parse_plan
        from demo_factory.workspace.query_forms import check_reads

        check_reads(nodes_of(spark, parse_plan(spark, statement)))
    return spark.sql(statement)


def _rows(frame: DataFrame, most: int) -> Iterator[tuple[Any, ...]]:
    rows = iter(frame.limit(most).collect()) if most else frame.toLocalIterator()
    stamps = [kind == "timestamp" for _, kind in frame.dtypes]
    for row in rows:
        yield tuple(_utc(value) if stamp else value for value, stamp in zip(row, stamps, strict=True))


def _utc(value: dt.datetime | None) -> dt.datetime | None:
    """PySpark gives an instant in the machine's own zone; a demo's times are UTC."""
    return value.astimezone(dt.UTC).replace(tzinfo=None) if value is not None else None
