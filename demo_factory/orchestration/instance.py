"""The Dagster instance of a state folder: the same runs for the command line, `dagster dev` and the UI."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance import InstanceRef

from demo_factory.workspace.local.state import StateFolder

DAGSTER_DIR = "DEMO_FACTORY_DAGSTER"  # what dagster.yaml asks for; the committed .env gives the same folder


def open_instance(state: StateFolder) -> dg.DagsterInstance:
    """The instance whose storage lies in the state folder, with the settings of dagster.yaml.

    In a folder without dagster.yaml (an installed demo_factory) the settings are given here.
    """
    state.dagster.mkdir(parents=True, exist_ok=True)
    os.environ[DAGSTER_DIR] = str(state.dagster)
    for name in ("dagster", "dagster.code_server", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if Path("dagster.yaml").is_file():
        return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(state.dagster), config_dir=str(Path.cwd())))
    overrides: dict[str, Any] = {
        "storage": {"sqlite": {"base_dir": str(state.dagster)}},
        "freshness": {"enabled": True},
        "telemetry": {"enabled": False},
    }
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(state.dagster), overrides=overrides))


def forget_demo(state: StateFolder, demo: str) -> None:
    """Remove a demo's assets and runs from the history, so that nobody is alarmed about what no longer exists."""
    with open_instance(state) as instance:
        keys = [key for key in instance.all_asset_keys() if _demo_of(instance, key) == demo]
        if keys:
            instance.wipe_assets(keys)
        for run in instance.get_runs():
            if run.job_name == demo:
                instance.delete_run(run.run_id)


def _demo_of(instance: dg.DagsterInstance, key: dg.AssetKey) -> str:
    """The demo that an asset says it belongs to, in what was noted when it was made."""
    event = instance.get_latest_materialization_event(key)
    made = event.asset_materialization if event else None
    return str(made.metadata["demo"].value) if made and "demo" in made.metadata else ""
