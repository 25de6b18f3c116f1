"""The application: global options, the commands by what they are for, and how every error ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import cache
from inspect import getdoc
from pathlib import Path
from typing import Annotated

import typer

from demo_factory.cli import output
from demo_factory.cli.commands import (
    access,
    blueprints,
    build,
    bundle,
    check,
    destroy,
    doctor,
    explain,
    plan,
    predict,
    secrets,
    sql,
    status,
    targets,
    ui,
)
from demo_factory.cli.help import Command, Group, flowing
from demo_factory.cli.state import CliState

_EXITS = (
    "Exit codes: 0 ok · 1 the demo or its data is wrong · 2 wrong usage · "
    "3 the machine or workspace lacks something (Java, port, disk, lock, login) · 130 interrupted"
)
_START = (
    "One YAML file becomes a complete demo lakehouse on your machine: tables, views, models, checks.\n\n"
    "Start with: demo-factory build retail"
)
# option -> whether a value follows
_FLAGS = {
    "--debug": False,
    "--quiet": False,
    "-q": False,
    "--home": True,
    "--targets": True,
    "--env": True,
    "--user": True,
    "--ledger-of": True,
}

app = typer.Typer(
    name="demo-factory",
    cls=Group,
    help=_START,
    epilog=_EXITS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"demo-factory {version('demo-factory')}")
        raise typer.Exit


@app.callback()
def _globals(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="FOLDER", help="State folder. Default: $DEMO_FACTORY_HOME or .demo_factory."),
    ] = None,
    targets_file: Annotated[
        Path | None,
        typer.Option("--targets", metavar="FILE", help="Workspaces. Default: $DEMO_FACTORY_TARGETS or targets.yaml."),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option("--env", metavar="NAME", help="Fills {env} in names. Default: $DEMO_FACTORY_ENV or the target's."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user", metavar="NAME", help="Fills {user} in names. Default: $DEMO_FACTORY_USER or your login."
        ),
    ] = None,
    ledger_of: Annotated[
        str | None,
        typer.Option("--ledger-of", metavar="WHO", help="Who {me} is in a target's folder. Default: who is logged in."),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", metavar="", help="Show the traceback of an error.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", metavar="", help="Only results and errors, no progress.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", metavar="", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = CliState(home, debug, quiet, targets_file, env, user, ledger_of)


for _module in (
    blueprints, plan, build, check, status, sql, access, explain, predict, doctor, bundle, secrets, destroy, targets,
    ui,
):  # fmt: skip
    _module.register(app)
for _command in app.registered_commands:
    _command.cls = Command
    _command.help = flowing(_command.help or getdoc(_command.callback) or "")


@cache
def commands() -> Group:
    """Every command with its arguments and options, put together once."""
    made = typer.main.get_command(app)
    assert isinstance(made, Group)
    return made


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error ends in plain lines on stderr and an exit code."""
    output.never_stumble()
    _end_in_words()
    words = _globals_first(list(sys.argv[1:] if argv is None else argv))
    try:
        code = commands()(words, prog_name="demo-factory", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as stopped:
        if isinstance(stopped.__context__, BrokenPipeError):  # Typer exits by itself then, as if something were wrong
            return _reader_left()
        raise
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001 - the last line of defence is here
        return _failed(error, debug="--debug" in words)
    if code == 130:
        print("Interrupted. What was finished is kept: run the command again to go on.", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _end_in_words() -> None:
    """Being told to end (kill), or losing the terminal, ends a command as Ctrl-C does: what was finished is kept.

    What is ignored stays ignored, as under nohup.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _as_interrupt)


def _as_interrupt(*_: object) -> None:
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # in a script's background, where only Ctrl-C is ignored
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def _reader_left() -> int:
    """Whoever read our output has seen enough (`| head`); without this Python complains once more when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _failed(error: Exception, debug: bool) -> int:
    code = getattr(error, "exit_code", None)
    if isinstance(code, int) and hasattr(error, "format_message"):  # the words of the command could not be read
        return _misread(error, code)
    from demo_factory.cli.exits import explain_exception, print_traceback

    lines, code = explain_exception(error)
    if debug:
        print_traceback(error)
    for text in lines:
        print(text, file=sys.stderr)
    return code


def _misread(error: Exception, code: int) -> int:
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    if not message:  # no command at all: the help has been printed
        return code
    command = context.command_path if context is not None else "demo-factory"
    wrong = getattr(error, "option_name", None)
    if context is not None and wrong is not None and hasattr(error, "possibilities"):
        message = _no_option(context, wrong)
    print(f"{message}\nSee: {command} --help", file=sys.stderr)
    return code


def _no_option(context: typer.Context, wrong: str) -> str:
    """Click names whatever is spelled a little like it; here it is what people meant, or where the option is."""
    from demo_factory.blueprint.suggestions import nearest, one_of

    def options(command: object) -> list[str]:
        found = [name for one in getattr(command, "params", ()) for name in one.opts]
        return [*(name for name in found if name.startswith("--")), *_FLAGS]

    bare = {name.lstrip("-"): name for name in options(context.command)}
    near = nearest(wrong.lstrip("-"), bare)
    message = f"{context.command_path} has no option {wrong}."
    if near is not None:
        return f"{message} Did you mean {bare[near]}?"
    commands = getattr(context.find_root().command, "commands", {})
    having = [name for name, command in commands.items() if wrong in options(command)]
    return f"{message} {one_of(having)} {'has' if len(having) == 1 else 'have'} it." if having else message


def _globals_first(words: list[str]) -> list[str]:
    """Global options may stand anywhere, also behind the command, where people write them."""
    first: list[str] = []
    rest: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            return [*first, *rest, word, *words]
        takes_value = _FLAGS.get(word.partition("=")[0])
        if takes_value is None:
            rest.append(word)
            continue
        first.append(word)
        if takes_value and "=" not in word and words:
            first.append(words.pop(0))
    return [*first, *rest]
