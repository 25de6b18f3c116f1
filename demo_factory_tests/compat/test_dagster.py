"""Dagster's loop over steps, its storage and its settings."""

import importlib
import inspect
import re
import sqlite3
from contextlib import closing

import dagster as dg
import pytest
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import get_alembic_config

from demo_factory.compat import dagster as storage
from demo_factory.compat import dagster_executor as loop
from demo_factory.compat.dagster_settings import settings
from demo_factory_tests.compat.pins import pinned, takes

pytestmark = pytest.mark.e2e


def test_the_version():
    pinned("dagster>=1.13.27,<1.14")


def test_the_loop_over_steps_is_made_of_what_dagster_has():
    takes(loop.DagsterEvent.engine_event, "plan_context", "message", "event_specific_data")
    takes(loop.EngineEventData.in_process, "pid", "step_keys_to_execute")
    takes(loop.ExecuteRunWithPlanIterable, "execution_plan", "iterator", "execution_context_manager")
    takes(
        loop.PlanExecutionContextManager,
        *("job", "execution_plan", "run_config", "dagster_run", "instance", "retry_mode"),
        *("raise_on_error", "output_capture"),
    )
    takes(loop.PlanExecutionContext.for_step, "step", "known_state")
    takes(loop.InstanceConcurrencyContext, "instance", "dagster_run")
    takes(loop.ExecutionPlan.start, "retry_mode", "max_concurrent", "instance_concurrency_context")
    takes(loop.dagster_event_sequence_for_step, "step_context")
    takes(loop.Executor.execute, "self", "plan_context", "execution_plan")
    active = loop.ActiveExecution
    takes(active.concurrency_event_iterator, "plan_context")
    takes(active.plan_events_iterator, "job_context")
    takes(active.handle_event, "dagster_event")
    takes(active.verify_complete, "job_context", "step_key")
    for name in ("get_steps_to_execute", "get_known_state", "sleep_til_ready", "mark_interrupted"):
        required = [
            one for one in inspect.signature(getattr(active, name)).parameters.values() if one.default is one.empty
        ]
        assert [one.name for one in required] == ["self"], name
    assert isinstance(active.is_complete, property)


def test_the_storage_of_events_makes_its_engines_by_the_name_that_is_replaced(tmp_path):
    assert "create_engine(" in inspect.getsource(sqlite_event_log.SqliteEventLogStorage)
    storage.quiet_and_quick()
    storage.quiet_and_quick()
    with storage.instance_in(tmp_path) as instance:
        assert instance.get_runs() == []
    assert any(str(tmp_path) in address for address in storage._engines)


def test_the_storage_notes_its_version_where_it_is_mended(tmp_path):
    takes(get_alembic_config, "dunder_file")
    with storage.instance_in(tmp_path):
        pass
    for name in ("history/runs.db", "history/runs/index.db", "schedules/schedules.db"):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            assert len(db.execute("SELECT version_num FROM alembic_version").fetchall()) == 1, name


def test_the_classes_that_settings_name_are_there():
    for said in settings("x").values():
        if "class" in said:
            assert isinstance(getattr(importlib.import_module(said["module"]), said["class"]), type)


def test_single_assets_run_in_the_job_of_that_name():
    job = dg.Definitions(assets=[dg.AssetSpec("a")]).resolve_implicit_global_asset_job_def()
    assert job.name == storage.IMPLICIT_ASSET_JOB_NAME


def test_what_dagster_cannot_note_it_prints_by_the_names_that_are_replaced():
    text = inspect.getsource(storage.event_log_handler)
    assert "sys.stderr" in text
    assert set(re.findall(r"\bsys\.(\w+)", text)) <= {"stderr", "exc_info"}
