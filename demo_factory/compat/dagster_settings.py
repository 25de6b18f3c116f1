"""Dagster's settings of an instance, some of which name classes of its own; read without importing Dagster."""

from __future__ import annotations

from typing import Any


def settings(base: str | dict[str, str]) -> dict[str, Any]:
    """All settings; the committed dagster.yaml holds the same (a test compares them).

    Args:
        base: the folder, or the environment variable that names it.
    """
    return {
        "storage": {"sqlite": {"base_dir": base}},
        "local_artifact_storage": {
            "module": "dagster._core.storage.root",
            "class": "LocalArtifactStorage",
            "config": {"base_dir": base},
        },
        **switches(),
    }


def switches() -> dict[str, Any]:
    """The settings that say nothing of a place."""
    return {
        # nothing here prints, and catching what is printed costs four processes a run
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
        "freshness": {"enabled": True},
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
    }
