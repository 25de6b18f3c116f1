"""What Spark says, for people: held against every text that Spark 4.2 has, read from its own jar."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest

from demo_factory.workspace.spark_errors import spark_says

SETTING = "spark.sql.ansi.enabled"
PLACE = re.compile(r"<\w*conf\w*>", re.IGNORECASE)


def texts() -> Iterator[tuple[str, str]]:
    """(condition, text) of all errors of Spark, its place-holders of settings filled in."""
    (jar,) = Path(pyspark.__file__).parent.glob("jars/spark-common-utils_*.jar")
    conditions = json.loads(zipfile.ZipFile(jar).read("error/error-conditions.json"))
    for name, said in conditions.items():
        text = "\n".join(said["message"])
        for part, more in ({"": {"message": []}} | said.get("subClass", {})).items():
            whole = " ".join([text, *more["message"]])
            yield f"{name}.{part}".rstrip("."), PLACE.sub(f'"{SETTING}"', whole)


def test_no_advice_names_a_setting_of_spark():
    """A fault may be a setting's own: its first sentence says so. Advice to change one comes after."""
    seen = 0
    for condition, text in texts():
        said = spark_says(Exception(f"[{condition}] {text} SQLSTATE: 22003")).message
        first, *more = re.split(r"(?<=[.!?])\s+(?=[A-Z])", said)
        assert first
        if SETTING in text:
            seen += 1
            assert not [sentence for sentence in more if SETTING in sentence], (condition, said)
    assert seen > 30


@pytest.mark.parametrize(
    ("spark", "ours"),
    [
        (
            "[ARITHMETIC_OVERFLOW] overflow. Use 'try_multiply' to tolerate overflow and return NULL instead. "
            'If necessary set "spark.sql.ansi.enabled" to "false" to bypass this error. SQLSTATE: 22003',
            "overflow.",
        ),
        (
            '[DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION] Cannot resolve "CAST(b AS INT)" due to data type mismatch: '
            'cannot cast "BINARY" to "INT" with ANSI mode on. If you have to cast "BINARY" to "INT", you can set '
            "\"spark.sql.ansi.enabled\" as 'false'. SQLSTATE: 42K09; line 1 pos 7;",
            'Cannot resolve "CAST(b AS INT)" due to data type mismatch: cannot cast "BINARY" to "INT" with ANSI mode '
            "on (line 1, position 8).",
        ),
    ],
)
def test_what_is_wrong_stays(spark, ours):
    assert spark_says(Exception(spark)).message == ours
