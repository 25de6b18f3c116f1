"""Train a model, judge it against a guess and against the champion, and keep all of it in MLflow."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession
from sklearn.pipeline import Pipeline

from demo_factory.blueprint.model import Model, Predictions
from demo_factory.learn.card import Findings, model_card
from demo_factory.learn.champion import contest
from demo_factory.learn.estimators import classes_of, fit, probabilities
from demo_factory.learn.evidence import Evidence, judge
from demo_factory.learn.examples import Examples, Part, read_examples
from demo_factory.learn.plots import confusion, picture
from demo_factory.learn.record import record_model, record_run, run, save
from demo_factory.learn.registry import CHAMPION, Registry
from demo_factory.learn.scores import baseline, guesses, importances, score
from demo_factory.moments import reached
from demo_factory.resources.graph import ModelPlan

_REHEARSED = Model(
    entity="id",
    target="label",
    features="SELECT 1",
    label="SELECT 1",
    predictions=Predictions(table="predictions"),
)


@dataclass(frozen=True)
class TrainResult:
    """What came of one training.

    `champion_version` is the version behind the alias now, None when no version was ever better than a guess; `reason`
    is one sentence that says why.
    """

    name: str
    version: int
    metrics: Mapping[str, float]
    baseline: Mapping[str, float]
    champion_version: int | None
    became_champion: bool
    evidence: Evidence
    reason: str
    rows_train: int
    rows_test: int
    plot_png: bytes
    card: str
    run_id: str
    classes: tuple[str, ...]
    importances: Mapping[str, float]


def train(
    spark: SparkSession, model: ModelPlan, registry: Registry, run_tags: Mapping[str, str], *, as_of: dt.date
) -> TrainResult:
    """Train one version. The alias `champion` moves to it only if it beats a guess, and the champion there is.

    Args:
        run_tags: written to the run as they are.
        as_of: the day the plan was made for; the model card names the window.

    Raises:
        DemoError: the examples cannot be learned from, or the registry does not answer.
    """
    examples = read_examples(spark, model)
    pipeline = fit(model.spec, model.seed, examples.train)
    found = _evaluate(model, examples, pipeline)
    png = picture(_headline(model, found), found.confusion, found.classes, found.importances)
    with registry.active() as client:
        verdict = contest(client, registry, model, pipeline, examples.held_out, found.evidence)
        found = replace(found, champion_scores=verdict.champion_scores)
        with run(client, registry, model, run_tags) as run_id:
            record_run(client, run_id, model, pipeline, found, png)
            reached("model logged")
            version = record_model(client, registry, run_id, model, pipeline, found)
            reached("model registered")
            reason = verdict.reason.format(version=version)
            card = model_card(model, registry, found, version, reason, as_of)
            client.log_text(run_id, card, "model_card.md")
            name = registry.name_of(model.full_name)
            client.update_model_version(name, str(version), description=reason)
            if verdict.wins:
                client.set_registered_model_alias(name, CHAMPION, str(version))
    now = version if verdict.wins else verdict.champion_version
    return TrainResult(
        name=name,
        version=version,
        metrics=found.metrics,
        baseline=found.baseline,
        champion_version=now,
        became_champion=verdict.wins,
        evidence=found.evidence,
        reason=reason,
        rows_train=len(examples.train),
        rows_test=len(examples.held_out),
        plot_png=png,
        card=card,
        run_id=run_id,
        classes=found.classes,
        importances=found.importances,
    )


def rehearse() -> None:
    """Fit, draw and save a model of a few rows into a folder that is thrown away: what libraries load late is there."""
    features = pd.DataFrame({"x": np.arange(8.0)})
    labels = np.array(["a", "b"] * 4, dtype=object)
    pipeline = fit(_REHEARSED, 0, Part(features, labels, np.zeros(len(labels))))
    picture("", confusion(labels, labels, ("a", "b")), ("a", "b"), {"x": 1.0})
    with tempfile.TemporaryDirectory() as folder:
        save(pipeline, Path(folder) / "model", ("x",), features)


def _evaluate(model: ModelPlan, examples: Examples, pipeline: Pipeline) -> Findings:
    held_out = examples.held_out
    known = classes_of(pipeline)
    chances = probabilities(pipeline, held_out.features)
    blind = guesses(examples, model.seed)
    predicted = np.asarray(known, dtype=object)[chances.argmax(axis=1)]
    return Findings(
        examples=examples,
        classes=examples.classes,
        metrics=score(held_out.labels, chances, known),
        baseline=baseline(held_out.labels, blind, known),
        evidence=judge(model.spec.metric, held_out.labels, known, chances, blind, model.seed),
        champion_scores={},
        importances=importances(pipeline, held_out, model.spec, model.seed),
        confusion=confusion(held_out.labels, predicted, examples.classes),
    )


def _headline(model: ModelPlan, found: Findings) -> str:
    metric = model.spec.metric
    return f"{model.name}: {metric} {found.metrics[metric]:.3f}, a guess gets {found.baseline[metric]:.3f}"
