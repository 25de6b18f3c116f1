"""The file of targets to targets by name; when anything is wrong, one error with every problem and its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath

from pydantic import ValidationError

from demo_factory.blueprint.document import Kind, read_document
from demo_factory.blueprint.errors import BlueprintError, Problem
from demo_factory.blueprint.explain import explain
from demo_factory.blueprint.load import not_said_yet, read_file
from demo_factory.blueprint.secret_scan import find_secrets, without_secrets
from demo_factory.targets import HERE
from demo_factory.targets.model import LOCAL, Target, Targets

_START = "start with `demo-factory targets --example`"
_KIND = Kind("targets file", _START, "keep all targets in one document", _START)


def load_targets(path: FilePath | None) -> dict[str, Target]:
    """The targets of a file by name, with `local`, which is always there; without a file only that.

    Raises:
        BlueprintError: every problem of the file at once, each with its line; no message repeats a secret.
    """
    if path is None:
        return {HERE: LOCAL}
    return parse_targets(read_file(path, _KIND), str(path))


def parse_targets(text: str | bytes, file: str = "<targets>") -> dict[str, Target]:
    """`load_targets` of text, or of bytes in UTF-8; `file` is the name that messages give.

    Raises:
        BlueprintError: every problem of the text at once.
    """
    document = read_document(text, file, kind=_KIND)
    problems = list(document.problems)
    if document.data is not None:
        problems += find_secrets(document.data)
        try:
            found = Targets.model_validate(document.data)
        except ValidationError as error:
            explained = explain(error.errors(include_url=False), Targets, document.lines)
            problems += not_said_yet(explained, problems)
        else:
            if HERE in found.targets:
                problems.append(
                    Problem(("targets", HERE), f"{HERE} is this machine", "give the workspace another name")
                )
            named = {name: target.named(name) for name, target in found.targets.items()}
            problems += _one_ledger(named)
            if not problems:
                return {HERE: LOCAL, **named}
    placed = document.lines.error(problems)
    raise BlueprintError(list(dict.fromkeys(map(without_secrets, placed.problems))), placed.file) from None


def workspaces(targets: Mapping[str, Target]) -> dict[str, Target]:
    """Those that a file names: all but this machine."""
    return {name: target for name, target in targets.items() if name != HERE}


def _one_ledger(targets: Mapping[str, Target]) -> Iterator[Problem]:
    """Two environments with one ledger would each take the other's demos for what is left of their own."""
    first: dict[tuple[str, str], str] = {}
    for name, target in targets.items():
        other = first.setdefault((target.host, target.folder), name)
        if targets[other].env != target.env:
            yield Problem(
                ("targets", name),
                f"its ledger would lie where that of {other} lies, {target.folder} of the same workspace, and the "
                f"environments differ ({target.env} and {targets[other].env})",
                f"add `folder: {target.folder}_{name}`",
            )
