"""Local Spark and Delta as the Spark of a double's compute: three-part names mean tables in the double's folder."""

from __future__ import annotations

import json
from pathlib import Path

import demo_factory
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import list_objects
from demo_factory_tests.workspace.databricks.double.double import Double

_SQL = {"long": "bigint", "integer": "int", "short": "smallint", "byte": "tinyint"}
_REPOSITORY = Path(demo_factory.__file__).parent.parent
# The checkout is there while Spark starts, and gone before the step's own code, which has to come with the step.
_BOOTSTRAP = """
import sys
from pathlib import Path

sys.path.insert(0, {repository!r})
from demo_factory.workspace.local.session import open_session
from demo_factory.workspace.local.layout import StateFolder

spark = open_session(StateFolder(Path({lake!r})), {catalog!r}, [{schema!r}], rows=1)
sc = spark.sparkContext
sys.path.remove({repository!r})
for name in [name for name in sys.modules if name.partition(".")[0] == "demo_factory"]:
    del sys.modules[name]


def keep_views(statement, *args, then=spark.sql, **kwargs):
    found = then(statement, *args, **kwargs)
    if statement.startswith("CREATE OR REPLACE VIEW "):
        name = statement.split()[4].split(".")[-1].strip("`")
        file = Path({lake!r}) / "lakehouse" / {catalog!r} / {schema!r} / "_views" / (name + ".sql")
        file.parent.mkdir(exist_ok=True)
        file.write_text(statement)
    return found


spark.sql = keep_views
"""


def lake_of(double: Double) -> StateFolder:
    """Where the tables lie that runs of a double make."""
    return StateFolder(double.state.folder / "lake")


def columns_of(table: Path) -> dict[str, str]:
    """The columns of a Delta table with their types, as its log says them."""
    lines = (line for file in sorted((table / "_delta_log").glob("*.json")) for line in file.read_text().splitlines())
    schemas = [one["metaData"]["schemaString"] for line in lines if "metaData" in (one := json.loads(line))]
    return {field["name"]: _SQL.get(field["type"], field["type"]) for field in json.loads(schemas[-1])["fields"]}


def give_spark(double: Double, catalog: str, schema: str) -> None:
    """Let the double's runs have Spark, and its Unity Catalog know what they made."""
    lake = lake_of(double)
    double.settings.spark_bootstrap = _BOOTSTRAP.format(
        repository=str(_REPOSITORY), lake=str(lake.root), catalog=catalog, schema=schema
    )

    def register(run_id: int) -> None:
        with double.state.lock:
            for one in list_objects(lake, catalog):
                if ("table", str(one)) not in double.state.securables:
                    view = one.kind == "view"
                    columns = {"a": "int"} if view else columns_of(lake.table(catalog, schema, one.full_name.name))
                    double.add_table(str(one), columns, table_type="VIEW" if view else "MANAGED")

    double.settings.after_run = register
