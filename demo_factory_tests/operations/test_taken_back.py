"""New days that break a blocking contract are taken back: the table is what it was, and the next build goes on."""

import datetime as dt

import pytest

from demo_factory.blueprint.load import loads
from demo_factory.operations.materialize import changes_of, keep_verdict_across, make
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.resource import ResourceId
from demo_factory.workspace.local.workspace import LocalWorkspace
from demo_factory_tests.generate.test_cells import table_hash
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
EPOCH = AS_OF - dt.timedelta(days=10)
# From the first new day on `age` is above 0 and `due` lies before every parent: no formula's range shows that.
DEMO = """
demo: wedge_{which}
catalog: test_demo
schema: wedge_{which}
history: 10 days
tables:
  parents: {{rows: 5, columns: {{p: {{key: integer}}, since: {{date: {{min: 2010-01-01, max: 2011-01-01}}}}}}}}
  t:
    rows: 100
    arrives: {{}}
    contract: {{blocking: {blocking}}}
    columns:
      k: {{key: integer}}
      p: {{ref: parents}}
      at: {{arrival: date}}
      age: {{expr: "datediff(at, date'{as_of}')", type: int, check: {{max: {most}}}}}
      due: {{expr: "case when at > date'{as_of}' then date'2000-01-01' else at end", type: date, check: {{{due}}}}}
"""


def plan_of(later: int, which: str, most: int = 99, due: str = "", blocking: str = "true"):
    text = DEMO.format(which=which, as_of=AS_OF, most=most, due=due, blocking=blocking)
    return compile_demo(loads(text), as_of=AS_OF + dt.timedelta(days=later), epoch=EPOCH)


@pytest.fixture
def workspace(state):
    return LocalWorkspace(state, carrier="spark")


def build(plan, workspace, *names: str):
    return [make(plan, plan.steps[name], workspace) for name in names or ("parents", "t")][-1]


def state_of(workspace, plan):
    return workspace.records.look(plan.demo)["table", str(plan.full_name("t"))]


def cells(spark, plan):
    return table_hash(spark.table(plan.full_name("t").quoted))


def test_a_broken_append_leaves_the_former_table_and_the_next_build_goes_on(spark, workspace):
    first, broken, mended = plan_of(0, "own", 0), plan_of(1, "own", 0), plan_of(3, "own", 99)
    build(first, workspace)
    before = cells(spark, first)
    for _ in range(2):  # a second try changes nothing either
        outcome = build(broken, workspace, "t")
        assert [result.rule.name for result in outcome.broken] == ["age_max"]
        assert f"ends on {AS_OF} as before" in outcome.broken[0].message
        assert outcome.rows == first.steps["t"].plan.rows == 100
        assert cells(spark, first) == before
        known = state_of(workspace, broken)
        assert (known.made, known.newest) == (False, AS_OF)  # the ledger says so too
    assert [one.kind for one in changes_of(mended, mended.steps["t"], workspace)] == ["append"]
    outcome = build(mended, workspace, "t")
    assert (outcome.change, outcome.broken) == ("append", ())
    assert state_of(workspace, mended).newest == mended.as_of
    appended = cells(spark, mended)
    spark.sql(f"DROP TABLE {mended.full_name('t').quoted}")
    workspace.records.forget(mended.demo, ResourceId("table", str(mended.full_name("t"))))
    build(mended, workspace, "t")
    assert cells(spark, mended) == appended  # the same as made in one go


def test_new_days_that_break_a_promise_across_tables_are_taken_back_too(spark, workspace):
    late = "not_before: parents.since"
    first, broken = plan_of(0, "across", due=late), plan_of(2, "across", due=late)
    build(first, workspace)
    before = cells(spark, first)
    assert not keep_verdict_across(first, first.steps["t"], workspace, {"due_not_before"}).broken
    assert not build(broken, workspace, "t").broken
    assert cells(spark, broken) != before
    outcome = keep_verdict_across(broken, broken.steps["t"], workspace, {"due_not_before"})
    assert f"ends on {AS_OF} as before" in outcome.broken[0].message
    assert cells(spark, first) == before
    known = state_of(workspace, broken)
    assert (known.made, known.newest) == (False, AS_OF)
    mended = plan_of(2, "across")
    assert build(mended, workspace, "t").change == "append"
    assert spark.table(mended.full_name("t").quoted).count() == mended.steps["t"].plan.rows


def test_what_only_warns_takes_nothing_back(spark, workspace):
    first, warned = plan_of(0, "warns", 0, blocking="false"), plan_of(1, "warns", 0, blocking="false")
    build(first, workspace)
    outcome = build(warned, workspace, "t")
    assert outcome.broken == ()
    assert [result.rule.name for result in outcome.results if not result.passed] == ["age_max"]
    assert spark.table(warned.full_name("t").quoted).count() == warned.steps["t"].plan.rows > 100
