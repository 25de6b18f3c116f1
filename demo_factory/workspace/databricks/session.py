"""Spark of a workspace: the session of the compute that this process runs on. Nothing of it is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_factory.blueprint.errors import DemoError
from demo_factory.targets.model import Compute

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Serverless takes few settings; these two are among them, and cells depend on them.
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


def open_session() -> SparkSession:
    """The session that the compute gives, with the settings that cells depend on."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.getOrCreate()
    for key, value in _SETTINGS.items():
        spark.conf.set(key, value)
    return spark


def no_session(target: str) -> DemoError:
    """Why a process outside has no session there."""
    return DemoError(
        f"{target} has its Spark on Databricks, and this process is outside.",
        "An apply checks what it makes, and the bundle's quality job checks all. To look at rows: "
        f'demo-factory sql "SELECT ..." --target {target}',
    )


def why_no_cache(compute: Compute) -> str | None:
    """Why tables do not stay in memory there; None when they do."""
    if compute.serverless is not None:
        return "serverless compute keeps no tables in memory"
    if compute.cluster is not None and compute.cluster.existing is None:
        return "the cluster ends with the run, and its memory with it"
    return None
