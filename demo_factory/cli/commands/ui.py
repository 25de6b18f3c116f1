"""The command ui: Dagster's web page on this state folder."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from demo_factory.blueprint.errors import MachineTrouble
from demo_factory.cli import output
from demo_factory.cli.options import Target
from demo_factory.cli.state import state_of
from demo_factory.compat.dagster_settings import switches
from demo_factory.operations.page import HOST, PORT, check_host, check_port
from demo_factory.workspace.home import OTHERS, Home

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(ui)


def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="Where it listens.")] = PORT,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="0.0.0.0 opens it to the network.")] = HOST,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", metavar="", help="Open it to the network although it has no login.")
    ] = False,
    target: Target = None,
) -> None:
    """Open Dagster: the lineage graph, runs, checks, schedules. It runs until Ctrl-C.

    Each target has a history of its own.

    Example: demo-factory ui --port 3001
    """
    if find_spec("dagster_webserver") is None:
        raise MachineTrouble(
            "Dagster's web page is not installed in this Python.", "Install it: pip install 'demo-factory[local]'"
        )
    state = state_of(context)
    check_host(host, yes)
    check_port(host, port)
    settings = state.settings(target)
    home = Home(settings.home)
    os.umask(OTHERS)  # what Dagster keeps of runs, previews of rows among it, is for its owner alone
    prepare(home.of_target(settings.target))
    output.line(f"Dagster opens on http://{host}:{port} (stop it with Ctrl-C)")
    sys.stdout.flush()
    quiet = ("-W", "ignore::FutureWarning")  # Dagster recommends its newer `dg dev`, which needs a project of its own
    words = [
        sys.executable,
        *quiet,
        "-m",
        "dagster",
        "dev",
        "-m",
        "demo_factory.definitions",
        "-h",
        host,
        "-p",
        str(port),
    ]
    # A script that starts us in its background has us ignore Ctrl-C, and Dagster then ignores being ended, too.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    file = {"DEMO_FACTORY_TARGETS": str(state.targets.absolute())} if state.targets else {}
    os.execve(sys.executable, words, {**environment(home, settings), **file})


def prepare(home: Home) -> None:
    """Dagster's own folder inside the state folder, with the settings that builds use, so that it shows their runs.

    Its storage is made here, since Dagster's own processes would do it all at once.
    """
    home.dagster.mkdir(parents=True, exist_ok=True)
    (home.dagster / "dagster.yaml").write_text(yaml.safe_dump(switches()), encoding="utf-8")
    from demo_factory.orchestration.instance import open_instance

    with open_instance(home):
        pass


def environment(home: Home, settings: Settings) -> dict[str, str]:
    """The environment that Dagster's processes need to see the same demos and the same state folder."""
    demos = os.pathsep.join(str(one.absolute()) for one in settings.demos[:-1])  # the last one is the shipped folder
    own = {
        "DAGSTER_HOME": str(home.of_target(settings.target).dagster),
        "DEMO_FACTORY_HOME": str(home.root),
        "DEMO_FACTORY_DEMOS": demos,
        "DEMO_FACTORY_TARGET": settings.target,
        "DEMO_FACTORY_ENV": settings.env,
        "DEMO_FACTORY_USER": settings.user,
    }
    return {**os.environ, **own}
