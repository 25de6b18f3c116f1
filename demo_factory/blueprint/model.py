"""The blueprint: everything a demo is, in one frozen value."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from demo_factory.blueprint.columns import Column
from demo_factory.blueprint.errors import WrongUsage
from demo_factory.blueprint.governance import Governance
from demo_factory.blueprint.names import Name, NameTemplate, fill
from demo_factory.blueprint.values import Days, Hours, Strict

SMALLEST_SCALE, LARGEST_SCALE = 0.001, 100_000.0
LARGEST_SEED = 2**63 - 1


def check_scale(scale: float) -> float:
    """The scale itself when it is in range.

    Raises:
        WrongUsage: names the range.
    """
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        raise WrongUsage(f"scale {scale:g} is not between {SMALLEST_SCALE:g} and {LARGEST_SCALE:,.0f}.")
    return scale


def _check_day(value: str) -> str:
    if re.fullmatch(r"[0-9]{2}-[0-9]{2}", value):
        try:
            dt.date(2024, int(value[:2]), int(value[3:]))  # a leap year: 02-29 is a day
        except ValueError:
            raise ValueError(f"there is no day {value}: write month-day, as 11-29") from None
        return value
    raise ValueError(f"{value!r} is not a day of the year: write month-day, as 11-29")


DayOfYear = Annotated[
    str, AfterValidator(_check_day), WithJsonSchema({"type": "string", "pattern": "^[0-1][0-9]-[0-3][0-9]$"})
]
# products of weights stay far from what a float can hold, so that days are counted exactly
Weight = Annotated[float, Field(ge=0, le=1_000_000)]


class Arrivals(Strict):
    """How a table's rows come in day by day. The table's `rows` is the total at the end of the history."""

    initial: float = Field(default=0, ge=0, le=0.99, description="the share of rows that came before the history")
    before: Days = Field(default=1095, description="how long before the history those rows are spread")
    growth: float = Field(default=0, ge=-0.9, le=10, description="a year, 0.2 is 20 % more rows each year")
    weekdays: list[Weight] | None = Field(default=None, min_length=7, max_length=7, description="Monday first")
    months: list[Weight] | None = Field(default=None, min_length=12, max_length=12, description="January first")
    peaks: dict[DayOfYear, Weight] = Field(default={}, description="factors for single days of the year, as 11-29: 2.5")
    hours: list[Weight] | None = Field(default=None, min_length=24, max_length=24, description="weights of 24 hours")

    @model_validator(mode="after")
    def _weights(self) -> Arrivals:
        for name in ("weekdays", "months", "hours"):
            weights = getattr(self, name)
            if weights is not None and sum(weights) <= 0:
                raise ValueError(f"{name} must not all be zero")
        if self.initial and not self.before:
            raise ValueError("before must be at least 1 day when initial is above 0")
        return self


class RowBand(Strict):
    """How many rows are right at scale 1 at the end of the history, as `rows` says how many there are.

    The band follows the table's planned rows: it grows with the scale and with every day that comes.
    """

    min: int = Field(default=1, ge=0, description="fewest rows")
    max: int | None = Field(default=None, ge=0, description="most rows")

    @model_validator(mode="after")
    def _in_order(self) -> RowBand:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} must not be above max {self.max}")
        return self


class Contract(Strict):
    """What a table promises beyond its columns' checks. Blocking: a broken promise stops what is downstream."""

    blocking: bool = Field(default=True, description="a broken promise stops what is downstream")
    rows: RowBand | None = Field(default=None, description="how many rows are right; follows the scale and the days")
    fresh_within: Hours | None = Field(default=None, description="the newest arrival is at most this old at as_of")
    unique: list[list[Name]] = Field(default=[], description="combinations of columns that never repeat")


class Layout(Strict):
    """How a table's files lie: one partition column, a date cut to a sensible grain."""

    partition_by: Name = Field(description="a column of dates")
    grain: Literal["day", "month", "year"] = Field(default="month", description="what one partition holds")


class Table(Strict):
    """A generated table."""

    comment: str = Field(default="", description="what it is, for people and catalogs")
    owner: str | None = Field(default=None, description="the team; default: the demo's owner")
    tags: dict[str, str] = Field(default={}, description="text by name")
    rows: int = Field(ge=1, le=10_000_000_000, description="at scale 1, at the end of the history")
    scales: bool = Field(default=True, description="false: the row count is the same at every scale")
    arrives: Arrivals | None = Field(default=None, description="rows come in day by day; {} for the defaults")
    people: dict[str, float] = Field(default={"US": 1.0}, description="countries of persons and addresses by weight")
    contract: Contract = Field(default=Contract(), description="what the table promises")
    layout: Layout | None = Field(default=None, description="how its files lie")
    columns: dict[Name, Column] = Field(min_length=1, max_length=1000, description="by name, in their order")

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

    comment: str = Field(default="", description="what it is, for people and catalogs")
    owner: str | None = Field(default=None, description="the team; default: the demo's owner")
    tags: dict[str, str] = Field(default={}, description="text by name")
    sql: str = Field(min_length=1, description="a SELECT over short names; :as_of is the newest day")
    columns: dict[Name, str] = Field(default={}, description="comments by column")


class Predictions(Strict):
    """The table that a model's predictions for every entity go to."""

    table: Name = Field(description="a new table, made by the model")
    comment: str = Field(default="", description="what it is, for people and catalogs")


class Model(Strict):
    """A classifier. In its SQL `:at` is the day the features are seen from and `:until` the day the label is known."""

    comment: str = Field(default="", description="what it is, for people and catalogs")
    owner: str | None = Field(default=None, description="the team; default: the demo's owner")
    entity: Name = Field(description="the column that names one example, such as customer_id")
    target: Name = Field(description="the label's column in the label query")
    positive: str | None = Field(default=None, description="of two classes the one that matters")
    features: str = Field(min_length=1, description="a SELECT of the entity and what is known of it at :at")
    label: str = Field(min_length=1, description="a SELECT of the entity and its class at :until")
    horizon: Days = Field(default=0, description="days between :at and :until; 0 when the label is known at once")
    algorithm: Literal["logistic_regression", "random_forest", "gradient_boosting"] = Field(
        default="logistic_regression", description="how it learns"
    )
    metric: Literal["f1", "accuracy", "precision", "recall", "roc_auc"] = Field(
        default="f1", description="what decides whether a new version is better"
    )
    test_share: float = Field(default=0.25, gt=0.05, lt=0.6, description="the share held back to judge it")
    max_rows: int = Field(default=200_000, ge=100, le=2_000_000, description="the bounded sample it learns from")
    predictions: Predictions = Field(description="where its predictions go")


class Optimize(Strict):
    """Maintenance of one table, or caching of one view where the compute supports it."""

    comment: str = Field(default="", description="what it is, for people and catalogs")
    zorder: list[Name] = Field(default=[], description="columns that files are laid out by")
    vacuum: Hours | None = Field(default=None, description="remove files older than this; at least 168 hours")
    cache: bool = Field(default=False, description="keep it in memory where the compute supports it")

    @model_validator(mode="after")
    def _something(self) -> Optimize:
        if not (self.zorder or self.vacuum or self.cache):
            raise ValueError("nothing to do: give zorder, vacuum or cache")
        if self.vacuum is not None and self.vacuum < 168:
            raise ValueError(f"vacuum {self.vacuum} hours is below Delta's safe minimum of 168 hours")
        return self


FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
# a file keeps the blanks and line ends that it is written with
FileText = Annotated[str, StringConstraints(strip_whitespace=False, max_length=100_000)]


class Volume(Strict):
    """A place for files beside the tables: a volume of Unity Catalog, a folder on a laptop."""

    comment: str = Field(default="", description="what it is, for people and catalogs")
    files: dict[FileName, FileText] = Field(default={}, max_length=20, description="texts by the file's name")


class Blueprint(Strict):
    """One demo, whole."""

    demo: Name = Field(description="the demo's name; part of the catalog's")
    title: str = Field(default="", description="what the audience reads")
    industry: str = Field(default="", description="for example retail or energy")
    project: Name | None = Field(default=None, description="the first part of every Dagster asset key; default: schema")
    audience: str = Field(default="", description="who watches the demo")
    owner: str = Field(default="demo_factory", description="the team that owns what has no owner of its own")
    catalog: NameTemplate = Field(default="{env}_{demo}_demo", description="{env} is the environment, as dev")
    schema_name: NameTemplate = Field(
        default="demo", alias="schema", description="the schema that holds everything; {user} is who builds"
    )
    seed: int = Field(default=42, ge=0, le=LARGEST_SEED, description="another seed makes other people and purchases")
    history: Days = Field(default=365, ge=1, le=7300, description="how far the data goes back, as 2 years")
    expires: Days | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="how long it stands after its first build, as 14 days; default: for ever",
    )
    tables: dict[Name, Table] = Field(min_length=1, description="generated tables by name")
    views: dict[Name, View] = Field(default={}, description="views by name")
    models: dict[Name, Model] = Field(default={}, description="classifiers by name")
    optimize: dict[Name, Optimize] = Field(default={}, description="maintenance by the name of a table or view")
    volumes: dict[Name, Volume] = Field(default={}, description="places for files, by name")
    governance: Governance = Field(default=Governance(), description="who may do what, and what is masked")

    @property
    def asset_prefix(self) -> str:
        """The first part of every asset key."""
        return self.project or (self.demo if "{" in self.schema_name else self.schema_name)

    @property
    def governed(self) -> bool:
        """Whether more is asked for than tables, views and models."""
        return bool(self.volumes) or self.governance != Governance()

    def place(self, env: str, user: str) -> tuple[str, str]:
        """The catalog, with the environment in its name as dev_retail_demo, and the schema."""
        values = {"env": env, "demo": self.demo, "user": user}
        return fill(self.catalog, **values), fill(self.schema_name, **values)
