"""A small demo with every kind of governed thing, named after the mark, and a process that applies and destroys it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from demo_factory.resources.diff import diff
from demo_factory.resources.resource import Change, Resource, ResourceId
from demo_factory.sql.names import FullName
from demo_factory.workspace.apply import apply, left
from demo_factory.workspace.databricks.workspace import DatabricksWorkspace, open_databricks
from demo_factory_tests.workspace.memory import differs

from .site import Site, principals_of

COLUMNS = {"id": "BIGINT", "email": "STRING", "country": "STRING"}
SECRET, CANARY = "DEMO_FACTORY_TEST_SECRET", "canary-5b0e2f61"
ON_TABLES = ("tags", "function", "mask", "row_filter", "grant", "owner")


@dataclass(frozen=True)
class Names:
    """What the demo's things are called on a site."""

    site: Site
    robot: str = field(init=False)
    analysts: str = field(init=False)
    table: str = field(init=False)

    def __post_init__(self) -> None:
        for field_name, name in zip(("robot", "analysts"), principals_of(self.site), strict=True):
            object.__setattr__(self, field_name, name)
        object.__setattr__(self, "table", f"{self.site.schema}.customers")


def everything(site: Site) -> list[Resource]:
    """The whole demo, each thing after what it needs; what the site cannot have is left out."""
    names = Names(site)
    me = str(site.client.current_user.me().user_name)
    schema, table = site.schema, names.table
    mask, keep = f"{schema}.mask_email", f"{schema}.keep_country"
    robot: ResourceId = ("service_principal", names.robot)
    analysts: ResourceId = ("group", names.analysts)
    in_catalog: tuple[ResourceId, ...] = (("catalog", site.catalog),)
    in_schema: tuple[ResourceId, ...] = (("schema", schema),)
    scope: ResourceId = ("secret_scope", site.mark)
    masked: ResourceId = ("mask", f"{table}.email")
    filtered: ResourceId = ("row_filter", table)
    held: ResourceId = ("grant", f"table {table} {names.robot}")
    items = [
        Resource(*robot),
        # who applies is in the group that the table is handed over to, or could not change it later
        Resource(*analysts, {"members": sorted([me, names.robot])}, (robot,)),
        Resource("catalog", site.catalog, {"comment": "a test of demo_factory"}),
        Resource("schema", schema, {"comment": "tables"}, in_catalog),
        Resource("volume", f"{schema}.files", {"comment": "files", "files": {"read.me": "grüezi\n"}}, in_schema),
        Resource("tags", f"table {table}", {"tags": {"classification": "pii", "demo": "small"}}, in_schema),
        Resource("tags", f"column {table}.email", {"tags": {"classification": "pii"}}, in_schema),
        Resource("function", mask, _function("'****'", "value STRING", "STRING"), in_schema),
        Resource(*masked, {"function": mask, "using": []}, (("function", mask),)),
        Resource("function", keep, _function("`country` = 'DE'", "country STRING", "BOOLEAN"), in_schema),
        Resource(*filtered, {"function": keep, "on": ["country"]}, (("function", keep),)),
        Resource(
            "grant", f"catalog {site.catalog} {names.robot}", {"privileges": ["USE_CATALOG"]}, (robot, *in_catalog)
        ),
        Resource("grant", f"schema {schema} {names.robot}", {"privileges": ["USE_SCHEMA"]}, (robot, *in_schema)),
        Resource(*held, {"privileges": ["SELECT"]}, (robot, *in_schema, masked, filtered)),
        Resource("owner", f"table {table}", {"owner": names.analysts}, (analysts, held, masked, filtered)),
        Resource(*scope),
        Resource("secret", f"{site.mark}/password", {"env": SECRET}, (scope,)),
        Resource("secret_acl", f"{site.mark} {names.robot}", {"permission": "READ"}, (scope, robot)),
    ]
    return _possible(site, items)


def _possible(site: Site, items: Iterable[Resource]) -> list[Resource]:
    found: list[Resource] = []
    for item in items:
        refs = {one.id for one in found}
        hangs_on = [need for need in item.needs if need[0] in ("group", "service_principal") or item.kind == "mask"]
        if item.kind not in site.cannot and refs.issuperset(hangs_on):
            found.append(item)
    return found


def _function(definition: str, parameters: str, returns: str) -> dict[str, str]:
    return {"definition": definition, "parameters": parameters, "returns": returns, "comment": "what is seen"}


class Process:
    """A command at work on a site, by our public doors alone: started anew it knows only what the workspace knows."""

    def __init__(self, site: Site) -> None:
        self.site, self.demo, self.names = site, site.mark, Names(site)
        self.workspace: DatabricksWorkspace = open_databricks("test", site.target)

    def plan(self, items: Collection[Resource]) -> tuple[Change, ...]:
        """What an apply would do."""
        return differs([*items], self.workspace.governor, self.workspace.records, self.demo)

    def differing(self, items: Collection[Resource]) -> dict[ResourceId, Change]:
        """What is not as it should be."""
        return {action.id: action for action in self.plan(items) if action.kind != "keep"}

    def apply(self, items: Collection[Resource]) -> list[Change]:
        """Plan, and if anything differs do it under the lock."""
        todo = self.plan(items)
        if all(action.kind == "keep" for action in todo):
            return []
        with self.workspace.writing(f"build {self.demo}"):
            return list(apply(todo, self.workspace.governor, self.workspace.records, self.demo))

    def build(self, items: Collection[Resource]) -> list[Change]:
        """Containers, then the table, then what hangs on it."""
        done = self.apply([item for item in items if item.kind not in ON_TABLES])
        if any(item.kind == "schema" for item in items) and not self.there():
            self.site.make(self.names.table, COLUMNS, "table")  # as the demo's compute makes it
        return done + self.apply(items)

    def there(self) -> str | None:
        """What stands where the table belongs."""
        return self.workspace.describe_objects([self.table])[str(self.table)]

    def destroy(self) -> tuple[str, ...]:
        """Take all away: what hangs on the table, the table, the rest. Returns what is left."""
        records, governor = self.workspace.records, self.workspace.governor
        with self.workspace.writing(f"destroy {self.demo}"):
            known = records.states(self.demo)
            going = diff([], {one.id: one for one in known})
            apply([one for one in going if one.id.kind in ON_TABLES], governor, records, self.demo)
            self.workspace.drop("table", self.table)
            apply([one for one in going if one.id.kind not in ON_TABLES], governor, records, self.demo)
            return (*left(known, governor), *(str(one.id) for one in records.states(self.demo)))

    @property
    def table(self) -> FullName:
        """The demo's table."""
        return FullName(*self.names.table.split("."))
