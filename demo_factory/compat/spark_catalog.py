"""Entries in a Spark session's in-memory catalog, written directly: much faster than the same by SQL.

`CREATE TABLE ... LOCATION` reads each table's log (0.1 to 1 s) and makes the table external, so that a later DROP would
leave its files. An entry without a schema is what Delta itself stores: everything else comes from the table's log.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo_factory.compat import delta

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_FIRST_DEFAULT, _LAST_DEFAULT = 6, 22  # Spark's CatalogTable has 22 fields; the first five are ours


def create_schema(session: SparkSession, schema: str, folder: Path) -> None:
    """A schema whose managed tables live in `folder`; one that exists (`default` always does) is moved there."""
    catalog, package = _catalog(session), _package(session)
    no_properties = package.CatalogStorageFormat.empty().properties()
    database = package.CatalogDatabase(schema, "", _uri(session, folder), no_properties)
    if catalog.databaseExists(schema):
        catalog.alterDatabase(database)
    else:
        catalog.createDatabase(database, True)


def forget_schema(session: SparkSession, schema: str, nowhere: Path) -> None:
    """Take a schema out of the catalog and leave its folder alone: Spark would delete it, so it is moved first."""
    if schema != "default":
        create_schema(session, schema, nowhere)
        _catalog(session).dropDatabase(schema, True, True)


def register_table(session: SparkSession, schema: str, table: str, folder: Path, external: bool = False) -> None:
    """Enter a Delta folder as a managed table, so that DROP TABLE removes it; or as external, which no DROP does."""
    kinds = _package(session).CatalogTableType
    entry = _entry(session, schema, table, folder, kinds.EXTERNAL() if external else kinds.MANAGED())
    _catalog(session).createTable(entry, True, False)


def forget(session: SparkSession, schema: str, name: str, nowhere: Path) -> None:
    """Take a table or view out of the catalog and leave the disk alone.

    Spark deletes a managed table's folder, where another process may just have made a new table: the entry is first
    turned into an external one.
    """
    if is_managed_table(session, schema, name):
        entry = _entry(session, schema, name, nowhere, _package(session).CatalogTableType.EXTERNAL())
        _catalog(session).alterTable(entry)
    _catalog(session).dropTable(_identifier(session, schema, name), True, False)


def reload(session: SparkSession, schema: str, name: str, folder: Path) -> None:
    """Make the session read the table's log anew: another process replaced the whole folder."""
    delta.forget_log(session, folder)
    _catalog(session).refreshTable(_identifier(session, schema, name))


def names_in(session: SparkSession, schema: str) -> list[str]:
    """Everything the session knows in a schema, tables and views (not temporary ones)."""
    catalog = _catalog(session)
    if not catalog.databaseExists(schema):
        return []
    found = catalog.listTables(schema)
    identifiers = [found.apply(position) for position in range(found.size())]
    return [one.table() for one in identifiers if one.database().isDefined()]


def schemas_in(session: SparkSession) -> list[str]:
    """Every schema the session knows."""
    found = _catalog(session).listDatabases()
    return [found.apply(position) for position in range(found.size())]


def is_managed_table(session: SparkSession, schema: str, name: str) -> bool:
    """True for a table whose files belong to the schema's folder; False for views and external tables."""
    kind = _catalog(session).getTableMetadata(_identifier(session, schema, name)).tableType()
    return str(kind.name()) == "MANAGED"


def _entry(session: SparkSession, schema: str, table: str, folder: Path, table_type: Any) -> Any:
    package = _package(session)
    empty = package.CatalogStorageFormat.empty()
    storage = package.CatalogStorageFormat(
        _option(session, _uri(session, folder)),
        empty.inputFormat(),
        empty.outputFormat(),
        empty.serde(),
        empty.compressed(),
        empty.properties(),
        empty.serdeName(),
    )
    no_schema = session._jvm.org.apache.spark.sql.types.StructType()
    provider = _option(session, "delta")
    defaults = [
        getattr(package.CatalogTable, f"apply$default${position}")()
        for position in range(_FIRST_DEFAULT, _LAST_DEFAULT + 1)
    ]
    identifier = _identifier(session, schema, table)
    return package.CatalogTable(identifier, table_type, storage, no_schema, provider, *defaults)


def _catalog(session: SparkSession) -> Any:
    return session._jsparkSession.sessionState().catalog()


def _package(session: SparkSession) -> Any:
    return session._jvm.org.apache.spark.sql.catalyst.catalog


def _identifier(session: SparkSession, schema: str, name: str) -> Any:
    identifier = session._jvm.org.apache.spark.sql.catalyst.TableIdentifier
    return identifier(name, _option(session, schema), _option(session, "spark_catalog"))


def _option(session: SparkSession, value: Any) -> Any:
    return session._jvm.scala.Option.apply(value)


def _uri(session: SparkSession, folder: Path) -> Any:
    return session._jvm.java.net.URI(folder.as_uri())
