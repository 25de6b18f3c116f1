"""Where Dagster's page opens: for whom, and whether it can."""

from __future__ import annotations

import errno
import ipaddress
import socket

from demo_factory.blueprint.errors import MachineTrouble, WrongUsage

HOST, PORT = "127.0.0.1", 3000


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
                message, f"Stop it, or choose another port: demo-factory ui --port {_free()}"
            ) from None


def _free() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
