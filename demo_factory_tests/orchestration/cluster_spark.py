"""Local Spark and Delta as the Spark of a double's compute: three-part names mean tables in the double's folder."""

from __future__ import annotations

import json
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

import demo_factory
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.tables_on_disk import list_objects
from demo_factory_tests.workspace.databricks.double.double import Double

_DELTA = {"bigint": "long", "int": "integer", "smallint": "short", "tinyint": "byte"}
_SQL = {delta: sql for sql, delta in _DELTA.items()}
_REPOSITORY = Path(demo_factory.__file__).parent.parent
# The checkout is there while Spark starts, and gone before the step's own code, which has to come with the step.
_BOOTSTRAP = """
import sys
from pathlib import Path

sys.path.insert(0, {repository!r})
from demo_factory.workspace.local.session import open_session
from demo_factory.workspace.local.layout import StateFolder
from demo_factory.workspace.local.catalog import refresh

spark = open_session(StateFolder(Path({lake!r})), {catalog!r}, {schemas!r}, rows=1)
sc = spark.sparkContext
sys.path.remove({repository!r})
for name in [name for name in sys.modules if name.partition(".")[0] == "demo_factory"]:
    del sys.modules[name]


def look_again(lake=StateFolder(Path({lake!r}))):
    refresh(spark, lake, {catalog!r})


def keep_views(statement, *args, then=spark.sql, **kwargs):
    found = then(statement, *args, **kwargs)
    if statement.startswith("CREATE OR REPLACE VIEW "):
        _, schema, name = (part.strip("`") for part in statement.split()[4].split("."))
        file = Path({lake!r}) / "lakehouse" / {catalog!r} / schema / "_views" / (name + ".sql")
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


def operations_of(table: Path) -> list[str]:
    """What was done to a Delta table, as its log says it, oldest first."""
    files = sorted((table / "_delta_log").glob("*.json"))
    lines = (json.loads(line) for file in files for line in file.read_text().splitlines())
    return [one["commitInfo"]["operation"] for one in lines if "commitInfo" in one]


def live_files(table: Path) -> set[str]:
    """The files that hold a Delta table's rows now."""
    found: set[str] = set()
    for file in sorted((table / "_delta_log").glob("*.json")):
        for line in map(json.loads, file.read_text().splitlines()):
            found -= {line["remove"]["path"]} if "remove" in line else set()
            found |= {line["add"]["path"]} if "add" in line else set()
    return found


def unguarded(double: Double, catalog: str, guards: dict[str, set[str]], going: bool = False) -> list[str]:
    """Columns of tables that hold rows at this moment and should be masked, and are not.

    Args:
        guards: by the table's short name the columns that are to be masked.
        going: tables that the catalog has no more are out of reach; else one that it has not yet counts too.
    """
    found = []
    for one in list_objects(lake_of(double), catalog):
        if one.kind == "table" and one.full_name.name in guards and live_files(one.path):
            there = double.state.securables.get(("table", str(one)))
            if there is None and going:
                continue
            columns = there.info["columns"] if there else []
            masked = {column["name"] for column in columns if "mask" in column}
            found += sorted(f"{one}.{column}" for column in guards[one.full_name.name] - masked)
    return found


def make_empty(table: Path, columns: list[dict[str, Any]], partition: list[str]) -> None:
    """The Delta table that a warehouse makes or replaces: one commit, no rows."""
    log = table / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    version = len(list(log.glob("*.json")))
    fields = [
        {
            "name": one["name"],
            "type": _DELTA.get(one["type_text"], one["type_text"]),
            "nullable": one["nullable"],
            "metadata": {"comment": one["comment"]} if "comment" in one else {},
        }
        for one in columns
    ]
    now = int(time.time() * 1000)
    about = {
        "id": str(uuid.uuid4()),
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": partition,
        "configuration": {},
        "createdTime": now,
    }
    operation = "CREATE OR REPLACE TABLE" if version else "CREATE TABLE"
    actions: list[dict[str, Any]] = [
        {"commitInfo": {"timestamp": now, "operation": operation, "operationParameters": {}}}
    ]
    actions += [] if version else [{"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}]
    actions += [{"metaData": about}]
    gone = {"deletionTimestamp": now, "dataChange": True}
    actions += [{"remove": {"path": path, **gone}} for path in sorted(live_files(table))]
    text = "\n".join(map(json.dumps, actions)) + "\n"
    (log / f"{version:020d}.json").write_text(text)


def give_spark(double: Double, catalog: str, *schemas: str, at_once: bool = False) -> None:
    """Let the double's runs have Spark, and its Unity Catalog know what they made.

    Args:
        at_once: at every call of a run that goes on, where one process makes tables and what hangs on them.
    """
    lake = lake_of(double)
    double.settings.spark_bootstrap = _BOOTSTRAP.format(
        repository=str(_REPOSITORY), lake=str(lake.root), catalog=catalog, schemas=schemas
    )

    told: set[str] = set()

    def register(run_id: int) -> None:
        with double.state.lock:
            owner = double.state.kept["runs"][run_id].caller.name
            for one in list_objects(lake, catalog):
                if ("table", str(one)) in double.state.securables:
                    told.add(str(one))
                elif str(one) in told:  # dropped meanwhile
                    shutil.rmtree(one.path) if one.path.is_dir() else one.path.unlink()
                    told.remove(str(one))
                else:
                    view = one.kind == "view"
                    columns = {"a": "int"} if view else columns_of(one.path)
                    double.add_table(str(one), columns, owner, "VIEW" if view else "MANAGED")

    def now(*_: object) -> None:
        for run in [one for one in double.state.kept["runs"].values() if not one.ended]:
            register(run.run_id)

    def made_by_a_warehouse(name: str, columns: list[dict[str, Any]], partition: list[str]) -> None:
        make_empty(lake.table(*name.split(".")), columns, partition)

    double.settings.after_run, double.settings.on_table = register, made_by_a_warehouse
    double.on_call = now if at_once else None
