"""A small demo as a file, what to change in it, and how to look at what a build left."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import yaml

from demo_factory.operations.settings import Settings

DAY = dt.date(2026, 11, 24)
BLUEPRINT = """
demo: {demo}
title: A small shop
schema: sales
owner: shop_team
history: 60 days
tables:
  customers:
    comment: Who buys
    owner: crm_team
    tags: {{domain: customer}}
    rows: 200
    arrives: {{initial: 0.4}}
    columns:
      customer_id: {{key: C-00000, comment: Identifies the customer}}
      first_name: {{person: first_name, classification: pii}}
      last_name: {{person: last_name, classification: pii}}
      tier: {{choice: {{gold: 0.2, plain: 0.8}}, check: {{allowed: [gold, plain]}}}}
      joined: {{arrival: date}}
  orders:
    rows: 1000
    arrives: {{}}
    contract: {{rows: {{min: 900}}, fresh_within: 1 day}}
    columns:
      order_id: {{key: integer}}
      customer_id: {{ref: customers}}
      at: {{arrival: timestamp}}
      day: {{expr: to_date(at), check: {{not_before: customers.joined}}}}
      tier: {{expr: customers.tier}}
      factor: {{hidden: true, uniform: {{min: 1, max: 2}}}}
      amount: {{expr: 'round(factor * 10, 2)', type: 'decimal(10,2)', check: {{min: 0, max: 900}}}}
views:
  spending: {{sql: 'SELECT tier, sum(amount) AS spent FROM orders GROUP BY tier', comment: Money by tier}}
  people: {{sql: "SELECT customer_id, concat(first_name, ' ', last_name) AS who FROM customers"}}
  names: {{sql: 'SELECT who AS name FROM people'}}
optimize:
  orders: {{zorder: [customer_id]}}
"""


def blueprint(folder: Path, demo: str = "tiny", **changes: Any) -> Path:
    """The blueprint as a file.

    Args:
        changes: values by their path with two underscores between the parts, as views__spending__sql; None removes.
    """
    content = yaml.safe_load(BLUEPRINT.format(demo=demo))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = content
        for part in parents:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{demo}.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


def settings_of(home: Path, *folders: Path) -> Settings:
    """Settings that nothing of the real environment enters."""
    return Settings(home, folders, "local", "dev", None, None)
