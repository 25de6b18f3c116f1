"""The corpora: what people ask gives what Spark gives, what attackers ask gives nothing, in views and at the guard."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
import yaml

from demo_factory.blueprint.errors import DemoError
from demo_factory_tests.sql.attacks import attacks, faults
from demo_factory_tests.sql.corpus import Entry, entries
from demo_factory_tests.sql.demo import ALL_SEEING, HERE, MASKED, NOTHING, ONE_TABLE, SCHEMA, WORLDS
from demo_factory_tests.sql.fuzzing import faults_of_seed
from demo_factory_tests.sql.worlds import build, columns_of, rows_of, same_plan

QUERIES, ATTACKS = entries("differential"), attacks()
VIEWS = [entry for entry in QUERIES if "guard" not in entry.marks]
REFUSED = yaml.safe_load((HERE / "refused.yaml").read_text(encoding="utf-8"))
EVERY = 20  # of so many queries one compares rows even where Spark says that the plans are the same


def some(items: Sequence[Any], count: int) -> list[Any]:
    """So many of the items, evenly spread, on every push; the others at night."""
    step = len(items) / count
    kept = {int(number * step) for number in range(count)}
    return [one if n in kept else pytest.param(one, marks=pytest.mark.nightly) for n, one in enumerate(items)]


def name_of(one: Any) -> str:
    return str(one["id"] if isinstance(one, dict) else one.id)


@pytest.fixture(scope="module")
def worlds(request, spark, tmp_path_factory):
    """Both worlds; the first has the queries of the differential corpus as views."""
    from demo_factory.compat.pyspark import make_current

    ours = [item for item in request.session.items if item.getparent(pytest.Module) is request.node]
    asked = [item.callspec.params for item in ours if hasattr(item, "callspec")]
    views = {f"v_{one['view'].id}": one["view"].text for one in asked if "view" in one}
    first = build(WORLDS[0], tmp_path_factory.mktemp("kanari"), views)
    second = build(WORLDS[1], tmp_path_factory.mktemp("tanuki"), {})
    yield first, second
    make_current(spark)


@pytest.fixture(scope="module")
def plain(worlds):
    """What Spark itself makes of a query."""
    here, _ = worlds
    return cache(lambda entry: here.spark.sql(entry.plain))


def compare(entry: Entry, theirs: Any, ours: Any, ordered: bool) -> None:
    """Names, types and rows: by Spark's word that two optimized plans are the same, else by looking."""
    assert columns_of(ours) == columns_of(theirs), entry.text
    if same_plan(theirs, ours) and QUERIES.index(entry) % EVERY:
        return
    expected, got = rows_of(theirs), rows_of(ours)
    if not ordered:
        expected, got = sorted(expected), sorted(got)
    assert got == expected, entry.text


def test_there_are_enough():
    assert len(QUERIES) >= 200
    assert len({attack.text for attack in ATTACKS}) >= 300
    assert {attack.principal for attack in ATTACKS} == {MASKED, ONE_TABLE, NOTHING}


@pytest.mark.parametrize("view", some(VIEWS, 200), ids=name_of)
def test_a_view_is_what_was_written(worlds, plain, view):
    here, _ = worlds
    name = f"v_{view.id}"
    assert name not in here.refused_views, here.refused_views[name]
    compare(view, plain(view), here.spark.table(name), ordered=False)


@pytest.mark.parametrize("entry", some(QUERIES, 200), ids=name_of)
def test_the_guard_gives_what_spark_gives_to_who_sees_all(worlds, plain, entry):
    here, _ = worlds
    compare(entry, plain(entry), here.guard(ALL_SEEING).query(entry.plain), "ordered" in entry.marks)


@pytest.mark.parametrize("attack", some(ATTACKS, 300), ids=name_of)
def test_an_attack_ends_well(worlds, attack):
    assert list(faults(worlds, attack)) == [], attack.text


@pytest.mark.parametrize("one", REFUSED, ids=name_of)
def test_what_spark_does_not_know_is_refused_in_one_sentence(worlds, one):
    from pyspark.errors import PySparkException

    here, _ = worlds
    with pytest.raises(PySparkException) as refused:
        here.spark.sql(one["sql"])
    assert refused.value.getCondition() == one["condition"]
    with pytest.raises(DemoError) as said:
        here.guard(ALL_SEEING).query(one["sql"])
    assert len(said.value.message.splitlines()) == 1


GROUPS = {ALL_SEEING: "seers", MASKED: "analysts", ONE_TABLE: "clerks", NOTHING: "strangers"}


@pytest.mark.parametrize("principal", GROUPS)
def test_who_asks_is_the_principal(worlds, principal):
    guard = worlds[0].guard(principal)
    for group in GROUPS.values():
        mine = str(GROUPS[principal] == group).lower()
        asked = f"SELECT is_account_group_member('{group}') AS m, is_member('{group}') AS n"
        assert rows_of(guard.query(asked)) == [f"{mine}\t{mine}"]
    for text in (
        "SELECT current_user() AS a, user() AS b, session_user() AS c",
        "SELECT CURRENT_USER AS a, /* 'x' */ Session_User AS b, User() AS c -- current_user()",
        "SELECT current_user() AS a, b, c FROM (SELECT user() AS b), LATERAL (SELECT session_user() AS c)",
        "WITH w AS (SELECT current_user() AS u) SELECT u AS a, u AS b, (SELECT max(u) FROM w) AS c FROM w",
    ):
        assert rows_of(guard.query(text)) == ["\t".join([principal] * 3)], text
    for text in (
        "SELECT '😀😀' AS smile, upper(current_user()) AS u",
        "SELECT '😀😀' AS smile, upper(u) AS u FROM (SELECT user() AS u) WHERE u = current_user()",
    ):
        assert rows_of(guard.query(text)) == [f"😀😀\t{principal.upper()}"], text
    unnamed = guard.query("SELECT current_user(), concat(current_user(), '!')")
    assert [name for name, _ in columns_of(unnamed)] == ["current_user()", "concat(current_user(), !)"]


@pytest.mark.parametrize("seed", range(10))
def test_random_queries_give_what_spark_gives_and_tell_nothing(worlds, seed):
    assert list(faults_of_seed(worlds, seed, 30, run_every=25)) == []


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(1000, 1050))
def test_many_random_queries_give_what_spark_gives_and_tell_nothing(worlds, seed):
    assert list(faults_of_seed(worlds, seed, 100, run_every=5)) == []


def test_nothing_was_written_and_nothing_is_left(worlds):
    for one in worlds:
        assert one.files() == one.before
        assert not one.touched.exists()
        assert one.spark._jvm.java.lang.System.getProperty("corpus.touched") is None
        functions = {row.function for row in one.spark.sql("SHOW USER FUNCTIONS").collect()}
        assert functions <= {"table_changes", "table_changes_by_path"}, "beside those that Delta brings"
        assert [row.viewName for row in one.spark.sql("SHOW VIEWS").collect() if row.isTemporary] == []
        assert one.spark.conf.get("spark.sql.ansi.enabled") == "true"
        assert one.spark.catalog.currentDatabase() == SCHEMA
