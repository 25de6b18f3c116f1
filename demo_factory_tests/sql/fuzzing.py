"""What a random query must give: to who sees all what Spark gives, to the masked nothing of what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from demo_factory.blueprint.errors import DemoError
from demo_factory_tests.sql.attacks import MASKED_COLUMNS, leaks, without_paths
from demo_factory_tests.sql.demo import ALL_SEEING, MASKED
from demo_factory_tests.sql.grammar import Grammar
from demo_factory_tests.sql.worlds import Built, analyzed, ask, columns_of, rows_of, same_plan, unguarded


def faults_of_seed(worlds: tuple[Built, Built], seed: int, statements: int, run_every: int) -> Iterator[str]:
    """The faults that so many statements of one seed show, each with its text.

    Args:
        run_every: of so many queries that the masked principal may ask, one is run, in both worlds.
    """
    grammar, allowed = Grammar(seed), 0
    for number in range(statements):
        text = grammar.statement()
        found = [*_against_spark(worlds[0], text, grammar.attacked)]
        frame = _frame(worlds[0], MASKED, text)
        if isinstance(frame, str):
            if not grammar.attacked and not found and _plain(worlds[0], text) is not None:
                found.append(f"refused to the masked principal, who may read it all: {frame}")
        else:
            allowed += 1
            found += [f"the masked principal's plan reads {one}" for one in unguarded(analyzed(frame), MASKED_COLUMNS)]
            if allowed % run_every == 0:
                found += _run(worlds, text)
        for one in found:
            yield f"seed {seed}, statement {number}: {one}\n{text}\n"


def _against_spark(world: Built, text: str, attacked: bool) -> Iterator[str]:
    if "is_account_group_member" in text:
        return  # Spark alone has no such function
    theirs, ours = _plain(world, text), _frame(world, ALL_SEEING, text)
    if theirs is None and not isinstance(ours, str):
        yield "accepted, and Spark refuses it"
    elif isinstance(ours, str):
        if theirs is not None and not attacked:
            yield f"refused to who sees all: {ours}"
        elif not ours.startswith("DemoError"):
            yield f"refused by what is no DemoError: {ours}"
    elif columns_of(ours) != columns_of(theirs):
        yield f"columns {columns_of(ours)}, and Spark gives {columns_of(theirs)}"
    elif not same_plan(theirs, ours):
        expected, got = _rows(theirs), _rows(ours)
        if expected != got:
            yield f"other rows than Spark's: {got[:3]}, not {expected[:3]}"


def _run(worlds: tuple[Built, Built], text: str) -> Iterator[str]:
    outcomes = [ask(one, MASKED, text) for one in worlds]
    for one, outcome in zip(worlds, outcomes, strict=True):
        yield from leaks(one, text, outcome)
    first, second = (without_paths(one, text, outcome) for one, outcome in zip(worlds, outcomes, strict=True))
    if first != second:
        yield f"the secrets make a difference:\n{first[:300]}\n--- and\n{second[:300]}"


def _plain(world: Built, text: str) -> Any:
    """Spark's own frame; None when Spark refuses the text."""
    from pyspark.errors import PySparkException

    try:
        return world.spark.sql(text)
    except PySparkException:
        return None


def _frame(world: Built, principal: str, text: str) -> Any:
    """The guard's frame, or why there is none, which begins with the kind of error."""
    try:
        return world.guard(principal).query(text)
    except DemoError as error:
        return f"DemoError {error.message}"
    except Exception as error:  # noqa: BLE001 - told as a fault
        return f"{type(error).__name__} {str(error)[:300]}"


def _rows(frame: Any) -> list[str]:
    """Sorted rows; for a query that fails the kind of its error."""
    from pyspark.errors import PySparkException

    try:
        return sorted(rows_of(frame))
    except PySparkException as error:
        return [f"failed: {error.getCondition()}"]
