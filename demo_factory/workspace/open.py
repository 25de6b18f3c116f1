"""The door: whoever needs a target opens it here, and asks its ports. Nobody else knows which kinds there are.

Each kind is imported when one of it is opened, so that what needs no SDK and no Spark does not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from demo_factory.resources.graph import DemoPlan
    from demo_factory.targets.model import Target
    from demo_factory.workspace.ports import Carrier, Workspace
    from demo_factory.workspace.traits import Traits


def traits_of(name: str, target: Target, home: Path) -> Traits:
    """What is so of a target; nothing is opened.

    Args:
        home: the state folder, as people wrote it.
    """
    if not target.host:
        from demo_factory.workspace.local.traits import local_traits

        return local_traits(home)
    from demo_factory.workspace.databricks.traits import databricks_traits

    return databricks_traits(name, target)


def open_target(
    name: str, target: Target, home: Path, carrier: Carrier, on_wait: Callable[[str], None] | None = None
) -> Workspace:
    """A target as a workspace.

    Args:
        home: the state folder.
        on_wait: told a sentence when somebody else holds the target for writing.

    Raises:
        MachineTrouble: there is nothing to log in with.
    """
    if not target.host:
        from demo_factory.workspace.local.workspace import open_local

        return open_local(home, carrier, on_wait)
    from demo_factory.workspace.databricks.workspace import open_databricks

    return open_databricks(name, target, carrier, on_wait, home)


def trial_session(home: Path, plan: DemoPlan) -> SparkSession:
    """A session of the Spark of this machine, whatever the target, with the plan's schema and nothing in it.

    Raises:
        DemoError: Java or Spark cannot start.
    """
    from demo_factory.workspace.local.session import trial_session

    return trial_session(home, plan)
