"""One SQL statement on the target's warehouse: started, waited for, its rows as Python values."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.plan.price import BilledWarehouse
from demo_factory.workspace.databricks.client import plainly

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.sql import EndpointInfo, StatementParameterListItem, StatementResponse

LONGEST = 20 * 60  # seconds; a stopped warehouse needs some minutes of them
_FIRST_PAUSE, _PAUSE = 0.5, 5.0
_TYPES = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", str: "STRING", dt.datetime: "TIMESTAMP", dt.date: "DATE"}
_READ: Mapping[str, Callable[[str], Any]] = {
    "BOOLEAN": lambda text: text == "true",
    **dict.fromkeys(("BYTE", "SHORT", "INT", "LONG"), int),
    **dict.fromkeys(("FLOAT", "DOUBLE"), float),
}


@dataclass(frozen=True)
class Rows:
    """What a query gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    kinds: tuple[str, ...] = ()  # types as Spark writes them: bigint, decimal(10,2)


class Warehouse:
    """A SQL warehouse by its name or id; it is looked up when the first statement comes."""

    def __init__(self, client: WorkspaceClient, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._name, self._sleep = client, name, sleep

    @cached_property
    def about(self) -> EndpointInfo:
        """What the workspace says of it.

        Raises:
            DemoError: there is none, or several are called so.
        """
        with plainly("list the SQL warehouses"):
            found = list(self._client.warehouses.list())
        matching = [one for one in found if self._name in (str(one.id), one.name)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            ids = ", ".join(str(one.id) for one in matching)
            raise DemoError(
                f"{len(matching)} SQL warehouses are called {self._name}: {ids}.",
                "Give the target one of these ids instead of the name.",
            )
        known = ", ".join(sorted(str(one.name) for one in found)) or "none"
        raise DemoError(
            f"There is no SQL warehouse {self._name} that you may use; those you may: {known}.",
            "Correct `warehouse` of the target, or ask for CAN_USE on it.",
        )

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.about.id)

    @property
    def standing(self) -> str:
        """Whether it runs; of one that does not, that people on stage would wait for it."""
        state = self.about.state.value.lower() if self.about.state is not None else "unknown"
        return state if state == "running" else f"{state}: the first statement waits until it has started"

    @property
    def billed(self) -> BilledWarehouse:
        """As what it is billed, by its type and size."""
        about = self.about
        classic = about.warehouse_type is not None and about.warehouse_type.value == "CLASSIC"
        sku = "SERVERLESS_SQL_COMPUTE" if about.enable_serverless_compute else "SQL_PRO_COMPUTE"
        minutes = about.auto_stop_mins  # 0 is never
        return BilledWarehouse("SQL_COMPUTE" if classic else sku, str(about.cluster_size or ""), minutes)

    def run(
        self,
        statement: str,
        parameters: Mapping[str, object] | None = None,
        what: str = "",
        inside: tuple[str, str] | None = None,
        most: int = 0,
        is_wanted: Callable[[], bool] | None = None,
    ) -> Rows:
        """Run one statement to its end.

        Args:
            parameters: values of the statement's `:name` markers; each goes with its type.
            what: the statement in words, for errors.
            inside: catalog and schema that short names are looked up in.
            most: rows at most; 0 is all.
            is_wanted: asked every few seconds whether somebody still waits for the answer.

        Raises:
            DemoError: it fails, or takes longer than a warehouse should.
            KeyboardInterrupt: nobody waits any more; the warehouse was told to end it.
        """
        from databricks.sdk.service.sql import ExecuteStatementRequestOnWaitTimeout, StatementState

        what = what or "run a SQL statement"
        given = [_parameter(name, value) for name, value in (parameters or {}).items()]
        busy = (StatementState.PENDING, StatementState.RUNNING)
        warehouse, pause, waited = self.id, _FIRST_PAUSE, 0.0
        with plainly(what):
            answer = self._client.statement_execution.execute_statement(
                statement,
                warehouse,
                catalog=inside[0] if inside else None,
                schema=inside[1] if inside else None,
                parameters=given or None,
                row_limit=most or None,
                wait_timeout="50s" if is_wanted is None else "5s",
                on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CONTINUE,
            )
            while answer.status and answer.status.state in busy:
                identity = str(answer.statement_id)
                if is_wanted is not None and not is_wanted():
                    self._client.statement_execution.cancel_execution(identity)
                    raise KeyboardInterrupt
                if waited > LONGEST:
                    self._client.statement_execution.cancel_execution(identity)
                    raise DemoError(
                        f"Could not {what}: {self._name} did not finish in {LONGEST // 60} minutes.",
                        "Look at its state and its queue in the workspace; the statement was cancelled.",
                    )
                self._sleep(pause)
                waited, pause = waited + pause, min(_PAUSE, pause * 2)
                answer = self._client.statement_execution.get_statement(identity)
            self._refuse(answer, what)
            found = self._rows(answer)
        if answer.manifest is not None and answer.manifest.truncated and not 0 < most <= len(found.rows):
            raise DemoError(
                f"Could not {what}: the answer has more than 25 MiB, at which a warehouse cuts it; only its first "
                f"{len(found.rows):,} rows came.",
                "Ask for fewer rows or columns.",
            )
        return found

    def _refuse(self, answer: StatementResponse, what: str) -> None:
        """A statement that failed comes with the answer 200."""
        from databricks.sdk.service.sql import StatementState

        status = answer.status
        if status is not None and status.state is StatementState.SUCCEEDED:
            return
        state = status.state.value.lower() if status and status.state else "lost"
        said = status.error.message if status and status.error and status.error.message else "no reason given"
        raise StatementFailed(f"Could not {what} on {self._name}: {state}: {said.splitlines()[0]}")

    def _rows(self, answer: StatementResponse) -> Rows:
        schema = answer.manifest.schema if answer.manifest else None
        columns = (schema.columns if schema else None) or []
        kinds = [str(column.type_name.value) if column.type_name else "STRING" for column in columns]
        data: list[list[str]] = []
        part = answer.result
        while part is not None:
            data += part.data_array or []
            if part.next_chunk_index is None:
                break
            part = self._client.statement_execution.get_statement_result_chunk_n(
                str(answer.statement_id), part.next_chunk_index
            )
        rows = tuple(tuple(_value(kind, text) for kind, text in zip(kinds, row, strict=True)) for row in data)
        types = tuple((column.type_text or kind).lower() for column, kind in zip(columns, kinds, strict=True))
        return Rows(tuple(str(column.name) for column in columns), rows, types)


class StatementFailed(DemoError):  # noqa: N818 - it is what happened, not a fault of the program
    """The warehouse ran the statement and it failed: the message says why."""


def _parameter(name: str, value: object) -> StatementParameterListItem:
    from databricks.sdk.service.sql import StatementParameterListItem

    kind = "STRING" if value is None else next(sql for python, sql in _TYPES.items() if isinstance(value, python))
    text = str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
    return StatementParameterListItem(name=name, value=text, type=kind)


def _value(kind: str, text: str | None) -> Any:
    return text if text is None else _READ.get(kind, str)(text)
