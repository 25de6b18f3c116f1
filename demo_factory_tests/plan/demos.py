"""Small blueprints that tests share."""

import datetime as dt
from functools import cache

from demo_factory.blueprint.load import load, loads
from demo_factory.blueprint.model import Blueprint
from demo_factory.operations.settings import SHIPPED
from demo_factory.plan.compile import compile_demo
from demo_factory.resources.graph import DemoPlan

AS_OF = dt.date(2026, 11, 24)

SHOP = """
demo: shop
catalog: test_demo
schema: {schema}
history: 200 days
tables:
  customers:
    rows: 500
    arrives: {{initial: 0.3, before: 100 days, growth: 0.5}}
    people: {{US: 0.5, DE: 0.3, GB: 0.1, FR: 0.1}}
    columns:
      customer_id: {{key: C-00000, comment: Who}}
      first_name: {{person: first_name, classification: pii}}
      last_name: {{person: last_name}}
      email: {{email: example.org}}
      phone: {{address: phone}}
      city: {{address: city}}
      country: {{address: country}}
      postal_code: {{address: postal_code}}
      joined: {{arrival: date}}
      tier: {{choice: {{gold: 0.2, plain: 0.8}}}}
      age: {{normal: {{mean: 45, std: 14, min: 18, max: 90}}, type: int}}
  orders:
    rows: 4000
    arrives: {{weekdays: [1, 1, 1, 1, 1, 2, 0.5]}}
    contract: {{rows: {{min: 3900}}, fresh_within: 1 day}}
    columns:
      order_id: {{key: integer}}
      customer_id: {{ref: {{table: customers, pick: zipf, exponent: 0.9}}, check: {{required: true}}}}
      at: {{arrival: timestamp}}
      day: {{expr: to_date(at), check: {{not_before: customers.joined}}}}
      tier: {{expr: customers.tier}}
      amount: {{lognormal: {{median: 40, sigma: 0.6, max: 900}}, type: 'decimal(10,2)', check: {{min: 0, max: 900}}}}
      paid: {{expr: "amount * case customers.tier when 'gold' then 0.9 else 1 end", type: 'decimal(10,2)'}}
      note: {{template: 'order by {{customers.first_name}}', nulls: 0.25}}
views:
  spending:
    sql: SELECT tier, sum(paid) AS paid FROM orders GROUP BY tier
"""


def shop(schema: str = "shop") -> Blueprint:
    return loads(SHOP.format(schema=schema))


def shop_plan(schema: str = "shop", as_of: dt.date = AS_OF, **other) -> DemoPlan:
    return compile_demo(shop(schema), as_of=as_of, **other)


@cache
def retail() -> Blueprint:
    return load(SHIPPED / "retail.yaml")


@cache
def retail_plan() -> DemoPlan:
    return compile_demo(retail(), as_of=AS_OF)
