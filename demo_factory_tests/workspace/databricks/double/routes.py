"""Which request goes where. A route names the SDK's method whose requests it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .errors import Refused
from .shapes import Fields, Rename, check_object, fields_of, from_query, same

if TYPE_CHECKING:
    from .state import Principal, State


@dataclass(frozen=True)
class Raw:
    """An answer that is not JSON."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """One call, its shape checked: `args` holds what stood in the path, the query and the body."""

    state: State
    caller: Principal
    args: dict[str, Any]
    raw: bytes
    authorization: str = ""


Handler = Callable[[Request], "dict[str, Any] | Raw | None"]
Reader = Callable[[dict[str, str], dict[str, list[str]], object], dict[str, Any]]  # of path, query and body


@dataclass(frozen=True)
class Route:
    """One method and path."""

    method: str
    pattern: re.Pattern[str]
    fields: Fields
    rename: Rename
    handler: Handler
    body: str  # "json", "raw" or "none"
    reads: Callable[[dict[str, Any]], bool]  # whether a request with this body changes nothing
    locked: bool
    public: bool
    read: Reader | None  # reads the arguments where they are no SDK method's


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    sdk: Callable[..., object] | Fields,
    *,
    rename: Rename = same,
    body: str | None = None,
    reads: Callable[[dict[str, Any]], bool] | None = None,
    locked: bool = True,
    public: bool = False,
    read: Reader | None = None,
) -> Callable[[Handler], Handler]:
    """Register a handler. `{name}` in the path is one segment, `{name:path}` the rest of it.

    `locked` handlers run one at a time, so each call is atomic; others take the state's lock themselves.
    `public` ones want no token.
    """
    pattern = re.sub(r"\{(\w+):path\}", r"(?P<\1>/.*)", path)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
    fields = fields_of(sdk, rename) if callable(sdk) else sdk

    def register(handler: Handler) -> Handler:
        ROUTES.append(
            Route(
                method,
                re.compile(pattern),
                fields,
                rename,
                handler,
                body or ("json" if method in ("POST", "PUT", "PATCH") else "none"),
                reads or (lambda body: method in ("GET", "HEAD")),
                locked,
                public,
                read,
            )
        )
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and what its path says."""
    for candidate in ROUTES:
        match = candidate.pattern.fullmatch(path)
        if match and candidate.method == method:
            return candidate, {name: unquote(value) for name, value in match.groupdict().items()}
    raise Refused(404, "ENDPOINT_NOT_FOUND", f"the double has no route for {method} {path}", violation=True)


def arguments(chosen: Route, in_path: dict[str, str], query: dict[str, list[str]], body: object) -> dict[str, Any]:
    """What the request says, checked against what the SDK can send."""
    if chosen.read is not None:
        return chosen.read(in_path, query, body)
    args: dict[str, Any] = {}
    for name, value in in_path.items():
        if name in chosen.fields:
            args[name] = from_query(value, chosen.fields[name][0], "path")
        else:
            args[name] = value
    rest = {name: kind for name, kind in chosen.fields.items() if name not in in_path}
    if chosen.body == "json":
        check_object(body, rest, "body", chosen.rename)
        if query:
            raise Refused(400, "MALFORMED_REQUEST", f"query on a request with a body: {query}", violation=True)
        assert isinstance(body, dict)
        return args | body
    if body:
        raise Refused(400, "MALFORMED_REQUEST", f"unexpected body: {body}", violation=True)
    values = {}
    for name, (text, *more) in query.items():
        if more or name not in rest:
            known = ", ".join(sorted(rest))
            raise Refused(400, "MALFORMED_REQUEST", f"query: unknown field {name!r}; known: {known}", violation=True)
        values[name] = from_query(text, rest[name][0], f"query.{name}")
    check_object(values, rest, "query", chosen.rename)
    return args | values
