"""The contract is a Pandera schema: it prints, it becomes YAML and it holds every rule."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandera.pyspark as pa
import pytest
import yaml
from pandera.errors import SchemaDefinitionError
from pyspark.sql.types import DecimalType, LongType

from demo_factory.quality.contract import Contract, schema_of
from demo_factory.quality.document import dtype_of
from demo_factory.resources.graph import Rule
from demo_factory.sql.names import FullName
from demo_factory_tests.quality.tables import table_with

pytestmark = pytest.mark.spark
RULES = (
    Rule("id_type", "type", ("id",), "bigint"),
    Rule("id_required", "required", ("id",)),
    Rule("id_unique", "unique", ("id",)),
    Rule("day_code_unique", "unique", ("day", "code")),
    Rule("amount_type", "type", ("amount",), "decimal(12,2)"),
    Rule("amount_min", "min", ("amount",), 0.5),
    Rule("amount_max", "max", ("amount",), 100),
    Rule("status_allowed", "allowed", ("status",), ("paid", "open")),
    Rule("code_pattern", "pattern", ("code",), "C-[0-9]+$"),
    Rule("day_min", "min", ("day",), dt.date(2024, 1, 31)),
    Rule("rows", "rows", (), (10, 20)),
    Rule("fresh", "freshness", ("day",), 24),
)
ACROSS = Rule("known", "orphans", ("id",), None, True, FullName("a", "b", "c"), "id")
TABLE = table_with(*RULES, ACROSS, columns=("id", "amount", "status", "code", "day", "free"), key="id")


def test_it_is_an_ordinary_pandera_schema():
    assert isinstance(schema_of(TABLE), pa.DataFrameSchema)


def test_every_rule_of_the_table_is_in_the_schema_and_no_other():
    schema = schema_of(TABLE)
    checks = [check.title for column in schema.columns.values() for check in column.checks]
    checks += [check.title for check in schema.checks]
    assert set(checks) == {
        "id_unique", "day_code_unique", "amount_min", "amount_max", "status_allowed", "code_pattern", "day_min",
        "rows", "fresh",
    }  # fmt: skip
    assert len(checks) == 9
    assert {name: column.nullable for name, column in schema.columns.items()} == {
        "id": False, "amount": True, "status": True, "code": True, "day": True, "free": True,
    }  # fmt: skip
    assert schema.columns["id"].dtype.type == LongType()
    assert schema.columns["amount"].dtype.type == DecimalType(12, 2)
    assert schema.columns["status"].dtype is None
    assert [name for name, column in schema.columns.items() if not column.required] == ["free"]


def test_printing_shows_columns_and_bounds():
    text = str(schema_of(TABLE))
    assert "amount" in text
    assert "greater_than_or_equal_to(0.5)" in repr(schema_of(TABLE).columns["amount"].checks)


def test_it_becomes_yaml_with_its_rules_and_stays_unchanged():
    schema = schema_of(TABLE, dt.date(2024, 6, 30))
    text = schema.to_yaml()
    assert text == schema.to_yaml()
    document = yaml.safe_load(text)
    assert document["columns"]["id"] == {"dtype": "bigint"}
    assert document["columns"]["amount"]["checks"][0] == {
        "check": "greater_than_or_equal_to", "title": "amount_min", "statistics": {"min_value": 0.5},
    }  # fmt: skip
    assert [check["check"] for check in document["checks"]] == [
        "never_repeats", "never_repeats", "rows_between", "newest_within",
    ]  # fmt: skip


def test_a_contract_comes_back_from_yaml(tmp_path: Path):
    schema = schema_of(TABLE, dt.date(2024, 6, 30))
    schema.to_yaml(tmp_path / "contract.yaml")
    for again in (Contract.from_yaml(schema.to_yaml()), Contract.from_yaml(tmp_path / "contract.yaml")):
        assert isinstance(again, Contract)
        assert again.columns["amount"].dtype.type == DecimalType(12, 2)
        assert again.columns["day"].checks[0].statistics == {"min_value": dt.date(2024, 1, 31)}
        assert again.to_yaml() == schema.to_yaml()


def test_a_function_cannot_become_yaml():
    schema = Contract({"a": pa.Column("int", pa.Check(lambda cell: cell.column > 0))})
    with pytest.raises(SchemaDefinitionError, match="Python function"):
        schema.to_yaml()


def test_every_type_of_a_blueprint_has_a_dtype():
    for text in ("string", "int", "bigint", "double", "boolean", "date", "timestamp", "decimal(38,10)"):
        assert dtype_of(text).type.simpleString() == text
