"""Better than a guess: the interval against scikit-learn, against arithmetic, and against models without any skill."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo_factory.learn.evidence import FEWEST, Evidence, judge, measure_of
from demo_factory.learn.scores import METRICS, value_of

pytestmark = pytest.mark.e2e
CLASSES = ("a", "b", "c")


@pytest.mark.parametrize("metric", METRICS)
@given(data=st.data(), size=st.integers(2, 3))
def test_each_measure_is_scikit_learns_own(metric, data, size):
    rows = data.draw(st.integers(2, 30))
    labels = np.array(data.draw(st.lists(st.sampled_from(CLASSES[:size]), min_size=rows, max_size=rows)), dtype=object)
    numbers = st.lists(st.integers(0, 4), min_size=size, max_size=size)
    chances = np.array(data.draw(st.lists(numbers, min_size=rows, max_size=rows)), dtype=float)
    measure = measure_of(metric, labels, CLASSES[:size], chances)
    assert measure(np.ones(rows)) == pytest.approx(value_of(metric, labels, chances, CLASSES[:size]))
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=rows, max_size=rows)))
    if times.sum():
        again = np.repeat(np.arange(rows), times)
        expected = value_of(metric, labels[again], chances[again], CLASSES[:size])
        assert measure(times.astype(float)) == pytest.approx(expected)


def two(positive):
    """Probabilities of two classes, from those of the second."""
    return np.column_stack([1 - positive, positive])


def test_the_interval_of_accuracy_is_that_of_arithmetic():
    random = np.random.default_rng(3)
    labels = np.where(random.random(2_000) < 0.5, "yes", "no").astype(object)
    right = random.random(2_000) < 0.8
    said = np.where((labels == "yes") == right, 1.0, 0.0)
    found = judge("accuracy", labels, ("no", "yes"), two(said), [two(np.full(2_000, 0.4))], seed=1)
    each = right.astype(float) - (labels == "no")  # the guess says "no" each time
    error = 1.96 * each.std() / np.sqrt(2_000)
    assert (found.low, found.high) == pytest.approx((each.mean() - error, each.mean() + error), abs=0.006)
    assert found.holds


@pytest.mark.parametrize("metric", ["roc_auc", "f1", "accuracy"])
def test_a_model_without_skill_is_seldom_taken_for_one(metric):
    won = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        labels = np.where(random.random(250) < 0.3, "yes", "no").astype(object)
        guesses = [two(np.full(250, 0.3)), two((random.random(250) < 0.3).astype(float))]
        won += judge(metric, labels, ("no", "yes"), two(random.random(250)), guesses, seed).holds
    assert won <= 6  # 2.5 % are the law; more than six of sixty come once in ten thousand times


def test_few_rows_of_the_rarer_classes_are_no_evidence_however_good_the_model():
    for rare, holds in ((FEWEST - 1, False), (FEWEST, True)):
        labels = np.array(["yes"] * rare + ["no"] * 400, dtype=object)
        perfect = two((labels == "yes").astype(float))
        found = judge("roc_auc", labels, ("no", "yes"), perfect, [two(np.full(len(labels), 0.1))], seed=1)
        assert (found.rare, found.holds) == (rare, holds)
    assert "of 429 hold-out rows only 29 are" in str(Evidence("roc_auc", 1, 0.5, 0.5, 0.5, 29, 429))


def test_the_reversed_model_of_a_rare_event_is_no_champion():
    """The kind that was chosen once: an area of 0.233 on a handful of failures."""
    random = np.random.default_rng(5)
    labels = np.array(["yes"] * 40 + ["no"] * 60, dtype=object)
    chances = two(np.where(labels == "yes", random.normal(0.4, 0.1, 100), random.normal(0.6, 0.1, 100)).clip(0, 1))
    found = judge("roc_auc", labels, ("no", "yes"), chances, [two(np.full(100, 0.4))], seed=1)
    assert found.ours < 0.3
    assert found.high < 0
    assert not found.holds


def test_the_same_rows_give_the_same_interval():
    random = np.random.default_rng(8)
    labels = np.where(random.random(300) < 0.4, "yes", "no").astype(object)
    given = ("f1", labels, ("no", "yes"), two(random.random(300)), [two(np.full(300, 0.4))], 9)
    assert judge(*given) == judge(*given)
