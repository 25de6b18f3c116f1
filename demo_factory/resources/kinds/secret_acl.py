"""Who may read the secrets of a scope."""

from collections.abc import Iterator

from demo_factory.resources.kind import ResourceKind, Wanted, last_word
from demo_factory.resources.kinds.secret_scope import scope_of
from demo_factory.resources.resource import Resource


def _desired(wanted: Wanted) -> Iterator[Resource]:
    """Whoever the jobs run as reads them too: it is there to find out that they have values."""
    scope, secrets = scope_of(wanted), wanted.governance.secrets
    runs_as = [wanted.governance.runs_as] if wanted.governance.runs_as else []
    for reader in dict.fromkeys([*secrets.readers, *runs_as] if secrets else ()):
        needs = (scope, wanted.principal(reader))
        yield Resource("secret_acl", f"{scope.key} {wanted.called(reader)}", {"permission": "READ"}, needs)


KIND = ResourceKind(
    "secret_acl", ("secret_scope", "group", "service_principal"), "access_secrets", _desired, principals=last_word
)
