"""A planted problem: the answer is `a` exclusive-or `b`, so trees find it and a straight line cannot."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from demo_factory.blueprint.model import Model, Predictions
from demo_factory.resources.graph import ModelPlan, PredictionsPlan
from demo_factory.sql.names import FullName

# MLflow 3.17 uses what SQLAlchemy 2.1 deprecates, and warns of type hints of its own; each once a process.
QUIET = [
    pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]

AS_OF = dt.date(2026, 11, 24)
ROWS = 700
CUSTOMERS = f"""
    SELECT concat('C-', id) AS customer,
           pmod(xxhash64(id, 1), 1000) / 1000 AS a, pmod(xxhash64(id, 2), 1000) / 1000.0D AS b,
           CASE WHEN pmod(id, 50) = 0 THEN NULL ELSE CAST(pmod(xxhash64(id, 3), 9) AS INT) END AS noise
    FROM range({ROWS})
"""
FEATURES = f"SELECT customer, a, b, noise FROM ({CUSTOMERS})"
LABEL = f"SELECT customer, CASE WHEN (a > 0.5) <> (b > 0.5) THEN 'yes' ELSE 'no' END AS bought FROM ({CUSTOMERS})"

NOISY = f"""
    SELECT customer, CASE WHEN ((a > 0.5) <> (b > 0.5)) <> (pmod(xxhash64(customer, 9), 4) = 0) THEN 'yes' ELSE 'no' END
           AS bought FROM ({CUSTOMERS})
"""


def model_plan(
    features_sql: str = FEATURES,
    label_sql: str = LABEL,
    features: tuple[str, ...] = ("a", "b", "noise"),
    now_sql: str | None = None,
    **spec: Any,
) -> ModelPlan:
    """A model of the planted problem; change what a test is about."""
    given = {
        "entity": "customer",
        "target": "bought",
        "features": features_sql,
        "label": label_sql,
        "algorithm": "gradient_boosting",
        "metric": "f1",
        "horizon": 30,
        "predictions": Predictions(table="bought_predictions"),
        **spec,
    }
    return ModelPlan(
        name="will_buy",
        full_name=FullName("test_demo", "learn", "will_buy"),
        spec=Model.model_validate(given),
        features_then_sql=features_sql,
        label_sql=label_sql,
        features_now_sql=now_sql or features_sql,
        features=features,
        sources=("customers",),
        comment="Who will buy",
        owner="data_science",
        seed=7,
    )


PREDICTIONS = PredictionsPlan("bought_predictions", FullName("test_demo", "learn", "bought_predictions"), "will_buy")
