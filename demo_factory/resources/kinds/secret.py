"""A secret, known by the environment variable that holds it; its value is no part of anything here."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted
from demo_factory.resources.kinds.secret_scope import scope_of
from demo_factory.resources.resource import Resource


def _desired(wanted: Wanted) -> Iterator[Resource]:
    scope, secrets = scope_of(wanted), wanted.governance.secrets
    for key, secret in secrets.keys.items() if secrets else ():
        yield Resource("secret", f"{scope.key}/{key}", {"env": secret.env}, (scope,))


KIND = ResourceKind("secret", ("secret_scope",), "access_secrets", _desired)
