"""Who holds the lock, for which demos, and whether a run pins a demo to a day: as other processes will read it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from demo_factory.operations.build import build
from demo_factory.operations.settings import Settings
from demo_factory.operations.targets import open_local
from demo_factory.orchestration.instance import DEMO
from demo_factory.orchestration.resources import AS_OF, BUILT, FOLLOWS, TargetResource, demos_of, plans_of
from demo_factory.orchestration.runner import DagsterRunner
from demo_factory.workspace.local.lock import Holder
from demo_factory_tests.orchestration.small import DAY, blueprint, settings_of
from demo_factory_tests.workspace.local.laid import Laid

pytestmark = pytest.mark.e2e


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    blueprint(tmp_path / "demos", "one")
    blueprint(tmp_path / "demos", "two", project="two")
    return settings_of(tmp_path / "home", tmp_path / "demos")


def run_of(job: str, *assets: str, **tags: str) -> dg.DagsterRun:
    keys = {dg.AssetKey(asset.split("/")) for asset in assets}
    return dg.DagsterRun(job_name=job, asset_selection=keys or None, tags=tags)


def test_a_run_names_the_demos_that_it_writes(settings) -> None:
    assert demos_of(run_of("one"), settings) == ("one",)
    assert demos_of(run_of("__ASSET_JOB", "two/orders"), settings) == ("two",)
    assert demos_of(run_of("__ASSET_JOB", "two/orders", "sales/people"), settings) == ("one", "two")


def test_a_blueprint_that_is_broken_meanwhile_stops_no_run_of_another(settings, tmp_path) -> None:
    (tmp_path / "demos" / "one.yaml").write_text("demo: one\ntables: 5\n")
    assert demos_of(run_of("__ASSET_JOB", "two/orders"), settings) == ("two",)
    for run in (run_of("two"), run_of("__ASSET_JOB", "two/orders")):
        assert [(file.stem, plan.demo) for file, plan in plans_of(run, settings).items()] == [("two", "two")]


def test_a_build_that_has_nothing_to_do_keeps_it_too(tmp_path) -> None:
    today = dt.date.today()
    laid = Laid(tmp_path, today)
    for named, follows in ((today, False), (None, True), (today, False)):
        assert build(laid.file, laid.settings(), DagsterRunner(), as_of=named).outcomes == ()
        assert laid.records.facts("shop").follows is follows


@pytest.mark.parametrize(
    ("as_of", "tags", "follows"),
    [
        (None, {}, True),  # from the UI, as the resource stands: for today
        (None, {AS_OF: str(DAY)}, False),
        (None, {AS_OF: str(DAY), FOLLOWS: "today"}, True),  # a build without --as-of, or the schedule
        (DAY, {}, False),  # DEMO_FACTORY_AS_OF
    ],
)
def test_a_run_keeps_whether_somebody_named_a_day(settings, tmp_path, as_of, tags, follows) -> None:
    holder = plan_in_a_run(replace(settings, as_of=as_of), tmp_path, tags)
    facts = open_local(settings).records.facts("one")
    assert facts.follows is follows
    assert facts.as_of == (str(DAY) if as_of or tags else str(dt.date.today()))
    assert holder.demos == ("one",)
    assert "(build one, Dagster run" in str(holder)
    assert open_local(settings).holder() is None


def plan_in_a_run(settings: Settings, tmp_path: Path, tags: dict[str, str]) -> Holder:
    """A run whose one step plans the demo `one`; gives who holds the lock meanwhile."""
    seen = {}

    @dg.op(required_resource_keys={"target"})
    def look(context: dg.OpExecutionContext) -> None:
        seen["holder"] = open_local(settings).holder()
        context.resources.target.plan(tmp_path / "demos" / "one.yaml")

    @dg.job(name="one", resource_defs={"target": TargetResource.of(settings)})
    def job() -> None:
        look()

    with dg.DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(instance=instance, tags=tags).success
    return seen["holder"]


@pytest.mark.parametrize("follows", [True, False])
def test_what_follows_by_itself_moves_no_demo_from_its_day(settings, tmp_path, follows) -> None:
    plan_in_a_run(settings, tmp_path, {AS_OF: str(DAY), **({FOLLOWS: "today"} if follows else {})})
    plan_in_a_run(settings, tmp_path, {AS_OF: BUILT, DEMO: "one"})
    facts = open_local(settings).records.facts("one")
    assert (facts.as_of, facts.follows) == (str(DAY), follows)


def test_what_follows_by_itself_of_a_demo_that_is_gone_is_a_sentence(settings, tmp_path) -> None:
    with pytest.raises(dg.DagsterResourceFunctionError) as told:
        plan_in_a_run(settings, tmp_path, {AS_OF: BUILT, DEMO: "one"})
    assert "one is not built here" in str(told.value.__cause__)
