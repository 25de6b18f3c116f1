"""Our own double as a workspace under test: a fresh one a test, reached and swept as a real one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlglot
from sqlglot import exp

from ..double import Double
from . import real
from .site import Site


@contextmanager
def open_site(setenv: Callable[[str, str], None], mark: str, catalog: str = "", principals: str = "") -> Iterator[Site]:
    """A double; afterwards nothing may be on it that was not there before.

    Args:
        catalog: somebody else's, in which the demo is made; default: one of its own.
        principals: "no" makes no groups and service principals.
    """
    with Double() as double:
        if catalog:
            double.add_catalog(catalog)
        setenv("DATABRICKS_TOKEN", double.token)
        double.settings.sql_backend = lambda statement: _make(double, statement)
        before = double.objects()

        def fail(status: int, times: int) -> None:
            double.faults.retry_after = 0
            for number in range(times):
                double.faults.at(len(double.calls) + 1 + number, str(status))

        environ = {real.HOST: double.url, real.WAREHOUSE: "demo-warehouse", real.CATALOG: catalog}
        with real.open_site(mark, {**environ, real.PRINCIPALS: principals}) as site:
            cannot = {thing: why for thing, why in site.cannot.items() if thing != "faults"}
            yield replace(site, name="double", cannot=cannot, fail=fail)
        assert double.objects() == before
        assert not double.violations, "\n".join(double.violations)


def _make(double: Double, statement: str) -> tuple[list[str], list[list[object]]]:
    """CREATE TABLE and CREATE VIEW, which the double leaves to others."""
    made = sqlglot.parse_one(statement, dialect="databricks")
    if not isinstance(made, exp.Create):
        raise ValueError(f"not known here: {statement}")
    table = made.find(exp.Table)
    assert table is not None
    columns = {column.name: column.kind.sql("databricks") for column in made.find_all(exp.ColumnDef) if column.kind}
    named = {str(one.alias): one.this.to.sql("databricks") for one in made.find_all(exp.Alias)}
    kind = "VIEW" if made.kind == "VIEW" else "MANAGED"
    double.add_table(f"{table.catalog}.{table.db}.{table.name}", columns or named, table_type=kind)
    return [], []
