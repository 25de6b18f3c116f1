"""Serverless compute: each step is a one-time run that reports back through Dagster Pipes and a volume."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_databricks.pipes import PipesUnityCatalogVolumesMessageReader

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.dagster_databricks import Client, DagsterPipesExecutionError
from demo_factory.orchestration.execution import Context
from demo_factory.orchestration.messages import check_results, materialize_result, unpacked
from demo_factory.orchestration.package import libraries, remote_environment, staged, zipped
from demo_factory.orchestration.resources import TargetResource
from demo_factory.resources.graph import Step
from demo_factory.resources.lineage import Lineage

# The whole script that a run starts: what it needs comes in the zip, and Pipes adds its own parameters.
SCRIPT = b"""\
import sys, tempfile, zipfile

with tempfile.TemporaryDirectory() as folder:
    with zipfile.ZipFile(sys.argv[1]) as code:
        code.extractall(folder)
    sys.path.insert(0, folder)
    from demo_factory.orchestration.pipes_entry import main

    main()
"""
POLL_SECONDS = 2.0


class ServerlessSteps:
    """Does each step as a run of its own; see `Steps`."""

    def __init__(self, run_id: str, stack: ExitStack) -> None:
        self._run_id = run_id
        self._stack = stack  # what the run leaves on the workspace, removed at its end
        self._prepared: tuple[str, str, str] | None = None

    def materialize(
        self, context: Context, target: TargetResource, file: Path, step: Step, lineage: Lineage | None
    ) -> dg.MaterializeResult[Any]:
        """Make an object there."""
        done, about = self._run(context, target, file, step, None)
        return materialize_result(done, about)

    def judge(
        self, context: Context, target: TargetResource, file: Path, step: Step, wanted: Collection[str]
    ) -> list[dg.AssetCheckResult]:
        """Judge rules across tables there."""
        done, _ = self._run(context, target, file, step, sorted(wanted))
        return check_results(done)

    def _run(
        self, context: Context, target: TargetResource, file: Path, step: Step, wanted: list[str] | None
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        compute = target.workspace.compute
        volume, script, code = self._prepare(target, file)
        client = Client(
            compute.client,
            volume,
            message_reader=PipesUnityCatalogVolumesMessageReader(
                client=compute.client, volume_path=volume, interval=POLL_SECONDS
            ),
            poll_interval_seconds=POLL_SECONDS,
        )
        extras = {
            "environment": dict(remote_environment(target.settings)),
            "demo": file.stem,
            "step": step.name,
            "wanted": wanted,
            "expected": target.expected.get(step.name),
        }
        task, arguments = compute.serverless_run(f"demo_factory {step.name}", script, [code], libraries())
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", dg.PreviewWarning)  # of what Dagster's own client uses
                done = client.run(context=context.op_execution_context, task=task, submit_args=arguments, extras=extras)
        except DagsterPipesExecutionError as error:
            why = compute.why_it_failed(client.run_id)
            raise DemoError(
                f"The serverless run {client.run_id} of {step.name} failed: {why}",
                "Its page in Databricks says more (Job runs). Run it again: it goes on where it stopped.",
            ) from error
        messages = done.get_custom_messages()
        if len(messages) != 1:
            raise DemoError(f"The serverless run of {step.name} ended and reported nothing.", "Run it again.")
        said = unpacked(messages[0])
        for message in said["broken"]:
            context.log.error(message)
        return said, done.metadata

    def _prepare(self, target: TargetResource, file: Path) -> tuple[str, str, str]:
        """(where the files of a volume lie, script, code): put there once for all steps of the run."""
        if self._prepared is None:
            plan, compute = target.plan(file), target.workspace.compute
            volume = self._stack.enter_context(compute.staging_volume(plan.demo, plan.catalog, plan.schema))
            with staged(target.settings) as package:
                zip_file = zipped(package)
            files = compute.run_files(volume, self._run_id, SCRIPT, zip_file)
            self._prepared = (volume, *self._stack.enter_context(files))
        return self._prepared


def serverless_steps() -> dg.ResourceDefinition:
    """Who does the steps of a run on serverless compute; what it puts on the workspace goes with the run."""

    @dg.resource(
        required_resource_keys={"target"},  # what is left on the workspace goes before its lock does
        description="Runs each step with Spark work as a serverless job, by Dagster Pipes.",
    )
    @contextmanager
    def steps(context: dg.InitResourceContext) -> Iterator[Any]:
        run = context.run.run_id if context.run else "run"
        with ExitStack() as stack:
            yield ServerlessSteps(run, stack)

    return steps
