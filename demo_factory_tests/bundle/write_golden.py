"""Writes the golden files anew, after a change of the rendered text that is meant."""

import shutil
from pathlib import Path

from demo_factory.bundle.render import render
from demo_factory_tests.bundle.sources import coffee

GOLDEN = Path(__file__).parent / "golden"

if __name__ == "__main__":
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for path, text in render(coffee()).items():
        (GOLDEN / path).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / path).write_text(text, encoding="utf-8", newline="\n")
