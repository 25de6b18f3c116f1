"""A small right blueprint, and what the loader says when one thing in it is wrong."""

from __future__ import annotations

from demo_factory.blueprint.errors import BlueprintError
from demo_factory.blueprint.load import loads

SMALL = """\
demo: shop
schema: sales
seed: 7
history: 90 days
tables:
  customers:
    rows: 100
    arrives: {initial: 0.4}
    people: {US: 0.5, DE: 0.5}
    columns:
      customer_id: {key: C-0000}
      first_name: {person: first_name}
      last_name: {person: last_name}
      mail: {email: example.com}
      segment: {choice: {Basic: 0.7, Plus: 0.3}}
      joined: {arrival: date}
      income: {normal: {mean: 50, std: 9}, correlate: {with: spend, r: 0.5}}
      spend: {lognormal: {median: 4, sigma: 1}, check: {min: 0, max: 1000}}
  orders:
    rows: 1_000
    arrives: {growth: 0.1, peaks: {11-29: 2}}
    layout: {partition_by: day}
    contract: {fresh_within: 1 day, unique: [[order_id, day]]}
    columns:
      order_id: {key: integer}
      customer_id: {ref: customers}
      at: {arrival: timestamp}
      day: {expr: to_date(at), check: {not_before: customers.joined}}
      gift: {boolean: 0.1}
      code: {template: '{day} {customers.segment}', check: {pattern: '^2'}}
      channel: {choice: {by: customers.segment, cases: {Basic: [web], Plus: {web: 0.5, app: 0.5}}}}
views:
  by_segment: {sql: 'SELECT segment FROM customers'}
models:
  plus: {entity: customer_id, target: segment, features: SELECT 1, label: SELECT 2, predictions: {table: guesses}}
optimize:
  orders: {zorder: [customer_id], vacuum: 1 week}
  by_segment: {cache: true}
"""


def changed(*replacements: tuple[str, str]) -> str:
    """SMALL with texts replaced, each of which stands in it once."""
    text = SMALL
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


def complaints(text: str | bytes) -> list[str]:
    """The lines that a user sees."""
    try:
        loads(text, "b.yaml")
    except BlueprintError as error:
        return str(error).splitlines()
    return []
