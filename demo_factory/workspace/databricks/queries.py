"""Who answers the statements of `sql` on a workspace: the target's warehouse, as whoever is logged in."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demo_factory.sql.names import quote
from demo_factory.workspace.databricks.warehouse import Warehouse
from demo_factory.workspace.ports import Described, Place, Show
from demo_factory.workspace.query_errors import no_table


@dataclass
class WarehouseAnswers:
    """A target's warehouse, where Unity Catalog says what whoever is logged in may see."""

    warehouse: Warehouse
    place: Place
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def ask(self, statement: str, most: int, show: Show) -> None:
        """Run a statement; an answer that comes after it was cancelled is dropped."""
        self._cancelled = cancelled = threading.Event()
        inside = (self.place.catalog, self.place.schema)
        found = self.warehouse.run(statement, None, "run your query", inside, most, lambda: not cancelled.is_set())
        show(found.columns, found.kinds, itertools.takewhile(lambda _: not cancelled.is_set(), found.rows))

    def objects(self) -> Sequence[Described]:
        """The demo's tables and views as Unity Catalog lists them."""
        return [
            Described(*map(str, row)) for row in self._listed("table_name, lower(table_type)", "tables", "table_name")
        ]

    def columns(self, name: str | None = None) -> Mapping[str, Sequence[Described]]:
        """The columns as Unity Catalog lists them."""
        wanted = None if name is None else name.split(".")[-1].strip("`").lower()
        found: dict[str, list[Described]] = {}
        for table, *rest in self._listed(
            "table_name, column_name, full_data_type", "columns", "table_name, ordinal_position", wanted
        ):
            found.setdefault(table, []).append(Described(*map(str, rest)))
        if wanted is not None and not found:
            raise no_table(str(name), self.place.kinds)
        return found

    def _listed(self, what: str, of: str, order: str, name: str | None = None) -> Sequence[tuple[Any, ...]]:
        text = (
            f"SELECT {what}, coalesce(comment, '') AS comment FROM {quote(self.place.catalog)}.information_schema.{of}"
        )
        named = " AND table_name = :name" if name else ""
        values = {"schema": self.place.schema, **({"name": name} if name else {})}
        text += f" WHERE table_schema = :schema{named} ORDER BY {order}"
        return self.warehouse.run(text, values, "list what there is").rows

    def cancel(self) -> None:
        """Whoever waits for the warehouse tells it to end the statement."""
        self._cancelled.set()
