"""The JSON Schema that editors complete and check blueprints with, true to what the loader takes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from demo_factory.blueprint.columns import FORMULAS
from demo_factory.blueprint.lookup import NUMERIC
from demo_factory.blueprint.model import Blueprint

Schema = dict[str, Any]

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
# The loader reads 10_000 as a number; editors follow YAML 1.2 to the letter and see text.
_GROUPED: Schema = {"type": "string", "pattern": r"^[-+]?\d+(_\d+)+(\.\d*)?$"}
_TEXTS: Schema = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
}
_VALUES: Schema = {
    "anyOf": [
        {"type": "array", "items": _SCALAR, "minItems": 1, "uniqueItems": True},
        {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}, "minProperties": 1},
    ]
}
_EXAMPLES: dict[str, dict[str, list[Any]]] = {
    "Blueprint": {
        "demo": ["retail"],
        "catalog": ["{env}_retail_demo"],
        "history": ["2 years", 365],
        "expires": ["14 days", 14],
        "schema": ["customer_analytics"],
    },
    "Arrivals": {"growth": [0.2], "peaks": [{"11-29": 2.2, "12-25": 0.2}], "before": ["3 years"]},
    "Table": {"people": [{"US": 0.6, "GB": 0.4}], "arrives": [{}], "tags": [{"domain": "sales"}]},
    "Contract": {"fresh_within": ["1 day", "36 hours"], "unique": [[["customer_id", "product_id"]]]},
    "View": {"sql": ["SELECT country, count(*) AS customers FROM customers GROUP BY country"]},
    "Optimize": {"zorder": [["customer_id"]], "vacuum": ["168 hours"]},
    "ColumnCheck": {"not_before": ["customers.signup_date"], "pattern": ["^[A-Z]{3}$"], "min": [0, "2024-01-31"]},
    "Column": {
        "type": ["decimal(10,2)", "int"],
        "key": ["CUST-0000000", "integer"],
        "ref": ["customers", {"table": "customers", "pick": "zipf", "exponent": 0.8}],
        "choice": [["red", "blue"], {"red": 0.7, "blue": 0.3}],
        "boolean": [0.3, "case when segment = 'VIP' then 0.9 else 0.2 end"],
        "email": ["example.com"],
        "expr": ["round(quantity * products.list_price, 2)"],
        "template": ["{city} {format}"],
        "cycle": [["north", "south"]],
        "lognormal": [{"median": 40, "sigma": 0.6, "min": 1, "max": 2000}],
        "correlate": [{"with": "income", "r": 0.6}],
    },
}


def json_schema() -> Schema:
    """The schema of a blueprint file as JSON Schema 2020-12."""
    schema = Blueprint.model_json_schema(by_alias=True)
    definitions: dict[str, Schema] = schema["$defs"]
    for name, examples in _EXAMPLES.items():
        owner = schema if name == "Blueprint" else definitions[name]
        for field, values in examples.items():
            owner["properties"][field]["examples"] = values
    _short_forms(definitions)
    _one_formula(definitions["Column"])
    return titled(schema, "demo_factory blueprint")


def titled(schema: Schema, title: str) -> Schema:
    """A schema of pydantic's as editors read it, under a title."""
    tidy: Schema = _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **tidy, "title": title}


def write_schema(path: str | os.PathLike[str] = "docs/blueprint.schema.json") -> None:
    """Write the schema to a file that editors read."""
    Path(path).write_text(schema_text(), encoding="utf-8")


def schema_text() -> str:
    """The schema of a blueprint as the file holds it."""
    return as_text(json_schema())


def as_text(schema: Schema) -> str:
    """A schema as files hold it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _short_forms(definitions: dict[str, Schema]) -> None:
    """Allow what the loader rewrites: a ref by name, a choice by list or weights, a template as bare text."""
    reference = definitions["Ref"]
    definitions["Ref"] = _either(reference, reference["properties"]["table"])
    choice = definitions["Choice"]
    choice["properties"]["cases"]["additionalProperties"] = _VALUES
    choice["required"] = ["by", "cases"]
    definitions["Choice"] = _either(choice, *_VALUES["anyOf"])
    template = definitions["Template"]
    template["properties"]["cases"]["additionalProperties"] = _TEXTS
    template["required"] = ["by", "cases"]
    definitions["Template"] = _either(template, *_TEXTS["anyOf"])


def _either(long_form: Schema, *short_forms: Schema) -> Schema:
    return {"description": long_form["description"], "anyOf": [*short_forms, long_form]}


def _one_formula(column: Schema) -> None:
    column["oneOf"] = [{"required": [name]} for name in FORMULAS]
    column["dependentSchemas"] = {"correlate": {"anyOf": [{"required": [name]} for name in NUMERIC]}}


def _tidy(node: Any, named: bool = False) -> Any:
    """Without nulls and generated titles; names checked; grouped digits allowed.

    Args:
        node: a part of the schema.
        named: whether the node maps names to schemas, so that its keys are no keywords.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {key: _tidy(value) for key, value in node.items()}
    kept: Schema = {}
    for key, value in _without_null(node).items():
        if key in ("default", "examples", "enum"):
            kept[key] = value
        elif key != "title":
            kept[key] = _tidy(value, named=key in ("properties", "$defs"))
    if kept.get("default", ...) is None or isinstance(kept.get("default"), dict):
        del kept["default"]
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    return _grouped(kept)


def _without_null(node: Schema) -> Schema:
    """The loader refuses null: a value that may be absent is left out."""
    options = [option for option in node.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == len(node.get("anyOf", [])):
        return dict(node)
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    return {**options[0], **rest} if len(options) == 1 else {"anyOf": options, **rest}


def _grouped(node: Schema) -> Schema:
    if node.get("type") not in ("integer", "number"):
        return node
    about: Schema = {key: node.pop(key) for key in ("description", "default", "examples") if key in node}
    return {"anyOf": [node, _GROUPED], **about}
