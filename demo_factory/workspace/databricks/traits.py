"""A workspace as a target, before anybody asks it: what `targets.yaml` and the environment say."""

from __future__ import annotations

import os
from collections.abc import Mapping

from demo_factory.targets.model import Target
from demo_factory.workspace.traits import Traits


def databricks_traits(name: str, target: Target) -> Traits:
    """What is so of a workspace."""
    profile = target.auth.profile
    return Traits(
        kind="databricks",
        about="production" if target.production else "workspace",
        login=f"{target.auth.kind} {profile}" if profile else target.auth.kind,
        compute=_compute(target),
        place=target.host,
        on=f" on {name}",
        option=f" --target {name}",
        verb="apply",
        noted="From system.query.history, about an hour behind and without what runs on classic clusters.",
        spark_here=False,
        is_guest=runs_on_databricks(),
        side_by_side=False,  # each step writes the ledger from its own compute, where nothing keeps two writers apart
        look_seconds=600,  # over the network
        is_billed=True,
        needs_containers=True,
        takes_secrets=True,
    )


def runs_on_databricks(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs on Databricks compute, which says so by a variable."""
    return bool(environ.get("DATABRICKS_RUNTIME_VERSION"))


def _compute(target: Target) -> str:
    cluster = target.compute.cluster
    if cluster is None:
        return target.compute.kind
    if cluster.existing is not None:
        return f"cluster {cluster.existing}"
    size = f"{cluster.autoscale.min}-{cluster.autoscale.max}" if cluster.autoscale else str(cluster.workers)
    return f"cluster {size} x {cluster.node_type}"
