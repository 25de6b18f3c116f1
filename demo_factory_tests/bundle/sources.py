"""Bundles that tests share."""

from __future__ import annotations

import datetime as dt

from demo_factory.blueprint.load import loads
from demo_factory.bundle.source import Source
from demo_factory.plan.compile import compile_demo
from demo_factory.targets.load import parse_targets, workspaces

COFFEE = """\
demo: coffee
title: Coffee shop
catalog: "{env}_coffee"
schema: sales
history: 100 days
tables:
  customers:
    rows: 100
    arrives: {initial: 0.3}
    columns:
      customer_id: {key: C-0000}
      first_name: {person: first_name, classification: pii}
      joined: {arrival: date}
  orders:
    rows: 500
    arrives: {}
    columns:
      order_id: {key: O-00000}
      customer_id: {ref: customers}
      at: {arrival: timestamp}
      amount: {uniform: {min: 1, max: 9}}
views:
  spending: {sql: 'SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id'}
models:
  loyal:
    comment: Who comes back
    entity: customer_id
    target: label
    features: SELECT customer_id, amount FROM spending
    label: SELECT customer_id, amount > 20 AS label FROM spending
    predictions: {table: loyal_predictions}
optimize:
  orders: {zorder: [customer_id], vacuum: 168 hours}
governance:
  groups:
    analysts: {comment: Read}
    engineers: {comment: Build}
  service_principals:
    runner: {comment: Runs the jobs}
  runs_as: runner
  grants:
    - {to: [analysts], privileges: [SELECT], on: [spending]}
    - {to: [engineers], privileges: [SELECT, MODIFY], on: [schema]}
    - {to: [analysts], privileges: [EXECUTE], on: [loyal]}
  secrets:
    keys: {api: {env: COFFEE_API_KEY}}
    readers: [engineers, runner]
  budget_tag: coffee
"""

TARGETS = """\
targets:
  dev:
    host: https://dev.example.com
    auth: {profile: dev}
    compute: {serverless: {}}
    warehouse: demos
    principals: {analysts: coffee-analysts-dev}
    notify: [team@example.com]
  staging:
    host: https://staging.example.com
    auth: {service_principal: {client_id: abc, secret_env: STAGING_SECRET}}
    compute: {cluster: {spark_version: 17.3.x-scala2.13, node_type: i3.xlarge, autoscale: {min: 1, max: 4}}}
    warehouse: demos
    budget_tag: staging-demos
  prod:
    host: https://prod.example.com
    compute: {cluster: {existing: 1234-567890-abcdef}}
    warehouse: demos
    principals: {runner: 11111111-2222-3333-4444-555555555555}
    allow: {create_catalog: false}
"""


def coffee(blueprint: str = COFFEE, targets: str = TARGETS, package: str = "demo-factory==0.1.0") -> Source:
    plan = compile_demo(loads(blueprint), as_of=dt.date(2026, 1, 31), env="dev")
    found = workspaces(parse_targets(targets))
    return Source(plan, found, blueprint, package)
