"""Blueprints as people break them: each is refused with its lines or passes, and what passes builds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo_factory_tests.fuzz.builds import built, smallest
from demo_factory_tests.fuzz.laws import unplaced, validated
from demo_factory_tests.fuzz.mutations import BASES, bases, mutation

pytestmark = pytest.mark.e2e


def passing(folder: Path, seed: int) -> Iterator[tuple[int, Path, float]]:
    """Mutations that pass, from a seed on, each in a folder of its own, with the smallest scale that can be planned."""
    for one in itertools.count(seed):
        home = folder / str(one)
        home.mkdir()
        scale = None
        if validated(mutation(one).text, home).plan is not None:
            scale = smallest(home / "mutation.yaml")
        if scale is not None:
            yield one, home / "mutation.yaml", scale


def faults(folder: Path, seeds: range) -> tuple[list[str], int]:
    """What is wrong with validation of these seeds, and how many passed."""
    found, passed = [], 0
    for seed in seeds:
        one = mutation(seed)
        verdict = validated(one.text, folder)
        passed += verdict.plan is not None
        if verdict.fault:
            found.append(f"seed {seed}, {one.base}, {one.done}: {verdict.fault}")
    return found, passed


def test_one_seed_is_one_mutation():
    assert mutation(11) == mutation(11)
    assert len({mutation(seed).text for seed in range(40)}) > 35
    assert {mutation(seed).base for seed in range(40)} == set(bases())


@pytest.mark.parametrize("name", bases())
def test_what_is_mutated_was_right_before(tmp_path, name):
    assert validated(bases()[name], tmp_path).plan is not None


@pytest.mark.parametrize("first", range(0, 120, 30))
def test_a_mutation_is_refused_with_its_lines_or_passes(tmp_path, first):
    found, passed = faults(tmp_path, range(first, first + 30))
    assert found == []
    assert 0 < passed < 30


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(1_000, 2_500, 100))
def test_many_mutations_are_refused_with_their_lines_or_pass(tmp_path, first):
    found, passed = faults(tmp_path, range(first, first + 100))
    assert found == []
    assert 0 < passed < 100


@pytest.mark.nightly
@pytest.mark.e2e
@pytest.mark.parametrize("first", range(10_000, 18_000, 1_000))
def test_what_passes_builds(tmp_path, warm, first):
    made = 0
    for seed, file, scale in passing(tmp_path, first):
        what = f"seed {seed}, {mutation(seed).base}, {mutation(seed).done}"
        end = built(file, scale)
        if end.refused is not None:  # Spark read it before anything was written, and what it says has a line
            assert unplaced(end.refused, str(file), file.read_text(encoding="utf-8")) == "", what
            continue
        assert [one for one in end.troubles if not one.of_values] == [], what
        made += 1
        if made == 5:
            break


def test_a_misspelt_function_of_a_row_filter_is_named(tmp_path):
    verdict = validated((BASES / "hospital.yaml").read_text(encoding="utf-8"), tmp_path)
    assert verdict.fault == ""
    assert verdict.refused is not None
    assert str(verdict.refused) == (
        f"{tmp_path / 'mutation.yaml'}:174: governance.row_filters.encounters.keep: "
        "is_account_group_membr() is no built-in function. Did you mean is_account_group_member()?"
    )


SITE = "\"site_id <> 'SITE-01' OR"  # where the row filter of wind begins


@pytest.mark.parametrize(
    ("base", "old", "new", "says"),
    [
        # the functions of row filters: names, arguments, what a filter cannot ask
        ("wind", SITE, '"lowr(site_id) = \'x\' OR', "lowr() is no built-in function. Did you mean lower()?"),
        ("wind", SITE, '"length(site_id, 2) > 1 OR', "length() takes 1 argument, and it is given 2."),
        ("wind", SITE, '"rand() < 0.5 OR site_id = \'x\' OR', "rand() is not offered in a filter."),
        ("wind", SITE, "\"site_id = java_method('a', 'b') OR", "java_method() is not offered in a filter."),
        ("wind", SITE, f'"{"(" * 600}site_id{")" * 600} = 1 OR', "nested"),
        # numbers beyond all counting
        ("wind", "arrives: {growth: 0}", "arrives: {peaks: {11-20: 1e308}}", "at most 1,000,000"),
        ("wind", "arrives: {growth: 0}", "arrives: {weekdays: [1e308, 1, 1, 1, 1, 1, 1]}", "at most 1,000,000"),
    ],
)  # fmt: skip
def test_what_mutations_found_is_refused_in_a_sentence(tmp_path, base, old, new, says):
    text = bases()[base]
    assert old in text
    verdict = validated(text.replace(old, new), tmp_path)
    assert verdict.fault == ""
    assert says in str(verdict.refused)


@pytest.mark.parametrize("day", ["current_date()", "now()", "curdate()"])
def test_a_row_filter_may_ask_what_day_it_is(tmp_path, day):
    text = bases()["hospital"].replace("kind <> 'emergency' OR", f"admitted_on < {day} OR")
    assert validated(text, tmp_path).plan is not None


def test_a_problem_is_one_line_of_a_bounded_length_whatever_it_quotes(tmp_path):
    long = "physicians.specialty" + "\\n" * 3_000 + "x" * 50_000
    text = bases()["hospital"].replace("by: physicians.specialty", f'by: "{long}"')
    verdict = validated(text, tmp_path)
    assert verdict.fault == ""
    (line,) = str(verdict.refused).splitlines()
    assert len(line) < 1_000
    assert "hospital" in text
    assert "physicians has no column" in line
