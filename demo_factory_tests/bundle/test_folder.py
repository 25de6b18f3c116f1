"""A bundle on disk: nothing stale is left, nothing that is not ours is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demo_factory.blueprint.errors import DemoError
from demo_factory.bundle.folder import MANIFEST, compare, read_manifest, write

pytestmark = pytest.mark.e2e
ONE = {"a.yml": "a\n", "deep/er/b.yml": "b\n"}


def render(folder: Path, files: dict[str, str] = ONE, demo: str = "shop") -> dict[str, str]:
    return {change.path: change.kind for change in write(files, folder, demo, "pkg")}


def texts(folder: Path) -> dict[str, str]:
    found = {file.relative_to(folder).as_posix(): file.read_text() for file in folder.rglob("*") if file.is_file()}
    found.pop(MANIFEST, None)
    return found


def test_files_come_once_and_stay_as_they_are(tmp_path):
    assert render(tmp_path) == {"a.yml": "write", "deep/er/b.yml": "write"}
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.yml")}
    manifest = (tmp_path / MANIFEST).read_bytes()
    assert render(tmp_path) == {"a.yml": "same", "deep/er/b.yml": "same"}
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.yml")} == before
    assert (tmp_path / MANIFEST).read_bytes() == manifest


def test_what_is_no_longer_rendered_goes_with_its_empty_folders(tmp_path):
    render(tmp_path)
    assert render(tmp_path, {"a.yml": "new\n"}) == {"a.yml": "write", "deep/er/b.yml": "remove"}
    assert texts(tmp_path) == {"a.yml": "new\n"}
    assert not (tmp_path / "deep").exists()


def test_a_folder_with_somebody_elses_file_stays(tmp_path):
    render(tmp_path)
    (tmp_path / "deep" / "theirs.txt").write_text("x")
    render(tmp_path, {"a.yml": "a\n"})
    assert texts(tmp_path) == {"a.yml": "a\n", "deep/theirs.txt": "x"}


def test_an_edited_file_is_left_alone_until_it_goes(tmp_path):
    render(tmp_path)
    (tmp_path / "a.yml").write_text("mine\n")
    for _ in range(2):  # it is remembered
        assert render(tmp_path, {**ONE, "a.yml": "new\n"})["a.yml"] == "edited"
        assert texts(tmp_path)["a.yml"] == "mine\n"
    (tmp_path / "a.yml").unlink()
    assert render(tmp_path, {**ONE, "a.yml": "new\n"})["a.yml"] == "write"


def test_an_edited_file_that_is_no_longer_rendered_stays_too(tmp_path):
    render(tmp_path)
    (tmp_path / "a.yml").write_text("mine\n")
    for _ in range(2):
        assert render(tmp_path, {})["a.yml"] == "edited"
    assert texts(tmp_path) == {"a.yml": "mine\n"}


def test_a_file_that_was_there_before_is_not_ours(tmp_path):
    (tmp_path / "a.yml").write_text("theirs\n")
    for _ in range(2):
        assert render(tmp_path)["a.yml"] == "foreign"
    assert texts(tmp_path)["a.yml"] == "theirs\n"
    assert render(tmp_path, {})["deep/er/b.yml"] == "remove"
    assert texts(tmp_path) == {"a.yml": "theirs\n"}


def test_a_folder_in_the_place_of_a_file_is_not_ours(tmp_path):
    (tmp_path / "a.yml").mkdir()
    assert render(tmp_path)["a.yml"] == "foreign"


def test_a_rendering_that_was_killed_before_its_manifest_goes_on(tmp_path):
    (tmp_path / "a.yml").write_text(ONE["a.yml"])
    assert render(tmp_path) == {"a.yml": "same", "deep/er/b.yml": "write"}
    assert render(tmp_path, {}) == {"a.yml": "remove", "deep/er/b.yml": "remove"}


def test_no_part_of_a_file_is_left(tmp_path):
    render(tmp_path)
    assert sorted(texts(tmp_path)) == sorted(ONE)


def test_comparing_writes_nothing(tmp_path):
    kinds = {change.kind for change in compare(ONE, tmp_path / "none")}
    assert kinds == {"write"}
    assert list(tmp_path.iterdir()) == []


def test_the_bundle_of_another_demo_is_not_overwritten(tmp_path):
    render(tmp_path)
    with pytest.raises(DemoError, match="holds the bundle of shop"):
        render(tmp_path, demo="other")
    assert texts(tmp_path) == ONE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"demo": "shop", "package": "p", "files": []}'])
def test_a_broken_manifest_stops(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(DemoError, match="cannot be understood"):
        render(tmp_path)


@pytest.mark.parametrize("path", ["../victim.txt", "/victim.txt", "a/../../victim.txt"])
def test_a_manifest_cannot_reach_outside(tmp_path, path):
    folder = tmp_path / "bundle"
    folder.mkdir()
    (tmp_path / "victim.txt").write_text("x")
    (folder / MANIFEST).write_text(json.dumps({"demo": "shop", "package": "p", "files": {path: "0"}}))
    with pytest.raises(DemoError, match="outside its folder"):
        read_manifest(folder)
    assert (tmp_path / "victim.txt").exists()
