"""Pandera's extension points beside its published interface: backends, checks by type, the handler of errors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandera.pyspark as pa
from pandera.api.base.checks import CheckResult
from pandera.api.base.error_handler import ErrorHandler, get_error_category
from pandera.api.extensions import register_builtin_check, register_check_method
from pandera.backends.base import BaseCheckBackend, BaseSchemaBackend
from pyspark.sql import DataFrame

__all__ = ["BaseSchemaBackend", "ErrorHandler", "get_error_category", "register"]

_lock = threading.Lock()
_registered: set[type] = set()


class _Asking(BaseCheckBackend):  # type: ignore[misc]
    """Runs a check on what it asks about: whatever its function answers is the output, and nothing is computed."""

    def __init__(self, check: Any) -> None:
        super().__init__(check)
        self._ask = partial(check._check_fn, **check._check_kwargs)

    def __call__(self, check_obj: Any, key: str | None = None) -> CheckResult:
        return CheckResult(self._ask(check_obj), None, check_obj, None)


def register(
    asked: type, predicates: Sequence[Callable[..., Any]], promises: Mapping[Callable[..., Any], Sequence[str]]
) -> None:
    """Make Pandera's checks answer about objects of a class of ours; again, it changes nothing.

    Args:
        asked: the class; the first argument of each predicate is annotated with it.
        predicates: functions with the names of Pandera's own checks.
        promises: checks that Pandera has no word for, each with the names of what it is given.
    """
    with _lock:
        if asked in _registered:
            return
        pa.Check.register_backend(asked, _Asking, force=True)
        for predicate in predicates:
            register_builtin_check(predicate)
        for promise, statistics in promises.items():
            register_check_method(promise, statistics=list(statistics), supported_types=[DataFrame])
        _registered.add(asked)
