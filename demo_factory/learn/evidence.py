"""Whether a model is better than a guess: the difference on the hold-out with its 95 % interval, and enough rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FEWEST = 30  # hold-out rows outside the most common class; of fewer no interval says anything
_REPEATS = 500  # of the hold-out drawn again from itself
_LOW, _HIGH = 2.5, 97.5

Measure = Callable[[npt.NDArray[np.float64]], float]


@dataclass(frozen=True)
class Evidence:
    """What the hold-out says of a model against the best guess, by the metric that decides.

    `low` and `high` are the ends of the 95 % interval of the difference: drawn again from itself (bootstrap), the
    hold-out gives a difference between them 95 times of 100. `rare` counts the rows outside the most common class.
    """

    metric: str
    ours: float
    guess: float
    low: float
    high: float
    rare: int
    rows: int

    @property
    def holds(self) -> bool:
        """Whether the model may be champion."""
        return self.rare >= FEWEST and self.low > 0

    def __str__(self) -> str:
        if self.rare < FEWEST:
            where = f"of {self.rows:,} hold-out rows only {self.rare} are not of the most common class"
            return f"{where}, and {FEWEST} are needed to judge a model"
        figures = f"{self.metric} {self.ours:.3f} against {self.guess:.3f} on {self.rows:,} hold-out rows"
        interval = f"95 % interval of the difference {self.low:+.3f} to {self.high:+.3f}"
        return f"it {'beats' if self.low > 0 else 'does not beat'} a guess: {figures}, {interval}"


def judge(
    metric: str,
    labels: npt.NDArray[Any],
    classes: Sequence[str],
    ours: npt.NDArray[Any],
    guesses: Sequence[npt.NDArray[Any]],
    seed: int,
) -> Evidence:
    """Compare a model's probabilities with those of the best guess on the same rows.

    Args:
        metric: one of `scores.METRICS`.
        classes: what the columns of the probabilities are; a label may be none of them.
        guesses: probabilities that know nothing but the labels of the training rows.
        seed: of the repeats, so that the same data gives the same interval.
    """
    rows = len(labels)
    once = np.ones(rows)
    mine = measure_of(metric, labels, classes, ours)
    theirs = max((measure_of(metric, labels, classes, guess) for guess in guesses), key=lambda one: one(once))
    random = np.random.default_rng(seed % 2**32)
    differences = np.empty(_REPEATS)
    for repeat in range(_REPEATS):
        times = np.bincount(random.integers(0, rows, rows), minlength=rows).astype(np.float64)
        differences[repeat] = mine(times) - theirs(times)
    low, high = np.percentile(differences, (_LOW, _HIGH))
    _, counts = np.unique(labels.astype(str), return_counts=True)
    return Evidence(metric, mine(once), theirs(once), float(low), float(high), rows - int(counts.max()), rows)


def measure_of(metric: str, labels: npt.NDArray[Any], classes: Sequence[str], chances: npt.NDArray[Any]) -> Measure:
    """A metric as a function of how often each row counts: hundreds of repeats cost little then."""
    names = sorted({*map(str, labels), *classes})
    place = {name: number for number, name in enumerate(names)}
    truth = np.array([place[str(label)] for label in labels])
    if metric == "roc_auc":
        shown = [name for name in names if name in classes and (truth == place[name]).any()]
        chosen = shown[:1] if len(classes) == 2 else shown  # two classes have the same curve, seen from two sides
        curves = [_curve(truth == place[name], chances[:, list(classes).index(name)]) for name in chosen]
        return lambda times: _mean([curve(times) for curve in curves], 0.5)
    predicted = np.array([place[name] for name in classes])[chances.argmax(axis=1)]
    return _counted(metric, truth, predicted, len(names))


def _counted(metric: str, truth: npt.NDArray[Any], predicted: npt.NDArray[Any], size: int) -> Measure:
    """Accuracy, or a macro average over the classes that the rows hold or the model says."""
    cell = truth * size + predicted

    def measure(times: npt.NDArray[np.float64]) -> float:
        table = np.bincount(cell, weights=times, minlength=size * size).reshape(size, size)
        right, there, said = np.diag(table), table.sum(axis=1), table.sum(axis=0)
        if metric == "accuracy":
            return float(right.sum() / table.sum())
        seen = there + said > 0
        below = {"precision": said, "recall": there, "f1": (there + said) / 2}[metric][seen]
        return float(np.divide(right[seen], below, out=np.zeros(int(seen.sum())), where=below > 0).mean())

    return measure


def _curve(truth: npt.NDArray[Any], chances: npt.NDArray[Any]) -> Callable[[npt.NDArray[np.float64]], float | None]:
    """The area under a ROC curve: how often a positive row has a higher chance than another; equal ones count half."""
    _, group = np.unique(chances, return_inverse=True)
    groups = int(group.max()) + 1

    def area(times: npt.NDArray[np.float64]) -> float | None:
        positive = np.bincount(group, weights=times * truth, minlength=groups)
        other = np.bincount(group, weights=times * ~truth, minlength=groups)
        pairs = positive.sum() * other.sum()
        return float((positive * (np.cumsum(other) - other / 2)).sum() / pairs) if pairs else None

    return area


def _mean(values: Sequence[float | None], none: float) -> float:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else none
