"""What an audit finds, by Spark itself, in rows shaped as the documentation of `system.access.audit` shows them."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from demo_factory.plan.monitoring import audit
from demo_factory.sql.names import literal

pytestmark = pytest.mark.spark
# https://docs.databricks.com/aws/en/admin/system-tables/audit-logs and ../account-settings/audit-logs: what each action
# names its object by.
GRANTED = json.dumps([{"principal": "analysts", "add": ["SELECT"]}])
ACTIONS = [
    ("getTable", {"full_name_arg": "dev_shop.main.t"}, "dev_shop.main.t"),
    ("deleteSchema", {"full_name_arg": "dev_shop.main"}, "dev_shop.main"),
    ("createTable", {"name": "t", "catalog_name": "dev_shop", "schema_name": "main"}, "dev_shop.main.t"),
    ("createSchema", {"name": "main", "catalog_name": "dev_shop"}, "dev_shop.main"),
    ("generateTemporaryTableCredential", {"table_full_name": "Dev_Shop.main.T"}, "Dev_Shop.main.T"),
    (
        "updatePermissions",
        {"securable_type": "table", "securable_full_name": "dev_shop.main.t", "changes": GRANTED},
        "dev_shop.main.t",
    ),
    ("updateEntityTagAssignment", {"entity_type": "tables", "entity_name": "dev_shop.main.t"}, "dev_shop.main.t"),
]
OTHERS = [
    ("getTable", {"full_name_arg": "dev_shop.main2.t"}),
    ("createTable", {"name": "main", "catalog_name": "other", "schema_name": "dev_shop"}),
    ("createCatalog", {"name": "dev_shop"}),
    ("getTable", {}),
]
SHAPE = (
    "event_time timestamp, event_date date, source_ip_address string, user_identity struct<email: string>,"
    " service_name string, action_name string, request_params map<string, string>, response struct<status_code: int>"
)


def test_an_audit_answers_who_made_and_who_granted_what(spark):
    today = dt.date.today()
    rows = [
        (dt.datetime(today.year, today.month, today.day, 0, number), today, "::1", ("ann@example.com",),
         "unityCatalog", action, params, (200,))
        for number, (action, params) in enumerate([*((one, params) for one, params, _ in ACTIONS), *OTHERS])
    ]  # fmt: skip
    old, other = list(rows[0]), list(rows[0])
    old[1], other[4] = today - dt.timedelta(days=40), "notebook"
    spark.createDataFrame([*rows, tuple(old), tuple(other)], SHAPE).createOrReplaceTempView("audit_rows")
    asked = audit("Dev_Shop.main", days=30)
    text = asked.text.replace("system.access.audit", "audit_rows")
    for name, value in asked.parameters.items():  # the warehouse binds them
        text = text.replace(f":{name}", literal(value))
    found = spark.sql(text).collect()
    assert [(row.action, row.object) for row in reversed(found)] == [(action, name) for action, _, name in ACTIONS]
    assert {row.detail for row in found} == {None, GRANTED}
    assert {(row.who, row.status, row.address) for row in found} == {("ann@example.com", 200, "::1")}
