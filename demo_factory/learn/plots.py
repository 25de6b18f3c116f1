"""One picture of a model: where it errs and what it looks at."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_INK, _BAR, _FAINT = "#1f2937", "#2f6f8f", "#e5e7eb"
_MOST_FEATURES = 12


def confusion(labels: npt.NDArray[Any], predicted: npt.NDArray[Any], classes: Sequence[str]) -> npt.NDArray[Any]:
    """How many rows of each class (down) were taken for which class (across)."""
    place = {name: index for index, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, ([place[name] for name in labels], [place[name] for name in predicted]), 1)
    return counts


def picture(title: str, matrix: npt.NDArray[Any], classes: Sequence[str], importances: Mapping[str, float]) -> bytes:
    """The confusion matrix beside the importances, as PNG."""
    figure = Figure(figsize=(11, 4.6), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_matrix(left, matrix, classes)
    _draw_importances(right, importances)
    figure.suptitle(title, color=_INK, fontsize=13, fontweight="bold")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_matrix(axes: Axes, matrix: npt.NDArray[Any], classes: Sequence[str]) -> None:
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    ticks = range(len(classes))
    turned = 30 if max(map(len, classes)) > 8 else 0
    axes.set_xticks(ticks, classes, rotation=turned, ha="right" if turned else "center")
    axes.set_yticks(ticks, classes)
    if len(classes) <= 12:  # more numbers than that nobody reads
        for row in ticks:
            for column in ticks:
                colour = "white" if shares[row, column] > 0.55 else _INK
                text = f"{matrix[row, column]:,}\n{shares[row, column]:.0%}"
                axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    axes.set(xlabel="predicted", ylabel="true")
    axes.set_title("Hold-out rows by class", loc="left", fontsize=11, color=_INK)
    axes.tick_params(length=0, colors=_INK)
    axes.spines[:].set_visible(False)


def _draw_importances(axes: Axes, importances: Mapping[str, float]) -> None:
    shown = list(importances.items())[:_MOST_FEATURES][::-1]
    axes.barh([name for name, _ in shown], [max(value, 0.0) for _, value in shown], color=_BAR, height=0.65)
    axes.set_title("What each feature is worth (fall of the metric when shuffled)", loc="left", fontsize=11, color=_INK)
    axes.grid(axis="x", color=_FAINT)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=_INK)
    axes.spines[:].set_visible(False)
