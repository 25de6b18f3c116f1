"""Templates: {column} stands for a cell, {{ and }} for braces, and what is meant otherwise is advised as it works."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.blueprint.placeholders import pieces, with_braces
from demo_factory_tests.blueprint.small import changed, complaints

TEXTS = st.lists(st.sampled_from(["{", "}", "a", " ", '"', "{a}", "b.c", ":"]), max_size=12).map("".join)


@given(TEXTS)
def test_any_text_with_its_braces_doubled_is_itself(text):
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert "".join(piece.text for piece in pieces(doubled)) == text
    assert all(piece.kind == "text" for piece in pieces(doubled))


@given(TEXTS)
def test_the_advice_has_no_open_brace_and_changes_no_placeholder(text):
    found = pieces(with_braces(text))
    names = [piece.text for piece in found if piece.kind == "reference"]
    written = [piece.text for piece in pieces(text) if piece.kind == "reference"]
    assert names == [name for name in written if re.fullmatch(r"([a-z]+\.)?[a-z]+", name)]
    assert all(piece.kind != "brace" for piece in found)


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ('{{"id": {id}}}', ['{"id": ', "<id>", "}"]),
        ("{{{id}}}", ["{", "<id>", "}"]),
        ("{a}{b.c}", ["<a>", "<b.c>"]),
        ("{{id}}", ["{id}"]),
        ("}}{{", ["}{"]),
        ("", []),
    ],
)
def test_what_a_template_means(text, means):
    assert [f"<{one.text}>" if one.kind == "reference" else one.text for one in pieces(text)] == means


@pytest.mark.parametrize("text", ['{"id": {day}}', "{", "a } b", "{no name}", '{"a": [1]} {day}', "{{day}"])
def test_the_advice_for_a_brace_works_when_it_is_followed(text):
    was = "code: {template: '{day} {customers.segment}', check: {pattern: '^2'}}"
    (line,) = complaints(changed((was, f"code: {{template: '{text}'}}")))
    advised = re.search(r"write it twice: '(.*)'$", line)[1]
    assert complaints(changed((was, f"code: {{template: '{advised}'}}"))) == []
