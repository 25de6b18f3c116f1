"""The blueprint: everything a demo is, in one frozen value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.names import Name
from demo_factory.blueprint.values import Days, Hours, Strict

SMALLEST_SCALE, LARGEST_SCALE = 0.001, 100_000.0
LARGEST_SEED = 2**63 - 1


class Arrivals(Strict):
    """How a table's rows come in day by day. The table's `rows` is the total at the end of the history."""

    initial: float = Field(default=0, ge=0, le=0.99, description="the share of rows that came before the history")
    before: Days = Field(default=1095, description="how long before the history those rows are spread")
    growth: float = Field(default=0, ge=-0.9, le=10, description="a year, 0.2 is 20 % more rows each year")
    weekdays: list[float] | None = Field(default=None, min_length=7, max_length=7, description="Monday first")
    months: list[float] | None = Field(default=None, min_length=12, max_length=12, description="January first")
    peaks: dict[Annotated[str, Field(pattern=r"^\d\d-\d\d$")], float] = Field(
        default={}, description="factors for single days of the year, as 11-29: 2.5"
    )
    hours: list[float] | None = Field(default=None, min_length=24, max_length=24, description="weights of 24 hours")

    @model_validator(mode="after")
    def _weights(self) -> Arrivals:
        for name in ("weekdays", "months", "hours"):
            weights = getattr(self, name)
            if weights is not None and (min(weights) < 0 or sum(weights) <= 0):
                raise ValueError(f"{name} must be zero or more, and not all zero")
        if any(factor < 0 for factor in self.peaks.values()):
            raise ValueError("peaks must be zero or more")
        if self.initial and not self.before:
            raise ValueError("before must be at least 1 day when initial is above 0")
        return self


class RowBand(Strict):
    """How many rows are right at scale 1; the band grows with the scale."""

    min: int = Field(default=1, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> RowBand:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} must not be above max {self.max}")
        return self


class Contract(Strict):
    """What a table promises beyond its columns' checks. Blocking: a broken promise stops what is downstream."""

    blocking: bool = True
    rows: RowBand | None = None
    fresh_within: Hours | None = Field(default=None, description="the newest arrival is at most this old at as_of")
    unique: list[list[Name]] = Field(default=[], description="combinations of columns that never repeat")


class Layout(Strict):
    """How a table's files lie: one partition column, a date cut to a sensible grain."""

    partition_by: Name
    grain: Literal["day", "month", "year"] = "month"


class Table(Strict):
    """A generated table."""

    comment: str = ""
    owner: str | None = None
    tags: dict[str, str] = {}
    rows: int = Field(ge=1, le=10_000_000_000, description="at scale 1, at the end of the history")
    scales: bool = Field(default=True, description="false: the row count is the same at every scale")
    arrives: Arrivals | None = None
    people: dict[str, float] = Field(default={"US": 1.0}, description="countries of persons and addresses by weight")
    contract: Contract = Contract()
    layout: Layout | None = None
    columns: dict[Name, Column] = Field(min_length=1, max_length=1000)

    @property
    def key(self) -> str | None:
        """The name of the key column, if the table has one."""
        return next((name for name, column in self.columns.items() if column.key is not None), None)

    @property
    def arrival(self) -> str | None:
        """The name of the column that says when a row came to be, if the table has one."""
        return next((name for name, column in self.columns.items() if column.arrival is not None), None)


class View(Strict):
    """A view: SQL over the demo's own short names."""

    comment: str = ""
    owner: str | None = None
    tags: dict[str, str] = {}
    sql: str = Field(min_length=1)
    columns: dict[Name, str] = Field(default={}, description="comments by column")


class Predictions(Strict):
    """The table that a model's predictions for every entity go to."""

    table: Name
    comment: str = ""


class Model(Strict):
    """A classifier. In its SQL `:at` is the day the features are seen from and `:until` the day the label is known."""

    comment: str = ""
    owner: str | None = None
    entity: Name = Field(description="the column that names one example, such as customer_id")
    target: Name = Field(description="the label's column in the label query")
    positive: str | None = Field(default=None, description="of two classes the one that matters")
    features: str = Field(min_length=1)
    label: str = Field(min_length=1)
    horizon: Days = Field(default=0, description="days between :at and :until; 0 when the label is known at once")
    algorithm: Literal["logistic_regression", "random_forest", "gradient_boosting"] = "logistic_regression"
    metric: Literal["f1", "accuracy", "precision", "recall", "roc_auc"] = "f1"
    test_share: float = Field(default=0.25, gt=0.05, lt=0.6)
    max_rows: int = Field(default=200_000, ge=100, le=2_000_000, description="the bounded sample it learns from")
    predictions: Predictions


class Optimize(Strict):
    """Maintenance of one table, or caching of one view where the compute supports it."""

    comment: str = ""
    zorder: list[Name] = []
    vacuum: Hours | None = None
    cache: bool = False

    @model_validator(mode="after")
    def _something(self) -> Optimize:
        if not (self.zorder or self.vacuum or self.cache):
            raise ValueError("nothing to do: give zorder, vacuum or cache")
        if self.vacuum is not None and self.vacuum < 168:
            raise ValueError(f"vacuum {self.vacuum} hours is below Delta's safe minimum of 168 hours")
        return self


class Blueprint(Strict):
    """One demo, whole."""

    demo: Name
    title: str = ""
    industry: str = ""
    project: Name | None = Field(default=None, description="the first part of every Dagster asset key; default: schema")
    audience: str = ""
    owner: str = "demo_factory"
    catalog: str = Field(default="{env}_{demo}_demo", pattern=r"^[a-z0-9_{}]+$")
    schema_name: Name = Field(default="demo", alias="schema")
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED)
    history: Days = Field(default=365, ge=1, le=7300)
    tables: dict[Name, Table] = Field(min_length=1)
    views: dict[Name, View] = {}
    models: dict[Name, Model] = {}
    optimize: dict[Name, Optimize] = {}

    @property
    def asset_prefix(self) -> str:
        """The first part of every asset key."""
        return self.project or self.schema_name

    def catalog_name(self, env: str) -> str:
        """The catalog with the environment in its name, as dev_retail_demo."""
        return self.catalog.replace("{env}", env).replace("{demo}", self.demo)
