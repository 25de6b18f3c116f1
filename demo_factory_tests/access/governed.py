"""A small demo with every kind of governance, which tests share."""

from __future__ import annotations

from demo_factory.blueprint.load import loads
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.graph import DemoPlan
from demo_factory.resources.registry import governed_resources
from demo_factory.resources.resource import Resource
from demo_factory_tests.plan.demos import AS_OF

CATALOG, SCHEMA = "dev_gov_demo", "shop"
PLACE = f"{CATALOG}.{SCHEMA}"

GOVERNED = """
demo: gov
catalog: "{env}_gov_demo"
schema: shop
owner: shop_team
history: 30 days
tables:
  customers:
    owner: stewards
    rows: 40
    people: {US: 0.5, DE: 0.5}
    tags: {domain: customer}
    columns:
      customer_id: {key: C-00000}
      first_name: {person: first_name, classification: pii}
      last_name: {person: last_name, classification: pii}
      email: {email: example.org, classification: pii}
      born: {date: {min: 1950-01-01, max: 2005-12-31}, classification: pii}
      income: {uniform: {min: 10, max: 99}, type: 'decimal(10,2)', classification: confidential}
      city: {address: city, classification: confidential}
      country: {address: country}
  orders:
    rows: 90
    columns:
      order_id: {key: integer}
      customer_id: {ref: customers}
      amount: {uniform: {min: 1, max: 9}, type: int}
  notes:
    rows: 5
    columns:
      note_id: {key: integer}
views:
  letters: {sql: 'SELECT email AS address, upper(first_name) AS name, country FROM customers'}
  spending:
    sql: |
      SELECT l.country, count(*) AS orders, sum(o.amount) AS amount
      FROM orders o JOIN customers c ON c.customer_id = o.customer_id JOIN letters l ON l.address = c.email
      GROUP BY l.country
volumes:
  papers:
    comment: What the customers signed
    files: {terms.txt: "Be kind.\\n", prices.csv: "bread,3\\nmilk,2\\n"}
governance:
  groups:
    analysts: {members: [ann@example.com, germans]}
    germans: {members: [gerd@example.com]}
    engineers: {members: [robot, eve@example.com]}
    stewards: {members: [stan@example.com]}
    nobody: {members: [noa@example.com]}
  service_principals:
    robot: {}
  runs_as: robot
  grants:
    - {to: [analysts], privileges: [SELECT], on: [customers, spending]}
    - {to: [germans], privileges: [SELECT], on: [letters]}
    - {to: [germans], privileges: [READ VOLUME], on: [papers]}
    - {to: [engineers], privileges: [SELECT, MODIFY, CREATE TABLE], on: [schema]}
  masks:
    - {classification: pii, except: [engineers]}
    - {columns: [customers.email], show: hash, except: [engineers]}
    - {columns: [customers.born], show: year, except: [engineers]}
    - {columns: [customers.city], show: first_letter, except: [engineers, analysts]}
    - {columns: [customers.income], show: nothing}
  row_filters:
    customers: {keep: "country = 'DE' or not is_account_group_member('germans')", except: [engineers]}
  secrets:
    keys: {password: {env: GOV_PASSWORD}}
    readers: [robot]
  audit: 7 days
"""


def governed() -> DemoPlan:
    """The plan of the governed shop."""
    return compile_demo(loads(GOVERNED), as_of=AS_OF)


def items() -> dict[tuple[str, str], Resource]:
    """Its items by kind and key."""
    return {item.id: item for item in governed_resources(governed())}
