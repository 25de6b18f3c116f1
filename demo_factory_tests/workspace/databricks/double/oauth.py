"""Service principals log in with an OAuth secret (machine to machine), as `DATABRICKS_CLIENT_ID` and `_SECRET` do."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from databricks.sdk.service.oauth2 import ServicePrincipalSecretsProxyAPI

from .errors import Refused, denied, missing
from .routes import Request, route
from .state import State

_FORM = {"grant_type": (str, True), "scope": (str, True)}
_SECRETS = "/api/2.0/accounts/servicePrincipals/{service_principal_id}/credentials/secrets"


@route("GET", "/oidc/.well-known/oauth-authorization-server", {}, public=True)
def endpoints(request: Request) -> dict[str, Any]:
    url = f"{request.state.url}/oidc/v1"
    return {"authorization_endpoint": f"{url}/authorize", "token_endpoint": f"{url}/token"}


@route("POST", "/oidc/v1/token", _FORM, public=True, reads=lambda body: True)
def token(request: Request) -> dict[str, Any]:
    basic = request.authorization.removeprefix("Basic ")
    name, _, secret = base64.b64decode(basic).decode().partition(":")
    if request.args["grant_type"] != "client_credentials" or secret not in request.state.oauth_secrets.get(name, []):
        raise Refused(401, "invalid_client", "Client authentication failed")
    made = request.state.token_for(name)
    return {"access_token": made, "token_type": "Bearer", "expires_in": 3600, "scope": request.args["scope"]}


def add_secret(state: State, name: str) -> str:
    """A new OAuth secret of a service principal, by its application id."""
    made = f"dose{secrets.token_hex(16)}"
    state.oauth_secrets.setdefault(name, []).append(made)
    return made


@route("POST", _SECRETS, ServicePrincipalSecretsProxyAPI.create)
def secret_create(request: Request) -> dict[str, Any]:
    if not request.caller.admin:
        raise denied("Only admins can make secrets of service principals.")
    for one in request.state.principals.values():
        if one.id == request.args["service_principal_id"] and one.kind == "service_principal":
            return {
                "id": str(request.state.number()),
                "secret": add_secret(request.state, one.name),
                "status": "ACTIVE",
            }
    raise missing(f"Service principal {request.args['service_principal_id']} does not exist.")
