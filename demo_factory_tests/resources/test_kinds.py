"""What a blueprint's governance becomes: each thing once, in a shape that targets read back, after what it needs."""

from __future__ import annotations

import pytest

from demo_factory.access.stages import STEP_OF
from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.diff import waves
from demo_factory.resources.registry import governed_resources
from demo_factory_tests.access.governed import CATALOG, GOVERNED, PLACE, governed, items
from demo_factory_tests.plan.demos import AS_OF, retail_plan, shop


def want(kind: str, key: str) -> dict[str, object]:
    return dict(items()[kind, key].desired)


@pytest.mark.parametrize(
    "plan", [governed(), retail_plan(), compile_demo(shop(), as_of=AS_OF)], ids=["small", "retail", "none"]
)
def test_each_item_stands_once_and_after_what_it_needs(plan):
    done = set()
    for item in governed_resources(plan):
        assert item.id not in done
        assert set(item.needs) <= done, item
        assert item.kind in STEP_OF
        done.add(item.id)
    assert sum(map(len, waves(governed_resources(plan)))) == len(done)


def test_a_blueprint_without_governance_has_containers_and_tags_only():
    assert {item.kind for item in governed_resources(compile_demo(shop(), as_of=AS_OF))} == {
        "catalog",
        "schema",
        "tags",
    }


def test_groups_know_their_members_and_come_after_member_groups():
    assert want("group", "analysts") == {"members": ["ann@example.com", "germans"]}
    assert ("group", "germans") in items()["group", "analysts"].needs
    assert want("service_principal", "robot") == {"ledger": "CAN_MANAGE"}  # the jobs run as it


def test_a_group_without_a_list_leaves_its_members_to_people():
    groups = {item.key: item.desired for item in governed_resources(retail_plan()) if item.kind == "group"}
    assert groups == {"analysts": {}, "marketing": {}, "data_engineers": {"members": ["demo_runner"]}}
    text = GOVERNED.replace("members: [noa@example.com]", "members: []")
    found = {item.id: item.desired for item in governed_resources(compile_demo(loads(text), as_of=AS_OF))}
    assert found["group", "nobody"] == {"members": []}, "a list, if an empty one"


def test_the_chain_of_a_grant_is_whole_and_nothing_more():
    grants = {key: item.desired["privileges"] for (kind, key), item in items().items() if kind == "grant"}
    # whoever runs the jobs: tables and views, volumes, functions before masks and filters, tags, grants and owners
    assert {key: grants.pop(key) for key in list(grants) if key.endswith(" robot")} == {
        f"catalog {CATALOG} robot": ["USE_CATALOG"],
        f"schema {PLACE} robot": [
            "APPLY_TAG", "CREATE_FUNCTION", "CREATE_TABLE", "CREATE_VOLUME", "EXECUTE", "MANAGE", "MODIFY",
            "READ_VOLUME", "SELECT", "USE_SCHEMA", "WRITE_VOLUME",
        ],
    }  # fmt: skip
    assert grants == {
        f"catalog {CATALOG} analysts": ["USE_CATALOG"],
        f"catalog {CATALOG} germans": ["USE_CATALOG"],
        f"catalog {CATALOG} engineers": ["USE_CATALOG"],
        f"schema {PLACE} analysts": ["USE_SCHEMA"],
        f"schema {PLACE} germans": ["USE_SCHEMA"],
        f"schema {PLACE} engineers": ["CREATE_TABLE", "MODIFY", "SELECT", "USE_SCHEMA"],
        f"table {PLACE}.customers analysts": ["SELECT"],
        f"table {PLACE}.spending analysts": ["SELECT"],
        f"table {PLACE}.letters germans": ["SELECT"],
        f"volume {PLACE}.papers germans": ["READ_VOLUME"],
    }


def test_a_model_is_granted_as_a_function():
    keys = [item.key for item in governed_resources(retail_plan()) if item.kind == "grant"]
    assert "function dev_retail_demo.customer_analytics.customer_segmentation marketing" in keys


@pytest.mark.parametrize(
    ("column", "definition", "kind"),
    [
        ("first_name", "CASE WHEN is_account_group_member('engineers') THEN `value` ELSE '****' END", "STRING"),
        ("email", "CASE WHEN is_account_group_member('engineers') THEN `value` ELSE sha2(`value`, 256) END", "STRING"),
        ("income", "CAST(NULL AS DECIMAL(10,2))", "DECIMAL(10,2)"),
        (
            "born",
            "CASE WHEN is_account_group_member('engineers') THEN `value` "
            "ELSE CAST(date_trunc('YEAR', `value`) AS DATE) END",
            "DATE",
        ),
        (
            "city",
            "CASE WHEN is_account_group_member('analysts') OR is_account_group_member('engineers') THEN `value` "
            "ELSE concat(substring(`value`, 1, 1), '***') END",
            "STRING",
        ),
    ],
)
def test_masks_are_functions_of_the_value(column, definition, kind):
    name = f"{PLACE}.mask_customers_{column}"
    function = want("function", name)
    assert (function["definition"], function["parameters"], function["returns"]) == (definition, f"value {kind}", kind)
    assert want("mask", f"{PLACE}.customers.{column}") == {"function": name, "using": []}


def test_a_filter_is_a_function_of_the_columns_it_names():
    function = want("function", f"{PLACE}.filter_customers")
    assert function["parameters"] == "country STRING"
    assert function["definition"] == (
        "is_account_group_member('engineers') OR (country = 'DE' or not is_account_group_member('germans')\n)"
    )
    assert want("row_filter", f"{PLACE}.customers") == {"function": f"{PLACE}.filter_customers", "on": ["country"]}


def test_nobody_may_read_before_masks_and_filters_are_there():
    guards = {ref for ref in items() if ref[0] in ("mask", "row_filter")}
    for key in ("table {}.customers analysts", "table {}.letters germans", "schema {} engineers"):
        assert guards <= set(items()["grant", key.format(PLACE)].needs)


def test_an_owner_is_given_last_and_only_to_a_principal():
    owners = {key: item for (kind, key), item in items().items() if kind == "owner"}
    assert list(owners) == [f"table {PLACE}.customers"]
    assert owners[f"table {PLACE}.customers"].desired == {"owner": "stewards"}
    assert ("grant", f"table {PLACE}.customers analysts") in owners[f"table {PLACE}.customers"].needs


def test_tags_say_what_data_is():
    assert want("tags", f"table {PLACE}.customers") == {
        "tags": {"classification": "pii", "demo": "gov", "domain": "customer", "owner": "stewards"}
    }
    assert want("tags", f"column {PLACE}.customers.income") == {"tags": {"classification": "confidential"}}
    assert ("tags", f"column {PLACE}.customers.country") not in items()
    assert want("tags", f"catalog {CATALOG}") == {"tags": {"budget": "gov", "demo": "gov"}}


def test_secrets_are_names_alone():
    assert want("secret_scope", CATALOG) == {}
    assert want("secret", f"{CATALOG}/password") == {"env": "GOV_PASSWORD"}
    assert want("secret_acl", f"{CATALOG} robot") == {"permission": "READ"}


def test_a_target_calls_principals_its_own_way():
    names = {"engineers": "corp-engineers", "germans": "o'germans", "robot": "0000-1111"}
    found = {item.id: item.desired for item in governed_resources(governed(), names)}
    assert found["group", "corp-engineers"] == {"members": ["0000-1111", "eve@example.com"]}
    assert ("grant", f"schema {PLACE} corp-engineers") in found
    assert ("secret_acl", f"{CATALOG} 0000-1111") in found
    definition = found["function", f"{PLACE}.filter_customers"]["definition"]
    assert "'corp-engineers'" in definition
    assert r"'o\'germans'" in definition
    assert not [key for _, key in found if "engineers" in key.replace("corp-engineers", "")]


def test_what_is_shown_must_fit_the_type_of_an_expression():
    text = GOVERNED.replace("amount: {uniform: {min: 1, max: 9}, type: int}", "amount: {expr: order_id > 2}")
    text = text.replace(
        "    - {columns: [customers.income], show: nothing}", "    - {columns: [orders.amount], show: hash}"
    )
    with pytest.raises(BlueprintError, match=r"hash is for text, and orders.amount is boolean"):
        compile_demo(loads(text), as_of=AS_OF)
