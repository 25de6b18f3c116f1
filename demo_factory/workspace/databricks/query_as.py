"""`sql --as`: a workspace answers whoever is logged in, and nobody else."""

from __future__ import annotations

from demo_factory.blueprint.errors import WrongUsage


def no_query_as(target: str, principal: str) -> WrongUsage:
    """Why nobody can ask as somebody else there."""
    return WrongUsage(
        f"--as works on this machine; on {target} Unity Catalog shows everybody their own.",
        f"See who sees what: demo-factory access DEMO --target {target}. Or log in as {principal}.",
    )
