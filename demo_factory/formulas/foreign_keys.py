"""Which parent row a child row belongs to: bijective, in O(1), with no look at the parent."""

from __future__ import annotations

import math
from collections.abc import Callable

from demo_factory.blueprint.columns import Ref

MOST_CLASSES = 1024


def classes(ref: Ref, fewest: int) -> int:
    """How many popularity classes the parents fall into: parent row r is in class r mod classes.

    A class keeps its rows when new parents come, so a loyal customer stays one; every parent can be reached.

    Args:
        fewest: the smallest number of parents that any child row can choose from.
    """
    if ref.pick == "uniform":
        return 1
    most = min(MOST_CLASSES, fewest)
    return most - most % 5 if ref.pick == "pareto" and most >= 5 else most


def _scramble(rank: str, count: int) -> str:
    """Another order of 0..count-1, so that popularity has nothing to do with age."""
    step = max(1, round(count * 0.618))
    while math.gcd(step, count) != 1:
        step += 1
    return f"pmod({rank} * {step}L + {count // 3}L, {count}L)"


def _rank(ref: Ref, u: str, count: int) -> str:
    if ref.pick == "pareto" and count >= 5:
        hot = count // 5
        first, rest = f"{u} * {hot / 0.8!r}D", f"{hot}D + ({u} - 0.8D) * {(count - hot) / 0.2!r}D"
        share = f"IF({u} < 0.8D, {first}, {rest})"
    elif abs(ref.exponent - 1) < 1e-9:
        share = f"pow({count + 1}D, {u}) - 1D"
    else:
        power = 1 - ref.exponent
        share = f"pow(1D + {u} * {(count + 1) ** power - 1!r}D, {1 / power!r}D) - 1D"
    return f"least({count - 1}L, CAST(floor({share}) AS BIGINT))"


def earlier_row(ref: Ref, u: str, row: str) -> str:
    """SQL for the parent's row of a row whose parents are the rows before it, so that no chain comes back to a row.

    Popularity is that of `parent_row`, and the earliest rows are the popular ones: they stand at the top of the tree.
    The first row has no parent.

    Args:
        u: the column of a uniform draw.
        row: SQL for the row's own number (bigint from 0).
    """
    if ref.pick == "pareto":
        hot = f"{row} * 0.2D"
        share = f"IF({u} < 0.8D, {u} * 1.25D * {hot}, {hot} + ({u} - 0.8D) * 5D * {row} * 0.8D)"
    elif ref.pick == "uniform":
        share = f"{u} * {row}"
    elif abs(ref.exponent - 1) < 1e-9:
        share = f"pow({row} + 1D, {u}) - 1D"
    else:
        power = 1 - ref.exponent
        share = f"pow(1D + {u} * (pow({row} + 1D, {power!r}D) - 1D), {1 / power!r}D) - 1D"
    return f"IF({row} = 0L, NULL, least({row} - 1L, CAST(floor({share}) AS BIGINT)))"


def parent_row(ref: Ref, draws: Callable[[str], str], parents: str, fewest: int) -> str:
    """SQL for the parent's row (bigint from 0) of a child.

    Popularity is a power law (zipf), 20 % of the parents for 80 % of the children (pareto), or none (uniform);
    within a class all parents are alike.

    Args:
        draws: gives the column of a uniform draw for a purpose.
        parents: SQL for the number of parents that exist for this child (bigint, at least `fewest`).
    """
    count = classes(ref, fewest)
    if count == 1:
        return f"CAST(floor({draws('parent')} * {parents}) AS BIGINT)"
    member = _scramble(_rank(ref, draws("class"), count), count)
    if parents == f"{count}L":
        return member
    rows_in_class = f"(({parents} - 1L - ({member})) div {count}L + 1L)"
    return f"({member}) + {count}L * CAST(floor({draws('parent')} * {rows_in_class}) AS BIGINT)"
