"""The command explain: what a column or an object is made from, by which formula, and what goes on from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, assert_never

import typer

from demo_factory.cli import complete, output
from demo_factory.cli.options import AsJson
from demo_factory.cli.reports import explained
from demo_factory.cli.state import state_of

if TYPE_CHECKING:
    from rich.tree import Tree

    from demo_factory.operations.explain import Explained
    from demo_factory.resources.graph import DemoPlan, ModelPlan, OptimizePlan, Step, TablePlan
    from demo_factory.resources.lineage import Lineage
    from demo_factory.sql.query_columns import Source

_DEEP = 8  # levels of lineage shown; a demo has fewer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel="Build and look")(explain)


def explain(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[.COLUMN]",
            help="A table, view or model, or one of its columns.",
            autocompletion=complete.objects,
        ),
    ],
    demo: Annotated[
        str | None,
        typer.Option(
            "--demo",
            metavar="NAME",
            help="Which demo. Default: the only one that has it.",
            autocompletion=complete.demos,
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", metavar="", help="Print the SQL as Spark gets it, nothing left out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show a column's formula, its Spark SQL, what it is made from, what goes on from it and what must hold.

    Without a column: all columns of the table, view or model at a glance.

    Example: demo-factory explain transactions.amount
    """
    from demo_factory.operations.explain import explain as look

    found = look(what, state_of(context).settings(), demo, shorten=not full)
    if as_json:
        output.as_json(explained(found))
        return
    output.line(f"{what} · {found.step.kind} of the demo {found.plan.demo} · {found.step.plan.full_name}")
    if found.column:
        _column(found)
    else:
        _object(found.plan, found.step, found.lineage)


def _column(explained: Explained) -> None:
    from demo_factory.resources.graph import ViewPlan
    from demo_factory.sql.names import ROW
    from demo_factory.sql.query_columns import Source

    step, name, lineage, found = explained.step, explained.column, explained.lineage, explained.formula
    source = Source(step.name, name)
    if found is not None:
        hidden = ", hidden: not written to the table" if found.column.hidden else ""
        _facts(found.column.comment, f"{found.column.type}, {found.column.classification}{hidden}")
        _heading("Blueprint", found.blueprint)
        _heading("Spark SQL", found.sql, f"{ROW} is the row, from 0")
        _helpers(found.helpers)
        _bullets("Must hold", found.rules)
    elif isinstance(step.plan, ViewPlan):
        unread = "" if step.plan.columns else "Only Spark knows this view's columns: below is what it may be made from."
        _facts(step.plan.column_comments.get(name, ""), unread)
        _heading("SQL of the view", explained.plan.blueprint.views[step.name].sql.strip())
    _tree("Made from", source, lineage.above, lineage)
    _tree("Goes into", source, lineage.below, lineage)


def _object(plan: DemoPlan, step: Step, lineage: Lineage) -> None:
    from demo_factory.plan.explain import rule_words
    from demo_factory.resources.graph import AccessPlan, ModelPlan, OptimizePlan, PredictionsPlan, TablePlan, ViewPlan

    owner = getattr(step.plan, "owner", "")
    _facts(step.plan.comment, f"owner {owner}" if owner else "")
    match step.plan:
        case TablePlan() as table:
            output.line(f"{table.rows:,} rows at scale {plan.scale:g}, data from {plan.epoch} to {plan.as_of}")
            _columns_of_table(plan, table)
            _bullets("Must hold", [rule_words(rule) for rule in table.rules if rule.kind != "type"])
        case ViewPlan() as view:
            _heading("SQL", plan.blueprint.views[view.name].sql.strip())
            _columns(lineage, step.name, dict(view.column_comments))
        case ModelPlan() as model:
            _model(model)
            _columns(lineage, step.name, {model.spec.target: "the label that it learns"})
        case OptimizePlan() as optimize:
            _bullets("Does", _maintenance(optimize))
        case PredictionsPlan() | AccessPlan():
            _columns(lineage, step.name, {})
        case _:
            assert_never(step.plan)
    readers = [other.name for other in plan.steps.values() if step.name in other.needs]
    output.line()
    output.line(f"Needs: {', '.join(step.needs) or 'nothing'}")
    output.line(f"Needed by: {', '.join(readers) or 'nothing'}")


def _columns_of_table(plan: DemoPlan, table: TablePlan) -> None:
    from demo_factory.plan.explain import own_columns
    from demo_factory.resources.lineage import column_sources

    sources = column_sources(table)
    planned = {column.name: column for column in table.columns}
    made = output.table({"column": "left", "type": "left", "made by": "left", "from": "left", "what it is": "left"})
    for name in own_columns(plan, table):
        column = planned[name]
        marks = "".join([f" [{column.classification}]" if column.classification != "public" else "",
                         " [hidden]" if column.hidden else ""])  # fmt: skip
        made.add_row(name, column.type, column.formula, _names(sources[name], table.name), f"{column.comment}{marks}")
    output.line()
    output.show(made)


def _columns(lineage: Lineage, name: str, comments: dict[str, str]) -> None:
    made = output.table({"column": "left", "from": "left", "what it is": "left"})
    for column, sources in lineage.columns(name).items():
        made.add_row(column, _names(sources, name), comments.get(column, ""))
    output.line()
    output.show(made)


def _names(sources: tuple[Source, ...], own: str) -> str:
    return ", ".join(one.column if one.table == own else f"{one.table}.{one.column}" for one in sources)


def _model(model: ModelPlan) -> None:
    spec = model.spec
    when = f", {spec.horizon} days ahead" if spec.horizon else ""
    output.line(f"{spec.algorithm} that learns {spec.target} of each {spec.entity}{when}; judged by {spec.metric}")
    _heading("Features", spec.features.strip())
    _heading("Label", spec.label.strip())


def _maintenance(optimize: OptimizePlan) -> list[str]:
    done = []
    if optimize.zorder:
        done.append(f"OPTIMIZE {optimize.target} ZORDER BY ({', '.join(optimize.zorder)})")
    if optimize.vacuum_hours:
        done.append(f"VACUUM {optimize.target} RETAIN {optimize.vacuum_hours} HOURS")
    if optimize.cache:
        done.append(f"CACHE TABLE {optimize.target}, where the compute supports it")
    return done


def _facts(comment: str, rest: str) -> None:
    for text in (comment, rest):
        if text:
            output.show(text)


def _heading(title: str, text: str, note: str = "") -> None:
    from rich.padding import Padding
    from rich.text import Text

    output.line()
    output.show(
        Text(title, style="bold") + Text(f"  ({note})" if note else "", style="dim"), Padding(Text(text), (0, 0, 0, 2))
    )


def _bullets(title: str, lines: Any) -> None:
    if lines:
        _heading(title, "\n".join(f"- {text}" for text in lines))


def _helpers(helpers: Any) -> None:
    if not helpers:
        return
    from rich.padding import Padding
    from rich.text import Text

    output.line()
    output.show(Text("Hidden helper columns", style="bold"))
    for one in helpers:
        output.show(Padding(Text(one.name) + Text(f"  {one.meaning}", style="dim"), (0, 0, 0, 2)))
        output.show(Padding(Text(one.sql), (0, 0, 0, 6)))


def _tree(title: str, source: Source, step: Any, lineage: Lineage) -> None:
    from rich.text import Text
    from rich.tree import Tree

    output.line()
    top = Tree(Text(title, style="bold"), guide_style="dim")
    _grow(top, source, step, {source}, _DEEP)
    if not top.children:
        top.add(Text("nothing else" if title == "Goes into" else "its own row alone", style="dim"))
    output.show(top)


def _grow(tree: Tree, source: Source, step: Any, seen: set[Source], deep: int) -> None:
    """Add what is one step away, and so on; what was shown before is named again but not unfolded twice."""
    from rich.text import Text

    for one in step(source):
        branch = tree.add(Text(f"{one.table}.{one.column}"))
        if one not in seen and deep:
            seen.add(one)
            _grow(branch, one, step, seen, deep - 1)
