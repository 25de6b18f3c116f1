"""How PySpark and the Java that it talks to find each other, when somebody else starts that Java."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

SERVER = "org.apache.spark.api.python.PythonGatewayServer"
ADDRESS = "_PYSPARK_DRIVER_CONN_INFO_PATH"  # the variable that tells the server where to write its address

# What Spark's own launcher passes on Java 17+ (org.apache.spark.launcher.JavaModuleOptions), without the incubating
# vector module: it prints a warning on every start and only speeds up some ML kernels.
_OPENED = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs"),
    *("sun.security.action", "sun.util.calendar"),
)
MODULES = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Djdk.reflect.useDirectMethodHandle=false",
    "-Dio.netty.tryReflectionSetAccessible=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
)


def connect(address: Path) -> Any:
    """PySpark's gateway to the server that wrote its address into a file."""
    raw = address.read_bytes()
    port, size = int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:8], "big")
    logging.getLogger().addFilter(_is_no_lost_connection)
    # PySpark takes an existing gateway from these variables. They must not stay: a child process would attach to
    # our Java instead of starting its own.
    os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"] = str(port), raw[8 : 8 + size].decode()
    try:
        from pyspark.java_gateway import launch_gateway

        return launch_gateway()
    finally:
        del os.environ["PYSPARK_GATEWAY_PORT"], os.environ["PYSPARK_GATEWAY_SECRET"]


def _is_no_lost_connection(record: logging.LogRecord) -> bool:
    """Py4J writes a traceback to the root logger, so to the terminal, beside the error that says the same."""
    return record.module != "java_gateway"
