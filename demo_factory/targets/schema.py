"""The JSON Schema that editors complete and check files of targets with, true to what the loader takes."""

from __future__ import annotations

from demo_factory.blueprint.schema import Schema, titled
from demo_factory.targets import HERE
from demo_factory.targets.model import Targets


def targets_schema() -> Schema:
    """The schema of a file of targets as JSON Schema 2020-12."""
    schema = Targets.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    definitions["Compute"]["oneOf"] = [{"required": ["cluster"]}, {"required": ["serverless"]}]
    definitions["Cluster"]["oneOf"] = [
        {"required": ["existing"], "maxProperties": 1},
        {"required": ["spark_version", "node_type", "workers"]},
        {"required": ["spark_version", "node_type", "autoscale"]},
    ]
    definitions["Auth"]["maxProperties"] = 1
    schema["properties"]["targets"]["propertyNames"] = {"not": {"const": HERE}}
    return titled(schema, "demo_factory targets")
