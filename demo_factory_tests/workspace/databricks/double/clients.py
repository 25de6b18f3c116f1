"""The real SDK's client, pointed at the double: no waiting between retries, and able to die in the middle of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from databricks.sdk import WorkspaceClient
from databricks.sdk.clock import Clock
from databricks.sdk.config import Config
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from .double import Double


class Killed(BaseException):
    """The client's process ended here: no `except Exception` sees it."""


class QuickClock(Clock):
    """A clock that jumps instead of sleeping, so that retries cost nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class _Mortal(HTTPAdapter):
    def __init__(self, double: Double) -> None:
        super().__init__()
        self._double = double

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self._double.faults.killed:
            raise Killed("this client was killed before; connect a new one after double.faults.clear()")
        try:
            return super().send(request, *args, **kwargs)
        except requests.ConnectionError as error:
            if self._double.faults.killed:
                raise Killed(f"{request.method} {request.path_url}") from error
            raise


def connect(double: Double, token: str | None = None, retry_timeout_seconds: int = 5) -> WorkspaceClient:
    """A WorkspaceClient of the double, as the admin or as the owner of a token."""
    config = Config(
        host=double.url,
        token=token or double.token,
        auth_type="pat",
        retry_timeout_seconds=retry_timeout_seconds,
    )
    return adopt(double, WorkspaceClient(config=config))


def adopt(double: Double, client: WorkspaceClient) -> WorkspaceClient:
    """The same for a client that the code under test has made by itself."""
    inner = client.api_client._api_client
    inner._clock = QuickClock()
    inner._session.mount("http://", _Mortal(double))
    return client
