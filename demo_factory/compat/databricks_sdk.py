"""The Databricks SDK: a profile that stands alone, and a host that is refused at the first call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config


def config_of_profile() -> type[Config]:
    """The SDK's configuration, which takes what DATABRICKS_* variables say before a profile, without those."""
    from databricks.sdk.core import Config

    Config.attributes()  # the SDK collects them once, from the class that is asked first

    class OfProfile(Config):
        def _load_from_env(self) -> None:
            pass

    return OfProfile


def fail_early(client: WorkspaceClient, reason: Callable[[Exception, str], Exception | None]) -> None:
    """A host that was never reached is wrong, not shaky: say so at once instead of after two minutes of retries.

    Args:
        reason: of a broken connection and the address, what to raise in its place; None where it may be tried again.
    """
    from requests import PreparedRequest, Response
    from requests import exceptions as broken
    from requests.adapters import HTTPAdapter

    class Door(HTTPAdapter):
        reached = False

        def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
            try:
                answer = super().send(request, *args, **kwargs)
            except broken.ConnectionError as error:
                told = None if self.reached else reason(error, request.url or "")
                if told is None:
                    raise
                raise told from None
            self.reached = True
            return answer

    # The SDK has no public place for it; its pool of 20 connections stays.
    session = client.api_client._api_client._session
    session.mount("https://", Door(pool_connections=20, pool_maxsize=20, pool_block=True))
    session.mount("http://", Door(pool_connections=20, pool_maxsize=20, pool_block=True))
