"""What judging one rule gave: passed or not, how many rows break it, a few values, and one sentence for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from demo_factory.blueprint.errors import ContractBroken
from demo_factory.resources.graph import Rule

_SHOWN_VALUES = 8


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


def promise(rule: Rule) -> str:
    """What the rule demands, in plain words."""
    subject = ", ".join(rule.columns)
    match rule.kind:
        case "required":
            return f"{subject} must not be empty"
        case "type":
            return f"{subject} must be of type {rule.value}"
        case "min":
            return f"{subject} must be at least {_shown(rule.value)}"
        case "max":
            return f"{subject} must be at most {_shown(rule.value)}"
        case "allowed":
            return f"{subject} must be one of {_listed(rule.value)}"
        case "pattern":
            return f"{subject} must match {rule.value}"
        case "unique":
            return f"{subject} must not repeat"
        case "rows":
            return f"the table must have {_band(rule.value)} rows"
        case "freshness":
            return f"{subject} must be at most {_shown(rule.value)} hours old at the end of the day"
        case "orphans":
            return f"{subject} must exist in {_parent(rule)}"
        case "not_before":
            return f"{subject} must not lie before {_parent(rule)}"
        case "beats_guess":
            return f"the model must beat a guess by {rule.value}"
        case "champion":
            return "the model must have a champion"


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


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _listed(values: object) -> str:
    known = list(values) if isinstance(values, list | tuple | set | frozenset) else [values]
    left = len(known) - _SHOWN_VALUES
    shown = ", ".join(str(value) for value in known[:_SHOWN_VALUES])
    return f"{shown} and {left} more" if left > 0 else shown


def _band(value: object) -> str:
    low, high = value if isinstance(value, tuple | list) else (value, value)
    if low is None:
        return f"at most {_shown(high)}"
    return f"at least {_shown(low)}" if high is None else f"between {_shown(low)} and {_shown(high)}"


def _parent(rule: Rule) -> str:
    return f"{rule.parent.name}.{rule.parent_column}" if rule.parent else rule.parent_column
