"""Who owns an object: last of all, since who gives it away may no longer change it."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted, on_object
from demo_factory.resources.resource import DATA, Resource, ResourceId


def _desired(wanted: Wanted) -> Iterator[Resource]:
    known = {*wanted.governance.groups, *wanted.governance.service_principals}
    before = [*wanted.of("mask", "row_filter", "grant")]
    for step in wanted.plan.steps.values():
        kind, owner = wanted.securable.get(step.kind), step.plan.owner
        if kind is None or owner not in known:
            continue
        full = f"{wanted.schema.key}.{step.name}"
        on_it = tuple(one.id for one in before if f"{full} " in f"{one.key} " or f"{full}." in one.key)
        tagged = (ResourceId("tags", f"{kind} {full}"),) if kind == "table" else ()
        needs = (wanted.principal(owner), wanted.schema, *tagged, *on_it)
        yield Resource("owner", f"{kind} {full}", {"owner": wanted.called(owner)}, needs)


def _principals(resource: Resource) -> tuple[str, ...]:
    return (resource.desired["owner"],)


KIND = ResourceKind(
    "owner",
    ("tags", "mask", "row_filter", "grant", *DATA),
    "access_grants",
    _desired,
    on_object,
    _principals,
    always_there=True,
    takes=("MANAGE",),
)
