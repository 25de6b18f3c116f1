"""A demo as a component of Dagster's: any Dagster project takes it in with a few lines of YAML."""

from __future__ import annotations

from typing import Annotated

import dagster as dg
from dagster.components.component_scaffolding import scaffold_component

from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import Settings, find_demos
from demo_factory.orchestration.demo import demo_definitions, target_definitions

_shared: dict[str, dg.Definitions] = {}


class _Scaffolder(dg.Scaffolder):
    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write a `defs.yaml` that asks for the demo of the folder's own name."""
        scaffold_component(request, {"demo": request.target_path.name})


@dg.scaffold_with(_Scaffolder)
class DemoComponent(dg.Component, dg.Resolvable, dg.Model):
    """One demo of demo_factory: its assets, checks, job, daily schedule, automation and alerts.

    Where it is built, and where blueprints lie beside those that come along, say the variables DEMO_FACTORY_*.
    """

    demo: Annotated[str, dg.Resolver.default(description="the demo's name, as demo-factory list gives it")]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The definitions of the demo.

        Raises:
            DemoError: there is no such demo, or its blueprint has problems.
        """
        settings = Settings.read()
        file = find_demo(settings, self.demo).absolute()
        return dg.Definitions.merge(demo_definitions(file, plan_demo(file, settings), settings), _target(settings))


def _target(settings: Settings) -> dg.Definitions:
    """The target's resources and executor, the same ones for all demos of a project: Dagster takes no two of a name."""
    key = repr(settings)
    if key not in _shared:
        files = find_demos(settings).values() if settings.traits.is_billed else ()  # for their budget tags
        _shared[key] = target_definitions(settings, [plan_demo(file.absolute(), settings) for file in files])
    return _shared[key]
