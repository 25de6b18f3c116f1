"""The pipelines: impute, scale, classify, sized for a demo on two cores and the same at every fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from demo_factory.blueprint.model import Model
from demo_factory.learn.examples import Part

# Macro F1 and recall count every class the same; weights serve them, but they would bend probabilities out of shape.
_BALANCED_METRICS = {"f1", "recall"}


def fit(spec: Model, seed: int, examples: Part) -> Pipeline:
    """A fitted pipeline for the blueprint's algorithm."""
    pipeline = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
            ("classify", _classifier(spec, seed)),
        ]
    )
    with threadpool_limits(limits=1):  # OpenMP threads spin while they wait: 49 s became 2 s on two busy cores
        pipeline.fit(examples.features, examples.labels)
    if spec.algorithm == "random_forest":
        pipeline.set_params(classify__n_jobs=1)  # starting threads costs more than scoring a few rows
    return pipeline


def probabilities(pipeline: Pipeline, features: pd.DataFrame) -> npt.NDArray[Any]:
    """A row of probabilities an example, in the order of `classes_of`."""
    with threadpool_limits(limits=1):
        return np.asarray(pipeline.predict_proba(features))


def classes_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The classes that the pipeline knows."""
    return tuple(str(name) for name in pipeline.classes_)


def features_of(pipeline: Pipeline) -> tuple[str, ...]:
    """The features that the pipeline wants, in its order."""
    return tuple(str(name) for name in pipeline.feature_names_in_)


def typical_values(pipeline: Pipeline) -> dict[str, float]:
    """The median of each feature in the training rows."""
    medians = pipeline.named_steps["impute"].statistics_
    return {name: float(value) for name, value in zip(features_of(pipeline), medians, strict=True)}


def positive_of(classes: tuple[str, ...], wished: str | None) -> str | None:
    """Of two classes the one that matters: the blueprint's, or the last in the alphabet (yes, true, 1)."""
    if len(classes) != 2:
        return None
    return wished if wished in classes else classes[-1]


def _classifier(spec: Model, seed: int) -> Any:
    weight = "balanced" if spec.metric in _BALANCED_METRICS else None
    random_state = seed % 2**32
    match spec.algorithm:
        case "logistic_regression":
            return LogisticRegression(max_iter=1000, class_weight=weight, random_state=random_state)
        case "random_forest":
            return RandomForestClassifier(
                n_estimators=60,
                max_depth=8,
                min_samples_leaf=5,
                n_jobs=2,
                class_weight=weight,
                random_state=random_state,
            )
        case "gradient_boosting":
            return HistGradientBoostingClassifier(
                max_iter=80,
                learning_rate=0.08,
                max_leaf_nodes=15,
                l2_regularization=1.0,
                early_stopping=False,
                class_weight=weight,
                random_state=random_state,
            )
