"""Predictions by the champion: for every entity into a table, or for one with the reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import DateType, DoubleType, IntegerType, StringType, StructField, StructType
from sklearn.pipeline import Pipeline

from demo_factory.blueprint.errors import DemoError
from demo_factory.learn.champion import Champion, NoChampion, load_champion
from demo_factory.learn.estimators import classes_of, features_of, positive_of, probabilities, typical_values
from demo_factory.learn.examples import numbers, numbers_of
from demo_factory.learn.registry import Registry
from demo_factory.resources.graph import ModelPlan, PredictionsPlan
from demo_factory.sql.names import FullName

Writer = Callable[[DataFrame, FullName], object]

# Up to here the driver is as quick as Python workers beside the data, or quicker; its memory stays bounded by this.
DRIVER_ROWS = 200_000
_CHUNK_ROWS = 65_536
_MOST_REASONS = 3


def write_predictions(
    spark: SparkSession,
    predictions: PredictionsPlan,
    model: ModelPlan,
    registry: Registry,
    write: Writer,
    *,
    as_of: dt.date,
    on_none: Callable[[str], object] = lambda reason: None,
) -> int:
    """Score every entity as of `as_of` and hand the rows to `write`, which replaces the table; returns how many.

    The columns: the entity, `prediction`, `probability` of the predicted class, `positive_chance` when there are two
    classes and the label is not masked, `model_version`, `scored_at`, and what the row filter of the entity's table
    looks at. When the model was trained and no version may be champion, the table is there with its columns and without
    a row.

    Args:
        on_none: told why there is no champion.

    Raises:
        NotReady: the model was never trained.
        DemoError: the champion does not fit the features query.
    """
    frame = numbers_of(spark.sql(model.features_now_sql), model)
    try:
        with registry.active() as client:
            champion = load_champion(client, registry, model)
    except NoChampion as none:
        on_none(none.message)
        chance = None if predictions.hides else model.spec.positive
        nothing = spark.createDataFrame([], _schema(frame, model, chance))
        write(_with_copies(spark, nothing, predictions, model.spec.entity), predictions.full_name)
        return 0
    positive = None if predictions.hides else positive_of(classes_of(champion.pipeline), model.spec.positive)
    few = frame.limit(DRIVER_ROWS + 1).toArrow()
    if few.num_rows <= DRIVER_ROWS:
        scored = _score_here(spark, few, frame, champion, model, positive, as_of)
        write(_with_copies(spark, scored, predictions, model.spec.entity), predictions.full_name)
        return int(few.num_rows)
    scored = _score_in_workers(frame, champion, model, positive, as_of)
    write(_with_copies(spark, scored, predictions, model.spec.entity), predictions.full_name)
    # Delta answers from its log. An Observation does not work here: Delta's write leaves it empty.
    return int(spark.table(predictions.full_name.quoted).count())


def predict_one(spark: SparkSession, model: ModelPlan, registry: Registry, entity_id: str) -> dict[str, Any]:
    """What the champion says of one entity, and why.

    `reasons` are the features whose replacement by the typical (median) value would lower the predicted class's
    probability most: `effect` says by how much.

    Raises:
        NotReady: there is no champion; with the reason.
        DemoError: the entity is not there.
    """
    with registry.active() as client:
        champion = load_champion(client, registry, model)
    frame = numbers_of(spark.sql(model.features_now_sql), model)
    entity = model.spec.entity
    kind = frame.schema[entity].dataType.simpleString()
    found = frame.where(sf.col(entity) == sf.lit(entity_id).try_cast(kind)).limit(2).toArrow().to_pandas()
    if found.empty:
        raise DemoError(
            f"Model {model.name} knows no {entity} {entity_id!r}.",
            f"Look for one with: SELECT {entity} FROM {model.sources[0] if model.sources else 'its table'} LIMIT 10",
        )
    features = numbers(found.head(1), features_of(champion.pipeline))
    classes = classes_of(champion.pipeline)
    chances = probabilities(champion.pipeline, features)[0]
    best = int(chances.argmax())
    return {
        entity: entity_id,
        "prediction": classes[best],
        "probability": float(chances[best]),
        "probabilities": {name: float(chance) for name, chance in zip(classes, chances, strict=True)},
        "model": registry.name_of(model.full_name),
        "model_version": champion.version,
        "reasons": _reasons(champion.pipeline, features, best, float(chances[best])),
    }


def _reasons(pipeline: Pipeline, features: pd.DataFrame, best: int, chance: float) -> list[dict[str, Any]]:
    typical = typical_values(pipeline)
    names = list(features.columns)
    changed = pd.concat([features.assign(**{name: typical[name]}) for name in names], ignore_index=True)
    without = probabilities(pipeline, changed)[:, best]
    effects = {name: chance - float(c) for name, c in zip(names, without, strict=True)}
    helpful = sorted((name for name in names if effects[name] > 0), key=lambda name: -effects[name])
    return [
        {
            "feature": name,
            "value": _known(features[name].iloc[0]),
            "typical": typical[name],
            "effect": effects[name],
        }
        for name in helpful[:_MOST_REASONS]
    ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _with_copies(spark: SparkSession, scored: DataFrame, predictions: PredictionsPlan, entity: str) -> DataFrame:
    """With the columns that the row filter of the entity's table looks at, so that it can look at them here too."""
    carried = [column for column in predictions.copies if column != entity]
    if not carried:
        return scored
    key = predictions.copies[entity]
    table = FullName(predictions.full_name.catalog, predictions.full_name.schema, key.table)
    source = spark.table(table.quoted).select(sf.col(key.column).alias(entity), *carried)
    return scored.join(source, entity, "left")


def _schema(frame: DataFrame, model: ModelPlan, positive: str | None) -> StructType:
    chance = [StructField("positive_chance", DoubleType())] if positive is not None else []
    return StructType(
        [
            frame.schema[model.spec.entity],
            StructField("prediction", StringType()),
            StructField("probability", DoubleType()),
            *chance,
            StructField("model_version", IntegerType()),
            StructField("scored_at", DateType()),
        ]
    )


def _score_here(
    spark: SparkSession,
    table: pa.Table,
    frame: DataFrame,
    champion: Champion,
    model: ModelPlan,
    positive: str | None,
    as_of: dt.date,
) -> DataFrame:
    """Score in this process: below the limit the memory is bounded, and no Python worker has to start."""
    score = _scorer(champion, model, positive, as_of)
    chunks = [score(batch.to_pandas()) for batch in table.to_batches(max_chunksize=_CHUNK_ROWS)]
    schema = _schema(frame, model, positive)
    if not chunks:
        return spark.createDataFrame([], schema)
    entity = table.column(model.spec.entity)
    scored = pa.Table.from_pandas(pd.concat(chunks, ignore_index=True), preserve_index=False)
    place = scored.schema.get_field_index(model.spec.entity)
    # The entity's own Arrow column: pandas would turn an integer or a date into something else.
    return spark.createDataFrame(scored.set_column(place, model.spec.entity, entity), schema)


def _score_in_workers(
    frame: DataFrame, champion: Champion, model: ModelPlan, positive: str | None, as_of: dt.date
) -> DataFrame:
    """Score beside the data; Spark broadcasts the pickled scorer by itself when it is large."""
    score = _scorer(champion, model, positive, as_of)

    def work(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

        with threadpool_limits(limits=1):
            for batch in batches:
                yield score(batch)

    return frame.mapInPandas(work, _schema(frame, model, positive))


def _scorer(
    champion: Champion, model: ModelPlan, positive: str | None, as_of: dt.date
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """A function of a batch that needs nothing of demo_factory: a cluster's workers do not have the package.

    Args:
        positive: the class whose chance has a column of its own.
    """
    pipeline, version, entity = champion.pipeline, champion.version, model.spec.entity
    wanted, classes = list(features_of(pipeline)), np.asarray(classes_of(pipeline), dtype=object)
    column = list(classes).index(positive) if positive is not None else None

    def score(batch: pd.DataFrame) -> pd.DataFrame:
        import numpy
        import pandas

        features = batch[wanted].astype("float64").replace([numpy.inf, -numpy.inf], numpy.nan)
        chances: npt.NDArray[Any] = pipeline.predict_proba(features)
        best = chances.argmax(axis=1)
        found = {
            entity: batch[entity].to_numpy(),
            "prediction": classes[best],
            "probability": chances[numpy.arange(len(best)), best],
        }
        if column is not None:
            found["positive_chance"] = chances[:, column]
        scored = pandas.DataFrame(found)
        scored["model_version"] = numpy.int32(version)
        scored["scored_at"] = as_of
        return scored

    return score
