"""The schema with its grants, the staging volume, registered models and the secret scope."""

from __future__ import annotations

from demo_factory.bundle.source import Source, privileges, variable
from demo_factory.bundle.text import Data, comment, entries, to_yaml
from demo_factory.targets.model import Target

STAGING = "demo_factory_staging"


def data_file(source: Source) -> str:
    """resources/data.yml."""
    plan = source.plan
    schema: Data = {"catalog_name": source.catalog, "name": plan.schema, "comment": source.comment("schema")}
    if granted := source.grants("schema").get(plan.schema):
        schema["grants"] = privileges(granted)
    volume = {
        **_in_schema(source),
        "name": STAGING,
        "volume_type": "MANAGED",
        "comment": "Where runs lay down their code",
    }
    head = (
        "Where the demo lives. A bundle cannot hold grants on tables, tags, masks or row filters: the job materialize"
        " makes those from the same blueprint."
    )
    text = comment(head) + "resources:\n  schemas:\n" + to_yaml({plan.schema: schema}, 4)
    text += "  volumes:\n" + to_yaml({"staging": volume}, 4)
    if secrets := _scope(source):
        text += "  secret_scopes:\n" + entries({"secrets": secrets}, 4)
    return text


def _scope(source: Source) -> tuple[str, Data] | None:
    secrets = source.governance.secrets
    if secrets is None:
        return None
    # Whoever the jobs run as may read it by the target's permissions: a second entry would be a warning.
    others = [name for name in dict.fromkeys(secrets.readers) if name != source.governance.runs_as]
    readers = [_reader(source, name) for name in others]
    scope: Data = {"name": secrets.scope or source.catalog}
    if readers:
        scope["permissions"] = readers
    keys = ", ".join(secrets.keys)
    return f"The scope alone. Its values ({keys}) are put in by `demo-factory apply` and stand in no file.", scope


def _reader(source: Source, name: str) -> Data:
    who = "group_name" if name in source.governance.groups else "service_principal_name"
    return {"level": "READ", who: variable(name)}


def _in_schema(source: Source) -> Data:
    """Names by reference, so that the schema is made first."""
    schema = f"resources.schemas.{source.plan.schema}"
    return {"catalog_name": f"${{{schema}.catalog_name}}", "schema_name": f"${{{schema}.name}}"}


def catalog_of(source: Source, target: Target) -> Data:
    """The catalog of a target where we may make one, and the schema moved into it so that it is made after it."""
    if not target.allow.create_catalog:
        return {}
    catalog: Data = {"name": source.catalog, "comment": source.comment("catalog")}
    if target.storage_root:
        catalog["storage_root"] = target.storage_root
    if granted := source.grants("catalog").get(source.plan.catalog):
        catalog["grants"] = privileges(granted)
    inside = {source.plan.schema: {"catalog_name": "${resources.catalogs.demo.name}"}}
    return {"catalogs": {"demo": catalog}, "schemas": inside}


def models_of(source: Source) -> dict[str, Data]:
    """Registered models with their grants; they belong to targets that do not prefix names."""
    granted = source.grants("function")
    found: dict[str, Data] = {}
    for step in source.plan.of_kind("model"):
        model: Data = {**_in_schema(source), "name": step.name}
        if step.plan.comment:
            model["comment"] = step.plan.comment
        if on_it := granted.get(step.name):
            model["grants"] = privileges(on_it)
        found[step.name] = model
    return found
