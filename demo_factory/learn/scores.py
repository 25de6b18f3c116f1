"""How good a model is on the hold-out, how good a guess is, and which features matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score
from sklearn.pipeline import Pipeline

from demo_factory.blueprint.model import Model
from demo_factory.learn.estimators import classes_of, probabilities
from demo_factory.learn.examples import Examples, Part

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
_MACRO = {"precision": precision_score, "recall": recall_score, "f1": f1_score}
_IMPORTANCE_ROWS = 1000
_IMPORTANCE_REPEATS = 3


def score(labels: npt.NDArray[Any], chances: npt.NDArray[Any], classes: Sequence[str]) -> dict[str, float]:
    """Accuracy and the macro averages of precision, recall, F1 and ROC AUC (one class against the rest)."""
    return {metric: value_of(metric, labels, chances, classes) for metric in METRICS}


def value_of(metric: str, labels: npt.NDArray[Any], chances: npt.NDArray[Any], classes: Sequence[str]) -> float:
    """One of `METRICS`."""
    if metric == "roc_auc":
        return _roc_auc(labels, chances, classes)
    predicted = np.asarray(classes, dtype=object)[chances.argmax(axis=1)]
    if metric == "accuracy":
        return float(accuracy_score(labels, predicted))
    return float(_MACRO[metric](labels, predicted, average="macro", zero_division=0))


def score_pipeline(pipeline: Pipeline, part: Part) -> dict[str, float]:
    """The scores of a fitted pipeline on some rows."""
    return score(part.labels, probabilities(pipeline, part.features), classes_of(pipeline))


def guesses(examples: Examples, seed: int) -> list[npt.NDArray[Any]]:
    """Probabilities for the hold-out that know only the training labels: the shares, and draws by the shares.

    Their columns are the classes of the training rows in order, as those of a pipeline.
    """
    found = []
    for strategy in ("prior", "stratified"):
        guess = DummyClassifier(strategy=strategy, random_state=seed % 2**32)
        guess.fit(examples.train.features, examples.train.labels)
        found.append(np.asarray(guess.predict_proba(examples.held_out.features)))
    return found


def baseline(labels: npt.NDArray[Any], guesses: Sequence[npt.NDArray[Any]], classes: Sequence[str]) -> dict[str, float]:
    """What a guess gets: for each metric the better one's figure."""
    scores = [score(labels, chances, classes) for chances in guesses]
    return {metric: max(one[metric] for one in scores) for metric in METRICS}


def importances(pipeline: Pipeline, part: Part, spec: Model, seed: int) -> dict[str, float]:
    """How much the blueprint's metric falls when one feature is shuffled; the most important first.

    scikit-learn's own function predicts once a feature and repeat; here it is one prediction over all shuffled copies.
    """
    features, labels = part.features.head(_IMPORTANCE_ROWS), part.labels[:_IMPORTANCE_ROWS]
    shuffled = []
    random = np.random.default_rng(seed)
    for name in features.columns:
        for _ in range(_IMPORTANCE_REPEATS):
            shuffled.append(features.assign(**{name: random.permutation(features[name].to_numpy())}))
    chances = probabilities(pipeline, pd.concat([features, *shuffled], ignore_index=True))
    whole, *parts = np.split(chances, len(shuffled) + 1)
    classes = classes_of(pipeline)
    best = value_of(spec.metric, labels, whole, classes)
    falls = np.array([best - value_of(spec.metric, labels, chance, classes) for chance in parts])
    means = falls.reshape(len(features.columns), _IMPORTANCE_REPEATS).mean(axis=1)
    found = {name: float(mean) for name, mean in zip(features.columns, means, strict=True)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _roc_auc(labels: npt.NDArray[Any], chances: npt.NDArray[Any], classes: Sequence[str]) -> float:
    """Classes that the rows do not hold have no curve; without any curve the answer is that of a guess."""
    columns = {name: column for column, name in enumerate(classes)}
    curves = []
    known = sorted(set(labels) & set(columns))
    for name in known[:1] if len(classes) == 2 else known:  # two classes have the same curve, seen from two sides
        truth = labels == name
        if not truth.all():
            curves.append(float(roc_auc_score(truth, chances[:, columns[name]])))
    return float(np.mean(curves)) if curves else 0.5
