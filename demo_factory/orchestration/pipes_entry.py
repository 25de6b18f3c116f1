"""What a serverless run does: one step, as a local run would do it, reported back through Pipes."""

from __future__ import annotations

import os
from contextlib import ExitStack

import dagster as dg
from dagster_pipes import (
    PipesCliArgsParamsLoader,
    PipesUnityCatalogVolumesContextLoader,
    PipesUnityCatalogVolumesMessageWriter,
    open_dagster_pipes,
)

from demo_factory.compat.start import prepare
from demo_factory.operations.demos import find_demo
from demo_factory.operations.settings import Settings
from demo_factory.orchestration import messages
from demo_factory.orchestration.execution import judge, materialize
from demo_factory.orchestration.resources import TargetResource


def main() -> None:
    """Do the step that Pipes names."""
    prepare()
    with open_dagster_pipes(
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(interval=1),
        params_loader=PipesCliArgsParamsLoader(),  # type: ignore[no-untyped-call]
    ) as pipes:
        wanted = pipes.get_extra("wanted")
        os.environ.update(pipes.get_extra("environment"))
        expected = pipes.get_extra("expected")
        pipes.report_custom_message(do_step(pipes.get_extra("demo"), pipes.get_extra("step"), wanted, expected))


def do_step(demo: str, name: str, wanted: list[str] | None, expected: str | None = None) -> str:
    """Make a step's object, or judge the wanted rules across tables; gives the message for the other side.

    Args:
        expected: what kind of change was shown to whoever asked for the run: that is done, or nothing.
    """
    settings = Settings.read()
    file = find_demo(settings, demo)
    broken: list[str] = []
    with ExitStack() as stack:
        context = dg.build_init_resource_context()
        target = stack.enter_context(TargetResource.of(settings).yield_for_execution(context))
        target.expect({name: expected} if expected else {})
        step = target.plan(file).steps[name]
        if wanted is not None:
            checks = judge(target, file, step, wanted, broken.append)
            return messages.packed(None, checks, None, broken)
        made = materialize(target, file, step, None, broken.append)
    return messages.packed(made.metadata, list(made.check_results or ()), made.data_version, broken)
