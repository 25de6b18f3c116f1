"""YAML's traps: each is named with its line and the way to write it, by both parsers."""

from __future__ import annotations

import time

import pytest
import yaml

from demo_factory.blueprint.document import FASTEST, read_document
from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import load, loads
from demo_factory.blueprint.scalars import ScalarError, read_plain
from demo_factory_tests.blueprint.small import SMALL, changed, complaints

PARSERS = [pytest.param(yaml.SafeLoader, id="python"), pytest.param(FASTEST, id="libyaml")]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    ("text", "line", "path", "words"),
    [
        ("", None, "", ["empty", "demo-factory new"]),
        ("# only a comment\n", None, "", ["empty"]),
        ("- a\n", 1, "", ["a blueprint is a mapping, not a list", "demo: NAME"]),
        ("just text", 1, "", ["a blueprint is a mapping, not 'just text'"]),
        ("a: 1\n---\nb: 2\n", 2, "", ["second document", "one demo a file"]),
        ("a: 1\nb: 2\na: 3\n", 3, "a", ["'a' stands twice, first in line 1", "keep one"]),
        ("a: {x: 1}\na: {x: 2}\n", 2, "a", ["'a' stands twice"]),
        ("a: {1: x, 1.0: y}\n", 1, "a.1.0", ["1.0 stands twice"]),
        ("a: &x 1\nb: *x\n", 2, "b", ["*x: aliases are not supported", "write the value out"]),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "a", ["!!python/object/apply:os.system", "remove the tag"]),
        ("a: !foo!bar x\n", 1, "", ["tags (!...) are not supported"]),
        ("a: !!str 1\n", 1, "a", ["!!str is not supported"]),
        ("a: .nan\n", 1, "a", [".nan is not a finite number"]),
        ("a: -.inf\n", 1, "a", ["-.inf is not a finite number"]),
        ("a: 1e999\n", 1, "a", ["too large"]),
        ("a: " + "9" * 5000, 1, "a", ["a number of 5000 characters"]),
        ("a: 01234\n", 1, "a", ["'01234' in quotes for text, or 1234 for the number"]),
        ("a:\n  b: 007\n", 2, "a.b", ["or 7 for the number"]),
        ("a:\nb: 1\n", 1, "a", ["has no value", "remove the line"]),
        ("a: null\n", 1, "a", ["null is no value here"]),
        ("a: {c: One, the first, d: 1}", 1, "a.the first", ["quote the text of 'c'", "`c: 'One, the first'`"]),
        ("a: {c: One, two, three}", 1, "a.two", ["'two, three' has no value", "`c: 'One, two, three'`"]),
        ("a: {b:1}\n", 1, "a.b:1", ["write a space after the colon: `b: 1`"]),
        ("a: {b, c}\n", 1, "a.b", ["or a list as [a, b]"]),
        ("? [a]\n: 1\n", 1, "", ["a list, mapping or alias cannot be a name"]),
        ("{? : x}\n", 1, "", ["a name is missing before the colon"]),
        ("a:\n\tb: 1\n", 2, "", ["a tab stands in the indentation", "spaces"]),
        ("a: b: c\n", 1, "", ["a colon stands where none can be", "quotes"]),
        ("a: 'x\nb: 1\n", 1, "", ["a quote is opened and never closed", "line 1"]),
        ("b: 0\na: {b: 1\nc: 2\n", 2, "", ["{ is not closed (it opens in line 2)"]),
        ("a: [1, 2\nb: 3", 1, "", ["[ is not closed (it opens in line 1)"]),
        ("a: @x\n", 1, "", ["text cannot start with '@'", "quotes"]),
        ("a: `x`\n", 1, "", ["text cannot start with '`'"]),
        ('a: "\\d"\n', 1, "", ["unknown escape", "'...' quotes"]),
        ("a:\n  b: 1\n c: 2\n", 3, "", ["indentation"]),
        ("a: 'it's' x\n", 1, "", ["quote the whole text"]),
        ("- a\nb: 1\n", 2, "", ["a list and a mapping are mixed"]),
        ("a: 1\njunk\nb: 2\n", 3, "", ["neither `name: value` nor a list item"]),
        ("a: - b\n", 1, "", ["a list item cannot start here"]),
        ("a: [a,,b]\n", 1, "", ["a value is missing between separators"]),
        ("%YAML 3.0\n---\na: 1\n", 1, "", ["%YAML"]),
        ("a: |2x\n  y\n", 1, "", ["text after | or >"]),
    ],
)
def test_a_trap_is_named_with_its_line_and_remedy(parser, text, line, path, words):
    document = read_document(text, "b.yaml", parser)
    said = [problem.render("b.yaml") for problem in document.problems]
    assert len(said) == 1, said
    assert document.problems[0].line == line
    assert document.problems[0].where == path
    for word in words:
        assert word in said[0]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000])
def test_absurd_nesting_is_refused_at_once(parser, text):
    start = time.perf_counter()
    document = read_document(text, "b.yaml", parser)
    assert time.perf_counter() - start < 5
    assert "nested" in document.problems[-1].message


def test_an_alias_bomb_grows_nothing():
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True))
    assert all(
        "aliases are not supported" in line or "unknown field" in line or "missing" in line for line in complaints(bomb)
    )
    assert sum("aliases" in line for line in complaints(bomb)) == 14


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"demo: caf\xe9\n", "byte 9 (0xe9, line 1) is not UTF-8: save the file as UTF-8"),
        (b"a: 1\nb: \xff\n", "byte 8 (0xff, line 2)"),
        ("demo: x".encode("utf-16"), "byte 0 (0xff, line 1)"),
        (b"demo: x\n\nt: \x00\n", "line 3 holds the control character U+0000"),
        ("demo: \ud800", "U+D800"),
        (b"a" * 1_000_001, "at most 1,000,000 bytes"),
    ],
)
def test_content_that_is_no_text(content, words):
    (line,) = complaints(content)
    assert words in line


def test_a_byte_order_mark_and_windows_line_ends_are_fine():
    assert loads(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()) == loads(SMALL)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("true", True), ("False", False), ("~", None),
        ("11:30", "11:30"), ("1e3", 1000.0), ("10_000", 10000), ("-3", -3), (".5", 0.5), ("1.", 1.0), ("0", 0),
        ("0.5", 0.5), ("0x1F", "0x1F"), ("2024-01-31", "2024-01-31"), ("1_", "1_"), ("+", "+"), (".", "."),
        ("1.2.3", "1.2.3"), ("nan", "nan"), ("١", "١"),
    ],
)  # fmt: skip
def test_plain_words_are_read_as_yaml_1_2_does(text, value):
    assert read_plain(text) == value
    assert type(read_plain(text)) is type(value)


@pytest.mark.parametrize("text", ["1" * 41, "00", "-01", "1e400", ".NaN"])
def test_numbers_that_mislead_are_refused(text):
    with pytest.raises(ScalarError):
        read_plain(text)


def test_country_no_is_a_country():
    (line,) = complaints(changed(("people: {US: 0.5, DE: 0.5}", "people: {US: 0.5, NO: 0.5}")))
    assert line == (
        "b.yaml:9: tables.customers.people.NO: no names and addresses for country 'NO'; use DE, FR, GB or US"
    )


def test_both_parsers_read_the_same():
    python, fast = (read_document(SMALL, "b.yaml", parser) for parser in (yaml.SafeLoader, FASTEST))
    assert python.data == fast.data
    assert python.lines == fast.lines


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(BlueprintError, match=r"none\.yaml: cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(BlueprintError, match="cannot be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(BlueprintError, match="cannot be read"):
        load("a\x00b")
    large = tmp_path / "large.yaml"
    large.write_text("x" * 1_000_001)
    with pytest.raises(BlueprintError, match="1,000,001 bytes"):
        load(large)
