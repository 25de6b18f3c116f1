"""How the double refuses: Databricks' status, error code and wording."""

from __future__ import annotations

import base64
import binascii


class Refused(Exception):
    """An answer with an error code; `violation` when the request itself has a shape Databricks does not have."""

    def __init__(self, status: int, code: str, message: str, violation: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.violation = violation


def wrong_shape(message: str) -> Refused:
    """A request that no workspace would understand: a mistake in the calling code."""
    return Refused(400, "MALFORMED_REQUEST", message, violation=True)


def invalid(message: str) -> Refused:
    """A well-shaped request with a value that cannot be."""
    return Refused(400, "INVALID_PARAMETER_VALUE", message)


def bad_state(message: str) -> Refused:
    """Something else has to happen first."""
    return Refused(400, "INVALID_STATE", message)


def denied(message: str) -> Refused:
    """The caller lacks a right."""
    return Refused(403, "PERMISSION_DENIED", message)


def missing(message: str, code: str = "RESOURCE_DOES_NOT_EXIST") -> Refused:
    """There is no such object."""
    return Refused(404, code, message)


def exists(message: str, code: str = "RESOURCE_ALREADY_EXISTS") -> Refused:
    """An object of that name is there already. Unity Catalog's own codes come with 400, the others too."""
    return Refused(400, code, message)


def decoded(text: object) -> bytes:
    """Content that came as base64."""
    try:
        return base64.b64decode(str(text), validate=True)
    except binascii.Error:
        raise invalid("the content is not base64") from None
