"""The one table of what the double knows: each file of `kinds/` makes a Kind with its routes and statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from .errors import Refused, wrong_shape
from .shapes import Fields, Rename, check_object, fields_of, from_query, same
from .state import Act, State

if TYPE_CHECKING:
    from .sql_reader import Reader
    from .state import Securable


@dataclass(frozen=True)
class Raw:
    """An answer that is not JSON."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request(Act):
    """One call, its shape checked: `args` holds what stood in the path, the query and the body."""

    args: dict[str, Any]
    raw: bytes
    authorization: str = ""

    def page(self, name: str, found: list[Any], size: str = "max_results", most: int = 0) -> dict[str, Any]:
        """A page of a list from `page_token` on, with as many as the argument `size` says."""
        start = int(self.args.get("page_token", 0))
        end = start + (self.args.get(size) or most or len(found))
        return {name: found[start:end]} | ({"next_page_token": str(end)} if end < len(found) else {})


Handler = Callable[[Request], "dict[str, Any] | Raw | None"]
Arguments = Callable[[dict[str, str], dict[str, list[str]], object], dict[str, Any]]  # of path, query and body
Change = Callable[[Act, "Reader", "Securable", "dict[str, Any] | None"], None]  # of an object, or of one of its columns
F = TypeVar("F", bound=Callable[..., Any])


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
    read: Arguments | None  # reads the arguments where they are no SDK method's


@dataclass
class Kind:
    """One kind of thing. To make one is to enter it in the table.

    `within` is for objects of Unity Catalog: what their `privileges` are also granted on, "schema" or "catalog".
    """

    name: str
    counts: Callable[[State], Mapping[str, int]] = lambda state: {}  # for `double.objects()`
    privileges: frozenset[str] = frozenset()
    within: str = ""
    routes: list[Route] = field(default_factory=list)
    statements: dict[tuple[str, ...], Callable[..., Any]] = field(default_factory=dict)
    hooks: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        KINDS[self.name] = self

    def route(
        self,
        method: str,
        path: str,
        sdk: Callable[..., object] | Fields,
        *,
        rename: Rename = same,
        body: str | None = None,
        reads: Callable[[dict[str, Any]], bool] | None = None,
        locked: bool = True,
        public: bool = False,
        read: Arguments | None = None,
    ) -> Callable[[F], F]:
        """Register a handler. `{name}` in the path is one segment, `{name:path}` the rest of it.

        `locked` handlers run one at a time, so each call is atomic; others take the state's lock themselves.
        `public` ones want no token.
        """
        pattern = re.sub(r"\{(\w+):path\}", r"(?P<\1>/.*)", path)
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern))
        fields = fields_of(sdk, rename) if callable(sdk) else sdk
        body = body or ("json" if method in ("POST", "PUT", "PATCH") else "none")
        reads = reads or (lambda body: method in ("GET", "HEAD"))

        def register(handler: F) -> F:
            self.routes.append(Route(method, pattern, fields, rename, handler, body, reads, locked, public, read))
            return handler

        return register

    def statement(self, *words: str) -> Callable[[F], F]:
        """Register who does CREATE <kind>, DROP <kind>, ALTER <change>, or gives information_schema's VIEW <name>."""
        return lambda handler: self.statements.setdefault(words, handler)

    def on(self, moment: str) -> Callable[[F], F]:
        """Register what the kind does at a moment: `forget` somebody who is gone, `stop` with the double."""
        return lambda hook: self.hooks.setdefault(moment, hook)


KINDS: dict[str, Kind] = {}


def each(moment: str) -> Iterator[Callable[..., Any]]:
    """What the kinds do at a moment."""
    return (kind.hooks[moment] for kind in list(KINDS.values()) if moment in kind.hooks)


def statements(verb: str) -> dict[tuple[str, ...], Callable[..., Any]]:
    """The statements of a verb, by the words after it."""
    return {
        words[1:]: handler for kind in KINDS.values() for words, handler in kind.statements.items() if words[0] == verb
    }


def find(method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a request and what its path says."""
    for kind in list(KINDS.values()):
        for candidate in kind.routes:
            match = candidate.pattern.fullmatch(path)
            if match and candidate.method == method:
                return candidate, {name: unquote(value) for name, value in match.groupdict().items()}
    raise Refused(404, "ENDPOINT_NOT_FOUND", f"the double has no route for {method} {path}", violation=True)


def arguments(chosen: Route, in_path: dict[str, str], query: dict[str, list[str]], body: object) -> dict[str, Any]:
    """What the request says, checked against what the SDK can send."""
    if chosen.read is not None:
        return chosen.read(in_path, query, body)
    fields, args = chosen.fields, dict[str, Any](in_path)
    args |= {name: from_query(in_path[name], kind, "path") for name, (kind, _) in fields.items() if name in in_path}
    rest = {name: kind for name, kind in fields.items() if name not in in_path}
    if chosen.body == "json":
        check_object(body, rest, "body", chosen.rename)
        if query:
            raise wrong_shape(f"query on a request with a body: {query}")
        assert isinstance(body, dict)
        return args | body
    if body:
        raise wrong_shape(f"unexpected body: {body}")
    values = {}
    for name, (text, *more) in query.items():
        if more or name not in rest:
            raise wrong_shape(f"query: unknown field {name!r}; known: {', '.join(sorted(rest))}")
        values[name] = from_query(text, rest[name][0], f"query.{name}")
    check_object(values, rest, "query", chosen.rename)
    return args | values
