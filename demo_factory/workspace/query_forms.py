"""Which forms of SQL may be asked, as Spark's own parser reads them: an allow-list, so the unforeseen is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from demo_factory.blueprint.errors import DemoError
from demo_factory.compat.spark_plans import Node
from demo_factory.sql.functions import may_query, why_not

_PLANS = {
    "plans.logical": frozenset(
        ("Aggregate Distinct Except Expand Filter Generate GlobalLimit Intersect Join LateralJoin LimitAll LocalLimit"
         " LocalRelation Offset OneRowRelation Pivot Project RebalancePartitions Repartition RepartitionByExpression"
         " Sample Sort SubqueryAlias Union UnionLoop Unpivot UnresolvedHint UnresolvedWith Window"
         " WithWindowDefinition").split()
    ),
    "analysis": frozenset(
        ("UnresolvedHaving UnresolvedInlineTable UnresolvedQualify UnresolvedRelation UnresolvedSubqueryColumnAliases"
         " UnresolvedTVFAliases UnresolvedTableValuedFunction").split()
    ),
    "expressions": frozenset(("PipeOperator",)),
}  # fmt: skip
_EXPRESSIONS = frozenset(
    ("MultiAlias UnresolvedAlias UnresolvedAttribute UnresolvedExtractValue UnresolvedFunction UnresolvedGenerator"
     " UnresolvedOrdinal UnresolvedPipeAggregateOrdinal UnresolvedRegex UnresolvedSeed UnresolvedStar"
     " UnresolvedStarExceptOrReplace UnresolvedStarWithColumns UnresolvedStarWithColumnsRenames"
     " UnresolvedWithinGroup").split()
)  # fmt: skip
_WORDS = {
    "RelationTimeTravel": ("Time travel goes round masks and filters, so it is refused here.", "Ask without it."),
    "ScriptTransformation": ("TRANSFORM runs a script, so it is refused here.", "Use functions of SQL."),
    "PlanWithUnresolvedIdentifier": ("IDENTIFIER() takes a name as text, so it is refused here.", "Write the name."),
    "ExpressionWithUnresolvedIdentifier": (
        "IDENTIFIER() takes a name as text, so it is refused here.", "Write the name.",
    ),
    "NamedParameter": ("Nobody gives a value for a parameter here.", "Write the value itself."),
    "PosParameter": ("Nobody gives a value for a parameter here.", "Write the value itself."),
}  # fmt: skip


def check_forms(nodes: Sequence[Node], own: frozenset[str] = frozenset()) -> None:
    """Refuse a parsed query with a form or function that is not on the list.

    Args:
        own: functions, by their names in small letters, that are offered beside Spark's built-in ones.

    Raises:
        DemoError: names the form or function.
    """
    if not nodes or not _is_known(nodes[0]):
        raise DemoError("Only one SELECT can be asked here.", "Write a SELECT.")
    for node in nodes:
        if not _is_known(node):
            words = (f"{_spoken(node.name)} could go round masks and filters, so it is refused here.", "Leave it out.")
            raise DemoError(*_WORDS.get(node.name, words))
    for parts in functions_in(nodes):
        # `system.builtin.upper` is upper, whoever asks
        name = parts[-1] if len(parts) == 1 or tuple(p.lower() for p in parts[:-1]) == ("system", "builtin") else ""
        if not name or not (may_query(name) or name.lower() in own):
            shown = ".".join(parts)
            raise DemoError(f"{shown}() {why_not(parts[-1])}", "Use built-in functions of SQL.")


def check_reads(nodes: Sequence[Node]) -> None:
    """Refuse what does more than ask, for whoever may see everything: looking at former versions is asking too.

    Raises:
        DemoError: names the form or function.
    """
    check_forms([node for node in nodes if node.name != "RelationTimeTravel"] if nodes else nodes)


def functions_in(nodes: Sequence[Node]) -> Iterator[tuple[str, ...]]:
    """The functions that a parsed plan calls, by the parts of their names."""
    calls = ("UnresolvedFunction", "UnresolvedTableValuedFunction", "UnresolvedGenerator")
    return (node.names for node in nodes if node.name in calls)


def relations_in(nodes: Sequence[Node]) -> tuple[tuple[str, ...], ...]:
    """The relations that a parsed plan names, those of WITH among them, each once."""
    return tuple(dict.fromkeys(node.names for node in nodes if node.name == "UnresolvedRelation"))


def _is_known(node: Node) -> bool:
    if node.kind == "plan":
        return node.name in _PLANS.get(node.package, ())
    if node.package == "analysis":
        return node.name in _EXPRESSIONS
    return node.java.startswith("org.apache.spark.sql.catalyst.") and node.name not in _WORDS


def _spoken(java: str) -> str:
    return java.removeprefix("Unresolved").removesuffix("Command").removesuffix("$")
