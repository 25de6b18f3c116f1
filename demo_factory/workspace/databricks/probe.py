"""What a workspace and the principal that is logged in can do, found by reading alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory.workspace.databricks.containers import path_of
from demo_factory.workspace.databricks.ground import UC, Ground

SYSTEM_TABLES = ("system.access.audit", "system.query.history")


@dataclass(frozen=True)
class Capability:
    """One thing that a demo may need: whether it is there, and why (not)."""

    name: str
    ok: bool
    reason: str


class _Off(Exception):  # noqa: N818 - not an error: the answer no
    pass


def probe(ground: Ground, catalog: str) -> tuple[Capability, ...]:
    """What a demo with this catalog may need, in the order in which an apply meets it.

    Raises:
        DemoError: nobody is logged in, so nothing can be asked.
    """
    me = ground.do("GET", "/api/2.0/preview/scim/v2/Me", "ask who is logged in")
    who = str(me["userName"])
    asked: dict[str, Callable[[], str]] = {
        "metastore": lambda: f"{_metastore(ground)['name']}",
        "warehouse": lambda: f"{ground.target.warehouse} ({ground.warehouse.id})",
        "catalog": lambda: _catalog(ground, catalog, who),
        "principals": lambda: _principals(me),
        "compute": lambda: _compute(ground),
        "staging": lambda: _staging(ground),
        **{table: partial(_seen, ground, "table", table) for table in SYSTEM_TABLES},
    }
    return Capability("login", True, who), *(_answer(name, ask) for name, ask in asked.items())


def _answer(name: str, ask: Callable[[], str]) -> Capability:
    try:
        return Capability(name, True, ask())
    except _Off as off:
        return Capability(name, False, str(off))
    except DemoError as error:
        return Capability(name, False, error.message)


def _metastore(ground: Ground) -> dict[str, Any]:
    found = ground.get(f"{UC}/metastore_summary", "read the metastore")
    if found is None:
        raise _Off("the workspace has no Unity Catalog metastore")
    return found


def _catalog(ground: Ground, catalog: str, who: str) -> str:
    """It is there and schemas may be made in it, or it may be made."""
    shown = ground.get(path_of("catalog", catalog), f"read the catalog {catalog}")
    if shown is not None:
        held = _effective(ground, "catalog", catalog, who)
        if shown.get("owner") == who or {"CREATE_SCHEMA", "ALL_PRIVILEGES"} & held:
            return f"{catalog} is there, and schemas may be made in it"
        raise _Off(f"{catalog} is there, and {who} holds no CREATE SCHEMA on it")
    if not ground.target.allow.create_catalog:
        raise _Off(f"{catalog} is not there, and this target may not create one")
    metastore = _metastore(ground)
    if metastore.get("owner") == who or "CREATE_CATALOG" in _effective(
        ground, "metastore", str(metastore["metastore_id"]), who
    ):
        return f"{catalog} may be created"
    raise _Off(f"{catalog} is not there, and {who} holds no CREATE CATALOG on the metastore")


def _effective(ground: Ground, kind: str, name: str, who: str) -> set[str]:
    query = (("principal", who), ("max_results", "0"))
    found = ground.get(f"{UC}/effective-permissions/{kind}/{name}", f"read the rights on {name}", query) or {}
    held = [one for given in found.get("privilege_assignments") or () for one in given.get("privileges") or ()]
    return {str(one["privilege"]).replace(" ", "_") for one in held}


def _principals(me: dict[str, Any]) -> str:
    """Groups and service principals are made by admins of the workspace."""
    if "admins" in {group.get("display") for group in me.get("groups") or ()}:
        return "may create groups and service principals"
    raise _Off(f"{me['userName']} is no admin of the workspace, so groups and service principals have to be there")


def _compute(ground: Ground) -> str:
    """A cluster of the target's kind can be had. Whether serverless compute can, only a run shows."""
    cluster = ground.target.compute.cluster
    if cluster is None:
        return "serverless, by what the target says: only the first run shows whether the workspace has it"
    if cluster.existing:
        query = (("cluster_id", cluster.existing),)
        shown = ground.get("/api/2.1/clusters/get", f"look at the cluster {cluster.existing}", query)
        if shown is None:
            raise _Off(f"there is no cluster {cluster.existing}")
        return f"cluster {cluster.existing} is {str(shown.get('state', 'there')).lower()}"
    versions = ground.get("/api/2.1/clusters/spark-versions", "list the Spark versions") or {}
    if cluster.spark_version not in {one["key"] for one in versions.get("versions") or ()}:
        raise _Off(f"the workspace has no Spark version {cluster.spark_version}")
    nodes = ground.get("/api/2.1/clusters/list-node-types", "list the node types") or {}
    if cluster.node_type not in {one["node_type_id"] for one in nodes.get("node_types") or ()}:
        raise _Off(f"the workspace has no node type {cluster.node_type}")
    return f"{cluster.node_type} with {cluster.spark_version}"


def _staging(ground: Ground) -> str:
    """Clusters take a step's code from DBFS, serverless runs from a volume."""
    serverless = ground.target.compute.serverless
    if serverless is None:
        if ground.get("/api/2.0/dbfs/get-status", "look at the DBFS root", (("path", "/"),)) is None:
            raise _Off("there is no DBFS root, which the step launcher needs: use serverless compute")
        return "the DBFS root"
    if serverless.volume is None:
        return "a volume of the demo's own"
    return _seen(ground, "volume", serverless.volume)


def _seen(ground: Ground, kind: str, name: str) -> str:
    if ground.get(path_of(kind, name), f"read {name}") is None:
        raise _Off(f"{name} is not there, or may not be seen")
    return f"{name} can be seen"
