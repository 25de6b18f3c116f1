"""MiniLake behind a wrapper of ours: a slash that it does not know, faults on demand, and a log. Nothing else.

Run as a process of its own (MiniLake keeps its state in module globals): `python shim.py PORT`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
_STATEMENTS = "/api/2.0/sql/statements/"  # so the SDK writes it; MiniLake routes it without the last slash


class Shim:
    """The wrapper: `/_shim/log` gives the calls since `/_shim/reset`; `/_shim/fail?status=&times=` plans faults."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._log: list[dict[str, Any]] = []
        self._faults: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].startswith("/_shim/"):
            await self._own(scope, send)
        elif scope["path"].startswith("/api/") and self._faults:
            status = self._faults.pop(0)
            self._note(scope, status)
            await _answer(send, status, {"error_code": "FAULT", "message": "made by the shim"})
        else:
            if scope["path"] == _STATEMENTS:
                scope = {**scope, "path": _STATEMENTS[:-1], "raw_path": _STATEMENTS[:-1].encode()}
            await self._app(scope, receive, self._noting(scope, send))

    def _noting(self, scope: Scope, send: Send) -> Send:
        async def noting(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"])
            await send(message)

        return noting

    def _note(self, scope: Scope, status: int) -> None:
        query = scope["query_string"].decode()
        self._log.append({"method": scope["method"], "path": scope["path"], "query": query, "status": status})

    async def _own(self, scope: Scope, send: Send) -> None:
        if scope["path"] == "/_shim/fail":
            query = parse_qs(scope["query_string"].decode())
            self._faults += [int(query["status"][0])] * int(query["times"][0])
        if scope["path"] == "/_shim/reset":
            self._log, self._faults = [], []
        await _answer(send, 200, self._log)


async def _answer(send: Send, status: int, body: object) -> None:
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"0")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


if __name__ == "__main__":
    import uvicorn
    from minilake.app import create_app

    uvicorn.run(Shim(create_app()), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
