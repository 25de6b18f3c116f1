"""HTTP on loopback: who calls, which route, which fault, and the log."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from .errors import Refused, wrong_shape
from .kind import Raw, Request, arguments, find
from .state import Principal

if TYPE_CHECKING:
    from .double import Double


@dataclass
class Call:
    """One request as it arrived, and what became of it. Status 0: no answer was sent."""

    number: int
    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    write: bool
    status: int = 0
    error_code: str = ""


_JSON = {"Content-Type": "application/json"}
NOBODY = Principal("", "nobody", "", "")


class _Dropped(Exception):
    pass


class Server(ThreadingHTTPServer):
    """The server of one double."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, double: Double) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double = double

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the game; the double's own errors are answered with 500."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def log_message(self, format: str, *args: object) -> None:
        """The log is `double.calls`."""

    def do_any(self) -> None:
        double = self.server.double
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = parse_qs(parts.query, keep_blank_values=True)
        call = double.arrived(self.command, parts.path, query)
        try:
            body = self._serve(call, raw)
            call.status = 200
        except _Dropped:
            self.close_connection = True
            return
        except Refused as refused:
            call.status, call.error_code = refused.status, refused.code
            if refused.violation:
                double.violations.append(f"call {call.number} {call.method} {call.path}: {refused.message}")
            body = Raw(_error(call.path, refused), _JSON)
        except Exception as error:  # noqa: BLE001 - a bug of the double has to be seen, not to hang the client
            call.status = 500
            double.violations.append(f"call {call.number} {call.method} {call.path}: bug of the double: {error!r}")
            body = Raw(json.dumps({"error_code": "INTERNAL_ERROR", "message": repr(error)}).encode(), _JSON)
        self._answer(call, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_any

    def _serve(self, call: Call, raw: bytes) -> Raw:
        double = self.server.double
        route, in_path = find(call.method, call.path)
        body = raw if route.body == "raw" else self._body(raw)
        call.body = f"<{len(raw)} bytes>" if route.body == "raw" else body
        call.write = not route.reads(call.body if isinstance(call.body, dict) else {})
        with double.state.lock:
            fault = double.faults.take(call.number, call.method, call.path)
        if double.on_call:
            double.on_call(call.number, call.method, call.path)
        if fault in ("drop", "kill"):
            double.faults.killed |= fault == "kill"
            raise _Dropped
        if fault == "429":
            raise Refused(429, "REQUEST_LIMIT_EXCEEDED", "Rate limit exceeded, please retry later.")
        if fault == "503":
            raise Refused(503, "TEMPORARILY_UNAVAILABLE", "The service is temporarily unavailable.")
        authorization = self.headers.get("Authorization", "")
        caller = NOBODY if route.public else double.caller(authorization, expired=fault == "401")
        args = arguments(route, in_path, call.query, {} if route.body == "raw" else body)
        request = Request(double.state, caller, args, raw, authorization)
        with double.state.lock if route.locked else contextlib.nullcontext():
            result = route.handler(request)
        if fault in ("drop-after", "kill-after"):
            double.faults.killed |= fault == "kill-after"
            raise _Dropped
        if isinstance(result, Raw):
            return result
        return Raw(json.dumps(result or {}).encode(), _JSON)

    def _body(self, raw: bytes) -> Any:
        if not raw:
            return {}
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            return _form(kind, raw)
        if kind.startswith("application/x-www-form-urlencoded"):
            return dict(parse_qsl(raw.decode()))
        try:
            return json.loads(raw)
        except ValueError as error:
            raise wrong_shape(f"the body is not JSON: {error}") from None

    def _answer(self, call: Call, answer: Raw) -> None:
        self.send_response(call.status)
        self.send_header("X-Databricks-Org-Id", "1")
        if call.status in (429, 503):
            self.send_header("Retry-After", str(self.server.double.faults.retry_after))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _form(kind: str, raw: bytes) -> dict[str, Any]:
    """A multipart form, as `workspace.upload` sends it: a file comes as bytes, `true` as a boolean."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        value = part.get_payload(decode=True)
        assert isinstance(value, bytes)
        name = str(part.get_param("name", header="content-disposition"))
        text = value.decode(errors="replace")
        fields[name] = value if part.get_filename() else {"true": True, "false": False}.get(text, text)
    return fields


def _error(path: str, refused: Refused) -> bytes:
    if "/scim/" in path and refused.status not in (401, 429, 503):
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "detail": refused.message,
            "status": str(refused.status),
        }
    elif path.startswith("/oidc/"):
        body = {"error": refused.code, "error_description": refused.message}
    else:
        body = {"error_code": refused.code, "message": refused.message}
    return json.dumps(body).encode()
