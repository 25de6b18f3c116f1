"""The shape of a request, read off the real SDK: what a method can send is what the double takes."""

from __future__ import annotations

import dataclasses
import enum
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from .errors import wrong_shape

Rename = Callable[[str], str]
Fields = Mapping[str, tuple[Any, bool]]  # name on the wire -> (type, required)


def same(name: str) -> str:
    """Most APIs: names on the wire are the SDK's names."""
    return name


def scim(name: str) -> str:
    """SCIM: camelCase, and three names of its own."""
    if name in ("ref", "operations"):
        return {"ref": "$ref", "operations": "Operations"}[name]
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


@functools.cache
def fields_of(method: Callable[..., object], rename: Rename = same) -> Fields:
    """What an SDK method can send: its own parameters."""
    hints = typing.get_type_hints(method)
    found = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if name != "self" and hints[name] is not typing.BinaryIO:  # a stream is the body itself
            found[rename(name)] = (hints[name], parameter.default is inspect.Parameter.empty)
    return found


@functools.cache
def _fields_of_class(cls: type, rename: Rename) -> Fields:
    hints = typing.get_type_hints(cls)
    return {
        rename(field.name): (
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(cls)
    }


def check_object(value: object, fields: Fields, where: str, rename: Rename = same) -> None:
    """Refuse unknown and missing fields and values of a wrong type, down to the leaves."""
    if not isinstance(value, dict):
        raise wrong_shape(f"{where}: expected an object, got {type(value).__name__}")
    for name, item in value.items():
        if name not in fields:
            raise wrong_shape(f"{where}: unknown field {name!r}; known: {', '.join(sorted(fields))}")
        check_value(item, fields[name][0], f"{where}.{name}", rename)
    for name, (_, required) in fields.items():
        if required and name not in value:
            raise wrong_shape(f"{where}: required field {name!r} is missing")


def check_value(value: object, kind: Any, where: str, rename: Rename = same) -> None:
    """Refuse a value that is not of the SDK's type."""
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (kind,) = (arg for arg in args if arg is not type(None))
        check_value(value, kind, where, rename)
    elif origin is list:
        if not isinstance(value, list):
            raise wrong_shape(f"{where}: expected a list, got {type(value).__name__}")
        for place, item in enumerate(value):
            check_value(item, args[0], f"{where}[{place}]", rename)
    elif origin is dict:
        if not isinstance(value, dict):
            raise wrong_shape(f"{where}: expected an object, got {type(value).__name__}")
        for name, item in value.items():
            check_value(item, args[1], f"{where}.{name}", rename)
    elif kind is Any or kind is any:
        return
    elif isinstance(kind, type) and issubclass(kind, enum.Enum):
        allowed = [member.value for member in kind]
        if value not in allowed:
            raise wrong_shape(f"{where}: {value!r} is not one of {', '.join(allowed)}")
    elif dataclasses.is_dataclass(kind):
        check_object(value, _fields_of_class(typing.cast(type, kind), rename), where, rename)
    elif kind is int and isinstance(value, str) and value.lstrip("-").isdigit():
        return  # 64-bit numbers may come as strings
    elif type(value) is not kind and not (kind is float and type(value) is int):
        raise wrong_shape(f"{where}: expected {kind.__name__}, got {value!r}")


def from_query(text: str, kind: Any, where: str) -> object:
    """The value of a query parameter in the SDK's type."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        (kind,) = (arg for arg in typing.get_args(kind) if arg is not type(None))
    if kind is bool:
        if text not in ("true", "false"):
            raise wrong_shape(f"{where}: expected true or false, got {text!r}")
        return text == "true"
    if kind is int:
        if not text.lstrip("-").isdigit():
            raise wrong_shape(f"{where}: expected a number, got {text!r}")
        return int(text)
    check_value(text, kind, where)
    return text
