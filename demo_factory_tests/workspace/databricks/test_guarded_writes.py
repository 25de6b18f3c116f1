"""Which writes a guarded table takes, and the one statement that makes it: against the double, and against itself."""

import re
from typing import get_args

import pytest

from demo_factory.resources.guards import after_their_objects
from demo_factory.resources.resource import Resource, State
from demo_factory.sql.names import FullName
from demo_factory.targets.model import Compute
from demo_factory.workspace.databricks.guarded import GuardedTable, empty_table
from demo_factory.workspace.databricks.writes import GUARDED, Mode, Statement, takes, too_old

from .asking import failed, ok
from .double import spark_guards_text
from .small import DEMO, Small, containers, function

NAME = FullName("dev_small", "shop", "customers")
HIDE, ONLY = f"{NAME.catalog}.{NAME.schema}.hide", f"{NAME.catalog}.{NAME.schema}.only"
MASK = Resource("mask", f"{NAME}.email", {"function": HIDE, "using": []}, (("function", HIDE),))
FILTER = Resource("row_filter", str(NAME), {"function": ONLY, "on": ["country"]}, (("function", ONLY),))
COLUMNS = [("id", "bigint", ""), ("email", "string", "Bob's"), ("country", "string", ""), ("paid", "decimal(10,2)", "")]
CLUSTER = Compute.model_validate({"cluster": {"existing": "x"}})
SERVERLESS = Compute.model_validate({"serverless": {}})


def test_every_compute_has_an_answer_with_a_source_for_every_statement():
    assert GUARDED.keys() == {(mode, statement) for mode in get_args(Mode) for statement in get_args(Statement)}
    assert all(answer.source.startswith("https://docs.databricks.com/") for answer in GUARDED.values())
    assert not any(answer.taken for answer in GUARDED.values() if not answer.by_document)


def test_dedicated_compute_takes_the_two_writes_of_its_page_and_a_warehouse_all_that_we_send_to_it():
    """docs.databricks.com/aws/en/compute/single-user-fgac, "Support for write operations"."""
    assert [one for one in get_args(Statement) if GUARDED["dedicated", one].taken] == ["append", "merge"]
    assert all(GUARDED["warehouse", one].taken for one in ("replace", "alter", "files"))
    assert all(takes(compute, one) for compute in (CLUSTER, SERVERLESS) for one in ("append", "merge"))


def test_the_double_refuses_on_dedicated_compute_what_the_table_says_is_not_taken():
    """It has its own list, written from the same page."""
    found = re.search(r"_FROM_DEDICATED = {(.*?)}", spark_guards_text())
    assert found
    assert set(re.findall(r'"(\w+)"', found[1])) == {one for (mode, one), it in GUARDED.items()
                                                     if mode == "dedicated" and it.taken}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "old"),
    [("15.4.x-scala2.12", True), ("16.2.x-scala2.12", True), ("16.3.x-scala2.12", False), ("16.4.x-scala2.12", False),
     ("17.3.x-scala2.13", False), ("9.1.x-scala2.12", True), ("custom:mine", False)],
)  # fmt: skip
def test_runtimes_before_16_3_write_no_guarded_table_on_dedicated_compute(version, old):
    assert too_old(version) is old


@pytest.fixture
def small(double):
    double.add_user("ann@example.com")
    made = Small(double)
    functions = [
        Resource("function", HIDE, function("'****'", "value STRING", "STRING"), (("schema", "dev_small.shop"),)),
        Resource("function", ONLY, function("`country` = 'DE'", "country STRING", "BOOLEAN"),
                 (("schema", "dev_small.shop"),)),
    ]  # fmt: skip
    made.apply_some([*containers(), *functions])
    return made


def table(small: Small, *guards: Resource, compute: Compute = CLUSTER) -> GuardedTable:
    return GuardedTable(DEMO, NAME, guards, small.governor, small.records, compute)


def test_a_table_is_made_with_its_guards_in_one_statement_that_the_ledger_heard_of(double, small):
    table(small, MASK, FILTER).make_empty(COLUMNS, "It's ours", {"demo_factory.demo": "small"}, "country")
    shown = small.client.tables.get(str(NAME))
    assert [(one.name, one.type_text, one.comment) for one in shown.columns] == [
        ("id", "bigint", None), ("email", "string", "Bob's"), ("country", "string", None),
        ("paid", "decimal(10,2)", None),
    ]  # fmt: skip
    assert [one.name for one in shown.columns if one.mask] == ["email"]
    assert shown.columns[1].mask.function_name == HIDE
    assert (shown.row_filter.function_name, shown.row_filter.input_column_names) == (ONLY, ["country"])
    assert (shown.comment, shown.properties) == ("It's ours", {"demo_factory.demo": "small"})
    mine = [one for one in small.records.states(DEMO) if one.kind in ("mask", "row_filter")]
    assert [(one.kind, one.status, one.owned) for one in mine] == [("mask", "made", True), ("row_filter", "made", True)]
    assert [one.kind for one in small.plan([MASK, FILTER]) if one.kind != "drop"] == ["keep", "keep"]


def test_one_that_is_replaced_has_only_the_guards_of_now_and_keeps_its_grants(double, small):
    table(small, MASK, FILTER).make_empty(COLUMNS, "", {}, "")
    ok(small.client, double, f"ALTER TABLE {NAME} ALTER COLUMN email SET TAGS ('class' = 'pii')")
    double.state.grants["table", str(NAME)] = {"analysts": {"SELECT"}}
    table(small, MASK).make_empty(COLUMNS[:2], "", {}, "")
    shown = small.client.tables.get(str(NAME))
    assert ([one.name for one in shown.columns], shown.row_filter) == (["id", "email"], None)
    assert shown.columns[1].mask is not None
    assert double.state.grants["table", str(NAME)] == {"analysts": {"SELECT"}}


def test_a_table_of_a_mask_that_is_not_there_or_does_not_fit_is_not_made(double, small):
    wrong = Resource("mask", f"{NAME}.id", {"function": HIDE, "using": []})
    assert "not LONG" in failed(small.client, double, empty_table(NAME, COLUMNS, [wrong], "", {}, ""))
    nothing = Resource("mask", f"{NAME}.email", {"function": f"{HIDE}_not", "using": []})
    assert "cannot be found" in failed(small.client, double, empty_table(NAME, COLUMNS, [nothing], "", {}, ""))
    assert ("table", str(NAME)) not in double.state.securables


def test_what_changes_no_row_goes_to_the_warehouse(double, small):
    made = table(small, MASK)
    made.make_empty(COLUMNS, "", {}, "")
    for statement in (
        f"ALTER TABLE {NAME.quoted} SET TBLPROPERTIES ('a' = 'b')",
        f"COMMENT ON TABLE {NAME.quoted} IS 'new'",
        f"ALTER TABLE {NAME.quoted} ALTER COLUMN `id` COMMENT 'it'",
        f"OPTIMIZE {NAME.quoted} ZORDER BY (`id`)",
        f"VACUUM {NAME.quoted} RETAIN 168 HOURS",
    ):
        made.run(statement)
    shown = small.client.tables.get(str(NAME))
    assert (shown.properties, shown.comment, shown.columns[0].comment) == ({"a": "b"}, "new", "it")
    assert len(double.state.kept["looked_after"]) == 2


@pytest.mark.parametrize(("compute", "overwrites"), [(CLUSTER, False), (SERVERLESS, True)])
def test_rows_are_overwritten_where_the_compute_enforces_guards_itself(compute, overwrites):
    assert GuardedTable(DEMO, NAME, (), None, None, compute).overwrites is overwrites


def test_a_guard_goes_right_after_its_table_and_before_whatever_stands_below_both():
    states = [State(*one) for one in (
        ("grant", f"table {NAME} a"), ("mask", f"{NAME}.email"), ("row_filter", str(NAME)), ("mask", "a.b.other.x"),
        ("table", str(NAME)), ("function", HIDE), ("schema", "a.b"),
    )]  # fmt: skip
    assert [one.kind for one in after_their_objects(states)] == [
        "grant", "mask", "table", "mask", "row_filter", "function", "schema",
    ]  # fmt: skip
    assert {one.id for one in after_their_objects(states)} == {one.id for one in states}
