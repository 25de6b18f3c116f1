"""The pages of docs/reference/, rendered from the models and the commands: `make reference` writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from demo_factory.blueprint.schema import json_schema
from demo_factory.cli.app import app
from demo_factory.targets.schema import targets_schema

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
RENDERED = "<!-- Rendered by `make reference`: change the models or the commands, not this page. -->"
Schema = Mapping[str, Any]


def of_schema(schema: Schema, title: str, about: str) -> str:
    """A page with a table of keys for the file and for each kind of value in it."""
    definitions: Mapping[str, Schema] = schema["$defs"]
    parts = [RENDERED, f"# {title}", about, "## The file", *_keys(schema, definitions)]
    for name, one in sorted(definitions.items()):
        parts += [f"## {name}", *_keys(one, definitions)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _keys(one: Schema, definitions: Mapping[str, Schema]) -> Iterator[str]:
    yield one.get("description", "")
    if "properties" in one:
        rows = [_key(name, value, name in one.get("required", ())) for name, value in one["properties"].items()]
        yield _table(("key", "value", "what it says", "default", "example"), rows)
    forms = [*_forms(one)] if "properties" not in one else []
    if forms:
        yield "Written as " + ", or ".join(_type(form) for form in forms) + "."
    for form in forms:
        if "properties" in form:
            yield _table(("key", "value", "what it says", "default", "example"), [
                _key(name, value, name in form.get("required", ())) for name, value in form["properties"].items()
            ])  # fmt: skip


def _forms(one: Schema) -> Sequence[Schema]:
    return one.get("anyOf") or one.get("oneOf") or [one]


def _key(name: str, value: Schema, required: bool) -> tuple[str, ...]:
    default = "*required*" if required else _code(value["default"]) if "default" in value else ""
    said = " ".join([value.get("description", ""), _limits(value)]).strip()
    return (f"`{name}`", _type(value), said, default, ", ".join(map(_code, value.get("examples", ()))))


def _type(value: Schema) -> str:
    """What may stand there, in a few words; links lead to what has keys of its own."""
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "const" in value:
        return _code(value["const"])
    if "enum" in value:
        return " \\| ".join(map(_code, value["enum"]))
    if "anyOf" in value or "oneOf" in value:
        said = [_type(one) for one in _forms(value) if not str(one.get("pattern", "")).endswith("(\\.\\d*)?$")]
        return ", or ".join(dict.fromkeys(said))
    match value.get("type"):
        case "array":
            return f"list of {_type(value['items'])}" if value.get("items") else "list"
        case "object" if isinstance(value.get("additionalProperties"), Mapping):
            return f"name: {_type(value['additionalProperties'])}"
        case "object" if "patternProperties" in value:
            return f"name: {_type(next(iter(value['patternProperties'].values())))}"
        case "object":
            return "keys"
        case list() as kinds:
            return ", or ".join(kinds)
        case str() as kind:
            return kind
    return "any value"


def _limits(value: Schema) -> str:
    names = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above", "exclusiveMaximum": "below"}
    for one in (value, *(form for form in _forms(value) if form is not value)):
        found = [f"{word} {one[key]:,}" for key, word in names.items() if key in one]
        if found:
            return f"({', '.join(found)})"
    return ""


def _code(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text}`".replace("|", "\\|") if text else "empty"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table without the columns that nobody fills."""
    kept = [at for at, _ in enumerate(heads) if any(row[at] for row in rows)]
    lines = [[heads[at] for at in kept], ["---"] * len(kept), *([row[at] for at in kept] for row in rows)]
    return "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |" for line in lines)


def of_commands() -> str:
    """A page with every command, its arguments and options."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("demo-factory", [], resilient_parsing=True)
    parts = [
        RENDERED,
        "# The commands",
        _prose(group.help),
        _prose(group.epilog),
        _JSON,
        "## Everywhere",
        *_options(group),
    ]
    for name, command in group.commands.items():
        with type(context)(command, info_name=name, parent=context) as inner:
            usage = " ".join(command.collect_usage_pieces(inner))
        parts += [f"## {name}", f"```text\ndemo-factory {name} {usage}\n```", _prose(command.help), *_options(command)]
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


_JSON = """\
`--json` prints one JSON document on stdout and nothing else: a list where the command speaks of many things of one
kind (`list`, `targets`, `validate`, `check`, `sql`), otherwise one object. Keys are in small letters, times UTC in ISO
8601, decimals are texts that lose nothing, and what is not known is `null`. Exit codes are the same with it."""


def _options(command: Any) -> Iterator[str]:
    rows = []
    for one in command.params:
        if getattr(one, "hidden", False):
            continue
        is_option = one.opts[0].startswith("-")
        names = ", ".join(f"`{name}`" for name in sorted([*one.opts, *one.secondary_opts], key=len, reverse=True))
        metavar = one.metavar or ""
        rows.append((names + (f" `{metavar}`" if metavar else "") if is_option else f"`{metavar}`", one.help or ""))
    if rows:
        yield _table(
            ("", "what it says"), [(name.replace("|", "\\|"), said.replace("|", "\\|")) for name, said in rows]
        )


def _prose(text: str | None) -> str:
    """Help as Markdown: an example is a block of its own."""
    return re.sub(r"^Example: (.+)$", r"```console example\n\1\n```", text or "", flags=re.M)


PAGES: Mapping[str, Callable[[], str]] = {
    "blueprint.md": lambda: of_schema(
        json_schema(),
        "The blueprint, key by key",
        "What may stand in the file of a demo. How to write one is in [Write a blueprint](../how-to/blueprint.md); "
        "editors get the same from [blueprint.schema.json](../blueprint.schema.json).",
    ),
    "targets.md": lambda: of_schema(
        targets_schema(),
        "targets.yaml, key by key",
        "What may stand in the file of workspaces. How it is used is in [Targets](../how-to/targets.md); "
        "editors get the same from [targets.schema.json](../targets.schema.json).",
    ),
    "commands.md": of_commands,
}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, render in PAGES.items():
        (FOLDER / name).write_text(render(), encoding="utf-8")
        print(f"Wrote {FOLDER / name}")
