"""There is no audit on this machine: files and processes are not asked who read what."""

from __future__ import annotations

from demo_factory.blueprint.errors import DemoError

WHY_NOT = "nobody keeps an audit on this machine; Databricks does"


def no_audit(schema: str) -> DemoError:
    """Why nobody can say what was done with a schema."""
    return DemoError(f"There is no audit of {schema}: {WHY_NOT}.", "Ask on a workspace.")
