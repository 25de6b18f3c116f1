"""Who may do what in Unity Catalog: privileges by kind of object, inheritance, ownership."""

from __future__ import annotations

from .errors import denied, invalid, missing
from .state import Principal, Securable, State

_EVERY = {"ALL_PRIVILEGES", "MANAGE"}
_IN_TABLE = {"APPLY_TAG", "MODIFY", "SELECT"}
_IN_FUNCTION = {"EXECUTE"}
_IN_VOLUME = {"READ_VOLUME", "WRITE_VOLUME"}
_IN_MODEL = {"EXECUTE", "APPLY_TAG", "CREATE_MODEL_VERSION"}
_IN_SCHEMA = (
    _IN_TABLE
    | _IN_FUNCTION
    | _IN_VOLUME
    | _IN_MODEL
    | {
        "CREATE_FUNCTION",
        "CREATE_MATERIALIZED_VIEW",
        "CREATE_MODEL",
        "CREATE_TABLE",
        "CREATE_VOLUME",
        "EXTERNAL_USE_SCHEMA",
        "REFRESH",
        "USE_SCHEMA",
    }
)
PRIVILEGES: dict[str, set[str]] = {
    "metastore": {"CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_SHARE"},
    "catalog": _EVERY | _IN_SCHEMA | {"BROWSE", "CREATE_SCHEMA", "USE_CATALOG"},
    "schema": _EVERY | _IN_SCHEMA,
    "table": _EVERY | _IN_TABLE,
    "view": _EVERY | _IN_TABLE - {"MODIFY"},
    "volume": _EVERY | _IN_VOLUME | {"APPLY_TAG"},
    "function": _EVERY | _IN_FUNCTION,
    "model": _EVERY | _IN_MODEL,
}
KNOWN = set().union(*PRIVILEGES.values())
_FOR_OWNERS_OF_PARENTS = {"USE_CATALOG", "USE_SCHEMA", "BROWSE"} | {p for p in KNOWN if p.startswith("CREATE_")}


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


def applicable(securable: Securable) -> set[str]:
    """The privileges that an object of this kind can have."""
    is_view = securable.info.get("table_type") == "VIEW"
    return PRIVILEGES["view" if is_view else securable.kind]


def names_of(state: State, caller: Principal) -> set[str]:
    """The names under which somebody may hold grants and own things."""
    return {caller.name} | state.groups_of(caller)


def held(state: State, securable: Securable, names: set[str]) -> set[str]:
    """What these names hold on an object, inherited privileges included."""
    found: set[str] = set()
    for place in chain(state, securable):
        for name, privileges in state.grants.get((place.kind, place.name), {}).items():
            found |= privileges if name in names else set()
    return found


def manages(state: State, caller: Principal, securable: Securable) -> bool:
    """Whether somebody may change, grant and drop: owners, owners of containers, MANAGE, the metastore's admin."""
    names = names_of(state, caller)
    owners = {place.owner for place in chain(state, securable)} | {state.metastore_owner}
    return bool(owners & names) or "MANAGE" in held(state, securable, names)


def may(state: State, caller: Principal, securable: Securable, privilege: str) -> bool:
    """Whether somebody has a privilege, by grant or as an owner."""
    names = names_of(state, caller)
    if securable.owner in names:
        return True
    above = {place.owner for place in chain(state, securable)[1:]}
    if privilege in _FOR_OWNERS_OF_PARENTS and above & names:
        return True
    return bool({privilege, "ALL_PRIVILEGES"} & held(state, securable, names))


def need(state: State, caller: Principal, securable: Securable, privilege: str) -> None:
    """Refuse a caller without a privilege on an object, or without the way to it."""
    for place in reversed(chain(state, securable)[1:]):
        use = "USE_CATALOG" if place.kind == "catalog" else "USE_SCHEMA"
        if not may(state, caller, place, use):
            raise _lacks(use, place)
    if not may(state, caller, securable, privilege):
        raise _lacks(privilege, securable)


def _lacks(privilege: str, securable: Securable) -> Exception:
    what = f"{securable.kind.title()} '{securable.name}'"
    return denied(f"User does not have {privilege.replace('_', ' ')} on {what}.")


def need_manage(state: State, caller: Principal, securable: Securable) -> None:
    """Refuse a caller who neither owns an object nor manages it."""
    if not manages(state, caller, securable):
        raise denied(f"User is not an owner of {securable.kind.title()} '{securable.name}'.")


def need_sight(state: State, caller: Principal, securable: Securable) -> None:
    """Refuse a caller who may not even see an object."""
    if not sees(state, caller, securable):
        way = {"catalog": "USE_CATALOG", "schema": "USE_SCHEMA"}.get(securable.kind, "SELECT")
        raise _lacks(way, securable)


def sees(state: State, caller: Principal, securable: Securable) -> bool:
    """Whether somebody sees that an object is there: any privilege that means something on it, or management."""
    if manages(state, caller, securable):
        return True
    return bool(held(state, securable, names_of(state, caller)) & (applicable(securable) | {"BROWSE"}))


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


def new_owner(state: State, caller: Principal, securable: Securable, owner: str) -> None:
    """Hand an object over; the new owner must be somebody of the account."""
    need_manage(state, caller, securable)
    securable.owner = state.grantee(owner)
