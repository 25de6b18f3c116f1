"""A column and the formulas that can fill it: exactly one formula a column, each named by its own key."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from demo_factory.blueprint.names import Name
from demo_factory.blueprint.suggestions import number
from demo_factory.blueprint.values import DataType, Date, Number, Strict

Scalar = bool | int | float | str
Classification = Literal["public", "confidential", "pii"]


class Bounded(Strict):
    """A distribution that may be truncated: bounds rescale the draw, they do not heap values onto the bound."""

    min: Number | None = None
    max: Number | None = None

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Bounded:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"min {number(self.min)} must be below max {number(self.max)}")
        return self


class Uniform(Bounded):
    """Every value between min and max is as likely; with an integer type both ends are included."""

    min: Number
    max: Number


class Normal(Bounded):
    """The bell curve by mean and standard deviation."""

    mean: float
    std: float = Field(gt=0)


class Lognormal(Bounded):
    """A value whose logarithm is normal: many small, few large. `median` in the column's unit, `sigma` of the log."""

    median: float = Field(gt=0)
    sigma: float = Field(gt=0, le=5)


class Exponential(Bounded):
    """Waiting times and other quickly falling amounts, by their mean."""

    mean: float = Field(gt=0)


class Pareto(Bounded):
    """A power law above `min`; the smaller alpha, the heavier the tail."""

    min: float = Field(gt=0)
    alpha: float = Field(gt=0, le=50)


class Weibull(Bounded):
    """Lifetimes by shape and scale."""

    shape: float = Field(gt=0)
    scale: float = Field(gt=0)


class Triangular(Bounded):
    """Between min and max with its peak at mode."""

    min: float
    max: float
    mode: float

    @model_validator(mode="after")
    def _mode_inside(self) -> Triangular:
        if not self.min <= self.mode <= self.max:
            raise ValueError(f"mode {self.mode:g} must lie between min {self.min:g} and max {self.max:g}")
        return self


class Gamma(Bounded):
    """A skewed positive amount by shape and scale, from a table of quantiles."""

    shape: float = Field(gt=0)
    scale: float = Field(gt=0)


class Beta(Strict):
    """A share between min and max with shapes a and b, from a table of quantiles."""

    a: float = Field(gt=0)
    b: float = Field(gt=0)
    min: float = 0.0
    max: float = 1.0

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Beta:
        if self.min >= self.max:
            raise ValueError(f"min {self.min:g} must be below max {self.max:g}")
        return self


class Poisson(Strict):
    """A count of rare events by its mean."""

    mean: float = Field(gt=0, le=10_000)


class Zipf(Strict):
    """A rank from 1 to n: rank 1 is the most frequent, by 1 / rank^exponent."""

    n: int = Field(ge=1, le=100_000)
    exponent: float = Field(default=1.0, ge=0, le=5)


Weights = dict[Scalar, float]


def read_weights(value: Any) -> Any:
    """A list of values becomes equal weights; a mapping stays as it is."""
    if not isinstance(value, list) or not all(isinstance(item, bool | int | float | str) for item in value):
        return value
    again = next((item for i, item in enumerate(value) if item in value[:i]), None)
    if again is not None:
        raise ValueError(f"{again!r} stands twice -> keep one, or give weights as {{value: weight}}")
    return {item: 1 / len(value) for item in value}


def check_weights(weights: Mapping[Any, float]) -> None:
    """Refuse weights that are empty, negative or do not sum to 1 (or 100).

    Raises:
        ValueError: with the sum that was found.
    """
    if not weights:
        raise ValueError("at least one value is needed")
    if any(not math.isfinite(weight) or weight < 0 for weight in weights.values()):
        raise ValueError("weights must be zero or more")
    total = math.fsum(weights.values())
    if not (math.isclose(total, 1, abs_tol=1e-6) or math.isclose(total, 100, abs_tol=1e-4)):
        raise ValueError(f"weights sum to {total:g}: they must sum to 1 (or to 100)")


class Choice(Strict):
    """One of several values by weight; with `by`, the weights depend on another column's value."""

    by: str | None = Field(default=None, description="an own column, or parent.column")
    cases: dict[Scalar, Annotated[Weights, BeforeValidator(read_weights)]] = Field(
        min_length=1, description="for each value of `by` the values to choose from, as a list or by weight"
    )

    @model_validator(mode="after")
    def _weights_sum(self) -> Choice:
        _check_cases(self.by, list(self.cases))
        for case, weights in self.cases.items():
            try:
                check_weights(weights)
            except ValueError as error:
                raise ValueError(f"case {case!r}: {error}" if self.by else str(error)) from None
        return self


class Template(Strict):
    """Written text with {column} or {parent.column} placeholders; with `by`, chosen by another column's value."""

    by: str | None = Field(default=None, description="an own column, or parent.column")
    cases: dict[Scalar, Annotated[list[str], Field(min_length=1)]] = Field(
        min_length=1, description="for each value of `by` one text or a list of texts"
    )

    @model_validator(mode="after")
    def _by_and_cases(self) -> Template:
        _check_cases(self.by, list(self.cases))
        return self


def _check_cases(by: str | None, cases: list[Scalar]) -> None:
    if by is None and cases != [""]:
        raise ValueError("cases need `by` -> add `by: column`")
    if by is not None and not by:
        raise ValueError("by is empty -> name an own column, or parent.column")


def _is_long_form(value: Any) -> bool:
    """By-cases as opposed to a plain mapping of values to weights, in which `by` and `cases` may be values."""
    return isinstance(value, dict) and (
        isinstance(value.get("by"), str) or isinstance(value.get("cases"), dict | list | str)
    )


def _read_choice(value: Any) -> Any:
    if isinstance(value, list | dict) and not _is_long_form(value):
        return {"cases": {"": value}}
    return value


def _read_template(value: Any) -> Any:
    if isinstance(value, str | list):
        return {"cases": {"": [value] if isinstance(value, str) else value}}
    if isinstance(value, dict) and isinstance(value.get("cases"), dict):
        cases = {key: [text] if isinstance(text, str) else text for key, text in value["cases"].items()}
        return {**value, "cases": cases}
    return value


class Ref(Strict):
    """A foreign key: which table's row this row belongs to, and how popular the parents are."""

    table: Name = Field(description="the parent table; it must have a key")
    pick: Literal["uniform", "zipf", "pareto"] = Field(
        default="uniform", description="uniform: every parent alike; zipf: by rank; pareto: 20 % get 80 %"
    )
    exponent: float = Field(default=1.0, ge=0.1, le=3, description="of zipf: how steep popularity falls")


class Correlation(Strict):
    """Ties a column's draw to another column's: r is the correlation of their normal scores (Gaussian copula)."""

    with_: Name = Field(alias="with", description="a numeric column of the same table")
    r: float = Field(gt=-1, lt=1, description="the correlation, between -1 and 1")


class DateRange(Strict):
    """A date between two dates, both included."""

    min: Date
    max: Date

    @model_validator(mode="after")
    def _in_order(self) -> DateRange:
        if self.min > self.max:
            raise ValueError(f"min {self.min} must not be after max {self.max}")
        return self


class ColumnCheck(Strict):
    """What must hold for a column's values; a key is always required and unique, a ref is always looked up."""

    required: bool = Field(default=False, description="no row may be empty")
    unique: bool = Field(default=False, description="no value repeats")
    min: Number | Date | None = Field(default=None, description="the smallest right value")
    max: Number | Date | None = Field(default=None, description="the largest right value")
    allowed: list[Scalar] | None = Field(default=None, min_length=1, description="the only right values")
    pattern: str | None = Field(default=None, min_length=1, description="a regular expression; anchor it with ^ and $")
    not_before: str | None = Field(default=None, description="parent.column: this column must not lie before it")
    blocking: bool | None = Field(default=None, description="overrides the table's contract.blocking")

    @model_validator(mode="after")
    def _in_order(self) -> ColumnCheck:
        low, high = self.min, self.max
        if low is None or high is None:
            return self
        if isinstance(low, dt.date) != isinstance(high, dt.date):
            raise ValueError(f"min {low} and max {high} must both be numbers or both be dates")
        if low > high:  # type: ignore[operator]
            raise ValueError(f"min {low} must not be above max {high}")
        return self


FORMULAS = (
    "key", "ref", "arrival", "uniform", "normal", "lognormal", "exponential", "pareto", "weibull", "triangular",
    "gamma", "beta", "poisson", "zipf", "choice", "boolean", "date", "person", "address", "email", "expr", "template",
    "cycle",
)  # fmt: skip


class Column(Strict):
    """One column: what it means, who may see it, what fills it and what must hold."""

    comment: str = Field(default="", description="what the column means, for people and catalogs")
    type: DataType | None = Field(default=None, description="the Spark SQL type; follows from the formula when absent")
    classification: Classification = Field(default="public", description="who may see it")
    nulls: float = Field(default=0, ge=0, lt=1, description="the share of rows left empty")
    hidden: bool = Field(default=False, description="a helper for other columns: used, but not written to the table")
    check: ColumnCheck = Field(default=ColumnCheck(), description="what must hold for the values")
    correlate: Correlation | None = Field(default=None, description="ties this column to another numeric one")

    key: str | None = Field(default=None, description="a pattern that ends in zeros (CUST-0000000), or 'integer'")
    ref: Annotated[Ref, BeforeValidator(lambda v: {"table": v} if isinstance(v, str) else v)] | None = Field(
        default=None, description="a foreign key: the parent table's name, or table and pick"
    )
    arrival: Literal["date", "timestamp"] | None = Field(default=None, description="when the row came to be")
    uniform: Uniform | None = Field(
        default=None,
        description="every value between min and max is as likely; with an integer type both ends are included",
    )
    normal: Normal | None = Field(default=None, description="the bell curve by mean and standard deviation")
    lognormal: Lognormal | None = Field(
        default=None,
        description="many small values, few large: `median` in the column's unit, `sigma` of the logarithm",
    )
    exponential: Exponential | None = Field(
        default=None, description="waiting times and other quickly falling amounts, by their mean"
    )
    pareto: Pareto | None = Field(
        default=None, description="a power law above `min`; the smaller alpha, the heavier the tail"
    )
    weibull: Weibull | None = Field(default=None, description="lifetimes by shape and scale")
    triangular: Triangular | None = Field(default=None, description="between min and max with its peak at mode")
    gamma: Gamma | None = Field(
        default=None, description="a skewed positive amount by shape and scale, from a table of quantiles"
    )
    beta: Beta | None = Field(
        default=None, description="a share between min and max with shapes a and b, from a table of quantiles"
    )
    poisson: Poisson | None = Field(default=None, description="a count of rare events by its mean")
    zipf: Zipf | None = Field(
        default=None, description="a rank from 1 to n: rank 1 is the most frequent, by 1 / rank^exponent"
    )
    choice: Annotated[Choice, BeforeValidator(_read_choice)] | None = Field(
        default=None, description="one of several values: a list, weights by value, or `by` and `cases`"
    )
    boolean: float | str | None = Field(default=None, description="the chance of true: a number or a SQL expression")
    date: DateRange | None = Field(default=None, description="a day between min and max")
    person: Literal["first_name", "last_name", "full_name"] | None = Field(
        default=None, description="a part of the row's person, whose country follows the table's `people`"
    )
    address: Literal["street", "city", "region", "postal_code", "country", "phone"] | None = Field(
        default=None, description="a part of the row's address; all parts agree with each other"
    )
    email: str | None = Field(default=None, description="the domain; the name comes from the row's person")
    expr: str | None = Field(default=None, min_length=1, description="SQL over columns of this row and parent.column")
    template: Annotated[Template, BeforeValidator(_read_template)] | None = Field(
        default=None, description="text with {column} or {parent.column}: one, a list, or `by` and `cases`"
    )
    cycle: list[Scalar] | None = Field(default=None, min_length=1, description="the values in turn, row by row")

    @property
    def formula(self) -> str:
        """The name of the one formula that fills this column."""
        return next(name for name in FORMULAS if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _exactly_one_formula(self) -> Column:
        found = [name for name in FORMULAS if getattr(self, name) is not None]
        if not found:
            raise ValueError(f"no formula says what fills this column -> add one of {', '.join(FORMULAS)}")
        if len(found) > 1:
            raise ValueError(f"{' and '.join(found)} fill this column at once -> keep one")
        if isinstance(self.boolean, float) and not 0 <= self.boolean <= 1:
            raise ValueError(f"boolean {self.boolean:g} must be a chance between 0 and 1")
        if self.boolean == "":
            raise ValueError("boolean is empty -> write a chance such as 0.3, or a SQL expression")
        if self.key is not None and self.nulls:
            raise ValueError("a key cannot have nulls -> remove nulls")
        return self
