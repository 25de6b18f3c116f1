"""A step's result as one message between two processes: nothing of it is lost that a local run would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg


def packed(
    metadata: Mapping[str, Any] | None,
    checks: Sequence[dg.AssetCheckResult],
    data_version: dg.DataVersion | None,
    broken: Sequence[str],
) -> str:
    """The result as text."""
    return dg.serialize_value(
        {
            "metadata": _plain(dg.AssetMaterialization("made", metadata=metadata or {}).metadata),
            "checks": [
                {
                    "asset": list(check.asset_key.path) if check.asset_key else [],
                    "name": check.check_name,
                    "passed": check.passed,
                    "severity": check.severity.value,
                    "description": check.description,
                    "metadata": _plain(check.metadata),
                }
                for check in checks
            ],
            "data_version": data_version.value if data_version else None,
            "broken": list(broken),
        }
    )


def _plain(metadata: Mapping[str, Any]) -> Any:
    return dict(metadata)  # of Dagster's own values, each of which can be written down


def unpacked(text: str) -> Mapping[str, Any]:
    """What `packed` was given."""
    return dg.deserialize_value(text, as_type=dict)


def check_results(said: Mapping[str, Any]) -> list[dg.AssetCheckResult]:
    """The check results of a message."""
    return [
        dg.AssetCheckResult(
            asset_key=dg.AssetKey(check["asset"]),
            check_name=check["name"],
            passed=check["passed"],
            severity=dg.AssetCheckSeverity(check["severity"]),
            description=check["description"],
            metadata=check["metadata"],
        )
        for check in said["checks"]
    ]


def materialize_result(said: Mapping[str, Any], about: Mapping[str, Any]) -> dg.MaterializeResult[Any]:
    """The materialization of a message, with what is known of the run that made it."""
    version = said["data_version"]
    return dg.MaterializeResult(
        metadata={**said["metadata"], **about},
        check_results=check_results(said),
        data_version=dg.DataVersion(version) if version is not None else None,
    )
