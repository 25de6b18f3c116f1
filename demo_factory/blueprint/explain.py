"""Pydantic's findings as problems in plain words: one mistake is one line, however many types were tried."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from demo_factory.blueprint.document import Lines, Path
from demo_factory.blueprint.errors import Problem
from demo_factory.blueprint.names import suggest_identifier
from demo_factory.blueprint.suggestions import did_you_mean, nearest, number, one_of, show

MOST_EXPLAINED = 500  # a large file of another kind breaks a rule in every line

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "not_a_date": "a date as 2024-01-31",
    "dict_type": "a mapping (lines of `name: value`)",
    "model_type": "a mapping (lines of `name: value`)",
    "list_type": "a list, as [a, b]",
}


def explain(errors: Iterable[ErrorDetails], root: type[BaseModel], lines: Lines) -> list[Problem]:
    """Problems for the errors of one validation, grouped by the place in the file they speak of.

    Args:
        errors: what pydantic found.
        root: the model that was validated.
        lines: knows which parts of a location are written in the file and which are pydantic's own.
    """
    wrong_types: dict[Path, list[ErrorDetails]] = {}
    problems: list[Problem] = []
    errors = list(errors)
    if len(errors) > MOST_EXPLAINED:
        problems.append(Problem((), f"{len(errors) - MOST_EXPLAINED:,} more problems are not listed"))
        errors = errors[:MOST_EXPLAINED]
    misspelled = {_meant(error["loc"], root) for error in errors if error["type"] == "extra_forbidden"}
    for error in errors:
        if error["type"] == "missing" and error["loc"] in misspelled:
            continue
        if error["type"] in _EXPECTED:
            wrong_types.setdefault(lines.known(error["loc"]), []).append(error)
        else:
            problems.append(_name_taken(error, lines) or _explain_one(error, root))
    return problems + [_wrong_type(group) for group in wrong_types.values()]


def _explain_one(error: ErrorDetails, root: type[BaseModel]) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return _unknown_field(path, root)
    if error["type"] == "missing":
        return _missing(path, root)
    context, value = error.get("ctx", {}), error["input"]
    speak = _SPEAKERS.get(error["type"])
    message, remedy = speak(context, value) if speak else (error["msg"].removeprefix("Value error, "), "")
    said, arrow, extra = message.rpartition(" -> ")  # our own validators put the remedy behind an arrow
    return Problem(path, said if arrow else message, remedy or (extra if arrow else ""))


def _name_taken(error: ErrorDetails, lines: Lines) -> Problem | None:
    """For a wrong name whose right spelling is in use: `Customers` beside `customers`."""
    *path, last = error["loc"]
    if last != "[key]" or not path or not isinstance(error["input"], str):
        return None
    right = suggest_identifier(error["input"])
    if right == error["input"] or (*map(str, path[:-1]), right) not in lines.marks:
        return None
    message = f"{error['input']!r} is not a name, and {right!r} is there already"
    return Problem(tuple(path), message, "names must differ by more than case; rename one")


def _bound(words: str, name: str) -> Callable[[dict[str, Any], Any], tuple[str, str]]:
    return lambda context, value: (f"must be {words} {number(context[name])}, not {show(value)}", "")


def _literal(context: dict[str, Any], value: Any) -> tuple[str, str]:
    allowed = context["expected"].replace("'", "").replace(" or ", ", ").split(", ")
    guess = nearest(str(value), allowed)
    return f"{show(value)} is not one of {one_of(allowed)}", f"did you mean {guess!r}?" if guess else ""


_SPEAKERS: dict[str, Callable[[dict[str, Any], Any], tuple[str, str]]] = {
    "literal_error": _literal,
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("below", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "too_short": lambda context, _: (
        f"has {context['actual_length']} entries: at least {context['min_length']} are needed",
        "",
    ),
    "too_long": lambda context, _: (
        f"has {context['actual_length']} entries: at most {context['max_length']} are allowed",
        "",
    ),
    "string_too_short": lambda *_: ("is empty", "write the text"),
    "string_pattern_mismatch": lambda context, value: (f"{show(value)} does not look like {context['pattern']}", ""),
    "finite_number": lambda _, value: (f"{show(value)} is not a finite number", ""),
}


def _wrong_type(group: list[ErrorDetails]) -> Problem:
    expected = list(dict.fromkeys(_EXPECTED[error["type"]] for error in group))
    if "a number" in expected and "a whole number" in expected:
        expected.remove("a whole number")
    value = group[0]["input"]
    return Problem(group[0]["loc"], f"must be {one_of(expected)}, not {show(value)}", _retype(value, expected))


def _retype(value: Any, expected: list[str]) -> str:
    """How to write a value of the wrong type so that it is right."""
    if value is None:
        return "write a value or remove the line"
    if isinstance(value, int | float) and "text" in expected:
        return f"write '{show(value)}' in quotes"
    if isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    if isinstance(value, str) and "true or false" in expected:
        word = value.casefold()
        return "write true" if word in ("yes", "on", "y") else "write false" if word in ("no", "off", "n") else ""
    if isinstance(value, str) and any("number" in word for word in expected):
        digits = value.replace(",", "").replace("_", "").replace(" ", "")
        return f"write {digits}" if digits.isascii() and digits.replace(".", "", 1).isdigit() else ""
    return ""


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that a field's annotation can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, Annotated):
        return [model for part in get_args(annotation) for model in _models(part)]
    return []


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _step(annotation: Any, part: str | int) -> Any:
    """The annotation one step down; None where the part is pydantic's own word."""
    for model in _models(annotation):
        if part in (fields := _fields(model)):
            return fields[str(part)]
    for inner in (annotation, *get_args(annotation)):
        if get_origin(inner) is Annotated:
            inner = get_args(inner)[0]
        if get_origin(inner) in (dict, list):
            return get_args(inner)[-1]
    return None


def _model_at(path: Path, root: type[BaseModel]) -> type[BaseModel]:
    annotation: Any = root
    for part in path:
        annotation = _step(annotation, part) or annotation
    return next(iter(_models(annotation)), root)


def _meant(path: Path, root: type[BaseModel]) -> Path:
    """The path of the field that an unknown field's name is nearest to."""
    guess = nearest(str(path[-1]), _fields(_model_at(path[:-1], root)))
    return (*path[:-1], guess) if guess else ()


def _unknown_field(path: Path, root: type[BaseModel]) -> Problem:
    name, model = str(path[-1]), _model_at(path[:-1], root)
    fields = _fields(model)
    message = f"unknown field {name!r}"
    if guess := nearest(name, fields):
        return Problem(path, message, f"did you mean {guess!r}?")
    owners = [field for field, annotation in fields.items() if any(name in _fields(m) for m in _models(annotation))]
    if owners:
        return Problem(path, message, f"it belongs under {one_of(owners)}")
    return Problem(path, message, did_you_mean(name, fields))


def _missing(path: Path, root: type[BaseModel]) -> Problem:
    name, model = str(path[-1]), _model_at(path[:-1], root)
    field = next((f for key, f in model.model_fields.items() if name in (key, f.alias)), None)
    meaning = f" ({field.description})" if field and field.description else ""
    return Problem(path, f"{name!r} is missing", f"add `{name}:`{meaning}")
