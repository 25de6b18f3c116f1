"""A secret. Its value goes from its variable to the scope and nowhere else."""

from __future__ import annotations

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.resource import Resource, State, Value
from demo_factory.workspace.databricks.api import CachedReader, WorkspaceApi
from demo_factory.workspace.databricks.kind import KindOnDatabricks
from demo_factory.workspace.databricks.secret_scopes import BASE, gone, inside


def _find(look: CachedReader, item: Resource) -> Value | None:
    """Whether its value is right nobody can see, so a secret that is there is as it was wanted last."""
    scope, _, key = item.key.partition("/")
    there, before = inside(look, scope, "list", "secrets"), look.before(item)
    if there is None:
        return before or None
    if key not in [one["key"] for one in there]:
        return None
    return {"env": before.get("env", item.desired["env"])}


def _make(api: WorkspaceApi, item: Resource, found: Value | None) -> Value:
    scope, _, key = item.key.partition("/")
    body = {"scope": scope, "key": key, "string_value": _value_of(api, item)}
    api.do("POST", f"{BASE}/put", f"put the secret {item.key}", body)
    return {}


def _remove(api: WorkspaceApi, made: State) -> bool:
    scope, _, key = made.key.partition("/")
    return gone(api, "delete", f"remove the secret {made.key}", {"scope": scope, "key": key})


def _value_of(api: WorkspaceApi, item: Resource) -> str:
    """What is to be put in a secret.

    Raises:
        DemoError: its environment variable is not set.
    """
    value = api.secret(item.desired["env"])
    if not value:
        raise DemoError(
            f"The secret {item.key} has no value: the environment variable {item.desired['env']} is not set.",
            "Put it there once, typed unseen: demo-factory secrets put DEMO --target TARGET. Or set the variable for "
            "this command.",
        )
    return value


def _refuse(api: WorkspaceApi, item: Resource, found: Value | None) -> None:
    _value_of(api, item)


KIND = KindOnDatabricks(_find, _make, _remove, _refuse)
