"""Queries over a workspace's system tables: who did what with a demo, and which of its queries were slow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SLOW_DAYS = 7
MOST_ROWS = 50
_SLOW = """
SELECT
  start_time, executed_by, execution_status, total_duration_ms, waiting_for_compute_duration_ms,
  read_rows, read_bytes, statement_id, left(statement_text, 500) AS statement_text
FROM system.query.history
WHERE start_time >= date_sub(current_date(), :days)
  AND contains(lower(statement_text), :catalog)
  AND total_duration_ms >= :at_least_ms
ORDER BY total_duration_ms DESC
"""
# Actions name their object by different parameters.
_OBJECT = "coalesce(request_params['full_name_arg'], request_params['table_full_name'], request_params['name'])"
_AUDIT = f"""
SELECT
  event_time, user_identity.email AS who, action_name, {_OBJECT} AS object,
  response.status_code AS status_code, source_ip_address
FROM system.access.audit
WHERE event_date >= date_sub(current_date(), :days)
  AND service_name = 'unityCatalog'
  AND startswith(concat(lower({_OBJECT}), '.'), :inside)
ORDER BY event_time DESC
"""


@dataclass(frozen=True)
class Statement:
    """A query with the values of its `:name` markers."""

    text: str
    parameters: Mapping[str, object]


def slow_queries(catalog: str, days: int = SLOW_DAYS, at_least_ms: int = 0, most: int = MOST_ROWS) -> Statement:
    """The slowest queries of the last days that speak of a catalog, slowest first.

    Those of warehouses and serverless compute: classic clusters are not in `system.query.history`. It is about an hour
    behind, and admins alone may read it unless they granted it.
    """
    values = {"days": days, "catalog": catalog.lower(), "at_least_ms": at_least_ms}
    return Statement(_limited(_SLOW, most), values)


def audit(name: str, days: int, most: int = MOST_ROWS) -> Statement:
    """What was done with a catalog, a schema or a table and all in it, newest first."""
    return Statement(_limited(_AUDIT, most), {"days": days, "inside": f"{name.lower()}."})


def _limited(text: str, most: int) -> str:
    return f"{text.strip()}\nLIMIT {int(most)}"
