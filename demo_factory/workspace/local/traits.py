"""This machine as a target, before anybody asks it."""

from __future__ import annotations

from pathlib import Path

from demo_factory.workspace.traits import Traits


def local_traits(home: Path) -> Traits:
    """What is so of this machine; `home` is the state folder as people wrote it."""
    return Traits(
        kind="local",
        about="this machine",
        login="",
        compute="Spark here",
        place=home,
        on="",
        option="",
        verb="build",
        noted="Noted are the queries of demo-factory sql.",
        spark_here=True,
        is_guest=False,
        side_by_side=True,
        look_seconds=60,
        is_billed=False,
        needs_containers=False,
        takes_secrets=False,
    )
