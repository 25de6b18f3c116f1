"""A table with masks or a row filter: made empty with these in it, so that no row is ever there without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.guards import guards_of
from demo_factory.resources.resource import Resource
from demo_factory.sql.names import FullName, literal, pairs, quote, quoted
from demo_factory.targets.model import Compute
from demo_factory.workspace.databricks.governor import DatabricksGovernor
from demo_factory.workspace.databricks.kinds.mask import using_columns
from demo_factory.workspace.databricks.kinds.row_filter import on_columns
from demo_factory.workspace.databricks.writes import takes
from demo_factory.workspace.ledger import Ledger


@dataclass(frozen=True)
class GuardedTable:
    """See `demo_factory.resources.guards.Guarded`. The warehouse makes and changes it, the compute brings its rows."""

    demo: str
    name: FullName
    guards: tuple[Resource, ...]
    governor: DatabricksGovernor
    records: Ledger
    compute: Compute

    @property
    def overwrites(self) -> bool:
        """Where the compute enforces guards by itself."""
        return takes(self.compute, "overwrite")

    def make_empty(
        self, columns: Sequence[tuple[str, str, str]], comment: str, properties: Mapping[str, str], partition_by: str
    ) -> None:
        """Create or replace it with its guards; the ledger hears of them first, as of everything."""
        for guard in self.guards:
            self.records.announce(self.demo, guard)
        statement = empty_table(self.name, columns, self.guards, comment, properties, partition_by)
        self.governor.warehouse.run(statement, what=f"make {self.name} with its masks")
        for guard in self.guards:
            self.records.made(self.demo, guard, {})

    def run(self, statement: str) -> None:
        """Run a statement on the warehouse, which takes them all."""
        self.governor.warehouse.run(statement, what=f"change {self.name}")


def guarded_table(
    plan: DemoPlan, name: FullName, governor: DatabricksGovernor, records: Ledger, compute: Compute
) -> GuardedTable | None:
    """The table by its name, when something is to guard it or, by the ledger, does; None when nothing."""
    wanted = guards_of(plan.resources, str(name))
    if not wanted and not guards_of(records.states(plan.demo), str(name)):
        return None
    return GuardedTable(plan.demo, name, wanted, governor, records, compute)


def empty_table(
    name: FullName,
    columns: Sequence[tuple[str, str, str]],
    guards: Sequence[Resource],
    comment: str,
    properties: Mapping[str, str],
    partition_by: str,
) -> str:
    """The one statement that makes a table with what guards it and without a row."""
    masks = {one.key.rpartition(".")[2]: one.desired for one in guards if one.kind == "mask"}
    filters = [one.desired for one in guards if one.kind != "mask"]
    text = f"CREATE OR REPLACE TABLE {name.quoted} ({', '.join(_column(*one, masks.get(one[0])) for one in columns)})"
    text += " USING DELTA"
    if partition_by:
        text += f" PARTITIONED BY ({quote(partition_by)})"
    if comment:
        text += f" COMMENT {literal(comment)}"
    if properties:
        text += f" TBLPROPERTIES ({pairs(properties)})"
    for one in filters:
        text += f" WITH ROW FILTER {quoted(one['function'])} {on_columns(one)}"
    return text


def _column(name: str, kind: str, comment: str, mask: Mapping[str, object] | None) -> str:
    said = f" COMMENT {literal(comment)}" if comment else ""
    masked = f" MASK {quoted(str(mask['function']))}{using_columns(mask)}" if mask else ""
    return f"{quote(name)} {kind}{said}{masked}"
