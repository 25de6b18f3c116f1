"""What the machine can lack, and what no command may do: exit code 3 in plain words, tracebacks only on demand."""

import errno
import os
import pickle
import re
import socket
import subprocess
import sys
from typing import get_args

import pytest

from demo_factory.blueprint.errors import (
    BlueprintError,
    Category,
    ContractBroken,
    DemoError,
    MachineTrouble,
    NotReady,
    WrongUsage,
)
from demo_factory.cli import main
from demo_factory.cli.app import _globals_first
from demo_factory.cli.commands import ui as web
from demo_factory.cli.exits import CODES, MACHINE, USAGE, WRONG, explain_exception

pytestmark = pytest.mark.e2e


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.delenv("DEMO_FACTORY_HOME", raising=False)


def test_a_taken_port_is_named_with_a_free_one(capsys, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--home", str(tmp_path / "h"), "ui", "--port", str(port)]) == 3
    err = capsys.readouterr().err
    assert f"Port {port} on 127.0.0.1 is taken by another program." in err
    assert re.search(r"demo-factory ui --port \d+", err)
    assert not (tmp_path / "h").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "some-host"])
def test_a_page_without_login_is_not_opened_to_the_network_by_the_way(capsys, tmp_path, host):
    assert main(["--home", str(tmp_path / "h"), "ui", "--host", host]) == 2
    err = capsys.readouterr().err
    assert f"On {host} everybody who reaches this machine over the network" in err
    assert "no login" in err
    assert "--yes" in err
    assert not (tmp_path / "h").exists()


@pytest.mark.parametrize(
    ("host", "yes"), [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True)]
)
def test_this_machine_alone_and_what_is_meant_need_no_more_words(host, yes):
    web.check_host(host, yes)


def test_without_dagsters_web_page_the_extra_is_named(capsys, monkeypatch):
    monkeypatch.setattr(web, "find_spec", lambda package: None)
    assert main(["ui"]) == 3
    assert "pip install 'demo-factory[local]'" in capsys.readouterr().err


def test_a_home_that_cannot_be_written_is_named(capsys, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert main(["--home", str(tmp_path / "file"), "build", "retail"]) == 3
    err = capsys.readouterr().err
    assert str(tmp_path / "file") in err
    assert "--home" in err
    assert "Traceback" not in err


def test_a_wrong_java_home_is_named(tmp_path):
    words = ["-m", "demo_factory", "build", "retail", "--home", str(tmp_path / "h")]
    env = {"PATH": "/nonexistent", "HOME": str(tmp_path), "JAVA_HOME": str(tmp_path / "nojava")}
    done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert "JAVA_HOME" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_traceback_comes_with_debug_alone(capsys):
    assert main(["plan", "nowhere"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert main(["plan", "nowhere", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_what_nobody_foresaw_is_one_line_and_a_hint():
    lines, code = explain_exception(KeyError("x"))
    assert code == WRONG
    assert lines == ["Something unexpected happened: KeyError: 'x'", "Run the command again with --debug to see where."]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DemoError("the data is wrong"), WRONG),
        (NotReady("it is not built"), WRONG),
        (ContractBroken("a rule broke"), WRONG),
        (MachineTrouble("there is no Java"), MACHINE),
        (WrongUsage("the words are wrong"), USAGE),
        (OSError(errno.ENOSPC, "No space left on device"), MACHINE),
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), MACHINE),
    ],
)
def test_an_exception_means_one_exit_code(error, code):
    assert explain_exception(error)[1] == code


def all_kinds(kind=DemoError):
    return [kind, *(one for child in kind.__subclasses__() for one in all_kinds(child))]


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.__name__)
def test_the_category_alone_says_the_code_wherever_an_error_is_raised(kind):
    error = kind([], "f.yaml") if kind is BlueprintError else kind("what", "remedy")
    assert type(pickle.loads(pickle.dumps(error))).category == kind.category
    error.__cause__ = OSError(errno.EACCES, "Permission denied", "/root/x")
    for module in ("demo_factory.operations.demos", "demo_factory.workspace.local.java", "anywhere"):
        with pytest.raises(kind) as raised:
            exec("raise error", {"__name__": module, "error": error})
        assert explain_exception(raised.value)[1] == CODES[kind.category]


def test_every_category_has_a_code_and_the_codes_are_the_documented_ones():
    assert set(CODES) == set(get_args(Category))
    assert set(CODES.values()) == {1, 2, 3, 130}


def test_a_demo_error_is_found_below_what_wraps_it():
    wrapped = RuntimeError("the step failed")
    wrapped.__cause__ = DemoError("The rule broke.")
    assert explain_exception(wrapped) == (["The rule broke."], WRONG)


def test_global_options_may_stand_behind_the_command():
    words = ["build", "retail", "--home", "x", "-q", "--scale", "2", "--debug"]
    assert _globals_first(words) == ["--home", "x", "-q", "--debug", "build", "retail", "--scale", "2"]
    assert _globals_first(["sql", "--", "--debug"]) == ["sql", "--", "--debug"]


@pytest.mark.parametrize("words", ["schema", "explain transactions --demo retail"])
def test_a_reader_that_has_seen_enough_is_no_error(words):
    command = f"{sys.executable} -u -m demo_factory {words} | head -1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_a_letter_that_stdout_cannot_show_is_replaced(tmp_path, encoding):
    """What `😀` becomes is what Python's own error handler "replace" makes of it: a question mark."""
    (tmp_path / "demos").mkdir()
    (tmp_path / "demos" / "smile.yaml").write_text(
        "demo: smile\ntitle: A smile 😀\ntables: {t: {rows: 1, columns: {k: {key: integer}}}}\n", encoding="utf-8"
    )
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    asked = {"list": "A smile ?", "list --json": "A smile \\ud83d\\ude00", "--help": "One YAML file"}
    for words, wanted in asked.items():
        command = [sys.executable, "-m", "demo_factory", *words.split()]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, b""), words
        assert wanted in done.stdout.decode(encoding), words


def test_no_color_and_narrow_terminals_are_obeyed(tmp_path):
    env = {**os.environ, "NO_COLOR": "1", "COLUMNS": "50", "FORCE_COLOR": ""}
    words = [sys.executable, "-m", "demo_factory", "plan", "retail"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "\x1b" not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()[3:-1]) <= 50
