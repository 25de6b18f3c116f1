"""Masks and row filters follow their columns into tables of predictions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from demo_factory.access.matrix import matrix
from demo_factory.access.privileges import Rights
from demo_factory.access.stages import with_access
from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.graph import DemoPlan, PredictionsPlan
from demo_factory.resources.lineage import UNREAD, Lineage
from demo_factory.resources.registry import governed_resources
from demo_factory.sql.query_columns import Source
from demo_factory_tests.access.governed import GOVERNED, PLACE
from demo_factory_tests.plan.demos import AS_OF

FEATURES = "SELECT c.customer_id, datediff(:at, c.born) AS age FROM customers c"
LABEL = "SELECT customer_id, CASE WHEN amount > 5 THEN 'yes' ELSE 'no' END AS buys FROM orders"
GUESSES = f"{PLACE}.guesses"
MODEL = """
models:
  guess:
    entity: {entity}
    target: buys
    positive: "yes"
    algorithm: logistic_regression
    metric: f1
    features: "{features}"
    label: "{label}"
    predictions: {{table: guesses}}
"""
Swaps = Sequence[tuple[str, str]]


def planned(
    features: str = FEATURES, label: str = LABEL, entity: str = "customer_id", view: str = "", swaps: Swaps = ()
) -> DemoPlan:
    """The governed shop with a model; `swaps` are parts of the text with what stands there instead."""
    text = GOVERNED.replace("spending]}\n", "spending, guesses]}\n").replace(
        "on: [letters]", "on: [letters, guesses, seen]"
    )
    text = text.replace("views:\n", "views:\n  seen: {sql: 'SELECT * FROM guesses'}\n" + view)
    for before, after in swaps:
        assert before in text
        text = text.replace(before, after)
    model = MODEL.format(entity=entity, features=features, label=label)
    return compile_demo(loads(text + model), as_of=AS_OF)


def guesses(plan: DemoPlan) -> PredictionsPlan:
    found = plan.steps["guesses"].plan
    assert isinstance(found, PredictionsPlan)
    return found


def items(plan: DemoPlan) -> dict[tuple[str, str], dict[str, object]]:
    return {item.id: dict(item.desired) for item in governed_resources(plan)}


@pytest.mark.parametrize(
    ("features", "entity", "view"),
    [
        (FEATURES, "customer_id", ""),
        ("SELECT c.customer_id AS who, datediff(:at, c.born) AS age FROM customers c", "who", ""),
        ("SELECT o.customer_id, count(*) AS orders FROM orders o GROUP BY o.customer_id", "customer_id", ""),
        (
            "SELECT who AS buyer, age FROM ages",
            "buyer",
            "  ages: {sql: 'SELECT customer_id AS who, year(born) AS age FROM customers'}\n",
        ),
    ],
)
def test_the_filter_of_the_entitys_table_follows_with_what_it_looks_at(features, entity, view):
    label = LABEL.replace("customer_id", f"customer_id AS {entity}")
    plan = planned(features, label, entity, view=view)
    key = Source("customers", "customer_id")
    assert guesses(plan).copies == {entity: key, "country": Source("customers", "country")}
    assert items(plan)["row_filter", GUESSES] == {"function": f"{PLACE}.filter_customers", "on": ["country"]}
    assert Lineage(plan).columns("guesses")["country"] == (Source("customers", "country"),)


def test_a_filter_that_looks_at_the_key_alone_needs_no_more_columns():
    plan = planned(
        FEATURES.replace("c.customer_id", "c.customer_id AS who"),
        LABEL.replace("customer_id", "customer_id AS who"),
        "who",
        swaps=[("country = 'DE'", "customer_id > 'C-00009'")],
    )
    assert list(guesses(plan).copies) == ["who"]
    assert items(plan)["row_filter", GUESSES]["on"] == ["who"]


def test_what_is_masked_at_its_home_is_masked_in_the_copy_and_tagged():
    plan = planned(swaps=[("{key: C-00000}", "{key: C-00000, classification: pii}")])
    found = items(plan)
    assert found["mask", f"{GUESSES}.customer_id"] == {"function": f"{PLACE}.mask_customers_customer_id", "using": []}
    assert found["tags", f"column {GUESSES}.customer_id"] == {"tags": {"classification": "pii"}}
    assert found["tags", f"table {GUESSES}"]["tags"]["classification"] == "pii"
    cell = {one.object: one for one in matrix(plan, found, ["ann@example.com"])}["guesses"]
    assert (cell.columns["customer_id"], cell.columns["prediction"]) == ("as '****'", "clear")


def test_a_guess_at_a_masked_label_is_masked_and_gives_no_chance():
    plan = planned(label="SELECT customer_id, CASE WHEN income > 50 THEN 'yes' ELSE 'no' END AS buys FROM customers")
    assert guesses(plan).hides == (Source("customers", "income"),)
    found = items(plan)
    assert found["mask", f"{GUESSES}.prediction"] == {"function": f"{PLACE}.mask_guesses_prediction", "using": []}
    assert found["function", f"{PLACE}.mask_guesses_prediction"]["definition"] == "CAST(NULL AS STRING)"
    assert "positive_chance" not in Lineage(plan).columns("guesses")
    assert "positive_chance" in Lineage(planned()).columns("guesses")
    cell = {one.object: one for one in matrix(plan, found, ["ann@example.com"])}["guesses"]
    assert cell.columns["prediction"] == "as NULL", "as it is shown at home"


def test_the_matrix_and_the_guard_filter_predictions_and_views_of_them():
    plan = planned()
    rights = Rights(items(plan))
    cells = {
        (one.principal, one.object): one
        for one in matrix(plan, items(plan), ["gerd@example.com", "robot", "noa@example.com"])
    }
    assert cells["gerd@example.com", "guesses"].rows == "country = 'DE'"
    assert cells["gerd@example.com", "seen"].rows == "guesses: country = 'DE'"
    assert cells["robot", "guesses"].rows == "all"
    assert not cells["noa@example.com", "guesses"].allowed
    guard = rights.row_filter(GUESSES)
    assert guard is not None
    assert guard.given == ("country",)
    assert (
        guard.definition == "is_account_group_member('engineers') OR (country = 'DE' or not "
        "is_account_group_member('germans')\n)"
    )


def test_guards_are_made_after_the_predictions_and_before_grants_on_them():
    plan = with_access(planned(), governed_resources(planned()))
    assert "guesses" in plan.steps["access_masks"].needs
    grant = next(item for item in governed_resources(planned()) if item.key == f"table {GUESSES} germans")
    assert ("row_filter", GUESSES) in grant.needs


def test_a_filter_that_is_changed_makes_predictions_anew_and_masks_alone_do_not():
    first = planned().steps["guesses"].fingerprint
    assert planned(swaps=[("country = 'DE'", "country = 'US'")]).steps["guesses"].fingerprint == first
    assert planned(swaps=[("country = 'DE'", "city = 'Ulm'")]).steps["guesses"].fingerprint != first


def test_what_a_filter_cannot_follow_is_refused():
    features = "SELECT c.email AS who, year(c.born) AS age FROM customers c"
    with pytest.raises(BlueprintError, match="who is no table's key, so the row filter of customers cannot follow it"):
        planned(features, LABEL.replace("customer_id", "customer_id AS who"), "who")
    named = ("{address: country}", "{address: country}\n      probability: {expr: upper(country)}")
    with pytest.raises(BlueprintError, match="looks at 'probability', and predictions have such a column"):
        planned(swaps=[named, ("country = 'DE'", "probability = 'DE'")])


def test_without_governance_predictions_hold_what_they_held():
    text = GOVERNED[: GOVERNED.index("governance:")]
    model = MODEL.format(entity="customer_id", features=FEATURES, label=LABEL)
    bare = compile_demo(loads(text + model), as_of=AS_OF)
    assert (guesses(bare).copies, guesses(bare).hides) == ({}, ())


PIVOT = "SELECT * FROM customers PIVOT (max(email) FOR country IN ('DE' AS de))"


def test_what_nobody_can_read_is_taken_for_all_that_it_may_show():
    views = f'views:\n  wide: {{sql: "{PIVOT}"}}\n  narrow: {{sql: "SELECT de AS mail FROM wide"}}\n'
    plan = compile_demo(loads(GOVERNED.replace("views:\n", views)), as_of=AS_OF)
    lineage = Lineage(plan)
    every = {Source("customers", column) for column in plan.steps["customers"].plan.order}
    assert plan.steps["wide"].plan.columns == ()
    assert {column: set(sources) for column, sources in lineage.columns("wide").items()} == {UNREAD: every}
    assert plan.steps["narrow"].plan.columns == ("mail",)
    assert set(lineage.columns("narrow")["mail"]) == every
    found = {item.id: dict(item.desired) for item in governed_resources(plan)}
    cells = {one.object: one for one in matrix(plan, found, ["stan@example.com", "robot"]) if one.principal == "robot"}
    assert "customers.income as" in cells["wide"].columns[UNREAD]
    assert "customers.income as" in cells["narrow"].columns["mail"]
