"""PySpark's one context of a process and its sessions, below what PySpark shows of them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # importing PySpark takes a second, in which Java can already boot
    from pyspark import SparkContext
    from pyspark.sql import SparkSession


def keep_from_ending_us() -> None:
    """Take Spark Connect away where PySpark would end the process, with code 0, because a library asks for it.

    It takes a main module without a file (`python -c`, the worker of a test runner) for its own doctests, and gives
    up on them when one of Spark Connect's packages is missing. Pandera and MLflow ask, and do without it.
    """
    main = sys.modules["__main__"]
    nameless = main.__spec__ is None and not hasattr(main, "__file__") and not hasattr(sys, "ps1")
    if nameless and not all(map(find_spec, ("grpc", "grpc_status", "google", "zstandard"))):
        sys.modules.setdefault("pyspark.sql.connect", None)  # type: ignore[arg-type]


def running_context() -> SparkContext | None:
    """The process's context while its Java runs it."""
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    return context if context is not None and context._jsc is not None else None


def gateway() -> Any:
    """What connects PySpark to the Java of this process; None when none was started."""
    from pyspark import SparkContext

    return SparkContext._gateway


def new_context(settings: Mapping[str, str], java: Any) -> SparkContext:
    """The process's context in a Java that runs already, with these settings and no defaults."""
    from pyspark import SparkConf, SparkContext

    SparkContext._ensure_initialized(gateway=java)  # before the settings, which would load defaults without a Java
    return SparkContext(conf=SparkConf(loadDefaults=False).setAll(list(settings.items())), gateway=java)


def stop_context() -> None:
    """End Spark's work in this process, if it has any; who waits for it hears so at once."""
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()


def forget_session() -> None:
    """Whoever asks for "the" session gets none."""
    from pyspark.sql import SparkSession

    SparkSession._instantiatedSession = None


def new_session(context: SparkContext, options: Mapping[str, Any]) -> SparkSession:
    """A session with a shared state (external catalog) of its own, by the constructor that PySpark itself uses."""
    from pyspark.sql import SparkSession

    java = context._jvm.org.apache.spark.sql.classic.SparkSession(context._jsc.sc(), dict(options))
    return SparkSession(context, java)


def make_current(session: SparkSession) -> None:
    """Libraries that ask for "the" session (pandera, MLflow), from this thread above all, get this one."""
    classic = session._jvm.org.apache.spark.sql.classic.SparkSession
    classic.setDefaultSession(session._jsparkSession)
    classic.setActiveSession(session._jsparkSession)
    type(session)._instantiatedSession = type(session)._activeSession = session
