"""demo_factory turns one blueprint into a complete, governed, living Databricks demo."""

import sys
from importlib.util import find_spec


def _keep_pyspark_from_ending_us() -> None:
    """Take Spark Connect away where PySpark would end the process, with code 0, because a library asks for it.

    It takes a main module without a file (`python -c`, the worker of a test runner) for its own doctests, and gives
    up on them when one of Spark Connect's packages is missing. Pandera and MLflow ask, and do without it.
    """
    main = sys.modules["__main__"]
    nameless = main.__spec__ is None and not hasattr(main, "__file__") and not hasattr(sys, "ps1")
    if nameless and not all(map(find_spec, ("grpc", "grpc_status", "google", "zstandard"))):
        sys.modules.setdefault("pyspark.sql.connect", None)  # type: ignore[arg-type]


_keep_pyspark_from_ending_us()


def __getattr__(name: str) -> object:
    """`demo_factory.DemoComponent` is what Dagster's `dg` asks for; nobody else pays for importing Dagster."""
    if name == "DemoComponent":
        from demo_factory.orchestration.component import DemoComponent

        return DemoComponent
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "DemoComponent"]
