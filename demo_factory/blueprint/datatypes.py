"""Types of columns as Spark SQL names them: one normal spelling, which is Spark's own short one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from demo_factory.blueprint.suggestions import nearest

WHOLE = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}  # with their bits
PLAIN = ("string", "boolean", *WHOLE, "float", "double", "date", "timestamp", "timestamp_ntz", "binary")
# other spellings of the same types, as people who write SQL or Java use them: only named in advice
_OTHER = {"integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint", "real": "float", "text": "string",
          "varchar": "string", "char": "string", "bool": "boolean", "datetime": "timestamp", "bytes": "binary",
          "numeric": "decimal(12,2)", "dec": "decimal(12,2)", "decimal": "decimal(12,2)", "number": "double",
          "array": "array<string>", "map": "map<string,string>", "struct": "struct<name:string>"}  # fmt: skip
_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[<>(),:])")
_DEEPEST = 8
NAMES = (*PLAIN, "decimal(precision,scale)", "array<type>", "map<type,type>", "struct<name:type,...>")


@dataclass(frozen=True)
class DataType:
    """A type; `parts` are the types inside, with their names in a struct, and `digits` a decimal's two numbers."""

    name: str
    parts: tuple[tuple[str, DataType], ...] = ()
    digits: tuple[int, int] | None = None

    def __str__(self) -> str:
        if self.digits is not None:
            return f"decimal({self.digits[0]},{self.digits[1]})"
        inside = ",".join(f"{name}:{kind}" if name else str(kind) for name, kind in self.parts)
        return f"{self.name}<{inside}>" if self.parts else self.name

    def inside(self) -> Iterator[DataType]:
        """The type itself and all that are inside it."""
        yield self
        for _, part in self.parts:
            yield from part.inside()


def read_type(text: str) -> DataType:
    """A type from its name in Spark SQL.

    Raises:
        ValueError: it is none, or one that tables cannot have; says what would do.
    """
    found = _Reader(text).whole()
    for part in found.inside():
        if part.name == "map" and any(key.name == "map" for key in part.parts[0][1].inside()):
            raise ValueError(f"{text!r:.80} has a map inside a map's key -> use string as the key")
        names = [name.lower() for name, _ in part.parts if name]
        again = next((name for i, name in enumerate(names) if name in names[:i]), None)
        if again is not None:
            raise ValueError(f"{text!r:.80} has the field {again!r} twice -> rename one")
    return found


class _Reader:
    """Reads one type, token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = []
        at = 0
        stripped = text.rstrip()
        while at < len(stripped):
            token = _TOKEN.match(stripped, at)
            if token is None:
                raise self.wrong()
            self.tokens.append(token[1])
            at = token.end()

    def wrong(self, meant: str = "") -> ValueError:
        remedy = f"did you mean {meant!r}?" if meant else f"use {', '.join(NAMES[:-1])} or {NAMES[-1]}"
        return ValueError(f"{self.text!r:.80} is not a type -> {remedy}")

    def whole(self) -> DataType:
        found = self.one(0)
        if self.tokens:
            raise self.wrong()
        return found

    def take(self, *wanted: str) -> str:
        token = self.tokens.pop(0) if self.tokens else ""
        if wanted and token not in wanted:
            raise self.wrong()
        return token

    def one(self, depth: int) -> DataType:
        if depth > _DEEPEST:
            raise ValueError(f"{self.text!r:.80} is nested more than {_DEEPEST} levels deep")
        name = self.take().lower()
        if name in PLAIN:
            return DataType(name)
        following = self.tokens[0] if self.tokens else ""
        if name == "decimal" and following == "(":
            return self.decimal()
        if name in ("array", "map", "struct") and following == "<":
            return DataType(name, tuple(self.parts(name, depth)))
        whole = not depth and not self.tokens
        raise self.wrong(_OTHER.get(name) or nearest(name, PLAIN) or "" if whole else "")

    def decimal(self) -> DataType:
        self.take("(")
        precision = self.take()
        self.take(",")
        scale = self.take()
        self.take(")")
        if not (precision.isdigit() and scale.isdigit()):
            raise self.wrong()
        if not 1 <= int(precision) <= 38 or int(scale) > int(precision):
            raise ValueError(
                f"{self.text!r:.80} is not a type: a decimal has 1 to 38 digits, and no more of them behind the point"
            )
        return DataType("decimal", digits=(int(precision), int(scale)))

    def parts(self, kind: str, depth: int) -> list[tuple[str, DataType]]:
        self.take("<")
        found: list[tuple[str, DataType]] = []
        while not found or self.take(",", ">") == ",":
            name = self.field() if kind == "struct" else ""
            found.append((name, self.one(depth + 1)))
        if len(found) != {"array": 1, "map": 2}.get(kind, len(found)):
            raise self.wrong()
        return found

    def field(self) -> str:
        """A field's name; Spark takes it with a colon or a space before the type."""
        name = self.take()
        if not name.isidentifier():
            raise self.wrong()
        if self.tokens[:1] == [":"]:
            self.take(":")
        return name
