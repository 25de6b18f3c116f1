"""The blueprint that a user starts from: small, commented, and a useful demo as it stands."""

from __future__ import annotations

from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.names import check_identifier

_START = """\
# yaml-language-server: $schema={schema}
# (the line above makes editors complete and check this file; correct the path if it does not fit)
demo: {name}
title: {title}
catalog: "{{env}}_{{demo}}_demo" # {{env}} is the environment: dev_{name}_demo on your laptop
schema: sales
history: 1 year # the data ends today and goes back this far

tables:
  customers:
    comment: Everyone with an account
    rows: 2_000 # at scale 1
    arrives: {{initial: 0.4, growth: 0.2}} # 40 % were there before the history; 20 % more each year
    people: {{US: 0.6, GB: 0.4}} # countries of names and addresses
    columns:
      customer_id: {{key: CUST-000000, comment: Identifies the customer}}
      first_name: {{person: first_name, classification: pii}}
      last_name: {{person: last_name, classification: pii}}
      email: {{email: example.com, classification: pii, check: {{unique: true}}}}
      country: {{address: country}}
      segment: {{choice: {{Basic: 0.6, Plus: 0.3, Premium: 0.1}}}} # weights sum to 1
      signup_date: {{arrival: date, comment: First day as a customer}}

  orders:
    comment: What customers bought
    rows: 20_000
    arrives: {{growth: 0.2, weekdays: [0.8, 0.8, 0.9, 1, 1.2, 1.5, 0.8]}} # Monday first
    contract: {{rows: {{min: 18_000, max: 60_000}}, fresh_within: 1 day}} # broken promises stop what follows
    columns:
      order_id: {{key: ORD-00000000}}
      customer_id: {{ref: {{table: customers, pick: zipf}}, check: {{required: true}}}} # some buy much more than others
      ordered_at: {{arrival: timestamp}}
      order_date: {{expr: to_date(ordered_at), check: {{not_before: customers.signup_date}}}}
      # many small amounts and few large ones: the median, the spread of the logarithm, and bounds
      amount: {{lognormal: {{median: 40, sigma: 0.6, min: 1, max: 2_000}}, type: 'decimal(10,2)', check: {{min: 1}}}}

views:
  segment_sales:
    comment: Orders and revenue by segment
    sql: |
      SELECT c.segment, count(*) AS orders, sum(o.amount) AS revenue
      FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY c.segment

optimize:
  orders: {{zorder: [customer_id, order_date]}}
"""


def new_blueprint(name: str, schema: str = "../../docs/blueprint.schema.json") -> str:
    """The text of a small blueprint that works as it stands.

    Args:
        name: the demo's name.
        schema: where the editor finds the JSON Schema, as seen from the new file.

    Raises:
        WrongUsage: when the name cannot be used.
    """
    try:
        check_identifier(name)
    except ValueError as error:
        raise WrongUsage(f"No demo can have this name: {error}.") from None
    return _START.format(name=name, title=f"{name.replace('_', ' ').capitalize()} demo", schema=schema)
