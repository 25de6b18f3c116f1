"""`sql --as`: a query of somebody else, from the grants, masks and filters that exist in the state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from demo_factory.access.privileges import Rights
    from demo_factory.workspace.local.layout import StateFolder


def rights_of(state: StateFolder, principal: str) -> Rights:
    """What is in effect in a state folder, when somebody there is called so.

    Raises:
        DemoError: nothing is governed yet, or nobody is called so; with the nearest name.
    """
    from demo_factory.access.privileges import Rights
    from demo_factory.blueprint.errors import DemoError
    from demo_factory.operations.access import known
    from demo_factory.workspace.local.governor import LocalGovernor

    rights = Rights(LocalGovernor(state).everything())
    if not rights.principals:
        message = f"Nobody has any rights in {state.root}, so nothing can be asked as {principal}."
        raise DemoError(message, "Name groups and grants in the blueprint's governance, then build the demo.")
    known(principal, rights.principals)
    return rights


def as_principal(state: StateFolder, place: tuple[str, str], rights: Rights, principal: str, text: str) -> DataFrame:
    """What a principal gets for a statement; nothing has run yet.

    Raises:
        DemoError: a missing privilege, or a form that could go round the guards.
    """
    from demo_factory.workspace.local.query_as import answer
    from demo_factory.workspace.local.query_guard import open_guard

    return answer(open_guard(state, place, rights, principal), text)
