"""Order without lineage: governance draws no line to the data, and a run does first what has to be first."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import create_execution_plan, execute_run

from demo_factory.compat.dagster_order import after, in_order, one_by_one_executor
from demo_factory.operations.demos import find_demo, plan_demo
from demo_factory.operations.settings import SHIPPED
from demo_factory.orchestration import metadata
from demo_factory.orchestration.demo import demo_definitions, target_definitions
from demo_factory.orchestration.executor import threads_executor
from demo_factory_tests.orchestration.small import DAY, settings_of

pytestmark = pytest.mark.e2e

EXECUTORS = {"threads": threads_executor, "one_by_one": one_by_one_executor}


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    settings = settings_of(tmp_path_factory.mktemp("home"), SHIPPED)
    file = find_demo(settings, "retail")
    plan = plan_demo(file, settings, None, DAY)
    return plan, dg.Definitions.merge(demo_definitions(file, plan, settings), target_definitions(settings, [plan]))


def test_governance_and_data_have_no_line_between_them(retail):
    plan, definitions = retail
    graph = definitions.resolve_asset_graph()
    governs = {metadata.asset_key(plan, step.name): step.kind == "access" for step in plan.steps.values()}
    assert set(governs.values()) == {True, False}
    for key, own in governs.items():
        assert {governs[parent] for parent in graph.get(key).parent_keys} <= {own}
        assert graph.get(key).group_name == ("retail_access" if own else "retail")


def test_a_run_waits_for_all_that_a_step_needs_and_for_the_checks_of_it(retail):
    plan, definitions = retail
    before = in_order(create_execution_plan(definitions.resolve_job_def("retail"))).get_executable_step_deps()
    op = {name: metadata.asset_key(plan, name).to_python_identifier() for name in plan.steps}
    for step in plan.steps.values():
        for name in step.needs:
            assert op[name] in before[op[step.name]], (step.name, name)
            across = f"{name}_across"
            assert across not in before or step.kind == "optimize" or across in before[op[step.name]]
    assert "transactions_across" in before[op["access_grants"]]


@pytest.mark.parametrize("name", EXECUTORS)
@pytest.mark.parametrize("works", [True, False])
def test_what_comes_first_comes_first_and_when_it_fails_the_other_is_left(name, works):
    done: list[str] = []

    def work(asset: str, holds: bool = True) -> None:
        done.append(asset)
        assert holds

    # the names, and the priorities, would have it the other way round
    @dg.asset(op_tags={**after(["zero", "not_in_this_run"]), "dagster/priority": "9"})
    def a_last() -> None:
        work("last")

    @dg.asset
    def zero() -> None:
        work("first", works)

    definitions = dg.Definitions(assets=[a_last, zero], executor=EXECUTORS[name])
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        result = execute_run(InMemoryJob(job), instance.create_run_for_job(job, run_config=quiet), instance)
    assert (result.success, done) == (works, ["first", "last"] if works else ["first"])
