"""What tables with masks or a row filter refuse of a run's Spark. Run by bootstrap.py in the task's process.

Databricks on dedicated compute (docs.databricks.com/aws/en/compute/single-user-fgac, "Support for write operations"):
MERGE INTO in SQL, and DataFrame.write.mode("append"); no other write is named there. Elsewhere guards are enforced by
the compute itself; earlier versions of a guarded table can be read nowhere. What Spark replaces comes without its
guards here, since no document says that they stay.
"""

import json
import re
import urllib.error
import urllib.request

from pyspark.sql import DataFrameWriter
from pyspark.sql.readwriter import DataFrameWriterV2

_HERE = globals()
_FROM_DEDICATED = {"merge", "append"}
_NAME = r"\s+(?:TABLE\s+)?(`[^`]+`(?:\.`[^`]+`)*|[\w.]+)"
_STATEMENTS = {
    rf"MERGE\s+INTO{_NAME}": "merge",
    rf"INSERT\s+(?:INTO|OVERWRITE){_NAME}": "insert",
    rf"(?:DELETE\s+FROM|UPDATE){_NAME}": "update",
    rf"(?:OPTIMIZE|VACUUM){_NAME}": "files",
    rf"RESTORE{_NAME}": "restore",
    rf"ALTER{_NAME}": "alter",
    rf"COMMENT\s+ON{_NAME}": "alter",
    rf"CREATE\s+OR\s+REPLACE{_NAME}\s*(?!.*\bVIEW\b)": "replace",
}


def _call(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    headers = {"Authorization": f"Bearer {_HERE['TOKEN']}", "Content-Type": "application/json"}
    request = urllib.request.Request(_HERE["URL"] + path, data, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _guards(name):
    """The guards of a table, as statements that take them off; none of what is not there."""
    try:
        shown = _call("GET", f"/api/2.1/unity-catalog/tables/{name}")
    except urllib.error.HTTPError:
        return []
    masks = [f"ALTER COLUMN `{one['name']}` DROP MASK" for one in shown.get("columns", []) if "mask" in one]
    return masks + (["DROP ROW FILTER"] if "row_filter" in shown else [])


def _write(name, statement, write):
    """Do a write, unless the table is guarded and this compute may not."""
    name = name.replace("`", "")
    guards = _guards(name) if name.count(".") == 2 else []
    if guards and (statement == "restore" or (_HERE["DEDICATED"] and statement not in _FROM_DEDICATED)):
        mode = "dedicated" if _HERE["DEDICATED"] else "this"
        raise RuntimeError(f"[DOUBLE] {name} has masks or a row filter: {mode} compute may not {statement} there")
    if _HERE["look_again"] is not None:
        _HERE["look_again"]()
    found = write()
    if guards and statement == "replace":
        [warehouse] = _call("GET", "/api/2.0/sql/warehouses")["warehouses"]
        for one in guards:
            body = {"statement": f"ALTER TABLE {name} {one}", "warehouse_id": warehouse["id"]}
            _call("POST", "/api/2.0/sql/statements/", body)
    return found


def _of_v2(method, statement):
    then = getattr(DataFrameWriterV2, method)
    call = lambda self, *given: _write(self._double_name, statement, lambda: then(self, *given))  # noqa: E731
    setattr(DataFrameWriterV2, method, call)


def _write_to(self, frame, table, then=DataFrameWriterV2.__init__):
    self._double_name = table
    then(self, frame, table)


def _mode(self, mode, then=DataFrameWriter.mode):
    self._double_mode = mode
    return then(self, mode)


def _save_as_table(self, name, *given, then=DataFrameWriter.saveAsTable, **named):
    statement = "append" if getattr(self, "_double_mode", "") == "append" else "replace"
    return _write(name, statement, lambda: then(self, name, *given, **named))


def _insert_into(self, name, *given, then=DataFrameWriter.insertInto, **named):
    return _write(name, "insert", lambda: then(self, name, *given, **named))


def _sql(statement, *given, then=SPARK.sql, **named):  # noqa: F821 - given by bootstrap.py
    for pattern, kind in _STATEMENTS.items():
        match = re.match(rf"\s*{pattern}", statement, re.IGNORECASE)
        if match:
            return _write(match[1], kind, lambda: then(statement, *given, **named))
    return then(statement, *given, **named)


for _method, _kind in {
    "create": "replace",
    "replace": "replace",
    "createOrReplace": "replace",
    "append": "insert",
    "overwrite": "overwrite",
    "overwritePartitions": "overwrite",
}.items():
    _of_v2(_method, _kind)
SPARK.sql = _sql  # noqa: F821
DataFrameWriterV2.__init__ = _write_to
DataFrameWriter.mode = _mode
DataFrameWriter.saveAsTable = _save_as_table
DataFrameWriter.insertInto = _insert_into
