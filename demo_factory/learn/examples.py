"""Labelled examples: a bounded sample of entities with features and label, split into train and hold-out by hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, NumericType

from demo_factory.blueprint.errors import DemoError
from demo_factory.resources.graph import ModelPlan

SMALLEST_SAMPLE = 40
_LABEL, _PLACE, _ORDER = "__label", "__place", "__order"
_SLICES = 1_000_000


@dataclass(frozen=True)
class Part:
    """Rows of features (doubles, NaN where nothing is known), their labels, and where each lies in the split (0 to 1).

    An entity's place never changes; rows whose place is below `test_share` are held out.
    """

    features: pd.DataFrame
    labels: npt.NDArray[Any]
    places: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.labels)

    def below(self, share: float) -> Part:
        """The rows whose place is below a share."""
        chosen = self.places < share
        return Part(self.features[chosen].reset_index(drop=True), self.labels[chosen], self.places[chosen])


@dataclass(frozen=True)
class Examples:
    """What a model learns from and what it is judged on. No entity is in both, today or after as_of has moved."""

    train: Part
    held_out: Part
    classes: tuple[str, ...]
    digest: str


def read_examples(spark: SparkSession, model: ModelPlan) -> Examples:
    """The sample: at most `max_rows` entities, the same ones at every call and in the same order.

    Raises:
        DemoError: a feature is missing or no number, an entity comes twice, or there is too little to learn from.
    """
    entity = model.spec.entity
    frame = _sample(spark, model).toArrow().to_pandas()
    repeated = frame.loc[frame[entity].duplicated(), entity]
    if len(repeated):
        raise DemoError(
            f"Model {model.name}: {entity} {repeated.iloc[0]!r} comes more than once ({len(repeated)} rows too many).",
            f"The features and the label query must each give one row a {entity}: check their joins and GROUP BY.",
        )
    _check_labels(model, frame)
    held_out = frame[_PLACE].to_numpy() < model.spec.test_share
    examples = Examples(
        _part(model, frame[~held_out]), _part(model, frame[held_out]), tuple(sorted(set(frame[_LABEL]))), _digest(frame)
    )
    _check_parts(model, examples)
    return examples


def numbers_of(frame: DataFrame, model: ModelPlan) -> DataFrame:
    """The entity and the features, as doubles, of a features query.

    Raises:
        DemoError: a feature or the entity is missing, or a feature is no number.
    """
    types = {field.name: field.dataType for field in frame.schema.fields}
    missing = [name for name in (model.spec.entity, *model.features) if name not in types]
    if missing:
        raise DemoError(
            f"Model {model.name}: the features query gives no column {', '.join(missing)}.",
            f"It gives {', '.join(types)}.",
        )
    wrong = [name for name in model.features if not isinstance(types[name], NumericType | BooleanType)]
    if wrong:
        shown = ", ".join(f"{name} ({types[name].simpleString()})" for name in wrong)
        raise DemoError(
            f"Model {model.name}: every feature must be a number, but there is {shown}.",
            "Turn it into one in the features query, for example avg(CASE WHEN channel = 'app' THEN 1.0 ELSE 0.0 END).",
        )
    return frame.select(model.spec.entity, *(sf.col(name).cast("double").alias(name) for name in model.features))


def numbers(frame: pd.DataFrame, features: tuple[str, ...]) -> pd.DataFrame:
    """The features in the model's order, with NaN for what is not finite: the pipeline fills it in."""
    return frame[list(features)].astype("float64").replace([np.inf, -np.inf], np.nan)


def _sample(spark: SparkSession, model: ModelPlan) -> DataFrame:
    spec = model.spec
    if spec.target in model.features:
        raise DemoError(f"Model {model.name}: the target {spec.target} is one of its own features.")
    label_rows = spark.sql(model.label_sql)
    lacking = [name for name in (spec.entity, spec.target) if name not in label_rows.columns]
    if lacking:
        raise DemoError(f"Model {model.name}: the label query gives no column {', '.join(lacking)}.")
    labels = label_rows.select(spec.entity, sf.col(spec.target).cast("string").alias(_LABEL)).where(
        f"{_LABEL} IS NOT NULL"
    )
    entity = sf.col(spec.entity).cast("string")

    def draw(purpose: str) -> Any:
        return sf.xxhash64(entity, sf.lit(model.seed), sf.lit(purpose))

    return (
        numbers_of(spark.sql(model.features_then_sql), model)
        .join(labels, spec.entity)
        .withColumns({_PLACE: sf.pmod(draw("split"), sf.lit(_SLICES)) / sf.lit(_SLICES), _ORDER: draw("sample")})
        .orderBy(_ORDER, entity)
        .limit(spec.max_rows)
        .drop(_ORDER)
    )


def _part(model: ModelPlan, frame: pd.DataFrame) -> Part:
    features = numbers(frame, model.features).reset_index(drop=True)
    return Part(features, frame[_LABEL].to_numpy(dtype=object), frame[_PLACE].to_numpy())


def _digest(frame: pd.DataFrame) -> str:
    return hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()[:32]


def _check_labels(model: ModelPlan, frame: pd.DataFrame) -> None:
    classes = sorted(set(frame[_LABEL]))
    target, positive = model.spec.target, model.spec.positive
    if len(frame) < SMALLEST_SAMPLE:
        raise DemoError(
            f"Model {model.name}: {len(frame)} labelled examples are too few, it needs {SMALLEST_SAMPLE}.",
            "Raise the scale, or see why the features and the label query have so few entities in common.",
        )
    if len(classes) < 2:
        raise DemoError(
            f"Model {model.name}: every example has {target} = {classes[0]!r}, there is nothing to tell apart.",
            "Change the label query or the horizon so that there are at least two classes.",
        )
    if positive is not None and positive not in classes:
        raise DemoError(
            f"Model {model.name}: no example has {target} = {positive!r}, its positive class.",
            f"The classes are {', '.join(classes)}.",
        )


def _check_parts(model: ModelPlan, examples: Examples) -> None:
    for part, what in ((examples.train, "training"), (examples.held_out, "hold-out")):
        if len(set(part.labels)) < 2:
            raise DemoError(
                f"Model {model.name}: the {len(part)} {what} rows hold fewer than two classes.",
                "Raise the scale or change test_share: one of the classes is too rare for so few examples.",
            )
