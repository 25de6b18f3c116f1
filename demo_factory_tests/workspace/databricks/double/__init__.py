"""The workspace double: a stand-in for a Databricks workspace, for tests only. See README.md.

It is ours, and knows what its modules know: principals and groups, Unity Catalog with grants and inheritance, secrets,
SQL warehouses and governance statements, files, and jobs that really run. It refuses every request whose shape the
real SDK 0.60 cannot send. Nothing that it shows was verified on a real workspace.
"""

from pathlib import Path

from .clients import Killed, adopt, connect
from .double import ADMIN, Double
from .errors import Refused
from .faults import KINDS
from .kinds.models import add_version
from .server import Call
from .state import Group, Principal

__all__ = [
    "ADMIN",
    "KINDS",
    "Call",
    "Double",
    "Group",
    "Killed",
    "Principal",
    "Refused",
    "add_version",
    "adopt",
    "connect",
    "spark_guards_text",
]


def spark_guards_text() -> str:
    """The source of what guarded tables refuse of a run's Spark, which no process but a run's may import."""
    return Path(__file__).with_name("spark_guards.py").read_text(encoding="utf-8")
