"""Training on a planted problem: figures, what is kept in MLflow, and who is champion."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.learn.champion import judges_of
from demo_factory.learn.examples import Part
from demo_factory.learn.registry import Registry
from demo_factory.learn.train import TrainResult, train
from demo_factory_tests.learn.planted import AS_OF, CUSTOMERS, FEATURES, LABEL, NOISY, QUIET, ROWS, model_plan

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, *QUIET]
BOOSTED = model_plan()
STRAIGHT = model_plan(algorithm="logistic_regression")
# one answer of four is wrong: it beats a guess, and whoever learns from right ones beats it
WEAKER = model_plan(label_sql=NOISY)


def _train(spark: SparkSession, registry: Registry, plan=BOOSTED) -> TrainResult:
    return train(spark, plan, registry, {"demo": "planted"}, as_of=AS_OF)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry.in_folder(Path(tmp_path_factory.mktemp("mlflow")), "planted")


@pytest.fixture(scope="module")
def first(spark: SparkSession, registry: Registry) -> TrainResult:
    return _train(spark, registry)


@pytest.fixture
def fresh(registry: Registry, first: TrainResult, tmp_path: Path) -> Registry:
    """A registry of its own, made by copying: MLflow's migrations take seconds."""
    source = Path(registry.tracking_uri.removeprefix("sqlite:///"))
    shutil.copy(source, tmp_path / "mlflow.db")
    copied = Registry.in_folder(tmp_path, "planted elsewhere")
    with copied.active() as client:
        client.delete_registered_model(first.name)
    return copied


def test_the_planted_answer_is_found_and_beats_a_guess(first: TrainResult) -> None:
    assert first.metrics["f1"] > 0.9
    assert first.baseline["f1"] < 0.6
    assert first.metrics["roc_auc"] > first.baseline["roc_auc"] + 0.3
    assert set(list(first.importances)[:2]) == {"a", "b"}
    assert first.rows_train + first.rows_test == ROWS
    assert first.classes == ("no", "yes")
    assert first.plot_png.startswith(b"\x89PNG")


def test_the_first_version_is_champion(first: TrainResult) -> None:
    assert (first.version, first.champion_version, first.became_champion) == (1, 1, True)
    assert "no champion" in first.reason


def test_all_of_it_is_in_mlflow(registry: Registry, first: TrainResult) -> None:
    with registry.active() as client:
        run = client.get_run(first.run_id)
        files = {file.path for file in client.list_artifacts(first.run_id)}
        version = client.get_model_version_by_alias(first.name, "champion")
    assert run.info.status == "FINISHED"
    assert run.data.tags["demo"] == "planted"
    assert run.data.metrics["f1"] == pytest.approx(first.metrics["f1"])
    assert run.data.metrics["baseline_f1"] == pytest.approx(first.baseline["f1"])
    assert run.data.params["algorithm"] == "gradient_boosting"
    assert run.inputs.dataset_inputs[0].dataset.digest == run.data.tags["data_digest"]
    assert files == {"evaluation.png", "features.sql", "label.sql", "model_card.md"}
    assert version.run_id == first.run_id


def test_the_card_says_window_figures_limits_and_how_to_load(first: TrainResult) -> None:
    assert "after 2026-10-25 up to 2026-11-24" in first.card
    assert f"{first.metrics['f1']:.4f}" in first.card
    assert "## Limits" in first.card
    assert f"models:/{first.name}@champion" in first.card


def test_a_model_that_is_no_better_than_a_guess_is_no_champion(spark: SparkSession, fresh: Registry) -> None:
    result = _train(spark, fresh, STRAIGHT)  # a straight line cannot say exclusive-or
    assert (result.version, result.champion_version, result.became_champion) == (1, None, False)
    assert result.evidence.low < 0
    assert result.reason.startswith("Version 1 is no champion, since it does not beat a guess: f1 ")
    assert "Do not use it for decisions: it does not beat a guess" in result.card
    with fresh.active() as client:
        assert "champion" not in client.get_registered_model(result.name).aliases


def test_too_few_rows_of_a_class_are_no_evidence(spark: SparkSession, fresh: Registry) -> None:
    rare = f"SELECT customer, CASE WHEN a > 0.9 THEN 'yes' ELSE 'no' END AS bought FROM ({CUSTOMERS})"
    result = _train(spark, fresh, model_plan(label_sql=rare))
    assert result.metrics["f1"] > 0.95
    assert result.champion_version is None
    said = rf"of {result.rows_test} hold-out rows only \d+ are not of the most common class, and 30 are needed"
    assert re.search(said, result.reason)


def test_the_same_data_gives_the_same_figures_and_leaves_the_champion(
    spark: SparkSession, registry: Registry, first: TrainResult
) -> None:
    again = _train(spark, registry)
    assert again.metrics == first.metrics
    assert again.importances == first.importances
    assert not again.became_champion
    assert again.version > 1
    assert again.champion_version == 1
    assert "Champion version 1 stays" in again.reason


def test_a_worse_model_does_not_move_the_champion(spark: SparkSession, registry: Registry, first: TrainResult) -> None:
    worse = _train(spark, registry, WEAKER)
    assert worse.metrics["f1"] < first.metrics["f1"]
    assert not worse.became_champion
    assert worse.champion_version == 1
    assert f"{worse.metrics['f1']:.4f} against" in worse.reason


def test_what_a_guess_beats_leaves_the_champion_too(
    spark: SparkSession, registry: Registry, first: TrainResult
) -> None:
    useless = _train(spark, registry, STRAIGHT)
    assert useless.champion_version == 1
    assert useless.reason.startswith("Champion version 1 stays: version")
    assert "does not beat a guess" in useless.reason


def test_a_better_model_moves_the_champion(spark: SparkSession, fresh: Registry) -> None:
    assert _train(spark, fresh, WEAKER).became_champion
    better = _train(spark, fresh)
    assert better.became_champion
    assert better.champion_version == better.version == 2
    assert "beats champion version 1" in better.reason
    with fresh.active() as client:
        assert int(client.get_model_version_by_alias(better.name, "champion").version) == 2


def test_a_champion_is_not_judged_on_rows_that_it_has_learned_from(spark: SparkSession, fresh: Registry) -> None:
    label = NOISY.replace("4)", "6)")  # one answer of six is wrong: nobody can know more of what was not seen
    plans = [model_plan(label_sql=label, metric="accuracy", test_share=share) for share in (0.2, 0.5)]
    _train(spark, fresh, plans[0])
    after = _train(spark, fresh, plans[1])
    with fresh.active() as client:
        theirs = client.get_run(after.run_id).data.metrics["champion_accuracy"]
    assert theirs < 0.85
    assert re.search(rf"hold-out rows that neither has learned from \(of {after.rows_test};", after.reason)


@pytest.mark.parametrize(
    ("share", "champions", "left"),
    [(0.5, 0.2, 2), (0.2, 0.5, 2), (0.3, 0.3, 3), (0.3, None, 3)],
)
def test_rows_that_neither_version_has_learned_from(share: float, champions: float | None, left: int) -> None:
    places = np.arange(0, share, 0.1)
    held_out = Part(pd.DataFrame({"a": places}), np.array(["yes"] * len(places)), places)
    judges = judges_of(held_out, share, champions)
    assert list(judges.places) == list(places[:left])
    assert len(judges.features) == len(judges) == left


def test_a_champion_of_other_features_gives_way(spark: SparkSession, fresh: Registry) -> None:
    _train(spark, fresh)
    other = _train(spark, fresh, model_plan(features=("a", "b")))
    assert other.became_champion
    assert "other features (noise differ)" in other.reason


def test_a_lost_champion_gives_way(spark: SparkSession, fresh: Registry) -> None:
    lost = _train(spark, fresh)
    with fresh.active() as client:
        shutil.rmtree(client.get_model_version_download_uri(lost.name, "1").removeprefix("file://"))
    after = _train(spark, fresh)
    assert after.became_champion
    assert "cannot be loaded" in after.reason


def test_a_forest_of_three_classes_is_kept_too(spark: SparkSession, fresh: Registry) -> None:
    label = (
        f"SELECT customer, CASE WHEN a < 0.3 THEN 'x' WHEN a < 0.6 THEN 'y' ELSE 'z' END AS bought FROM ({CUSTOMERS})"
    )
    plan = model_plan(label_sql=label, algorithm="random_forest", metric="roc_auc")
    result = _train(spark, fresh, plan)
    assert result.classes == ("x", "y", "z")
    assert result.metrics["roc_auc"] > 0.9
    assert not _train(spark, fresh, plan).became_champion  # the saved forest was loaded and scored


def test_the_sample_is_bounded_and_unlabelled_rows_are_left_out(spark: SparkSession, fresh: Registry) -> None:
    label = f"SELECT customer, CASE WHEN noise < 7 THEN IF(a > 0.5, 'yes', 'no') END AS bought FROM ({CUSTOMERS})"
    bounded = _train(spark, fresh, model_plan(label_sql=label, max_rows=200, algorithm="logistic_regression"))
    assert bounded.rows_train + bounded.rows_test == 200


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (model_plan(f"SELECT customer, a, 'web' AS b, noise FROM ({CUSTOMERS})"), "b (string)"),
        (model_plan(features=("a", "b", "noise", "income")), "no column income"),
        (model_plan(f"{FEATURES} UNION ALL {FEATURES} WHERE customer = 'C-5'"), "'C-5' comes more than once (1 rows"),
        (model_plan(label_sql=f"SELECT customer, 'no' AS bought FROM ({CUSTOMERS})"), "nothing to tell apart"),
        (model_plan(label_sql=f"{LABEL} WHERE customer < 'C-12'"), "are too few"),
        (model_plan(label_sql=f"SELECT customer, a AS sold FROM ({CUSTOMERS})"), "no column bought"),
        (model_plan(positive="maybe"), "The classes are no, yes"),
        (
            model_plan(f"SELECT customer, a, b, 1 AS bought FROM ({CUSTOMERS})", features=("a", "bought")),
            "one of its own features",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_refused_in_plain_words(
    spark: SparkSession, registry: Registry, plan, words: str
) -> None:
    with pytest.raises(DemoError) as caught:
        _train(spark, registry, plan)
    assert words in str(caught.value)
    assert caught.value.message.startswith("Model will_buy")


def test_a_rare_class_that_only_one_part_holds_is_refused(spark: SparkSession, registry: Registry) -> None:
    label = f"SELECT customer, IF(customer = 'C-3', 'yes', 'no') AS bought FROM ({CUSTOMERS})"
    with pytest.raises(DemoError, match="hold fewer than two classes"):
        _train(spark, registry, model_plan(label_sql=label))


def test_a_fresh_process_loads_the_champion_the_way_the_card_says(first: TrainResult) -> None:
    code = first.card.split("```python\n")[1].split("```")[0]
    code = "import pandas\nframe = pandas.DataFrame({'a': [0.9], 'b': [0.1], 'noise': [float('nan')]})\n" + code
    code = code.replace("model.predict(frame)", "print(model.predict(frame))  ")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "['yes']", run.stderr
