"""Blueprints as people break them: one seed makes one mutation of a demo, the same one on every machine."""

from __future__ import annotations

import copy
import datetime as dt
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from demo_factory.blueprint.document import read_document
from demo_factory.operations.settings import SHIPPED
from demo_factory_tests.fuzz import material
from demo_factory_tests.fuzz.texts import TEXTUAL

BASES = Path(__file__).parent / "bases"
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """A changed blueprint: of which demo, what was done to it, and its text."""

    base: str
    done: tuple[str, ...]
    text: str


@cache
def bases() -> dict[str, str]:
    """Every shipped demo and the cases beside this file, each in a state that validates."""
    found = {file.stem: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob("*.yaml"))}
    for file in sorted(BASES.glob("*.yaml")):
        found[file.stem] = file.read_text(encoding="utf-8").replace("account_group_membr(", "account_group_member(")
    return found


def mutation(seed: int) -> Mutation:
    """The mutation of a seed: mostly one change, sometimes up to four."""
    rng = random.Random(seed)
    base = rng.choice(sorted(bases()))
    text = bases()[base]
    if rng.random() < 0.15:
        name, change = rng.choice(TEXTUAL)
        return Mutation(base, (name,), change(rng, text))
    data = copy.deepcopy(read_document(text, base).data)  # YAML 1.2, in which `on` is a word
    done = []
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3, 4))):
        name, change = rng.choice(_CHANGES)
        said = change(rng, data)
        done.append(f"{name} {said}"[:200])
    return Mutation(
        base, tuple(done), yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=10_000)
    )


# -- places ----------------------------------------------------------------------------------------------------------


def _places(data: Any, where: Place = ()) -> Iterator[Place]:
    """Every place below the top, containers and leaves alike."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield (*where, key)
        yield from _places(value, (*where, key))


def _at(data: Any, place: Place) -> Any:
    for part in place:
        data = data[part]
    return data


def _put(data: Any, place: Place, value: Any) -> str:
    _at(data, place[:-1])[place[-1]] = copy.deepcopy(value)
    return f"{_said(place)} = {value!r}"


def _said(place: Place) -> str:
    return ".".join(map(str, place))


def _any(rng: random.Random, data: Any, fits: Callable[[Place, Any], bool]) -> Place | None:
    found = [place for place in _places(data) if fits(place, _at(data, place))]
    return rng.choice(found) if found else None


def _leaf(place: Place, value: Any) -> bool:
    return not isinstance(value, dict | list)


def _number(place: Place, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# -- changes of the tree: each gives what it did --------------------------------------------------------------------


def _drop(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda *_: True)
    if place is None:
        return "nothing"
    del _at(data, place[:-1])[place[-1]]
    return _said(place)


def _rename(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda place, _: isinstance(place[-1], str))
    if place is None:
        return "nothing"
    holder = _at(data, place[:-1])
    new = rng.choice((misspelt(rng, str(place[-1])), rng.choice(material.KEYS)))
    pairs = [(new if key == place[-1] else key, value) for key, value in holder.items()]
    holder.clear()
    holder.update(pairs)
    return f"{_said(place)} to {new!r}"


def _swap(rng: random.Random, data: Any) -> str:
    one, other = _any(rng, data, lambda *_: True), _any(rng, data, lambda *_: True)
    if one is None or other is None or one[: len(other)] == other or other[: len(one)] == one:
        return "nothing"
    first, second = _at(data, one), _at(data, other)
    _put(data, one, second)
    _put(data, other, first)
    return f"{_said(one)} with {_said(other)}"


def _swap_alike(rng: random.Random, data: Any) -> str:
    """The values of two fields of one name: more of these still validate."""
    one = _any(rng, data, lambda *_: True)
    other = _any(rng, data, lambda place, _: one is not None and place[-1] == one[-1] and place != one)
    if one is None or other is None or one[: len(other)] == other or other[: len(one)] == one:
        return "nothing"
    first, second = _at(data, one), _at(data, other)
    _put(data, one, second)
    _put(data, other, first)
    return f"{_said(one)} with {_said(other)}"


def _copy_over(rng: random.Random, data: Any) -> str:
    place, source = _any(rng, data, lambda *_: True), _any(rng, data, lambda *_: True)
    if place is None or source is None:
        return "nothing"
    _put(data, place, _at(data, source))
    return f"{_said(source)} to {_said(place)}"


def _retype(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda *_: True)
    if place is None:
        return "nothing"
    value = _at(data, place)
    return _put(data, place, rng.choice((str(value), [value], {"value": value}, None, True, 7, [], {}, 1.5)))


def _renumber(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, _number)
    return _put(data, place, rng.choice(material.NUMBERS)) if place else "nothing"


def _scale_number(rng: random.Random, data: Any) -> str:
    """A number as another one of its size: what people really change."""
    place = _any(rng, data, _number)
    if place is None:
        return "nothing"
    value = _at(data, place)
    return _put(data, place, type(value)(value * rng.choice((-1, 0, 0.5, 0.9, 1.1, 2, 3, 10, 1000))))


def _redate(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda _, value: isinstance(value, dt.date))
    return _put(data, place, rng.choice(material.DATES)) if place else "nothing"


def _retext(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda _, value: isinstance(value, str))
    return _put(data, place, rng.choice(material.TEXTS)) if place else "nothing"


def _respell(rng: random.Random, data: Any) -> str:
    """One word of a text misspelt: a column, table, function or group."""
    place = _any(rng, data, lambda _, value: isinstance(value, str) and re.search(r"\w{3}", value) is not None)
    if place is None:
        return "nothing"
    text = _at(data, place)
    word = rng.choice(list(re.finditer(r"\w{3,}", text)))
    return _put(data, place, text[: word.start()] + misspelt(rng, word.group()) + text[word.end() :])


def _reword(rng: random.Random, data: Any) -> str:
    """One word of a text replaced by another name of the demo."""
    place = _any(rng, data, lambda _, value: isinstance(value, str) and re.search(r"\w{3}", value) is not None)
    names = [str(key) for one in _places(data) if isinstance(key := one[-1], str)]
    if place is None:
        return "nothing"
    text = _at(data, place)
    word = rng.choice(list(re.finditer(r"\w{3,}", text)))
    return _put(data, place, text[: word.start()] + rng.choice(names) + text[word.end() :])


def _arity(rng: random.Random, data: Any) -> str:
    """An argument more or fewer in a call."""
    place = _any(rng, data, lambda _, value: isinstance(value, str) and "(" in value)
    if place is None:
        return "nothing"
    text = _at(data, place)
    at = rng.choice([found.start() for found in re.finditer(r"[()]", text)])
    return _put(data, place, text[:at] + rng.choice(("(1, ", "()", ", 1)", "((", "))", "", "(NULL, ")) + text[at + 1 :])


def _column(rng: random.Random, data: Any) -> tuple[Place, dict[str, Any]] | None:
    place = _any(rng, data, lambda place, value: len(place) == 4 and place[2] == "columns" and isinstance(value, dict))
    return (place, _at(data, place)) if place is not None and place[0] == "tables" else None


def _reformula(rng: random.Random, data: Any) -> str:
    """A column made by another formula, mostly of the kind that runs."""
    found = _column(rng, data)
    if found is None:
        return "nothing"
    place, column = found
    formula = copy.deepcopy(rng.choice(material.FORMULAS))
    kept = {key: value for key, value in column.items() if key in material.BESIDE and rng.random() < 0.6}
    return _put(data, place, {**formula, **kept})


def _reexpress(rng: random.Random, data: Any) -> str:
    """An expression over the columns that the table has."""
    found = _column(rng, data)
    if found is None:
        return "nothing"
    place, _ = found
    columns = [str(name) for name in _at(data, place[:-1]) if name != place[-1]]
    parents = [
        f"{one['ref'] if isinstance(one['ref'], str) else one['ref'].get('table')}"
        for one in _at(data, place[:-1]).values()
        if isinstance(one, dict) and isinstance(one.get("ref"), str | dict)
    ]
    names = columns + [
        f"{parent}.{name}" for parent in parents if parent in data["tables"]
        for name in _at(data, ("tables", parent)).get("columns", {})
    ]  # fmt: skip
    if not names:
        return "nothing"
    text = rng.choice(material.EXPRESSIONS).format(a=rng.choice(names), b=rng.choice(names))
    column: dict[str, Any] = {"expr": text}
    if rng.random() < 0.5:
        column["type"] = rng.choice(material.TYPES)
    return _put(data, place, column)


def _settype(rng: random.Random, data: Any) -> str:
    found = _column(rng, data)
    return _put(data, (*found[0], "type"), rng.choice(material.TYPES)) if found else "nothing"


def _setbeside(rng: random.Random, data: Any) -> str:
    """A key beside a column's formula: nulls, check, correlate, hidden, classification."""
    found = _column(rng, data)
    if found is None:
        return "nothing"
    key = rng.choice(sorted(material.BESIDE_VALUES))
    return _put(data, (*found[0], key), rng.choice(material.BESIDE_VALUES[key]))


def _reref(rng: random.Random, data: Any) -> str:
    found = _column(rng, data)
    if found is None:
        return "nothing"
    tables = [*data["tables"], "nosuch", ""]
    ref = rng.choice(tables)
    return _put(data, (*found[0], "ref"), ref if rng.random() < 0.5 else {"table": ref, **rng.choice(material.PICKS)})


def _retable(rng: random.Random, data: Any) -> str:
    """A part of a table: its arrival, layout, contract, people, rows."""
    if not isinstance(data.get("tables"), dict) or not data["tables"]:
        return "nothing"
    table = rng.choice(sorted(map(str, data["tables"])))
    key = rng.choice(sorted(material.TABLE_VALUES))
    if not isinstance(data["tables"].get(table), dict):
        return "nothing"
    return _put(data, ("tables", table, key), rng.choice(material.TABLE_VALUES[key]))


def _requery(rng: random.Random, data: Any) -> str:
    views = data.get("views")
    if not isinstance(views, dict) or not views:
        return "nothing"
    tables = {
        str(name): list(one["columns"])
        for name, one in data["tables"].items()
        if isinstance(one, dict) and isinstance(one.get("columns"), dict) and one["columns"]
    }
    if not tables:
        return "nothing"
    table = rng.choice(sorted(tables))
    a, b = rng.choice(tables[table]), rng.choice(tables[table])
    text = rng.choice(material.QUERIES).format(t=table, u=rng.choice(sorted(tables)), a=a, b=b)
    return _put(data, ("views", rng.choice(sorted(map(str, views)))), {"sql": text})


def _regovern(rng: random.Random, data: Any) -> str:
    """A part of the governance: groups, grants, masks and filters with names that may not exist."""
    key = rng.choice(sorted(material.GOVERNANCE_VALUES))
    value = copy.deepcopy(rng.choice(material.GOVERNANCE_VALUES[key]))
    if key == "row_filters" and isinstance(data.get("tables"), dict) and data["tables"]:
        table = rng.choice(sorted(map(str, data["tables"])))
        columns = list((data["tables"].get(table) or {}).get("columns") or ["x"])
        value = {table: {"keep": str(value).format(a=rng.choice(columns), b=rng.choice(columns))}}
    if not isinstance(data.get("governance"), dict):
        data["governance"] = {}
    return _put(data, ("governance", key), value)


def _duplicate(rng: random.Random, data: Any) -> str:
    """A part said twice under another name."""
    place = _any(rng, data, lambda place, _: isinstance(place[-1], str))
    if place is None:
        return "nothing"
    holder = _at(data, place[:-1])
    new = rng.choice((f"{place[-1]}_2", str(place[-1]).upper(), f"{place[-1]} "))
    holder[new] = copy.deepcopy(holder[place[-1]])
    return f"{_said(place)} as {new!r}"


def _append(rng: random.Random, data: Any) -> str:
    """A list twice as long, or one more entry in a mapping."""
    place = _any(rng, data, lambda _, value: isinstance(value, dict | list))
    if place is None:
        return "nothing"
    value = _at(data, place)
    if isinstance(value, list):
        value.extend(copy.deepcopy(value) or [1])
        return f"{_said(place)} doubled"
    value[rng.choice(material.KEYS)] = rng.choice(material.TEXTS)
    return f"{_said(place)} with one key more"


def _nest(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda *_: True)
    if place is None:
        return "nothing"
    value, deep = _at(data, place), rng.choice((2, 18, 25, 60))
    for _ in range(deep):
        value = rng.choice(([value], {"a": value}))
    _put(data, place, 1)
    _at(data, place[:-1])[place[-1]] = value
    return f"{_said(place)} in {deep} lists"


def _long(rng: random.Random, data: Any) -> str:
    place = _any(rng, data, lambda _, value: isinstance(value, str))
    if place is None:
        return "nothing"
    _put(data, place, rng.choice(material.LONG)(_at(data, place)))
    return _said(place)


def misspelt(rng: random.Random, word: str) -> str:
    """A word with one letter lost, doubled, swapped or in another case."""
    if len(word) < 2:
        return word + "x"
    at = rng.randrange(len(word) - 1)
    return rng.choice((
        word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :], word.upper(), word + "s",
    ))  # fmt: skip


_ALL: tuple[Callable[[random.Random, Any], str], ...] = (
    _drop, _rename, _swap, _swap_alike, _copy_over, _retype, _renumber, _scale_number, _scale_number, _redate,
    _retext, _respell, _reword, _arity, _reformula, _reformula, _reexpress, _reexpress, _settype, _setbeside,
    _setbeside, _reref, _retable, _requery, _regovern, _duplicate, _append, _nest, _long,
)  # fmt: skip
_CHANGES = [(one.__name__.strip("_"), one) for one in _ALL]
