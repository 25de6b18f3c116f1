"""The two Delta jars: fetched once by the Ivy inside PySpark, kept in the user's cache, never asked for again."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from demo_factory.blueprint.errors import DemoError, MachineTrouble
from demo_factory.workspace.local.java import Java
from demo_factory.workspace.local.layout import cache_folder

DELTA_VERSION = "4.4.0"
# The other 31 jars that Ivy would bring along are for Unity Catalog servers and cloud stores: not needed here.
_ARTIFACTS = ("delta-spark_4.2_2.13", "delta-storage")
_SETTINGS = """<ivysettings>
  <settings defaultResolver="central"/>
  <caches defaultCacheDir="{cache}"/>
  <resolvers><ibiblio name="central" m2compatible="true"/></resolvers>
</ivysettings>
"""
_MODULE = """<ivy-module version="2.0">
  <info organisation="demo_factory" module="jars"/>
  <dependencies>
{dependencies}
  </dependencies>
</ivy-module>
"""


def spark_jars() -> Path:
    """The folder of jars inside the installed PySpark, found without importing it (that costs a second)."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise MachineTrouble(
            "PySpark is not installed in this Python.", "Install it: pip install 'demo-factory[local]'"
        )
    return Path(spec.origin).parent / "jars"


def delta_jars(java: Java) -> list[Path]:
    """The Delta jars in the cache; downloads them when they are not there.

    Raises:
        MachineTrouble: the download failed; nothing half-fetched is left behind.
    """
    if not are_here():
        _fetch(java, _folder())
    return _wanted()


def are_here() -> bool:
    """Whether they are in the cache, so that nothing is asked of a network."""
    return all(jar.is_file() for jar in _wanted())


def _folder() -> Path:
    return cache_folder() / f"delta-{DELTA_VERSION}"


def _wanted() -> list[Path]:
    return [_folder() / f"{artifact}-{DELTA_VERSION}.jar" for artifact in _ARTIFACTS]


def _fetch(java: Java, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ivy-", dir=folder.parent) as temporary:
        work = Path(temporary)
        fetched = work / "jars"
        _run_ivy(java, work, fetched)
        missing = [a for a in _ARTIFACTS if not (fetched / f"{a}-{DELTA_VERSION}.jar").is_file()]
        if missing:
            raise _failure(f"{', '.join(missing)} did not arrive")
        _publish(fetched, folder)


def _publish(fetched: Path, folder: Path) -> None:
    """Move the finished folder into place; whoever comes second keeps the first one's."""
    try:
        fetched.rename(folder)
    except OSError:
        complete = all((folder / jar.name).is_file() for jar in fetched.iterdir())
        if complete:
            return
        shutil.rmtree(folder)  # somebody emptied it by hand: replace it whole
        fetched.rename(folder)


def _run_ivy(java: Java, work: Path, fetched: Path) -> None:
    dependency = '    <dependency org="io.delta" name="{}" rev="{}" transitive="false"/>'
    lines = "\n".join(dependency.format(artifact, DELTA_VERSION) for artifact in _ARTIFACTS)
    (work / "settings.xml").write_text(_SETTINGS.format(cache=work / "ivy"), encoding="utf-8")
    (work / "ivy.xml").write_text(_MODULE.format(dependencies=lines), encoding="utf-8")
    ivy = next(spark_jars().glob("ivy-*.jar"))
    command = [str(java.path), "-cp", str(ivy), "org.apache.ivy.Main", "-warn", "-types", "jar"]
    command += ["-settings", str(work / "settings.xml"), "-ivy", str(work / "ivy.xml")]
    command += ["-retrieve", f"{fetched}/[artifact]-[revision].[ext]"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=work)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failure(str(error)) from error
    if run.returncode != 0:
        raise _failure(_reason(run.stdout + run.stderr))


def _reason(printed: str) -> str:
    """The one line of Ivy's report that a person wants."""
    lines = [line.strip(" :!\t") for line in printed.splitlines()]
    telling = [line for line in lines if "unresolved" in line.lower() or "exception" in line.lower()]
    return (telling or [line for line in lines if line] or ["no reason given"])[0]


def _failure(reason: str) -> DemoError:
    return MachineTrouble(
        f"The Delta {DELTA_VERSION} jars could not be downloaded from Maven Central ({reason}).",
        "Connect to the network once, or behind a proxy set JAVA_TOOL_OPTIONS=-Dhttps.proxyHost=... and run again; "
        f"or copy {' and '.join(f'{a}-{DELTA_VERSION}.jar' for a in _ARTIFACTS)} "
        f"into {cache_folder() / f'delta-{DELTA_VERSION}'}.",
    )
