"""What a principal holds on one object: the whole chain of privileges, and nothing more."""

from collections.abc import Iterator

from demo_factory.resources.kind import On, ResourceKind, Wanted, last_word, on_object
from demo_factory.resources.resource import DATA, Resource, ResourceId, Value

_AFTER = ("group", "service_principal", "catalog", "schema", "volume", *DATA, "mask", "row_filter")


_READS = ("USE_SCHEMA", "SELECT", "EXECUTE", "READ_VOLUME")


def _desired(wanted: Wanted) -> Iterator[Resource]:
    """Merged by object and principal. A grant waits for the masks of what it opens."""
    principals = {wanted.called(who): wanted.principal(who) for grant in wanted.governance.grants for who in grant.to}
    held: dict[tuple[str, str], set[str]] = {}
    for grant in wanted.governance.grants:
        for who in map(wanted.called, grant.to):
            held.setdefault((f"catalog {wanted.plan.catalog}", who), set()).add("USE_CATALOG")
            held.setdefault((f"schema {wanted.schema.key}", who), set()).add("USE_SCHEMA")
            for name in grant.on:
                privileges = {privilege.replace(" ", "_") for privilege in grant.privileges}
                held.setdefault((_securable(wanted, name), who), set()).update(privileges)
    for who in wanted.readers:
        held.setdefault((f"catalog {wanted.plan.catalog}", who), set()).add("USE_CATALOG")
        held.setdefault((f"schema {wanted.schema.key}", who), set()).update(_READS)
    runs_as = wanted.governance.runs_as
    if runs_as is not None:
        who = wanted.called(runs_as)
        principals[who] = wanted.principal(runs_as)
        held.setdefault((f"catalog {wanted.plan.catalog}", who), set()).add("USE_CATALOG")
        held.setdefault((f"schema {wanted.schema.key}", who), set()).update(_to_run(wanted))
    order = {"catalog": 0, "schema": 1}
    for (securable, who), privileges in sorted(held.items(), key=lambda one: order.get(one[0][0].split()[0], 2)):
        on = on_object(securable)
        container = ResourceId("catalog", wanted.plan.catalog) if on.securable == "catalog" else wanted.schema
        opened = (one.id for one in wanted.of("mask", "row_filter") if _opens(wanted, on, one.key))
        named = (principals[who],) if who in principals else ()
        yield Resource("grant", f"{securable} {who}", {"privileges": sorted(privileges)}, (*named, container, *opened))


def _to_run(wanted: Wanted) -> set[str]:
    """What whoever the jobs run as uses on the schema: somebody else may have made it, and what is in it."""
    kinds = {"tags", "grant", *(step.kind for step in wanted.plan.steps.values()), *(one.kind for one in wanted.so_far)}
    return {"USE_SCHEMA", *(privilege for kind in kinds - {"schema"} for privilege in wanted.takes.get(kind, ()))}


def _securable(wanted: Wanted, name: str) -> str:
    if name == "schema":
        return f"schema {wanted.schema.key}"
    kind = "volume" if name in wanted.plan.blueprint.volumes else wanted.plan.steps[name].kind
    return f"{wanted.securable[kind]} {wanted.schema.key}.{name}"


def _opens(wanted: Wanted, on: On, guard: str) -> bool:
    """Whether a mask or filter lies on what a grant opens: the table itself, or all that a view or schema shows."""
    if on.securable == "schema":
        return True
    step = wanted.plan.steps.get(on.name.rpartition(".")[2]) if on.securable == "table" else None
    if step is not None and step.kind == "view":
        return True
    return on.securable == "table" and on.name in (guard, guard.rpartition(".")[0])


def _by_hand(key: str, value: Value) -> Iterator[str]:
    securable, name, who = key.split(" ", 2)
    yield f"given by hand: {', '.join(value['privileges']).replace('_', ' ')} to {who} on {securable} {name}"


KIND = ResourceKind(
    "grant",
    _AFTER,
    "access_grants",
    _desired,
    on_object,
    last_word,
    by_hand=_by_hand,
    parts="privileges",
    takes=("MANAGE",),
)
