"""Private parts of other libraries are used in compat/ alone, and importing a module of ours changes none of them."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest

from demo_factory_tests.house.test_imports import ROOT, files, imports, parsed, room_of

OURS = {"self", "cls", "super()"}
STANDARD = {"os._exit"}
# Extension points without an underscore, which their authors promise to nobody.
UNPUBLISHED = ("pandera.api", "pandera.backends")
STARTS = {"definitions.py", "__main__.py"}  # what Dagster and Python start
WORTH_A_LOOK = re.compile(r"(?<!self)(?<!cls)\._[a-z]|import _[a-z]|import [^\n]*, _[a-z]|" + "|".join(UNPUBLISHED))


def private(tree: ast.AST) -> list[str]:
    """Every use of a name that somebody else keeps to himself."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr):
            text = ast.unparse(node)
            found += [text] if ast.unparse(node.value) not in OURS and text not in STANDARD else []
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [f"{getattr(node, 'module', '')}.{one.name}".strip(".") for one in node.names]
            found += [one for one in names if not one.startswith("demo_factory") and re.search(r"(^|\.)_[a-z]", one)]
            found += [one for one in names if one.startswith(UNPUBLISHED)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\w\._core\.", node.value):
            found.append(node.value)
    return found


def test_private_parts_of_others_are_used_in_compat_alone():
    wrong = {
        str(file.relative_to(ROOT)): found
        for file, text in files().items()
        if room_of(file) != "compat" and WORTH_A_LOOK.search(text) and (found := private(parsed(file)))
    }
    assert not wrong


def test_compat_knows_the_libraries_and_nothing_of_ours():
    allowed = ("demo_factory.compat", "demo_factory.blueprint.errors")
    asked = [name for file in files() if room_of(file) == "compat" for name in imports(file)]
    assert [name for name in asked if name.startswith("demo_factory") and not name.startswith(allowed)] == []


def _first_name(node: ast.AST) -> str:
    """`a` of `a.b[0].c()`; nothing of what begins with no name."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def changes(tree: ast.Module) -> list[str]:
    """Statements at the top of a file that call or set something of another library."""
    others = {"setattr", "vars"}
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "module", "").startswith("demo_factory"):
            others |= {(one.asname or one.name).partition(".")[0] for one in node.names}
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AugAssign):
            touched = getattr(node, "targets", None) or [node.target]
        elif isinstance(node, ast.Expr | ast.For | ast.While | ast.With | ast.Try | ast.If | ast.Delete):
            inside = list(ast.walk(node))
            touched = [one for one in inside if isinstance(getattr(one, "ctx", None), ast.Store | ast.Del)]
            calls = [one.value for one in inside if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
            touched += [call.func for call in calls]
        else:
            continue
        found += [ast.unparse(node)[:80] for one in touched if _first_name(one) in others]
    return found


def test_a_module_only_defines_things():
    wrong = {str(file.relative_to(ROOT)): found for file in files() if (found := changes(parsed(file)))}
    assert {name: found for name, found in wrong.items() if name not in STARTS} == {}


def test_the_tests_know_what_they_look_for():
    """Each of these stood in the code once."""
    for text in (
        "session._jvm.org", "vars(x._core)", "from dagster._core.instance import InstanceRef", "check._check_fn",
        "from pandera.api.base.checks import CheckResult", "x = {'module': 'dagster._core.storage.root'}",
        "from mlflow.tracking._tracking_service.utils import _get_store", "generator._order = 1",
    ):  # fmt: skip
        assert WORTH_A_LOOK.search(text), text
        assert private(ast.parse(text)), text


LOOK = """
import importlib, json, os, pkgutil, sys
import apprise, dagster, dbldatagen, matplotlib, mlflow.sklearn, pandera.pyspark, pyspark.sql
import dagster_databricks, sklearn.ensemble, skops.io, yaml
import dagster._core.storage.event_log.sqlite.sqlite_event_log as events
from pandera.api.checks import Check
def marks():
    return {
        **{"environment " + name: value for name, value in os.environ.items()},
        "connect": "pyspark.sql.connect" in sys.modules and sys.modules["pyspark.sql.connect"] is None,
        "backends": sorted(map(str, Check.BACKEND_REGISTRY)),
        "checks": sorted(Check.REGISTERED_CUSTOM_CHECKS),
        "builtin": {name: len(one.__self__._function_registry if hasattr(one, "__self__") else one._function_registry)
                    for name, one in Check.CHECK_FUNCTION_REGISTRY.items()},
        "engines": events.create_engine.__module__,
        "yaml": len(yaml.SafeDumper.yaml_representers),
    }
before = marks()
import demo_factory
names = [one.name for one in pkgutil.walk_packages(demo_factory.__path__, "demo_factory.")]
for name in names:
    if name not in ("demo_factory.definitions", "demo_factory.__main__"):
        importlib.import_module(name)
print(json.dumps([before, marks(), len(names)]))
"""


@pytest.mark.e2e
def test_importing_every_module_changes_nothing_of_others(tmp_path):
    script = tmp_path / "look.py"
    script.write_text(LOOK, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script], capture_output=True, text=True, timeout=300, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT.parent)},
    )  # fmt: skip
    before, after, modules = json.loads(done.stdout.splitlines()[-1])
    assert modules > 150
    assert {key: value for key, value in after.items() if value != before.get(key)} == {}


def test_what_they_look_for_at_the_top_of_a_file():
    for text in (
        "import os\nfor name in ('x',):\n    os.environ.setdefault(name, '1')",
        "import pandera.pyspark as pa\npa.Check.register_backend(int, int)",
        "import sys\nsys.modules['x'] = None",
        "from dagster import x\nvars(x)['create_engine'] = 1",
    ):
        assert changes(ast.parse(text)), text
    assert not changes(ast.parse("import os\ndef start():\n    os.environ['x'] = '1'"))
