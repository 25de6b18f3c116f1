"""The SDK's client of a target, and the SDK's errors in plain words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.compat.databricks_sdk import config_of_profile, fail_early
from demo_factory.targets.model import Target

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

# The SDK repeats calls by itself, of every method: on 429 and 503 (it heeds Retry-After), and on dropped connections.
RETRY_SECONDS = 120
AGAIN = "Run it again: it goes on where it was."
_EXISTS = re.compile(r"ALREADY_EXISTS|already exists", re.IGNORECASE)
_QUOTA = re.compile(r"QUOTA|LIMIT_EXCEEDED", re.IGNORECASE)


def connect(target: Target, environ: Mapping[str, str] = os.environ) -> WorkspaceClient:
    """A client that logs in as the target says; on its own compute that is the runtime's identity.

    Raises:
        MachineTrouble: there is nothing to log in with, or the host does not know it.
    """
    from databricks.sdk import WorkspaceClient

    try:
        config = _config(target)(host=target.host, retry_timeout_seconds=RETRY_SECONDS, **_login(target, environ))
        client = WorkspaceClient(config=config)
    except ValueError as error:
        why = "there is nothing to log in with" if "cannot configure default" in str(error) else _said(error)
        raise MachineTrouble(f"Nobody can log in to {target.host} by {_way(target)}: {why}.", _way_in(target)) from None
    fail_early(client, _never_reached)
    return client


def _config(target: Target) -> type[Config]:
    """The SDK's own, which takes what DATABRICKS_* variables say before a profile; a named profile stands alone."""
    from databricks.sdk.core import Config

    return Config if target.auth.profile is None else config_of_profile()


def _login(target: Target, environ: Mapping[str, str]) -> dict[str, Any]:
    auth = target.auth
    if auth.profile is not None:
        return {"profile": auth.profile, "config_file": environ.get("DATABRICKS_CONFIG_FILE")}
    if auth.service_principal is None:
        return {}
    secret = environ.get(auth.service_principal.secret_env)
    if not secret:
        raise MachineTrouble(
            f"{auth.service_principal.secret_env} is not set, and the target logs in with it.",
            "Set it to the service principal's OAuth secret.",
        )
    return {"client_id": auth.service_principal.client_id, "client_secret": secret, "auth_type": "oauth-m2m"}


def _way(target: Target) -> str:
    return f"the profile {target.auth.profile}" if target.auth.profile else f"the {target.auth.kind}"


def _way_in(target: Target) -> str:
    if target.auth.profile:
        return f"Make it: databricks auth login --host {target.host} --profile {target.auth.profile}"
    if target.auth.service_principal:
        return "Check `auth` of the target."
    return "Set DATABRICKS_TOKEN, or name a profile of ~/.databrickscfg under `auth` of the target."


def _never_reached(error: Exception, url: str) -> DemoError | None:
    return reason(error, f"reach {urlsplit(url).netloc}") if _unreachable(error) else None


def _unreachable(error: BaseException) -> str | None:
    """Why there is no connection at all; None when one was there and broke."""
    text = str(error)
    if re.search(r"NameResolution|getaddrinfo|Name or service not known|nodename nor servname", text):
        return "its name is not known"
    return "it refuses connections" if "refused" in text else None


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """Turn what the SDK raises inside into a DemoError about `what`."""
    try:
        yield
    except (OSError, ValueError) as error:  # the SDK's errors are OSErrors; a login that fails is a ValueError
        raise reason(error, what) from error


def already_there(error: BaseException) -> bool:
    """Whether a create failed because the object exists: also when its own first try did the work."""
    code = str(getattr(error, "error_code", "") or "")
    return bool(_EXISTS.search(code) or _EXISTS.search(str(error)))


def reason(error: BaseException, what: str) -> DemoError:
    """An error of the SDK as one plain sentence: the object, the reason, the remedy.

    Args:
        what: what was asked for, with its object, as `create the group analysts`.
    """
    if isinstance(error, DemoError):
        return error
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        last = reason(error.__cause__, what)
        return MachineTrouble(f"{last.message} It was tried again and again: {str(error).lower()}.", last.remedy)
    unreachable = _unreachable(error)
    if unreachable is not None:
        text = f"Could not {what}: the workspace cannot be reached: {unreachable}."
        return MachineTrouble(text, "Check `host` of the target, and your network.")
    why, remedy = _why(error)
    return MachineTrouble(f"Could not {what}: {f'{why} ({_said(error)})' if why else _said(error)}.", remedy)


def _why(error: BaseException) -> tuple[str, str]:
    """The reason in our words, where the server's own are not enough, and the remedy."""
    from databricks.sdk import errors
    from databricks.sdk.errors.base import DatabricksError

    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return "not logged in", "Check `auth` of the target."
    busy = (errors.TooManyRequests, errors.TemporarilyUnavailable)
    if not isinstance(error, DatabricksError):
        return "the connection broke", AGAIN
    if _QUOTA.search(str(error.error_code or "")) and not isinstance(error, busy):
        return "a quota is used up", "Remove what nobody needs, or ask for a higher quota."
    match error:
        case errors.Unauthenticated():
            return "not logged in", "Log in again: the token may have expired."
        case errors.PermissionDenied() if "access token" in str(error).lower():
            return "not logged in", "Check `auth` of the target."
        case errors.PermissionDenied():
            return "a privilege is missing", "Ask the object's owner or an admin for it."
        case errors.NotFound():
            return "it is not there, or you may not see it", "Check the name, and what you may see."
        case errors.NotImplemented():
            return "this workspace does not have that", "Use another workspace, or leave it out of the blueprint."
    return ("the workspace is too busy", AGAIN) if isinstance(error, busy) else ("", "")


def _said(error: BaseException) -> str:
    """The first line of what the server said, without the end that a sentence of ours gives it."""
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first.partition(" Config: ")[0].rstrip(".")[:400]  # the SDK adds how it was configured
