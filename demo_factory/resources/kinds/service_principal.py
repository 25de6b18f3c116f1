"""An identity that no person logs in with."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource

KEEPS = "CAN_MANAGE"  # the permission on the ledger's folder that it takes to write there


def _desired(wanted: Wanted) -> Iterator[Resource]:
    """The one that the jobs run as keeps the ledger too, wherever that lies."""
    for name in wanted.governance.service_principals:
        keeps = {"ledger": KEEPS} if name == wanted.governance.runs_as else {}
        yield Resource("service_principal", wanted.called(name), keeps)


KIND = ResourceKind("service_principal", stage="access_principals", desired=_desired)
