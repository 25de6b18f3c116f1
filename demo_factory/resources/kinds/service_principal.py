"""An identity that no person logs in with."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.resource import Resource


def _desired(wanted: Wanted) -> Iterator[Resource]:
    for name in wanted.governance.service_principals:
        yield Resource("service_principal", wanted.called(name))


KIND = ResourceKind("service_principal", stage="access_principals", desired=_desired)
