"""What the shell completes: names of demos, targets and objects, read from files alone and in a blink.

A file that cannot be read completes nothing: the command itself says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings

_PARTS = ("tables", "views", "models")


def demos(context: typer.Context, incomplete: str) -> list[str]:
    """The demos that can be found here."""
    from demo_factory.operations.settings import find_demos

    return sorted(name for name in find_demos(_settings(context)) if name.startswith(incomplete))


def targets(context: typer.Context, incomplete: str) -> list[str]:
    """This machine, and what targets.yaml holds."""
    return sorted(name for name in _settings(context).targets if name.startswith(incomplete))


def objects(context: typer.Context, incomplete: str) -> list[str]:
    """Tables, views and models of the demo on the command line, or of all; a table's columns after a dot."""
    found = _objects(context)
    table, dot, _ = incomplete.partition(".")
    if dot:
        return sorted(
            f"{table}.{column}" for column in found.get(table, ()) if f"{table}.{column}".startswith(incomplete)
        )
    return sorted(name for name in found if name.startswith(incomplete))


def selected(context: typer.Context, incomplete: str) -> list[str]:
    """Names behind a comma, as `--select customers,ord` takes them."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in objects(context, last) if name not in before.split(",")]


def models(context: typer.Context, incomplete: str) -> list[str]:
    """The models of the demo that stands on the command line."""
    return sorted(name for name in _objects(context, ("models",)) if name.startswith(incomplete))


def _objects(context: typer.Context, parts: tuple[str, ...] = _PARTS) -> Mapping[str, list[str]]:
    from demo_factory.operations.settings import find_demos

    files = find_demos(_settings(context))
    # Behind an option that waits for its value, the words before it have not become parameters yet.
    given = context.params.get("demo") or next((word for word in context.args if word in files), None)
    chosen = [files.get(given, Path(given))] if given else list(files.values())
    found: dict[str, list[str]] = {}
    for blueprint in map(_read, chosen):
        for name, one in _entries(blueprint, parts):
            found[name] = list(one.get("columns") or ()) if isinstance(one, dict) else []
    return found


def _entries(blueprint: Mapping[str, Any], parts: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for part in parts:
        held = blueprint.get(part)
        yield from held.items() if isinstance(held, dict) else ()


def _read(file: Path) -> Mapping[str, Any]:
    import yaml

    with suppress(OSError, UnicodeDecodeError, yaml.YAMLError):
        found = yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return found if isinstance(found, dict) else {}
    return {}


def _settings(context: typer.Context) -> Settings:
    from demo_factory.cli.state import state_of

    return state_of(context).settings()
