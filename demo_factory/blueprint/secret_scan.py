"""Finds what looks like a secret in a file that must hold none, and keeps it out of every message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from demo_factory.blueprint.document import Path
from demo_factory.blueprint.errors import Problem

_KEY = re.compile(
    r"(?i)(.*[_-])?(token|pat|password|passwd|pwd|client_?secret|secret|secret_?key|api_?key|access_?key|private_?key"
    r"|credentials?)"
)
_VALUE = re.compile(
    r"dapi[0-9a-f]{6,}[0-9a-f-]*|dose[0-9a-f]{8,}|dkea[0-9a-zA-Z]{8,}|eyJ[\w-]{6,}[\w.-]*"  # Databricks, JWT
    r"|gh[a-z]_\w{6,}|github_pat_\w{6,}|AKIA[0-9A-Z]{12,}|xox[a-z]-[\w-]{6,}|sk-[\w-]{16,}"
    r"|-----BEGIN[^\n]*"
    r"|(?<=://)[^/\s:@'\"]*:[^/\s@'\"]*(?=@)"  # user:password@host
)
_ALONE = re.compile(r"[0-9a-fA-F]{32,}|[\w~.+/-]*~[\w~.+/=-]{20,}")  # a bare key, or a client secret of Entra
_ASSIGNED = re.compile(r"(?i)\b(token|password|passwd|client_?secret)\b(['\"]?\s*[:= ]\s*)(?!cannot)\S+")
_REMEDY = "remove it, make it anew where it came from, and name its environment variable under auth.service_principal"
_NAMES = ("targets", "principals", "prices")  # mappings whose keys are the user's own


def is_secret_key(path: Path) -> bool:
    """Whether a path ends in a field that can only mean a secret."""
    own = len(path) > 1 and path[-2] in _NAMES
    return bool(path) and not own and bool(_KEY.fullmatch(str(path[-1])))


def looks_secret(value: str) -> bool:
    """Whether a text looks like a token, key or password."""
    return bool(_VALUE.search(value) or _ALONE.fullmatch(value.strip()))


def find_secrets(data: Any, path: Path = ()) -> Iterator[Problem]:
    """A problem for each place that holds a secret, without its value."""
    if path and is_secret_key(path):
        yield Problem(path, "a secret cannot stand in this file", _REMEDY)
    elif isinstance(data, dict):
        for key, value in data.items():
            if looks_secret(str(key)):
                yield Problem((*path, str(key)), "a name looks like a secret", _REMEDY)
            else:
                yield from find_secrets(value, (*path, str(key)))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from find_secrets(value, (*path, index))
    elif isinstance(data, str) and looks_secret(data):
        yield Problem(path, "this looks like a secret, and a secret cannot stand in this file", _REMEDY)


def without_secrets(problem: Problem) -> Problem:
    """The problem as it may be shown: nothing that looks like a secret, no value of a field that means one."""
    for end in range(1, len(problem.path) + 1):
        if is_secret_key(problem.path[:end]):
            return replace(
                problem, path=problem.path[:end], message="a secret cannot stand in this file", remedy=_REMEDY
            )
    path = tuple("***" if looks_secret(str(part)) else part for part in problem.path)
    message, remedy = (_ASSIGNED.sub(r"\1\2***", _VALUE.sub("***", text)) for text in (problem.message, problem.remedy))
    if path and path[-1] == "secret_env" and message.startswith("must be text"):
        message, remedy = "must be the name of an environment variable", "write for example DEV_CLIENT_SECRET"
    return replace(problem, path=path, message=message, remedy=remedy)
