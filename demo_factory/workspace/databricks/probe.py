"""What a workspace and the principal that is logged in can do, found by reading alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cached_property, partial
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.sql.names import quoted
from demo_factory.workspace.databricks.api import UC, CachedReader, Query, WorkspaceApi, pages
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.writes import too_old
from demo_factory.workspace.preflight import Requirement

SYSTEM_TABLES = ("system.access.audit", "system.query.history")
_NOT_OF_ALL = {"MANAGE"}  # what ALL PRIVILEGES does not hold
EVERYBODY = "account users"  # the group in which all of an account are


class _Off(Exception):  # noqa: N818 - not an error: the answer no, and the remedy
    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


def probe(
    api: WorkspaceApi,
    place: str,
    names: Collection[str] | None = None,
    rights: Collection[str] = ("CREATE_SCHEMA",),
    inside: Collection[str] = (),
    make: Collection[str] = (),
    guarded: bool = False,
) -> tuple[Requirement, ...]:
    """What a demo may need, in the order in which an apply meets it.

    Args:
        place: its catalog, a point, and its schema.
        names: what to ask for, such as compute; all by default. The login is always asked for.
        rights: privileges that are needed on the catalog if it is there already.
        inside: the same on the schema.
        make: the groups and service principals that have to be made, in words.
        guarded: whether tables with masks or filters are written.

    Raises:
        DemoError: nobody is logged in, so nothing can be asked.
    """
    asked = _Probe(api, place, make, guarded)
    questions: Mapping[str, Callable[[], str]] = {
        "metastore": lambda: str(asked.metastore["name"]),
        "principals": asked.principals,
        "warehouse": lambda: f"{api.target.warehouse} ({api.warehouse.id}), {api.warehouse.standing}",
        "catalog": lambda: asked.there_or_new(rights),
        "schema": lambda: asked.keepable(inside),
        "compute": asked.compute,
        "staging": asked.staging,
        "folder": asked.folder,
        **{table: partial(asked.seen, "table", table) for table in SYSTEM_TABLES},
    }
    chosen = {name: ask for name, ask in questions.items() if names is None or name in names}
    return Requirement("login", True, asked.who), *(_answer(name, ask) for name, ask in chosen.items())


def _answer(name: str, ask: Callable[[], str]) -> Requirement:
    try:
        return Requirement(name, True, ask())
    except _Off as off:
        return Requirement(name, False, str(off), off.remedy)
    except DemoError as error:
        return Requirement(name, False, error.message.rstrip("."), error.remedy)


class _Probe:
    """One look at a workspace: each path is asked once."""

    def __init__(self, api: WorkspaceApi, place: str, make: Collection[str], guarded: bool) -> None:
        self.api, self.schema, self.make, self.guarded = api, place, make, guarded
        self.catalog = place.partition(".")[0]
        self.look = CachedReader(api, {})
        self.me = api.do("GET", "/api/2.0/preview/scim/v2/Me", "ask who is logged in")
        self.who = str(self.me["userName"])

    @property
    def groups(self) -> set[str]:
        return {str(group.get("display")) for group in self.me.get("groups") or ()}

    @property
    def is_admin(self) -> bool:
        return "admins" in self.groups

    @cached_property
    def metastore(self) -> dict[str, Any]:
        found = self.look.get(f"{UC}/metastore_summary", "read the metastore")
        if found is None:
            raise _Off(
                "the workspace has no Unity Catalog metastore", "Ask an account admin to attach one, or use another."
            )
        return found

    # -- the catalog ---------------------------------------------------------------------------------------------------

    def there_or_new(self, rights: Collection[str]) -> str:
        """It is there with the rights that are needed on it, or it may be made."""
        shown = self.look.get(path_of("catalog", self.catalog), f"read the catalog {self.catalog}")
        return self._may_be_made() if shown is None else self._allowed("catalog", self.catalog, shown, rights)

    def keepable(self, rights: Collection[str]) -> str:
        """The schema is there with the rights that it takes to keep what lies in it, or is yet to be made."""
        shown = self.look.get(path_of("schema", self.schema), f"read the schema {self.schema}")
        if shown is None:
            return f"{self.schema} is not there yet"
        return self._allowed("schema", self.schema, shown, rights)

    def _allowed(self, kind: str, name: str, shown: Mapping[str, Any], rights: Collection[str]) -> str:
        lacking = [] if self._owns(shown) else self._lacking(kind, name, set(rights))
        if lacking:
            words, on = ", ".join(lacking).replace("_", " "), f"{kind.upper()} {quoted(name)}"
            raise _Off(
                f"{name} is there, and {self.who} holds no {words} on it",
                f"Ask its owner {shown.get('owner', '')}: GRANT {words} ON {on} TO `{self.who}`",
            )
        return f"{name} is there, with all rights that are needed"

    def _may_be_made(self) -> str:
        if not self.api.target.allow.create_catalog:
            raise _Off(
                f"{self.catalog} is not there, and this target may not create one",
                "Ask for it with USE CATALOG and CREATE SCHEMA on it, or allow `create_catalog`.",
            )
        if self._owns(self.metastore):
            return f"{self.catalog} may be created"
        # where Unity Catalog came with the workspace its admins may, by a group that nobody sees
        if self.is_admin or not self._lacking("metastore", str(self.metastore["metastore_id"]), {"CREATE_CATALOG"}):
            return f"{self.catalog} may be created"
        raise _Off(
            f"{self.catalog} is not there, and {self.who} holds no CREATE CATALOG on the metastore",
            f"Ask an admin of the metastore: GRANT CREATE CATALOG ON METASTORE TO `{self.who}`; "
            f"or have {self.catalog} made for you.",
        )

    def _owns(self, shown: Mapping[str, Any]) -> bool:
        return shown.get("owner") in {self.who, *self.groups}

    def _lacking(self, kind: str, name: str, wanted: set[str]) -> list[str]:
        """Those of the wanted privileges that neither the principal nor a group of its holds."""
        lacking = wanted - self._held(kind, name, (("principal", self.who),), {self.who}, wanted)
        if lacking:
            lacking -= self._held(kind, name, (), {*self.groups, EVERYBODY}, wanted)
        return sorted(lacking)

    def _held(self, kind: str, name: str, query: Query, by: set[str], wanted: set[str]) -> set[str]:
        from databricks.sdk.errors import PermissionDenied

        path, what = f"{UC}/effective-permissions/{kind}/{name}", f"read the rights on {name}"
        try:
            given = list(pages(self.api.get, path, "privilege_assignments", what, (*query, ("max_results", "0"))))
        except DemoError as error:
            if isinstance(error.__cause__, PermissionDenied):  # nobody sees rights on what they have no right on
                return set()
            raise
        mine = [
            one for assigned in given if assigned.get("principal") in by for one in assigned.get("privileges") or ()
        ]
        held = {str(one["privilege"]).replace(" ", "_") for one in mine}
        return held | wanted - _NOT_OF_ALL if "ALL_PRIVILEGES" in held else held

    # -- what else -----------------------------------------------------------------------------------------------------

    def principals(self) -> str:
        """Groups and service principals are made by admins of the workspace."""
        if self.is_admin:
            return "may create groups and service principals"
        what = f"these are not there: {', '.join(self.make)}" if self.make else "admins alone make them"
        raise _Off(
            f"{self.who} is no admin of the workspace and may not make groups and service principals; {what}",
            "Have an admin make them: demo-factory apply DEMO --target TARGET --select access_principals. "
            "Or map them to others by `principals` of the target.",
        )

    def compute(self) -> str:
        """A cluster of the target's kind can be had. Whether serverless compute can, only a run shows."""
        cluster = self.api.target.compute.cluster
        if cluster is None:
            return "serverless, by what the target says: only the first run shows whether the workspace has it"
        correct = "Correct `compute` of the target."
        if cluster.existing:
            query = (("cluster_id", cluster.existing),)
            shown = self.look.get("/api/2.1/clusters/get", f"look at the cluster {cluster.existing}", query)
            if shown is None:
                raise _Off(f"there is no cluster {cluster.existing}", correct)
            self._writes_guarded(str(shown.get("spark_version", "")))
            return f"cluster {cluster.existing} is {str(shown.get('state', 'there')).lower()}"
        versions = self.look.get("/api/2.1/clusters/spark-versions", "list the Spark versions") or {}
        if cluster.spark_version not in {one["key"] for one in versions.get("versions") or ()}:
            raise _Off(f"the workspace has no Spark version {cluster.spark_version}", correct)
        nodes = self.look.get("/api/2.1/clusters/list-node-types", "list the node types") or {}
        if cluster.node_type not in {one["node_type_id"] for one in nodes.get("node_types") or ()}:
            raise _Off(f"the workspace has no node type {cluster.node_type}", correct)
        self._writes_guarded(cluster.spark_version)
        return f"{cluster.node_type} with {cluster.spark_version}"

    def _writes_guarded(self, spark_version: str) -> None:
        if self.guarded and too_old(spark_version):
            raise _Off(
                f"a dedicated cluster with {spark_version} cannot write tables that have masks or row filters",
                "Use a runtime of 16.4 LTS or later, or serverless compute: compute: {serverless: {}}",
            )

    def staging(self) -> str:
        """Steps come by a volume."""
        volume = self.api.target.compute.volume
        return "a volume of the demo's own" if volume is None else self.seen("volume", volume)

    def folder(self) -> str:
        """Ledger and scripts lie where not everybody may write."""
        folder = self.api.folder
        parts = folder.split("/")
        for place in ("/".join(parts[:end]) for end in range(len(parts), 2, -1)):
            shown = self.look.get("/api/2.0/workspace/get-status", f"look at {place}", (("path", place),))
            if shown is not None:
                self._few_may_write(place, str(shown["object_id"]))
                break
        return folder

    def _few_may_write(self, place: str, identity: str) -> None:
        shown = self.look.get(f"/api/2.0/permissions/directories/{identity}", f"read who may write to {place}") or {}
        for one in shown.get("access_control_list") or ():
            levels = {level["permission_level"] for level in one.get("all_permissions") or ()}
            if one.get("group_name") in ("users", EVERYBODY) and levels & {"CAN_EDIT", "CAN_MANAGE"}:
                raise _Off(
                    f"all of {one['group_name']} may write to {place}, where ledger and scripts of a run would lie",
                    "Take that away there, or name another `folder` of the target.",
                )

    def seen(self, kind: str, name: str) -> str:
        """It is there and may be seen."""
        if self.look.get(path_of(kind, name), f"read {name}") is None:
            what = "USE CATALOG, USE SCHEMA and SELECT" if kind == "table" else "READ VOLUME and WRITE VOLUME"
            raise _Off(f"{name} is not there, or {self.who} may not see it", f"Ask an admin for it, with {what}.")
        return f"{name} can be seen"
