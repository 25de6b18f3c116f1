"""A small demo with every kind of governed thing, and a target for the double: what the tests of governance share."""

from __future__ import annotations

from typing import Any

from databricks.sdk import WorkspaceClient

from demo_factory.resources.diff import diff
from demo_factory.resources.resource import Change, Resource
from demo_factory.targets.model import Target
from demo_factory.workspace.apply import apply, left
from demo_factory.workspace.databricks.governor import DatabricksGovernor
from demo_factory.workspace.databricks.ledger import DatabricksLedger
from demo_factory.workspace.databricks.lock import Life
from demo_factory.workspace.databricks.warehouse import Warehouse
from demo_factory_tests.workspace.memory import differs

from .double import Double, connect

DEMO, CANARY = "small", "canary-3f9c1d7e"
CATALOG, SCHEMA = "dev_small", "dev_small.shop"
TABLE, VIEW = f"{SCHEMA}.customers", f"{SCHEMA}.letters"
MASK, FILTER = f"{SCHEMA}.mask_email", f"{SCHEMA}.filter_customers"
_ROBOT, _ANALYSTS = ("service_principal", "robot"), ("group", "analysts")
_CATALOG, _SCHEMA = ("catalog", CATALOG), ("schema", SCHEMA)


def containers() -> list[Resource]:
    """What has to be there before the tables."""
    return [
        Resource("service_principal", "robot"),
        # who applies is in the group that tables are handed over to, or could not change them later
        Resource("group", "analysts", {"members": ["admin@example.com", "ann@example.com", "robot"]}, (_ROBOT,)),
        Resource("catalog", CATALOG, {"comment": "a demo"}),
        Resource("schema", SCHEMA, {"comment": "tables"}, (_CATALOG,)),
        Resource("volume", f"{SCHEMA}.files", {"comment": "", "files": {"a.txt": "one\n"}}, (_SCHEMA,)),
    ]


def on_tables() -> list[Resource]:
    """What hangs on the tables."""
    mask, row_filter, grant = ("mask", f"{TABLE}.email"), ("row_filter", TABLE), ("grant", f"table {TABLE} analysts")
    return [
        Resource("tags", f"catalog {CATALOG}", {"tags": {"demo": "small"}}, (_CATALOG,)),
        Resource("tags", f"table {TABLE}", {"tags": {"classification": "pii", "demo": "small"}}, (_SCHEMA,)),
        Resource("tags", f"table {VIEW}", {"tags": {"demo": "small"}}, (_SCHEMA,)),
        Resource("tags", f"column {TABLE}.email", {"tags": {"classification": "pii"}}, (_SCHEMA,)),
        Resource("function", MASK, function("'****'", "value STRING", "STRING"), (_SCHEMA, _ANALYSTS)),
        Resource(*mask, {"function": MASK, "using": []}, (("function", MASK),)),
        Resource("function", FILTER, function("`country` = 'DE'", "country STRING", "BOOLEAN"), (_SCHEMA,)),
        Resource(*row_filter, {"function": FILTER, "on": ["country"]}, (("function", FILTER),)),
        Resource("grant", f"catalog {CATALOG} analysts", {"privileges": ["USE_CATALOG"]}, (_ANALYSTS, _CATALOG)),
        Resource("grant", f"schema {SCHEMA} robot", {"privileges": ["SELECT", "USE_SCHEMA"]}, (_ROBOT, _SCHEMA)),
        Resource(*grant, {"privileges": ["SELECT"]}, (_ANALYSTS, _SCHEMA, mask, row_filter)),
        Resource("owner", f"table {TABLE}", {"owner": "analysts"}, (_ANALYSTS, grant, mask, row_filter)),
        Resource("secret_scope", CATALOG),
        Resource("secret", f"{CATALOG}/password", {"env": "SMALL_PASSWORD"}, (("secret_scope", CATALOG),)),
        Resource("secret_acl", f"{CATALOG} robot", {"permission": "READ"}, (("secret_scope", CATALOG), _ROBOT)),
    ]


def function(definition: str, parameters: str, returns: str) -> dict[str, str]:
    """What is wanted of a function."""
    return {"definition": definition, "parameters": parameters, "returns": returns, "comment": "What is seen"}


def make_tables(double: Double) -> None:
    """The demo's table and view, as its cluster makes them."""
    columns = {"id": "BIGINT", "email": "STRING", "country": "STRING"}
    for name, kind in ((TABLE, "MANAGED"), (VIEW, "VIEW")):
        if ("table", name) not in double.state.securables:
            double.add_table(name, columns, table_type=kind)


def target(double: Double, **more: Any) -> Target:
    """The double as a target."""
    given = {"host": double.url, "compute": {"serverless": {}}, "warehouse": "demo-warehouse", **more}
    return Target.model_validate(given)


class Small:
    """A process that applies the small demo: made anew after each kill, as a command is started anew."""

    def __init__(
        self, double: Double, client: WorkspaceClient | None = None, parallel: int = 1, pid: int = 1, **more: Any
    ) -> None:
        self.double, self.parallel = double, parallel
        self.target = target(double, **more)
        self.client = client or connect(double)
        self.client.api_client._api_client._session.trust_env = False  # a third of a call's time is reading proxies
        # pid 1 lives, others are dead: a killed process leaves a lock behind that nobody holds
        life = Life(host="here", pid=pid, alive=lambda pid: pid == 1, sleep=lambda seconds: None)
        self.records = DatabricksLedger(self.client, self.target, life)
        self.environ = {"SMALL_PASSWORD": CANARY}
        warehouse = Warehouse(self.client, self.target.warehouse, sleep=lambda seconds: None)
        self.governor = DatabricksGovernor(self.client, self.target, self.records, self.environ.get, warehouse)

    def plan(self, items: list[Resource]) -> tuple[Change, ...]:
        return differs(items, self.governor, self.records, DEMO)

    def apply(self, items: list[Resource]) -> list[Change]:
        """Plan, and if anything differs do it under the lock."""
        todo = self.plan(items)
        if all(action.kind == "keep" for action in todo):
            return []
        with self.records.writing("build small"):
            return list(apply(todo, self.governor, self.records, DEMO, parallel=self.parallel))

    def build(self) -> list[Change]:
        """The whole demo: containers, tables, and what hangs on them. One apply may not know of the other's items."""
        made = self.apply_some(containers())
        make_tables(self.double)
        return made + self.apply_some(on_tables())

    def apply_some(self, items: list[Resource]) -> list[Change]:
        """Apply some of the demo's items and drop none of the others."""
        todo = differs(items, self.governor, self.records, DEMO, {item.id for item in items})
        if all(action.kind == "keep" for action in todo):
            return []
        with self.records.writing("build small"):
            return list(apply(todo, self.governor, self.records, DEMO, parallel=self.parallel))

    def destroy(self) -> tuple[str, ...]:
        """Take everything away: what hangs on tables, the tables, the rest."""
        with self.records.writing("destroy small"):
            known = self.records.states(DEMO)
            on = {item.id for item in on_tables()}
            going = diff([], {one.id: one for one in known})
            apply([one for one in going if one.id in on], self.governor, self.records, DEMO)
            for name in (VIEW, TABLE):
                self.double.state.securables.pop(("table", name), None)
                self.double.state.grants.pop(("table", name), None)
            apply([one for one in going if one.id not in on], self.governor, self.records, DEMO)
            self.records.thaw(DEMO)
            return (*left(known, self.governor), *(str(one.id) for one in self.records.states(DEMO)))
