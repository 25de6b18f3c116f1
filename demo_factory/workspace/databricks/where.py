"""Which side of a workspace this process is on."""

from __future__ import annotations

import os
from collections.abc import Mapping


def on_databricks(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs on Databricks compute, which says so by a variable."""
    return bool(environ.get("DATABRICKS_RUNTIME_VERSION"))
