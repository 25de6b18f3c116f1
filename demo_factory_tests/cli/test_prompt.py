"""The prompt of `sql` in a real terminal, and the pieces that it is made of."""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo_factory.cli.prompt import _answered
from demo_factory.cli.suggest import suggestions
from demo_factory.sql.statements import Statement, is_ended, statements_of
from demo_factory.sql.text import ExpressionError
from demo_factory_tests.cli.terminal import Terminal

COLUMNS = {"customers": ["customer_id", "segment"], "orders": ["order_id", "paid"]}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    return tmp_path / "history"


@pytest.fixture
def terminal(history: Path) -> Iterator[Terminal]:
    words = [sys.executable, "-m", "demo_factory_tests.cli.prompt_double", str(history)]
    with Terminal(words, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}) as made:
        made.until("shop>")
        yield made


@pytest.mark.e2e
def test_a_prompt_is_what_people_expect_of_one(terminal: Terminal, history: Path) -> None:
    terminal.type("SELECT 1;\r")
    terminal.until("answer to 'SELECT 1'")
    terminal.until("shop>")
    terminal.type("SELECT ';'\rAS x; SELECT 2;\r")  # on two lines, and two at once
    terminal.until("answer to \"SELECT ';'\\nAS x\"")
    terminal.until("answer to 'SELECT 2'")
    terminal.until("shop>")
    terminal.type("SELECT WRONG;\r")
    terminal.until("It is wrong. Write it right.")
    terminal.until("shop>")
    terminal.type("\\d\r")
    assert "all customers" in terminal.until("2 objects")
    terminal.type("\\d orders;\r")
    assert "decimal(10,2)  in euros" in terminal.until("2 columns")
    terminal.type("\\x\r")
    terminal.until("\\x is no command of this prompt")
    terminal.until("shop>")
    terminal.type("SELECT SLOW;\r")
    terminal.until("it runs")
    terminal.type("\x03")
    terminal.until("Cancelled.")
    terminal.until("shop>")
    terminal.type("SELECT half a stat\x03SELECT seg\t")  # Ctrl-C drops a line, Tab completes
    terminal.until("SELECT segment")
    terminal.type(" FROM cust\t")
    terminal.until("customers")
    terminal.type(";\r")
    terminal.until("answer to 'SELECT segment FROM customers'")
    terminal.until("shop>")
    terminal.type("\x04")
    assert terminal.left() == 0
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    kept = history.read_text()
    assert "+SELECT 1;" in kept
    assert "half a stat" not in kept


@pytest.mark.e2e
def test_the_history_comes_back_and_is_closed_to_others(history: Path) -> None:
    history.write_text("\n# 2026-01-01\n+SELECT 'of yesterday';\n")
    history.chmod(0o644)
    words = [sys.executable, "-m", "demo_factory_tests.cli.prompt_double", str(history)]
    with Terminal(words, {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}) as terminal:
        terminal.until("shop>")
        terminal.type("\x1b[A\r")  # the arrow up
        terminal.until("answer to \"SELECT 'of yesterday'\"")
        terminal.until("shop>")
        terminal.type("\\q\r")
        assert terminal.left() == 0
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("", []),
        (" ;; -- nothing; at all\n", []),
        ("SELECT 1; -- one; two\n\n/* no; */ SELECT ';' ;\n", [("SELECT 1", 1), ("SELECT ';'", 3)]),
        ("SELECT `a;b`, r'\\'; DESCRIBE x", [("SELECT `a;b`, r'\\'", 1), ("DESCRIBE x", 1)]),
        ("-- about\nSELECT /*+ BROADCAST(a) */ 1;", [("SELECT /*+ BROADCAST(a) */ 1", 2)]),
    ],
)
def test_a_text_falls_apart_at_its_semicolons_alone(text, statements):
    assert statements_of(text) == [Statement(*one) for one in statements]


def test_what_is_not_closed_is_no_statement_and_has_not_ended():
    with pytest.raises(ExpressionError):
        statements_of("SELECT 'a; SELECT 2;")
    assert not is_ended("SELECT 'a;")
    assert not is_ended("SELECT 1 -- ;")
    assert is_ended("SELECT 1; -- that is all")


@pytest.mark.parametrize(
    ("text", "first", "without"),
    [
        ("SELECT | FROM orders", ["order_id", "paid"], "segment"),
        ("SELECT | ", ["customer_id", "segment", "order_id", "paid", "customers", "orders", "SELECT"], "\\d"),
        ("SELECT * FROM |", ["customers", "orders"], "segment"),
        ("SELECT * FROM customers, |", ["customers", "orders"], "segment"),
        ("SELECT * FROM customers JOIN o|", ["customers", "orders"], "SELECT"),
        ("\\d o|", ["customers", "orders"], "SELECT"),
        ("\\|", ["\\d", "\\q", "\\?"], "SELECT"),
        ("SELECT customers.|", ["customer_id", "segment"], "paid"),
        ("SELECT c.s| FROM orders o JOIN customers AS c", ["customer_id", "segment"], "paid"),
        ("SELECT o.| FROM orders o", ["order_id", "paid"], "segment"),
        ("SELECT x.| FROM orders o", [], "paid"),
    ],
)
def test_what_completes_fits_its_place(text, first, without):
    found = suggestions(text.partition("|")[0], text.replace("|", ""), COLUMNS)
    assert found[: len(first)] == first
    assert without not in found


def test_ctrl_c_while_a_statement_is_being_started_cancels_it(monkeypatch, capsys):
    start, cancelled = threading.Thread.start, []

    def start_and_be_interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", start_and_be_interrupted)
    _answered(SimpleNamespace(cancel=lambda: cancelled.append(True)), "SELECT 1", lambda text: None)
    assert (cancelled, capsys.readouterr().err) == ([True], "Cancelled.\n")
