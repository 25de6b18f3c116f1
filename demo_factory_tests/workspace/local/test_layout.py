from __future__ import annotations

from pathlib import Path

import pytest

from demo_factory.workspace.local.layout import StateFolder, cache_folder


def test_every_path_is_absolute_and_nothing_is_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    state = StateFolder(Path(".demo_factory"))
    assert state.table("dev", "sales", "orders") == tmp_path / ".demo_factory/lakehouse/dev/sales/orders"
    assert state.view("dev", "sales", "top") == tmp_path / ".demo_factory/lakehouse/dev/sales/_views/top.sql"
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_outside_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "demo_factory"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home/.cache/demo_factory"
