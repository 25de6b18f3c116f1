"""The model card: one page of Markdown that says what a model is for, how good it is and where it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from demo_factory.learn.evidence import Evidence
from demo_factory.learn.examples import Examples
from demo_factory.learn.registry import CHAMPION, Registry
from demo_factory.resources.graph import ModelPlan


@dataclass(frozen=True)
class Findings:
    """All that training found out."""

    examples: Examples
    classes: tuple[str, ...]
    metrics: Mapping[str, float]
    baseline: Mapping[str, float]
    evidence: Evidence
    champion_scores: Mapping[str, float]
    importances: Mapping[str, float]
    confusion: npt.NDArray[Any]


def model_card(model: ModelPlan, registry: Registry, found: Findings, version: int, reason: str, as_of: dt.date) -> str:
    """The card of one version."""
    name = registry.name_of(model.full_name)
    parts = [
        f"# {name}, version {version}",
        model.comment or f"Predicts {model.spec.target} of a {model.spec.entity}.",
        f"**{reason}**",
        _purpose(model, found),
        _data(model, found, as_of),
        _figures(model, found),
        "## Features\n\n"
        f"How far {model.spec.metric} falls on the hold-out when the feature is shuffled.\n\n"
        + _table(["feature", "importance"], [[f, f"{v:.4f}"] for f, v in found.importances.items()]),
        "## Confusion matrix of the hold-out\n\n" + _confusion(found),
        _limits(model, found),
        _loading(model, registry, name),
    ]
    return "\n\n".join(parts) + "\n"


def _purpose(model: ModelPlan, found: Findings) -> str:
    spec = model.spec
    rows = [
        ["one example", spec.entity],
        ["predicts", f"{spec.target}: {', '.join(found.classes)}"],
        ["algorithm", spec.algorithm.replace("_", " ")],
        ["judged by", spec.metric],
        ["owner", model.owner or "not given"],
        ["made from", ", ".join(model.sources) or "its own query"],
    ]
    return "## Purpose\n\n" + _table(["", ""], rows)


def _data(model: ModelPlan, found: Findings, as_of: dt.date) -> str:
    seen = as_of - dt.timedelta(days=model.spec.horizon)
    examples = found.examples
    label = f"after {seen} up to {as_of}" if model.spec.horizon else f"as of {as_of}"
    rows = [
        ["features seen", f"up to {seen}"],
        ["label known", label],
        ["training rows", f"{len(examples.train):,}"],
        ["hold-out rows", f"{len(examples.held_out):,}, other {model.spec.entity}s than those in training"],
        ["data digest", f"`{examples.digest}`"],
    ]
    return "## Data\n\n" + _table(["", ""], rows)


def _figures(model: ModelPlan, found: Findings) -> str:
    heads = ["metric", "this version", "best guess without features"]
    if found.champion_scores:
        heads.append("champion before it")
    rows = []
    for metric, value in found.metrics.items():
        shown = f"**{metric}**" if metric == model.spec.metric else metric
        row = [shown, f"{value:.4f}", f"{found.baseline[metric]:.4f}"]
        rows.append([*row, f"{found.champion_scores[metric]:.4f}"] if found.champion_scores else row)
    note = "Precision, recall, F1 and ROC AUC are averages over the classes, each class counted the same."
    said = f"By {model.spec.metric} {found.evidence}." if found.evidence.holds else f"No champion: {found.evidence}."
    return f"## Figures on the hold-out\n\n{_table(heads, rows)}\n\n{note}\n\n{said}"


def _confusion(found: Findings) -> str:
    rows = [
        [f"**{name}**", *map(str, line)] for name, line in zip(found.classes, found.confusion.tolist(), strict=True)
    ]
    return _table(["true \\ predicted", *found.classes], rows)


def _limits(model: ModelPlan, found: Findings) -> str:
    lines = [
        "The data is synthetic: figures show that the pipeline works, not how a real customer behaves.",
        f"It knows {model.spec.entity}s as they are on one day; it says nothing of why, and causes are not claimed.",
        "Missing numbers are taken as the median of the training rows.",
    ]
    if not found.evidence.holds:
        lines.insert(0, f"**Do not use it for decisions: {found.evidence}.**")
    smallest = min(found.classes, key=lambda name: int((found.examples.held_out.labels == name).sum()))
    count = int((found.examples.held_out.labels == smallest).sum())
    if count < 30:
        lines.append(f"Only {count} hold-out rows are {smallest!r}: its figures are rough.")
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _loading(model: ModelPlan, registry: Registry, name: str) -> str:
    return (
        "## How to load it\n\n```python\nimport mlflow\n\n"
        f"mlflow.set_tracking_uri({registry.tracking_uri!r})\n"
        f"mlflow.set_registry_uri({registry.registry_uri!r})\n"
        f"model = mlflow.pyfunc.load_model('models:/{name}@{CHAMPION}')\n"
        f"model.predict(frame)  # a pandas frame of doubles: {', '.join(model.features)}\n```"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
