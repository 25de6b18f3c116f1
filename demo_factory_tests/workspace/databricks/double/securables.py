"""Objects of Unity Catalog: privileges, inheritance, ownership, and the requests that all their kinds share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Refused, denied, exists, invalid, missing
from .kind import KINDS, Kind, Request
from .state import Act, Securable, State

UC = "/api/2.1/unity-catalog"
EVERY = frozenset({"ALL_PRIVILEGES", "MANAGE"})


def privileges(kind: str) -> frozenset[str]:
    """What can be granted on a kind of object: its own, and what is for all that may be made in it."""
    inside = [one.name for one in KINDS.values() if one.within == kind]
    return KINDS[kind].privileges.union(*map(privileges, inside), (f"CREATE_{name.upper()}" for name in inside))


def known_privileges() -> frozenset[str]:
    """All that Unity Catalog knows."""
    return privileges("metastore") | privileges("catalog")


def metastore(state: State) -> Securable:
    """The metastore as an object that grants may stand on."""
    return Securable("metastore", state.metastore_id, state.metastore_owner, {})


def lookup(state: State, kind: str, name: str) -> Securable:
    """An object by the kind that the permissions API names; functions and models share one kind there."""
    if kind == "metastore":
        if name != state.metastore_id:
            raise missing(f"Metastore '{name}' does not exist.", "METASTORE_DOES_NOT_EXIST")
        return metastore(state)
    if kind == "function" and ("model", name.lower()) in state.securables:
        return state.get("model", name)
    return state.get(kind, name)


def chain(state: State, securable: Securable) -> list[Securable]:
    """An object and its containers, inmost first."""
    found, name = [securable], securable.parent if securable.kind != "metastore" else ""
    while name:
        found.append(state.get("schema" if "." in name else "catalog", name))
        name = name.rpartition(".")[0]
    return found


def applicable(securable: Securable) -> frozenset[str]:
    """The privileges that an object of this kind can have."""
    return privileges(securable.kind) - ({"MODIFY"} if securable.is_view else set())


# Who may


def held(act: Act, securable: Securable) -> set[str]:
    """What the caller holds on an object, inherited privileges included."""
    found: set[str] = set()
    for place in chain(act.state, securable):
        for name, some in act.state.grants.get((place.kind, place.name), {}).items():
            found |= some if name in act.names else set()
    return found


def manages(act: Act, securable: Securable) -> bool:
    """Whether the caller may change, grant and drop: owners, owners of containers, MANAGE, the metastore's admin."""
    owners = {place.owner for place in chain(act.state, securable)} | {act.state.metastore_owner}
    return bool(owners & act.names) or "MANAGE" in held(act, securable)


def may(act: Act, securable: Securable, privilege: str) -> bool:
    """Whether the caller has a privilege, by grant or as an owner."""
    if securable.owner in act.names:
        return True
    above = {place.owner for place in chain(act.state, securable)[1:]}
    of_owners_above = privilege in ("USE_CATALOG", "USE_SCHEMA", "BROWSE") or privilege.startswith("CREATE_")
    return bool((of_owners_above and above & act.names) or {privilege, "ALL_PRIVILEGES"} & held(act, securable))


def need(act: Act, securable: Securable, privilege: str) -> None:
    """Refuse a caller without a privilege on an object, or without the way to it."""
    for place in reversed(chain(act.state, securable)[1:]):
        use = "USE_CATALOG" if place.kind == "catalog" else "USE_SCHEMA"
        if not may(act, place, use):
            raise _lacks(use, place)
    if not may(act, securable, privilege):
        raise _lacks(privilege, securable)


def _lacks(privilege: str, securable: Securable) -> Exception:
    what = f"{securable.kind.title()} '{securable.name}'"
    return denied(f"User does not have {privilege.replace('_', ' ')} on {what}.")


def need_manage(act: Act, securable: Securable) -> None:
    """Refuse a caller who neither owns an object nor manages it."""
    if not manages(act, securable):
        raise denied(f"User is not an owner of {securable.kind.title()} '{securable.name}'.")


def need_sight(act: Act, securable: Securable) -> None:
    """Refuse a caller who may not even see an object."""
    if not sees(act, securable):
        way = {"catalog": "USE_CATALOG", "schema": "USE_SCHEMA"}.get(securable.kind, "SELECT")
        raise _lacks(way, securable)


def sees(act: Act, securable: Securable) -> bool:
    """Whether the caller sees that an object is there: any privilege that means something on it, or management."""
    return manages(act, securable) or bool(held(act, securable) & (applicable(securable) | {"BROWSE"}))


# Made, shown, changed


def valid_name(name: str) -> str:
    """A name as Unity Catalog keeps it, in lower case.

    Raises:
        Refused: too long, empty, or with a character that cannot be.
    """
    if not name or len(name) > 255 or any(char in "./ " or ord(char) < 32 or ord(char) == 127 for char in name):
        shown = f"{name[:40]}... ({len(name)} characters)" if len(name) > 40 else name
        raise invalid(
            f'Invalid input: name "{shown}" is not a valid name: 1 to 255 characters, no period, space or "/"'
        )
    return name.lower()


def create(act: Act, kind: str, parent: Securable | None, name: str, **info: Any) -> Securable:
    """A new object of the caller's, its name free; `info` is what the API shows of it besides."""
    state, short = act.state, valid_name(name)
    full = f"{parent.name}.{short}" if parent else short
    if (kind, full) in state.securables:
        raise exists(f"{kind.title()} '{full}' already exists", f"{kind.upper()}_ALREADY_EXISTS")
    limit = state.limits.get(kind)
    if limit is not None and len(state.of_kind(kind)) >= limit:
        what = f"{parent.kind.title()} {parent.name}" if parent else "Metastore"
        message = f"Cannot create 1 {kind.title()}(s) in {what} (estimated count: {limit}, limit: {limit})."
        raise Refused(400, "QUOTA_EXCEEDED", message)
    now, who = state.now(), act.caller.name
    stamps = {"created_at": now, "created_by": who, "updated_at": now, "updated_by": who}
    names: dict[str, Any] = {"name": short, "full_name": full, "metastore_id": state.metastore_id}
    if parent is not None:
        names |= dict(zip(("catalog_name", "schema_name"), parent.name.split("."), strict=False))
    kept = {key: value for key, value in info.items() if value is not None}
    made = Securable(kind, full, who, names | stamps | kept)
    state.securables[kind, full] = made
    return made


def create_in_schema(act: Act, kind: str, schema: str, name: str, **info: Any) -> Securable:
    """The same in a schema where the caller may make one."""
    parent = act.state.get("schema", schema)
    need(act, parent, "USE_SCHEMA")
    need(act, parent, f"CREATE_{kind.upper()}")
    return create(act, kind, parent, name, **info)


def shown(securable: Securable) -> dict[str, Any]:
    """An object as the API shows it."""
    return securable.info | {"owner": securable.owner}


def new_owner(act: Act, securable: Securable, owner: str) -> None:
    """Hand an object over; the new owner must be somebody of the account."""
    need_manage(act, securable)
    securable.owner = act.state.grantee(owner)


def visible(request: Request, name: str, found: list[Securable]) -> dict[str, Any]:
    """What the caller sees of a list, `max_results` at a time."""
    return request.page(name, [shown(one) for one in found if sees(request, one)])


def named(request: Request, kind: str, manage: bool = False) -> Securable:
    """The object that a request names, if the caller sees it, or manages it."""
    found = request.state.get(kind, request.args.get("full_name") or request.args["name"])
    (need_manage if manage else need_sight)(request, found)
    return found


def schema_of(request: Request) -> str:
    """The schema that a request names by its parts; they are no arguments any more then."""
    return f"{request.args.pop('catalog_name')}.{request.args.pop('schema_name')}"


def serve(
    kind: Kind,
    path: str,
    *,
    get: Callable[..., object] | None = None,
    update: Callable[..., object],
    delete: Callable[..., object],
    list: Callable[..., object] | None = None,
    fields: tuple[str, ...] = (),
    drop: Callable[[Request, Securable], None] | None = None,
) -> None:
    """Answer what every kind of object is asked: to read, change (these fields, the owner), drop and list them."""

    def reads(request: Request) -> dict[str, Any]:
        return shown(named(request, kind.name))

    def changes(request: Request) -> dict[str, Any]:
        found, args = named(request, kind.name, manage=True), request.args
        if "new_name" in args:
            raise invalid("the double does not rename")
        if "owner" in args:
            new_owner(request, found, args["owner"])
        found.info |= {name: args[name] for name in fields if name in args}
        found.info |= {"updated_at": request.state.now(), "updated_by": request.caller.name}
        return shown(found)

    def drops(request: Request) -> None:
        found = named(request, kind.name, manage=True)
        (drop or (lambda request, found: request.state.drop(found)))(request, found)

    def lists(request: Request) -> dict[str, Any]:
        parent = request.state.get("schema", schema_of(request))
        need_sight(request, parent)
        answer = visible(request, f"{kind.name}s", request.state.of_kind(kind.name, parent.name))
        if request.args.get("omit_columns"):
            answer["tables"] = [{k: v for k, v in one.items() if k != "columns"} for one in answer["tables"]]
        return answer

    if get is not None:
        kind.route("GET", path, get)(reads)
    if list is not None:
        kind.route("GET", path.rpartition("/")[0], list)(lists)
    kind.route("PATCH", path, update)(changes)
    kind.route("DELETE", path, delete)(drops)
