"""The prompt of `sql`: one Spark for as many statements as one likes, with a history and names that complete."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from demo_factory.cli import output
from demo_factory.cli.exits import explain_exception
from demo_factory.cli.suggest import suggestions
from demo_factory.sql.statements import is_ended, statements_of

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyPressEvent

    from demo_factory.workspace.ports import Answers, Described

_HELP = """\
End a statement with ; and it is answered, on as many lines as you like. Tab completes names.
\\d        tables and views
\\d NAME   the columns of one, with types and comments
\\q        leave (or Ctrl-D); Ctrl-C drops a line, or cancels the statement that runs"""
_LEAVE = ("\\q", "exit", "quit")
_WORD = re.compile(r"\\?\w+|\\")
_T = TypeVar("_T")
_WAIT = 5.0  # seconds that a statement has to end in after Ctrl-C, before the prompt goes on without it


def converse(answers: Answers, run: Callable[[str], None], where: str, history: Path) -> None:
    """Ask for statements until somebody leaves; an error ends the statement, not the prompt.

    Args:
        run: checks one statement, runs it and prints its rows.
        where: what the prompt stands in, in words.
        history: the file that keeps what was typed, for its owner alone.
    """
    known: Future[Mapping[str, Sequence[str]]] = Future()
    _in_background(lambda: _names(answers), known)
    history.touch(mode=0o600)
    history.chmod(0o600)
    session = _session(history, lambda: _so_far(known, answers))
    output.line(f"{where}. \\? says what can be typed; \\q leaves.")
    while True:
        try:
            text = session.prompt(f"{answers.place.demo}> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.rstrip("; ") in _LEAVE:
            return
        _answered(answers, text, run)


def _so_far(known: Future[Mapping[str, Sequence[str]]], answers: Answers) -> Mapping[str, Sequence[str]]:
    """The names without their columns until those are known; what went wrong with them, the first statement says."""
    if known.done() and known.exception() is None:
        return known.result()
    return dict.fromkeys(answers.place.kinds, ())


def _answered(answers: Answers, text: str, run: Callable[[str], None]) -> None:
    """What one input asks for, in a thread, so that Ctrl-C reaches this one."""
    done: Future[None] = Future()
    try:  # Ctrl-C may come as soon as the thread is there, before this one has heard so
        _in_background(lambda: _command(answers, text) if text.startswith("\\") else _all(text, run), done)
        error = done.exception()
    except KeyboardInterrupt:
        answers.cancel()
        output.trouble("Cancelled.")
        with suppress(TimeoutError):
            done.exception(_WAIT)
        return
    if error is not None:
        for line in explain_exception(error)[0]:
            output.trouble(line)


def _all(text: str, run: Callable[[str], None]) -> None:
    for statement in statements_of(text):
        run(statement.text)


def _command(answers: Answers, text: str) -> None:
    word, _, name = text.rstrip("; ").partition(" ")
    if word == "\\d" and not name:
        _list("kind", answers.objects())
    elif word == "\\d":
        for columns in answers.columns(name.strip()).values():
            _list("type", columns)
    elif word in ("\\?", "\\h", "\\help"):
        output.line(_HELP)
    else:
        output.trouble(f"{word} is no command of this prompt; \\? lists those that are.")


def _list(heading: str, found: Sequence[Described]) -> None:
    table = output.table({"name": "left", heading: "left", "comment": "left"})
    for one in found:
        table.add_row(one.name, one.type, one.comment)
    output.show(table)
    output.line(output.counted(len(found), "object" if heading == "kind" else "column"))


def _names(answers: Answers) -> Mapping[str, Sequence[str]]:
    """What completes; asking for it starts Spark while somebody types the first statement."""
    return {name: [one.name for one in columns] for name, columns in answers.columns().items()}


def _in_background(work: Callable[[], _T], future: Future[_T]) -> None:
    """A thread that nobody waits for when the process ends."""

    def do() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asks for the result
            future.set_exception(error)

    threading.Thread(target=do, daemon=True).start()


def _session(history: Path, columns: Callable[[], Mapping[str, Sequence[str]]]) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.history import FileHistory
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.sql import SqlLexer

    def enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text.strip()
        if not text or text.startswith("\\") or text in _LEAVE or is_ended(text):
            buffer.validate_and_handle()
        else:
            buffer.newline()

    def words() -> list[str]:
        document = session.default_buffer.document
        return suggestions(document.text_before_cursor, document.text, columns())

    bindings = KeyBindings()
    bindings.add("enter")(enter)
    session: PromptSession[str] = PromptSession(
        multiline=True,
        prompt_continuation=lambda width, line, wrapped: "... ".rjust(width),
        key_bindings=bindings,
        history=FileHistory(history),
        completer=WordCompleter(words, ignore_case=True, pattern=_WORD),
        complete_while_typing=False,
        lexer=PygmentsLexer(SqlLexer),
    )
    return session
