"""The command ui: Dagster's web page on this state folder."""

from __future__ import annotations

import errno
import ipaddress
import os
import signal
import socket
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer
import yaml

from demo_factory.blueprint.errors import MachineTrouble, WrongUsage
from demo_factory.cli import output
from demo_factory.cli.options import Target
from demo_factory.cli.state import state_of
from demo_factory.compat.dagster_settings import switches
from demo_factory.workspace.home import OTHERS, Home

if TYPE_CHECKING:
    from demo_factory.operations.settings import Settings

_HOST = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(ui)


def ui(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=1, max=65535, help="Where it listens.")] = 3000,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="0.0.0.0 opens it to the network.")] = _HOST,
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


def check_host(host: str, yes: bool) -> None:
    """Refuse to open the page to others by the way.

    Raises:
        WrongUsage: the address is not this machine's own alone, and nobody said that this is meant.
    """
    if not _is_loopback(host) and not yes:
        raise WrongUsage(
            f"On {host} everybody who reaches this machine over the network could read the demos' rows and start runs: "
            "Dagster's page has no login.",
            "If that is meant, add --yes; otherwise leave --host away, and it opens for this machine alone.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def check_port(host: str, port: int) -> None:
    """Refuse a port that is taken or may not be used, before Dagster spends seconds on starting.

    Raises:
        MachineTrouble: with the next free port.
    """
    with socket.socket() as probe:
        # As web servers do: a connection that lingers after its server has gone is no reason to refuse.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror:
            raise WrongUsage(f"{host} is no address of this machine.", "Use 127.0.0.1 or 0.0.0.0.") from None
        except OSError as error:
            reason = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else f"cannot be used: {error.strerror}"
            )
            message = f"Port {port} on {host} {reason}."
            raise MachineTrouble(
                message, f"Stop it, or choose another port: demo-factory ui --port {_free(host)}"
            ) from None


def _free(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


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
    }
    return {**os.environ, **own}
