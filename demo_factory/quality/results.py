"""What judging one rule gave: passed or not, how many rows break it, a few values, and one sentence for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo_factory.blueprint.errors import ContractBroken
from demo_factory.plan.contracts import promise
from demo_factory.resources.graph import Rule


@dataclass(frozen=True)
class RuleResult:
    """One rule's verdict.

    `failing_rows` is 0 for a promise about the whole table (rows, freshness, type): no row is to blame.
    `examples` are the smallest and the largest value that break the rule, as text.
    """

    rule: Rule
    passed: bool
    failing_rows: int = 0
    examples: tuple[str, ...] = ()
    observed: str = ""
    table: str = ""

    @property
    def message(self) -> str:
        """The verdict in one line of plain words."""
        place = f"{self.table}: " if self.table else ""
        examples = f", for example {', '.join(self.examples)}" if self.examples else ""
        return f"{place}{promise(self.rule)}: {self.observed}{examples}"


def raise_if_blocking(results: Iterable[RuleResult]) -> None:
    """Stop when a blocking rule failed.

    Raises:
        ContractBroken: one line a failed blocking rule, with its name, the failing rows and a few values.
    """
    broken = [result for result in results if result.rule.blocking and not result.passed]
    if broken:
        lines = "\n".join(f"{result.message} (rule {result.rule.name})" for result in broken)
        raise ContractBroken(
            lines,
            "Correct the formula of the column or the rule in the blueprint; blocking: false lets the demo go on.",
        )
