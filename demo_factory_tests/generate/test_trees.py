"""A ref to the table itself makes a tree: each row's parent is an earlier row, whatever picks it."""

import numpy as np
import pytest

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.generate.carriers import frame_of
from demo_factory.plan.compile import compile_demo
from demo_factory_tests.generate.oracle import uniforms
from demo_factory_tests.plan.demos import AS_OF

pytestmark = pytest.mark.spark
ROWS = 3_000
TREE = """
demo: tree
history: 30 days
tables:
  staff:
    rows: 3000
    arrives: {{initial: 0.3}}
    columns:
      id: {{key: integer}}
      since: {{arrival: date, check: {{not_before: boss.since}}}}
      grade: {{uniform: {{min: 1, max: 9}}, type: int}}
      boss: {{ref: {{table: staff, {pick}}}, nulls: 0.1}}
      boss_grade: {{expr: boss.grade}}
      chief: {{expr: boss.boss}}
      said: {{template: 'of {{boss.grade}}'}}
  badges: {{rows: 500, columns: {{id: {{key: integer}}, staff_id: {{ref: staff}}, boss: {{expr: staff_id.boss}}}}}}
"""


def top_of(row, boss_of):
    """Walk up from a row; a walk that meets a row again never ends."""
    met = set()
    while row in boss_of:
        assert row not in met, f"{row} is above itself"
        met.add(row)
        row = boss_of[row]
    return row


@pytest.mark.parametrize("pick", ["pick: uniform", "pick: pareto", "pick: zipf", "pick: zipf, exponent: 0.6"])
def test_every_chain_of_parents_ends_and_parents_cells_are_theirs(spark, pick):
    plan = compile_demo(loads(TREE.format(pick=pick)), as_of=AS_OF)
    table = plan.steps["staff"].plan
    staff = frame_of(spark, table, 0, table.rows, 3).orderBy("id").toPandas().set_index("id")
    has_boss = staff["boss"].notna()
    assert not has_boss.iloc[0]
    assert staff["boss"].isna().mean() == pytest.approx(0.1, abs=0.03)
    assert (staff["boss"][has_boss] < staff.index[has_boss]).all()
    boss_of = {row: int(boss) for row, boss in staff["boss"][has_boss].items()}
    assert all(top_of(row, boss_of) not in boss_of for row in staff.index)
    bosses = staff.loc[staff["boss"][has_boss].astype(int)]
    assert (staff["boss_grade"][has_boss].to_numpy() == bosses["grade"].to_numpy()).all()
    assert (staff["since"][has_boss].to_numpy() >= bosses["since"].to_numpy()).all()
    assert np.array_equal(staff["chief"][has_boss].to_numpy(), bosses["boss"].to_numpy(), equal_nan=True)
    assert staff["boss_grade"][~has_boss].isna().all()
    badges = frame_of(spark, plan.steps["badges"].plan, 0, 500).toPandas()
    assert np.array_equal(badges["boss"].to_numpy(), staff.loc[badges["staff_id"]]["boss"].to_numpy(), equal_nan=True)
    later = frame_of(spark, table, 1_000, 1_010).toPandas()["boss"]
    assert np.array_equal(later.to_numpy(), staff["boss"].iloc[1_000:1_010].to_numpy(), equal_nan=True)


def share_of_first_fifth(spark, pick):
    """How often the parent of one of the last thousand rows stands among the first fifth of the rows."""
    table = compile_demo(loads(TREE.format(pick=pick)), as_of=AS_OF).steps["staff"].plan
    boss = frame_of(spark, table, 2_000, 3_000).toPandas()["boss"].dropna()
    return (boss <= 500).mean()  # a fifth of 2,500, the rows before them on average


def test_who_is_picked_is_as_popular_as_elsewhere(spark):
    assert share_of_first_fifth(spark, "pick: uniform") == pytest.approx(0.2, abs=0.05)
    assert share_of_first_fifth(spark, "pick: pareto") == pytest.approx(0.8, abs=0.05)
    # 1/rank: the sum of the first 500 of 2,500 ranks is log(501)/log(2501) of the whole
    assert share_of_first_fifth(spark, "pick: zipf") == pytest.approx(np.log(501) / np.log(2501), abs=0.05)


def test_the_parent_is_a_formula_of_the_row_alone(spark):
    table = compile_demo(loads(TREE.format(pick="pick: uniform").replace(", nulls: 0.1", "")), as_of=AS_OF)
    boss = frame_of(spark, table.steps["staff"].plan, 0, 200).orderBy("id").toPandas()["boss"]
    rows = np.arange(200)
    expected = np.floor(uniforms(200, 42, "tree", "staff", "boss", "parent") * rows)
    assert (boss[1:].to_numpy() == expected[1:] + 1).all()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("nulls: 0.1}", "nulls: 0.1, check: {required: true}}", "the first row of staff has no earlier row"),
        (
            "{expr: boss.grade}",
            "{expr: 'boss.boss_grade + 1', type: int}",
            "boss_grade -> boss_grade goes from",
        ),
        ("{expr: boss.grade}", "{expr: boss.said}", "without an end"),
    ],
)
def test_what_no_tree_can_be_is_said(old, new, says):
    text = TREE.format(pick="pick: uniform")
    text = text.replace("said: {template: 'of {boss.grade}'}", "said: {expr: boss.boss_grade}")
    assert old in text
    with pytest.raises(BlueprintError, match=says):
        compile_demo(loads(text.replace(old, new, 1)), as_of=AS_OF)
