"""Values as YAML that people read: keys in their order, short lists on one line, comments above what they speak of."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import yaml

_SHORT = 90  # a list of plain words up to this length stands on one line
Data = dict[str, Any]


class _Dumper(yaml.SafeDumper):
    """Block style, items indented under their key, no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _sequence(dumper: _Dumper, data: list[Any]) -> yaml.Node:
    plain = all(isinstance(item, str | int) for item in data)
    short = plain and sum(len(str(item)) + 2 for item in data) <= _SHORT
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=short)


_Dumper.add_representer(list, _sequence)


def to_yaml(data: Mapping[str, Any], indent: int = 0) -> str:
    """A mapping as YAML, moved to the right by `indent` spaces."""
    text = yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, width=1_000, allow_unicode=True)
    return textwrap.indent(text, " " * indent)


def comment(text: str, indent: int = 0) -> str:
    """Comment lines of at most 100 letters."""
    lines = textwrap.wrap(text, 100 - indent, break_on_hyphens=False)
    return "".join(f"{' ' * indent}# {line}\n" for line in lines)


def entries(found: Mapping[str, tuple[str, Data]], indent: int) -> str:
    """Named mappings, each under its comment, with a blank line between them; without comments close together."""
    texts = [
        (comment(said, indent) if said else "") + to_yaml({name: data}, indent) for name, (said, data) in found.items()
    ]
    return ("\n" if any(said for said, _ in found.values()) else "").join(texts)
