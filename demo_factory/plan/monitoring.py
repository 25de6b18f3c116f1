"""Which queries on a demo were slow and who did what with it: values, and SQL over a workspace's system tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SLOW_DAYS = 7
MOST_ROWS = 50
TEXT_LENGTH = 500  # of a query; the rest is left out
_SLOW = f"""
SELECT
  start_time AS `began`, executed_by AS `who`, total_duration_ms AS `milliseconds`, produced_rows AS `rows`,
  execution_status AS `status`, left(statement_text, {TEXT_LENGTH}) AS `text`,
  waiting_for_compute_duration_ms AS `waited`, read_bytes, statement_id
FROM system.query.history
WHERE start_time >= date_sub(current_date(), cast(:days AS INT))
  AND contains(lower(statement_text), :catalog)
  AND total_duration_ms >= :at_least_ms
ORDER BY total_duration_ms DESC
"""
# Actions name their object by different parameters, and some that make it by a short name beside its container's.
# https://docs.databricks.com/aws/en/admin/account-settings/audit-logs, Unity Catalog events
_OBJECT = """coalesce(
    request_params['full_name_arg'], request_params['securable_full_name'], request_params['table_full_name'],
    request_params['entity_name'],
    concat_ws('.', request_params['catalog_name'], request_params['schema_name'], request_params['name'])
  )"""
_AUDIT = f"""
SELECT
  event_time AS `at`, user_identity.email AS `who`, action_name AS `action`, {_OBJECT} AS `object`,
  response.status_code AS `status`, source_ip_address AS `address`, request_params['changes'] AS `detail`
FROM system.access.audit
WHERE event_date >= date_sub(current_date(), cast(:days AS INT))
  AND service_name = 'unityCatalog'
  AND startswith(concat(lower({_OBJECT}), '.'), :inside)
ORDER BY event_time DESC
"""


@dataclass(frozen=True)
class Query:
    """One query that ran: `rows` are those it gave, `began` is UTC, and what a laptop does not know is None."""

    began: str
    who: str
    milliseconds: int
    rows: int | None
    status: str
    text: str
    waited: int | None = None  # milliseconds for compute
    read_bytes: int | None = None
    statement_id: str | None = None


@dataclass(frozen=True)
class Event:
    """One thing that somebody did, or tried to do, with a demo; `detail` says of grants what changed, as JSON."""

    at: str
    who: str | None
    action: str
    object: str
    status: int | None
    address: str | None
    detail: str | None = None


@dataclass(frozen=True)
class Statement:
    """A query with the values of its `:name` markers."""

    text: str
    parameters: Mapping[str, object]


def slowest(queries: Iterable[Query], most: int = MOST_ROWS) -> tuple[Query, ...]:
    """The slowest first, and no more than that many."""
    return tuple(sorted(queries, key=lambda one: one.milliseconds, reverse=True)[:most])


def slow_queries(catalog: str, days: int = SLOW_DAYS, at_least_ms: int = 0, most: int = MOST_ROWS) -> Statement:
    """The slowest queries of the last days that speak of a catalog, slowest first; its columns are those of `Query`.

    Those of warehouses and serverless compute: classic clusters are not in `system.query.history`. It is about an hour
    behind, and admins alone may read it unless they granted it.
    """
    values = {"days": days, "catalog": catalog.lower(), "at_least_ms": at_least_ms}
    return Statement(_limited(_SLOW, most), values)


def audit(name: str, days: int, most: int = MOST_ROWS) -> Statement:
    """What was done with a catalog, a schema or a table and all in it, newest first; columns as `Event`."""
    return Statement(_limited(_AUDIT, most), {"days": days, "inside": f"{name.lower()}."})


def _limited(text: str, most: int) -> str:
    return f"{text.strip()}\nLIMIT {int(most)}"
