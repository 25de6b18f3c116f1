"""From blueprint to plan: order, fingerprints, clear problems; and what a build does about a plan."""

import datetime as dt

import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.diff import changes
from demo_factory.resources.resource import State
from demo_factory.sql.query_columns import Source
from demo_factory_tests.plan.demos import AS_OF, SHOP, retail, retail_plan, shop_plan

TOMORROW = AS_OF + dt.timedelta(days=1)
EPOCH = AS_OF - dt.timedelta(days=200)


def test_every_step_of_retail_stands_after_what_it_needs():
    plan = retail_plan()
    seen: set[str] = set()
    for step in plan.steps.values():
        assert set(step.needs) <= seen
        seen.add(step.name)
    assert str(plan.full_name("transactions")) == "dev_retail_demo.customer_analytics.transactions"
    assert {step.kind for step in plan.steps.values()} == {"table", "view", "model", "predictions", "optimize"}
    assert plan.steps["transactions"].plan.rows == 60_000
    assert plan.steps["customers"].plan.rows == 10_000


def test_scale_moves_rows_and_contract_bands_but_not_fixed_tables():
    plan = compile_demo(retail(), as_of=AS_OF, scale=100)
    assert plan.steps["transactions"].plan.rows == 6_000_000
    assert plan.steps["products"].plan.rows == 400
    band = next(rule for rule in plan.steps["transactions"].plan.rules if rule.kind == "rows")
    assert band.value == (5_000_000, 20_000_000)


def test_lineage_knows_the_parents_columns():
    columns = {column.name: column for column in shop_plan().steps["orders"].plan.visible}
    assert columns["tier"].sources == (Source("customers", "tier"),)
    assert columns["paid"].sources == (Source("customers", "tier"), Source("orders", "amount"))
    assert columns["customer_id"].sources == (Source("customers", "customer_id"),)


def test_fingerprints_stay_when_only_the_day_moves():
    now, later = shop_plan(epoch=EPOCH), shop_plan(as_of=TOMORROW, epoch=EPOCH)
    assert {n: s.fingerprint for n, s in now.steps.items()} == {n: s.fingerprint for n, s in later.steps.items()}


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        ("median: 40", "median: 41", {"orders", "spending"}),
        ("gold: 0.2, plain: 0.8", "gold: 0.3, plain: 0.7", {"customers", "orders", "spending"}),
        ("comment: Who", "comment: Whoever", set()),
        ("sum(paid) AS paid", "avg(paid) AS paid", {"spending"}),
    ],
)
def test_a_change_touches_what_it_means_and_nothing_else(old, new, touched):
    before = shop_plan(epoch=EPOCH)
    text = SHOP.format(schema="shop")
    assert old in text
    after = compile_demo(loads(text.replace(old, new)), as_of=AS_OF, epoch=EPOCH)
    assert {n for n in before.steps if before.steps[n].fingerprint != after.steps[n].fingerprint} == touched


def known(plan, made=True):
    status = "made" if made else "failed"
    return {one.id: State(*one.id, one.desired, status, found=one.desired) for one in plan.resources}


def kinds(plan, there):
    return {change.name: change.kind for change in changes(plan, there)}


def test_a_first_build_creates_and_a_second_keeps():
    plan = shop_plan(epoch=EPOCH)
    assert set(kinds(plan, {}).values()) == {"create"}
    assert set(kinds(plan, known(plan)).values()) == {"keep"}


def test_a_later_day_appends_to_tables_with_days_and_keeps_views_that_name_no_day():
    there = known(shop_plan(epoch=EPOCH))
    later = shop_plan(as_of=TOMORROW, epoch=EPOCH)
    assert kinds(later, there) == {"customers": "append", "orders": "append", "spending": "keep"}
    rows = {change.name: change.rows for change in changes(later, there)}
    assert 0 < rows["orders"] < 60


def test_what_was_left_unfinished_is_made_again_and_what_vanished_is_created():
    plan = shop_plan(epoch=EPOCH)
    orders = ("table", "test_demo.shop.orders")
    there = {**known(plan), orders: known(plan, made=False)[orders]}
    del there["view", "test_demo.shop.spending"]
    assert kinds(plan, there) == {"customers": "keep", "orders": "replace", "spending": "create"}


def test_what_the_blueprint_forgot_is_dropped():
    plan = shop_plan(epoch=EPOCH)
    old = State("view", "test_demo.shop.old", {"fingerprint": "x"}, "made", detail={"step": "old"}, found={})
    there = {**known(plan), old.id: old}
    assert kinds(plan, there)["old"] == "drop"


def test_only_words_changed_describes():
    plan = shop_plan(epoch=EPOCH)
    said = compile_demo(
        loads(SHOP.format(schema="shop").replace("comment: Who", "comment: X")), as_of=AS_OF, epoch=EPOCH
    )
    assert kinds(said, known(plan))["customers"] == "describe"


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("expr: customers.tier}", "expr: customers.teir}", "tables.orders.columns.tier.expr", "no column 'teir'"),
        ("expr: customers.tier}", "expr: custmers.tier}", "tables.orders.columns.tier.expr", "'custmers'"),
        (
            "{expr: customers.tier}",
            "{expr: 'concat(tier, note)'}",
            "tables.orders.columns.tier",
            "in a circle: tier -> tier",
        ),
        ("SELECT tier, sum(paid)", "SELECT tir, sum(paid)", "views.spending.sql", "'tir' is not a column of orders"),
        ("FROM orders GROUP", "FROM order_s GROUP", "views.spending.sql", "is no table or view"),
        (", type: 'decimal(10,2)'}\n      note", "}\n      note", "tables.orders.columns.paid", "is not plain"),
        (
            "initial: 0.3, before",
            "initial: 0, before",
            "tables.orders.columns.customer_id.ref",
            "before any row of customers",
        ),
        ("max: 900}, type", "max: 0.001}, type", "tables.orders.columns.amount.lognormal", "leave almost nothing"),
    ],
)
def test_problems_name_their_place(old, new, path, says):
    text = SHOP.format(schema="shop")
    assert old in text
    with pytest.raises(BlueprintError) as error:
        compile_demo(loads(text.replace(old, new)), as_of=AS_OF)
    (problem,) = error.value.problems
    assert problem.where == path
    assert says in problem.message


def problems_of(text):
    with pytest.raises(BlueprintError) as error:
        compile_demo(loads(text), as_of=AS_OF)
    return [problem.where.removeprefix("tables.") for problem in error.value.problems]


def test_all_problems_come_at_once_and_each_once():
    text = SHOP.format(schema="shop").replace("FROM orders GROUP", "FROM x GROUP")
    text = text.replace("expr: customers.tier}", "expr: nix}\n      other: {expr: customers.worse}")
    text = text.replace("type: int}", "type: int}\n      worse: {expr: rand()}\n      after: {expr: worse + 1}")
    text += "  top: {sql: SELECT max(paid) AS most FROM spending}\n"
    assert problems_of(text) == ["customers.columns.worse.expr", "orders.columns.tier.expr", "views.spending.sql"]


def test_a_circle_of_columns_is_one_problem():
    circle = "expr: b}\n      b: {expr: a}\n      c: {expr: b}\n      d: {expr: a}"
    text = SHOP.format(schema="shop").replace("tier: {expr: customers.tier}", f"a: {{{circle}")
    assert problems_of(text.replace("SELECT tier, sum", "SELECT a AS tier, sum").replace("BY tier", "BY a")) == [
        "orders.columns.a"
    ]


def test_a_view_over_a_table_with_a_wrong_formula_or_without_days_adds_nothing():
    base = SHOP.format(schema="shop") + "  top: {sql: SELECT tir FROM spending}\n"
    wrong = base.replace("expr: to_date(at)", "expr: to_date(att)")
    assert problems_of(wrong) == ["orders.columns.day.expr", "views.top.sql"]
    idle = base.replace("{initial: 0.3,", "{weekdays: [0, 0, 0, 0, 0, 0, 0], initial: 0.3,").replace("tir", "tier")
    assert problems_of(idle) == ["customers.arrives"]


def test_circles_of_views_are_named_beside_other_problems():
    circle = SHOP.format(schema="shop") + "  a: {sql: SELECT x FROM b}\n  b: {sql: SELECT x FROM a}\n"
    assert problems_of(circle.replace("expr: to_date(at)", "expr: to_date(att)")) == [
        "orders.columns.day.expr",
        "views",
    ]


@pytest.mark.parametrize("scale", [0, -1, 1e9, 0.0001])
def test_a_scale_out_of_range_is_refused(scale):
    with pytest.raises(BlueprintError, match="out of range"):
        compile_demo(retail(), as_of=AS_OF, scale=scale)


def test_a_key_has_room_for_the_rows_of_this_scale_and_day():
    text = SHOP.format(schema="shop").replace("order_id: {key: integer}", "order_id: {key: O-0000}")
    path = "tables.orders.columns.order_id.key"
    assert compile_demo(loads(text), as_of=AS_OF, scale=2).steps["orders"].plan.rows == 8000
    with pytest.raises(BlueprintError) as error:
        compile_demo(loads(text), as_of=AS_OF, scale=3)
    (problem,) = error.value.problems
    assert problem.where == path
    assert "'O-0000' has room for 4 digits, and at scale 3 the table has 12,000 rows on 2026-11-24" in problem.message
    assert problem.remedy == "write at least O-00000"
    much_later = AS_OF + dt.timedelta(days=400)
    with pytest.raises(BlueprintError, match=f"{path}: 'O-0000' has room for 4 digits.* rows on {much_later}"):
        compile_demo(loads(text), as_of=much_later, epoch=EPOCH)


def test_views_may_stand_on_views_and_circles_are_named():
    base = SHOP.format(schema="shop")
    chain = base + "  top: {sql: SELECT max(paid) AS most FROM spending}\n"
    plan = compile_demo(loads(chain), as_of=AS_OF)
    assert plan.steps["top"].needs == ("spending",)
    circle = base + "  a: {sql: SELECT x FROM b}\n  b: {sql: SELECT x FROM a}\n"
    with pytest.raises(BlueprintError, match="circle"):
        compile_demo(loads(circle), as_of=AS_OF)
