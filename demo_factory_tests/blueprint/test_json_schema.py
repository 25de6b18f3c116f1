"""The JSON Schema says the same as the loader, and the file that editors read is in step with it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest

import demo_factory
from demo_factory.blueprint import document
from demo_factory.blueprint.columns import FORMULAS
from demo_factory.blueprint.new import new_blueprint
from demo_factory.blueprint.schema import json_schema, schema_text, write_schema
from demo_factory_tests.blueprint.small import SMALL, changed, complaints

ROOT = Path(demo_factory.__file__).parent
RETAIL = (ROOT / "demos" / "retail.yaml").read_text(encoding="utf-8")
GIFT = "gift: {boolean: 0.1}"


@cache
def _validator():
    return jsonschema.Draft202012Validator(json_schema())


def _complaints(text: str) -> list[str]:
    data = document.read_document(text, "b.yaml").data
    return [error.message for error in _validator().iter_errors(_json(data))]


def _json(data):
    """As JSON has it: names are text."""
    if isinstance(data, dict):
        return {str(key): _json(value) for key, value in data.items()}
    return [_json(item) for item in data] if isinstance(data, list) else data


def test_the_file_is_in_step(tmp_path):
    written = ROOT.parent / "docs" / "blueprint.schema.json"
    assert written.read_text(encoding="utf-8") == schema_text(), "run blueprint.schema.write_schema()"
    write_schema(tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("text", [RETAIL, SMALL, new_blueprint("x")], ids=["retail", "small", "new"])
def test_right_blueprints_pass(text):
    assert _complaints(text) == []


def test_editors_that_read_grouped_digits_as_text_pass_them_too(monkeypatch):
    read = document.read_plain
    monkeypatch.setattr(
        document, "read_plain", lambda text: text if re.fullmatch(r"[\d_]+_[\d_]+", text) else read(text)
    )
    assert _complaints(RETAIL) == []


@pytest.mark.parametrize(
    "gift",
    [
        "{ref: customers}", "{ref: {table: customers, pick: pareto}}", "{choice: [a, b]}", "{choice: {a: 0.5, b: 0.5}}",
        "{choice: {by: customers.segment, cases: {Basic: [a], Plus: {b: 1}}}}", "{template: '{day}'}",
        "{template: ['{day}', x]}", "{template: {by: customers.segment, cases: {Basic: a, Plus: [b, c]}}}",
        "{boolean: 0.3}", "{boolean: code = 'x'}", "{cycle: [1, a, true]}",
        "{boolean: 3, ref: customers}", "{comment: x}", "{choice: []}", "{choice: {a: x}}", "{template: []}",
        "{template: 5}", "{ref: {pick: zipf}}", "{ref: Bad Name}", "{boolean: 0.1, type: integr}", "{boolen: 0.1}",
        "{normal: {mean: 1, std: 0}}", "{date: {min: 2024-1-1, max: 2025-01-01}}", "{cycle: []}", "{expr: ''}",
        "{choice: {by: at, case: {a: [x]}}}", "{ref: customers, nulls: 1}",
        "{boolean: 0.1, correlate: {with: a, r: 0}}",
        "{cycle: [1], check: {min: low}}", "{cycle: [1], check: {required: yes}}",
    ],
)  # fmt: skip
def test_the_schema_agrees_with_the_loader(gift):
    text = changed((GIFT, f"gift: {gift}"))
    beyond = ("chance between", "is ambiguous")  # what a JSON Schema does not say
    found = [line for line in complaints(text) if not any(words in line for words in beyond)]
    assert bool(_complaints(text)) == bool(found)


@pytest.mark.parametrize(
    "change",
    [
        ("history: 90 days", "history: 3 weeks"), ("history: 90 days", "history: 30"),
        ("history: 90 days", "history: soon"),
        ("schema: sales", "schema_name: sales"), ("  by_segment: {sql", "  Bad Name: {sql"), ("11-29: 2", "x: 2"),
        ("seed: 7", "seed: -7"), ("rows: 100\n", "rows: 10.5\n"), ("schema: sales", "catalog: '{env}_{dmo}'"),
    ],
)  # fmt: skip
def test_the_schema_agrees_on_the_rest(change):
    text = changed(change)
    found = [line for line in complaints(text) if "no table or view" not in line]
    assert bool(_complaints(text)) == bool(found)


def test_everything_is_described():
    schema = json_schema()
    definitions = schema["$defs"]
    assert set(FORMULAS) <= set(definitions["Column"]["properties"])
    owners = [definitions[name] for name in ("Column", "Table", "View", "Model", "Optimize", "Contract", "ColumnCheck")]
    for owner in (schema, *owners):
        assert [name for name, spec in owner["properties"].items() if not spec.get("description")] == []
