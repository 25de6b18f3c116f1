"""The champion: the version behind the alias, and whether a challenger takes its place."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import mlflow.artifacts
import mlflow.sklearn
from mlflow.exceptions import MlflowException
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.pipeline import Pipeline

from demo_factory.blueprint.errors import DemoError, NotReady
from demo_factory.learn.estimators import features_of
from demo_factory.learn.evidence import Evidence
from demo_factory.learn.examples import Part
from demo_factory.learn.registry import CHAMPION, Registry, code_of
from demo_factory.learn.scores import score_pipeline
from demo_factory.resources.graph import ModelPlan

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND", "ENDPOINT_NOT_FOUND"}


@dataclass(frozen=True)
class Champion:
    """A loaded champion."""

    version: int
    pipeline: Pipeline


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger wins, why (`{version}` stands for its number) and what the champion scored."""

    wins: bool
    reason: str
    champion_version: int | None = None
    champion_scores: Mapping[str, float] = field(default_factory=dict)


class NoChampion(NotReady):
    """The model was trained, and no version of it may be champion; the message has the reason."""


class UnreadableError(Exception):
    """The champion's files are gone or cannot be read by these libraries."""


def champion_version(client: MlflowClient, name: str) -> int | None:
    """The version number behind the alias, None when there is no champion."""
    try:
        return int(client.get_model_version_by_alias(name, CHAMPION).version)
    except MlflowException as error:
        if code_of(error) in _ABSENT:
            return None
        raise


def load_champion(client: MlflowClient, registry: Registry, model: ModelPlan) -> Champion:
    """The champion, ready to predict.

    Raises:
        NotReady: there is none; with the reason.
        DemoError: it cannot be read, or it wants features that the query no longer gives.
    """
    name = registry.name_of(model.full_name)
    again = f"Build {model.name} again, which trains it."
    version = champion_version(client, name)
    if version is None:
        raise _no_champion(client, name, model)
    try:
        champion = Champion(version, load_version(registry, name, version))
    except UnreadableError as error:
        raise DemoError(f"The champion of {name}, version {version}, cannot be loaded: {error}.", again) from error
    missing = [feature for feature in features_of(champion.pipeline) if feature not in model.features]
    if missing:
        raise DemoError(
            f"The champion of {name}, version {version}, wants {', '.join(missing)}, which the query no longer gives.",
            again,
        )
    return champion


def _no_champion(client: MlflowClient, name: str, model: ModelPlan) -> NotReady:
    reason = why_none(client, name)
    if reason is None:
        return NotReady(f"Model {name} has no champion yet.", f"Train it first: build {model.name}.")
    remedy = "Give it features that say something of the label, more rows, or a longer horizon; then build again."
    return NoChampion(f"Model {name} has no champion. {reason}", remedy)


def why_none(client: MlflowClient, name: str) -> str | None:
    """Why a model that was trained has no champion, in the words of its newest version; None when it never was."""
    try:
        versions = client.search_model_versions(f"name='{name}'")
    except MlflowException as error:
        if code_of(error) in _ABSENT:
            return None
        raise
    newest = max(versions, key=lambda one: int(one.version), default=None)
    return None if newest is None else str(newest.description or "No version of it has ever been chosen.")


def load_version(registry: Registry, name: str, version: int) -> Pipeline:
    """The pipeline of one version.

    Raises:
        UnreadableError: its files are gone or broken. A registry that does not answer raises MLflow's own error.
    """
    try:
        folder = mlflow.artifacts.download_artifacts(
            artifact_uri=f"models:/{name}/{version}",
            tracking_uri=registry.tracking_uri,
            registry_uri=registry.registry_uri,
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UnreadableError(f"its files are gone ({error})") from error
    except MlflowException as error:
        if code_of(error) in _ABSENT:
            raise UnreadableError(f"its files are gone ({error.message})") from error
        raise
    with warnings.catch_warnings():
        # Another scikit-learn's numbers may be wrong without any error: such a model counts as unreadable.
        warnings.simplefilter("error", InconsistentVersionWarning)
        try:
            pipeline = mlflow.sklearn.load_model(folder)
        except Exception as error:  # what a broken or foreign file raises is not foreseeable
            raise UnreadableError(
                f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            ) from error
    if not hasattr(pipeline, "feature_names_in_") or not hasattr(pipeline, "predict_proba"):
        raise UnreadableError("it is not a classifier with named features")
    return pipeline


def contest(
    client: MlflowClient,
    registry: Registry,
    model: ModelPlan,
    challenger: Pipeline,
    held_out: Part,
    evidence: Evidence,
) -> Verdict:
    """Judge a challenger against a guess, then against the champion on rows that neither has learned from."""
    name = registry.name_of(model.full_name)
    version = champion_version(client, name)
    if not evidence.holds:
        if version is None:
            return Verdict(False, f"Version {{version}} is no champion, since {evidence}.")
        return Verdict(
            False, f"Champion version {version} stays: version {{version}} is none, since {evidence}.", version
        )
    if version is None:
        return Verdict(True, "There was no champion: version {version} is the first.")
    try:
        pipeline = load_version(registry, name, version)
    except UnreadableError as error:
        reason = (
            f"Champion version {version} cannot be loaded ({_no_braces(error)}): version {{version}} takes its place."
        )
        return Verdict(True, reason, version)
    different = sorted(set(features_of(pipeline)) ^ set(model.features))
    if different:
        reason = f"Champion version {version} uses other features ({', '.join(different)} differ)"
        return Verdict(True, f"{reason}: version {{version}} takes its place.", version)
    judges = judges_of(held_out, model.spec.test_share, _test_share(client, name, version))
    if len(set(judges.labels)) < 2:
        reason = f"Champion version {version} has learned from too many of the hold-out rows to be judged on the rest"
        return Verdict(True, f"{reason}: version {{version}} takes its place.", version)
    ours = score_pipeline(challenger, judges)
    columns = list(features_of(pipeline))
    theirs = score_pipeline(pipeline, replace(judges, features=judges.features[columns]))
    metric = model.spec.metric
    wins = ours[metric] > theirs[metric]
    where = f"on the same {len(judges):,} hold-out rows"
    if len(judges) < len(held_out):
        where += f" that neither has learned from (of {len(held_out):,}; test_share has grown)"
    figures = f"{metric} {ours[metric]:.4f} against {theirs[metric]:.4f}"
    text = (
        f"Version {{version}} beats champion version {version} {where}: {figures}."
        if wins
        else f"Champion version {version} stays: version {{version}} is not better {where}, {figures}."
    )
    return Verdict(wins, text, version, theirs)


def judges_of(held_out: Part, share: float, champions_share: float | None) -> Part:
    """The held-out rows that the champion has not learned from: what lies above its own share it was trained on."""
    return held_out if champions_share is None else held_out.below(min(share, champions_share))


def _test_share(client: MlflowClient, name: str, version: int) -> float | None:
    """The share that was held back when a version was trained; None when its run is gone."""
    try:
        run_id = client.get_model_version(name, str(version)).run_id
        return float(client.get_run(run_id).data.params["test_share"])
    except KeyError:
        return None
    except MlflowException as error:
        if code_of(error) in _ABSENT:
            return None
        raise


def _no_braces(error: Exception) -> str:
    return str(error).replace("{", "(").replace("}", ")")
