"""Clusters: those that are there, and those that runs start. Which versions and nodes there are."""

from __future__ import annotations

import secrets
from typing import Any

from databricks.sdk.service.compute import ClustersAPI

from ..errors import Refused, bad_state, invalid
from ..kind import Kind, Request
from ..state import State
from .permissions import drop_permissions, permitted

KIND = Kind(
    "cluster",
    counts=lambda state: {
        "clusters": sum(one.get("cluster_source") == "API" for one in state.kept["clusters"].values())
    },
)
BASE = "/api/2.1/clusters"
VERSIONS = {
    "15.4.x-scala2.12": "15.4 LTS (Apache Spark 3.5.0, Scala 2.12)",
    "16.4.x-scala2.12": "16.4 LTS (Apache Spark 3.5.2, Scala 2.12)",
    "17.3.x-scala2.13": "17.3 LTS (Apache Spark 4.0.0, Scala 2.13)",
}
NODES = {"m5d.large": (2, 8192), "i3.xlarge": (4, 31232), "Standard_DS3_v2": (4, 14336)}


def add_cluster(state: State, name: str, **spec: Any) -> str:
    """A running cluster. Returns its id."""
    made = f"1125-{state.number()}-{secrets.token_hex(4)}"
    defaults = {"spark_version": "17.3.x-scala2.13", "node_type_id": "m5d.large", "num_workers": 1}
    state.kept["clusters"][made] = {
        "cluster_id": made,
        "cluster_name": name,
        "state": "RUNNING",
        "data_security_mode": "SINGLE_USER",
        **defaults,
        **spec,
    }
    return made


def cluster(state: State, name: str) -> dict[str, Any]:
    """A cluster by its id; where there is none 400 and INVALID_PARAMETER_VALUE, as on Databricks."""
    if name not in state.kept["clusters"]:
        raise Refused(400, "INVALID_PARAMETER_VALUE", f"Cluster {name} does not exist")
    return state.kept["clusters"][name]


def check_spec(state: State, spec: dict[str, Any]) -> None:
    """Refuse a new cluster that Databricks could not start."""
    version, node = spec.get("spark_version"), spec.get("node_type_id")
    if spec.get("policy_id") is not None and spec["policy_id"] not in state.kept["policies"]:
        raise invalid(f"Can't find a cluster policy with id: {spec['policy_id']}.")
    user = spec.get("single_user_name")
    if user is not None and user not in state.principals:
        raise invalid(f"Single user {user} does not exist.")
    if version not in VERSIONS:
        raise invalid(f"Invalid spark version {version}.")
    if "instance_pool_id" in spec:
        raise invalid("the double has no instance pools")
    for one in (node, spec.get("driver_node_type_id", node)):
        if one not in NODES:
            raise invalid(f"Node type {one} is not supported. Supported node types: {', '.join(NODES)}")
    if ("num_workers" in spec) == ("autoscale" in spec):
        raise invalid("a cluster has either num_workers or autoscale")


permitted(
    "clusters",
    {"CAN_ATTACH_TO", "CAN_RESTART", "CAN_MANAGE"},
    "Cluster",
    lambda state, name: name in state.kept["clusters"],
)


@KIND.route("POST", f"{BASE}/create", ClustersAPI.create)
def create(request: Request) -> dict[str, Any]:
    """A cluster that is there at once, or after `slow_polls` looks at it."""
    state, spec = request.state, dict(request.args)
    check_spec(state, spec)
    limit = state.limits.get("cluster")
    if limit is not None and len(state.kept["clusters"]) >= limit:
        raise Refused(400, "QUOTA_EXCEEDED", f"The workspace has reached its limit of {limit} clusters.")
    made = add_cluster(state, spec.pop("cluster_name", ""), **spec, cluster_source="API")
    state.kept["clusters"][made]["state"] = "PENDING"
    state.kept["clusters"][made]["creator_user_name"] = request.caller.name
    return {"cluster_id": made}


@KIND.route("POST", f"{BASE}/start", ClustersAPI.start)
def start(request: Request) -> None:
    found = cluster(request.state, request.args["cluster_id"])
    if found["state"] != "TERMINATED":
        raise bad_state(f"Cluster {found['cluster_id']} is in unexpected state {found['state']}.")
    found["state"] = "PENDING"


@KIND.route("POST", f"{BASE}/delete", ClustersAPI.delete)
def terminate(request: Request) -> None:
    cluster(request.state, request.args["cluster_id"])["state"] = "TERMINATED"


@KIND.route("POST", f"{BASE}/permanent-delete", ClustersAPI.permanent_delete)
def delete(request: Request) -> None:
    name = cluster(request.state, request.args["cluster_id"])["cluster_id"]
    del request.state.kept["clusters"][name]
    drop_permissions(request.state, "clusters", name)


@KIND.route("GET", f"{BASE}/get", ClustersAPI.get)
def get(request: Request) -> dict[str, Any]:
    found = cluster(request.state, request.args["cluster_id"])
    if found["state"] == "PENDING":
        looks = found.setdefault("looks", 0)
        found["looks"] += 1
        if looks >= request.state.settings.slow_polls:
            found["state"] = "RUNNING"
    return {key: value for key, value in found.items() if key != "looks"}


@KIND.route("GET", f"{BASE}/list", {"page_size": (int, False), "page_token": (str, False)})
def list_clusters(request: Request) -> dict[str, Any]:
    return {"clusters": list(request.state.kept["clusters"].values())}


@KIND.route("GET", f"{BASE}/spark-versions", ClustersAPI.spark_versions)
def spark_versions(request: Request) -> dict[str, Any]:
    return {"versions": [{"key": key, "name": name} for key, name in VERSIONS.items()]}


@KIND.route("GET", f"{BASE}/list-node-types", ClustersAPI.list_node_types)
def node_types(request: Request) -> dict[str, Any]:
    names, what = ("node_type_id", "instance_type_id", "description"), {"category": "General Purpose"}
    sizes = {name: {"num_cores": float(cores), "memory_mb": memory} for name, (cores, memory) in NODES.items()}
    return {"node_types": [dict.fromkeys(names, name) | what | size for name, size in sizes.items()]}


@KIND.route("POST", f"{BASE}/events", ClustersAPI.events, reads=lambda body: True)
def events(request: Request) -> dict[str, Any]:
    name = request.args["cluster_id"]
    cluster(request.state, name)
    return {"events": [{"cluster_id": name, "timestamp": request.state.now(), "type": "RUNNING", "details": {}}]}
