"""Rows as people and programs read them: numbers right, NULL shown, nothing lost in CSV and JSON."""

import datetime as dt
import io
import json
from decimal import Decimal

import pytest

from demo_factory.cli.results import exact, print_csv, print_json, print_table, shown

pytestmark = pytest.mark.e2e
NAMES = ["name", "amount", "share"]
KINDS = ["string", "decimal(10,2)", "double"]
ROWS = [("Ann", Decimal("1200.50"), 0.30000000000000004), (None, Decimal("3.00"), None)]


def test_a_table_aligns_numbers_to_the_right_and_shows_null(capsys):
    assert print_table(NAMES, KINDS, ROWS) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["name   amount  share", "Ann   1200.50    0.3", "NULL     3.00   NULL"]


def test_a_narrow_table_folds_text_and_keeps_numbers_whole(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    print_table(["body", "amount"], ["string", "int"], [("a rather long text " * 3, 123456)])
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 30 for line in lines)
    assert len(lines) > 3
    assert any("123456" in line for line in lines)


def test_markup_in_a_value_is_only_text(capsys):
    print_table(["x"], ["string"], [("[red]plain[/red]",)])
    assert "[red]plain[/red]" in capsys.readouterr().out


def test_csv_keeps_digits_and_leaves_null_empty():
    out = io.StringIO()
    print_csv(NAMES, ROWS, out)
    assert out.getvalue() == "name,amount,share\nAnn,1200.50,0.30000000000000004\n,3.00,\n"


def test_json_is_one_array_also_of_nothing():
    out, empty = io.StringIO(), io.StringIO()
    print_json(NAMES, ROWS, out)
    print_json(NAMES, [], empty)
    assert json.loads(out.getvalue())[0] == {"name": "Ann", "amount": "1200.50", "share": 0.30000000000000004}
    assert json.loads(empty.getvalue()) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (dt.datetime(2026, 1, 2, 3, 4, 5), "2026-01-02 03:04:05"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (Decimal("1E+3"), "1000"),
        (b"\x00\xff", "00ff"),
        ([1, None, "x"], '[1, null, "x"]'),
        ({"a": dt.date(2026, 1, 2)}, '{"a": "2026-01-02"}'),
    ],
)
def test_every_kind_of_value_has_a_text(value, text):
    assert exact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1234567.891"),
        (1e-9, "1e-09"),
        (float("nan"), "nan"),
        (2.0, "2"),
        (0.0, "0.0"),
    ],
)
def test_a_float_for_people_has_at_most_six_decimals(value, text):
    assert shown(value) == text


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_json_loses_no_letter_whatever_the_stream_can_show(encoding):
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding)
    print_json(["x"], [("caf\u00e9 \U0001f600",)], out)
    out.flush()
    assert json.loads(raw.getvalue().decode(encoding)) == [{"x": "caf\u00e9 \U0001f600"}]
