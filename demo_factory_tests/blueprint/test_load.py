"""Loading: the retail demo, round trips, lines for later problems, and nothing but BlueprintError for any input."""

from __future__ import annotations

import copy
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import demo_factory
from demo_factory.blueprint.document import read_document
from demo_factory.blueprint.errors import MOST_SHOWN, BlueprintError, Problem
from demo_factory.blueprint.load import load, load_with_lines, loads, loads_with_lines
from demo_factory.blueprint.model import Blueprint
from demo_factory_tests.blueprint.small import SMALL, changed, complaints

RETAIL = Path(demo_factory.__file__).parent / "demos" / "retail.yaml"
RETAIL_DATA = read_document(RETAIL.read_bytes(), "retail.yaml").data
SMALL_DATA = read_document(SMALL, "small.yaml").data
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def test_retail_is_right_and_fast():
    load(RETAIL)
    start = time.process_time()
    blueprint = load(RETAIL)
    assert time.process_time() - start < 0.3
    assert blueprint.tables["transactions"].key == "transaction_id"


@pytest.mark.parametrize("source", [RETAIL.read_text(encoding="utf-8"), SMALL], ids=["retail", "small"])
def test_written_back_it_reads_the_same(source):
    blueprint = loads(source)
    for kept in ({"exclude_none": True}, {"exclude_defaults": True}):
        text = yaml.dump(blueprint.model_dump(by_alias=True, **kept), Dumper=DUMPER, sort_keys=False)
        assert loads(text) == blueprint
    assert Blueprint.model_validate(blueprint.model_dump()) == blueprint


def test_lines_are_given_to_problems_that_others_find():
    _, lines = loads_with_lines(SMALL, "b.yaml")
    assert lines.locate(("tables", "orders", "columns", "day", "expr")) == (28, 13)
    assert lines.locate(("tables", "orders", "columns", "customer_id", "ref", "table")) == (26, 21)
    assert lines.locate(("views", "by_segment", "sql", "no such part")) == (33, 16)
    error = lines.error(
        [Problem(("optimize", "orders"), "late"), Problem(("views", "by_segment", "sql"), "early.", "Do it.")]
    )
    assert str(error) == "b.yaml:33: views.by_segment.sql: early. Do it.\nb.yaml:37: optimize.orders: late"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_load_names_the_file_it_read(tmp_path):
    file = tmp_path / "shop.yaml"
    file.write_text(changed(("seed: 7", "seed: -7")), encoding="utf-8")
    with pytest.raises(BlueprintError) as caught:
        load(file)
    assert str(caught.value) == f"{file}:3: seed: must be at least 0, not -7"
    file.write_text(SMALL, encoding="utf-8")
    assert load_with_lines(str(file))[1].file == str(file)


def test_a_flood_of_problems_is_cut():
    with pytest.raises(BlueprintError) as caught:
        loads("".join(f"k{i}: 1\n" for i in range(5_000)))
    assert len(str(caught.value).splitlines()) == MOST_SHOWN + 1
    assert "4,502 more problems are not listed" in str(caught.value)
    assert str(caught.value).endswith("and 451 more problems")


def test_long_chains_are_no_trouble():
    tables = "".join(
        f"  t{i}: {{rows: 1, columns: {{k: {{key: integer}}, r: {{ref: t{i + 1}}}}}}}\n" for i in range(1_500)
    )
    assert complaints(f"demo: x\ntables:\n{tables}  t1500: {{rows: 1, columns: {{k: {{key: integer}}}}}}\n") == []
    (circle,) = complaints(f"demo: x\ntables:\n{tables.replace('ref: t1500', 'ref: t1498')}")
    assert "references go in a circle: t1498 -> t1499 -> t1498" in circle


def _only_blueprint_error(content: str | bytes) -> None:
    said = "\n".join(complaints(content))
    assert "Input should" not in said
    assert "pydantic" not in said


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in items for place in ((*path, key), *_places(value, (*path, key)))]


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates(),
    st.sampled_from(["customers", "1 day", "{x}", "a.b", "select", [], {}, [[]], {"by": "x"}, {"cases": {}}, {1: 2}]),
)  # fmt: skip


@st.composite
def _mutated(draw: st.DrawFn, data: Any) -> str:
    """The document with one to four of its nodes deleted, renamed, retyped or swapped."""
    data = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 4))):
        places = _places(data)
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        node = data
        for part in path:
            node = node[part]
        match draw(st.sampled_from(["delete", "rename", "retype", "swap"])):
            case "delete":
                del node[last]
            case "rename" if isinstance(node, dict):
                node[draw(st.one_of(st.text(max_size=8), st.integers(), st.just(f"{last}s")))] = node.pop(last)
            case "swap":
                other = draw(st.sampled_from(places))
                value = data
                for part in other:
                    value = value[part] if isinstance(value, dict) and part in value else value
                node[last] = copy.deepcopy(value)
            case _:
                node[last] = draw(_LEAVES)
    return yaml.dump(data, Dumper=DUMPER, allow_unicode=True, sort_keys=False)


RELAXED = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@settings(RELAXED)
@given(_mutated(SMALL_DATA))
def test_a_mutated_blueprint_is_a_blueprint_or_an_error(text):
    _only_blueprint_error(text)


@settings(RELAXED, max_examples=max(1, settings().max_examples // 8))
@given(_mutated(RETAIL_DATA))
def test_a_mutated_retail_demo_is_a_blueprint_or_an_error(text):
    _only_blueprint_error(text)


@settings(RELAXED)
@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"a: \xef\xbb\xbf1\n")
@example(b"a: \xc2\x85b\n")
@example(b"{[a, b]: 1}")
@example(b"- - ? &a")
@example(b"a: {<<: *a}")
def test_random_bytes_are_an_error(content):
    with pytest.raises(BlueprintError):
        loads(content)


@settings(RELAXED)
@given(st.integers(0, len(SMALL)), st.integers(0, 5), st.text(alphabet="{}[]:,-#&*!|>'\"%@`\t\n ?~0", max_size=4))
def test_typing_errors_in_the_text_are_a_blueprint_or_an_error(at, removed, typed):
    _only_blueprint_error(SMALL[:at] + typed + SMALL[at + removed :])
