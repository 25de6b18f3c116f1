"""What libraries must be told before they are imported: whoever starts a process says it once."""

from __future__ import annotations

import os

from demo_factory.compat import mlflow, pyspark


def prepare() -> None:
    """Tell them; again, it changes nothing."""
    # Pydantic would read the metadata of every installed package to look for plugins: nobody here has one.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    pyspark.keep_from_ending_us()
    mlflow.quiet()
