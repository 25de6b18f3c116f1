"""A scope that holds a demo's secrets."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource, ResourceId


def scope_of(wanted: Wanted) -> ResourceId:
    """The demo's scope; by default it has the catalog's name."""
    secrets = wanted.governance.secrets
    return ResourceId("secret_scope", (secrets and secrets.scope) or wanted.plan.catalog)


def _desired(wanted: Wanted) -> Iterator[Resource]:
    if wanted.governance.secrets is not None:
        yield Resource(*scope_of(wanted))


KIND = ResourceKind("secret_scope", ("group", "service_principal"), "access_secrets", _desired)
