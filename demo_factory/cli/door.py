"""`sql --as`: a query of somebody else, from the grants, masks and filters that exist in the state folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from demo_factory.plan.enforce import Thing
    from demo_factory.plan.rights import Rights
    from demo_factory.workspace.local.lakehouse import LakeObject
    from demo_factory.workspace.local.state import StateFolder


def rights_of(state: StateFolder, principal: str) -> Rights:
    """What is in effect in a state folder, when somebody there is called so.

    Raises:
        DemoError: nothing is governed yet, or nobody is called so; with the nearest name.
    """
    from demo_factory.blueprint.errors import DemoError
    from demo_factory.cli.accessing import known
    from demo_factory.plan.rights import Rights
    from demo_factory.workspace.local.governor import LocalGovernor

    rights = Rights(LocalGovernor(state).everything())
    if not rights.principals:
        message = f"Nobody has any rights in {state.root}, so nothing can be asked as {principal}."
        raise DemoError(message, "Name groups and grants in the blueprint's governance, then build the demo.")
    known(principal, rights.principals)
    return rights


def as_principal(
    spark: SparkSession, state: StateFolder, place: tuple[str, str], rights: Rights, principal: str, text: str
) -> str:
    """The statement with every table behind its guards.

    Raises:
        DemoError: a missing privilege, or a form that could go round the guards.
    """
    from demo_factory.plan.enforce import Door
    from demo_factory.plan.showing import statement_for
    from demo_factory.workspace.local.lakehouse import list_objects

    things = {str(one): _thing(spark, one) for one in list_objects(state, place[0])}
    return statement_for(Door(rights, principal, things, place), text)


def _thing(spark: SparkSession, one: LakeObject) -> Thing:
    from demo_factory.plan.enforce import Thing
    from demo_factory.plan.names import FullName

    name = FullName(one.full_name.catalog, one.full_name.schema, one.full_name.name)
    if one.kind == "view":
        return Thing(name, "view", sql=query_of_view(one.path.read_text(encoding="utf-8")))
    return Thing(name, "table", lambda: spark.table(name.quoted).columns)


def query_of_view(statement: str) -> str:
    """The query in a CREATE VIEW statement.

    Raises:
        DemoError: it is none, so that nobody can say what the view shows.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from demo_factory.blueprint.errors import DemoError
    from demo_factory.plan.expressions import READ, WRITE

    try:
        tree = sqlglot.parse_one(statement, dialect=READ)
    except SqlglotError:
        tree = None
    if not isinstance(tree, exp.Create) or not isinstance(tree.expression, exp.Query):
        raise DemoError("A view's statement cannot be read.", "Build the demo again, which writes it anew.")
    return str(tree.expression.sql(dialect=WRITE, comments=False))
