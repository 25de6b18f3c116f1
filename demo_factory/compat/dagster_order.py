"""What a run does first although no data comes from it: order without a line in the asset graph.

Dagster runs assets in the order of their lineage and knows no other. Ours has two more laws: tables wait for the schema
that they stand in, and grants for the tables that they speak of. As lineage they would draw a line from governance to
every table and back, and call a grant outdated whenever a table has a new day. So they stand in a tag of the ops.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import dagster as dg
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.base import Executor
from dagster._core.executor.in_process import InProcessExecutor

_AFTER = ".dagster/demo_factory.after"  # the page hides tags of this kind


def after(ops: Collection[str]) -> dict[str, str]:
    """The tag of an op that others, by their names, go before in a run; when one of them fails it is not run."""
    return {_AFTER: ",".join(ops)} if ops else {}


class OrderedPlan(ExecutionPlan):
    """A plan whose steps also wait for those that their tags name, as far as these are in the run at all."""

    def get_executable_step_deps(self) -> Mapping[str, set[str]]:
        """For each step the steps that come before it."""
        found = super().get_executable_step_deps()
        return {key: {*before, *self._named(key) & found.keys()} for key, before in found.items()}

    def _named(self, key: str) -> set[str]:
        return set((self.get_step_by_key(key).tags or {}).get(_AFTER, "").split(","))


def in_order(plan: ExecutionPlan) -> ExecutionPlan:
    """The same plan, in the order that the tags ask for, too."""
    return OrderedPlan._make(plan)


class _InOrder(InProcessExecutor):
    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        plan_context._plan_data = plan_context.plan_data._replace(execution_plan=in_order(execution_plan))
        yield from super().execute(plan_context, plan_context.execution_plan)


@dg.executor(name="one_by_one", requirements=[])
def one_by_one_executor(context: dg.InitExecutorContext) -> Executor:
    """Dagster's executor of one process, one step after the other, in the order that the tags ask for, too."""
    return _InOrder(RetryMode.ENABLED)
