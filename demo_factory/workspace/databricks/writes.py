"""Which statements Unity Catalog takes for a table with masks or a row filter, by the compute that sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from demo_factory.targets.model import Compute

Mode = Literal["dedicated", "standard", "serverless", "warehouse"]
Statement = Literal[
    "append",  # DataFrame.write.mode("append")
    "merge",  # MERGE INTO
    "overwrite",  # DataFrame.writeTo(...).overwrite(condition), INSERT OVERWRITE, INSERT ... REPLACE WHERE
    "update",  # UPDATE, DELETE
    "replace",  # CREATE OR REPLACE TABLE, DataFrame.writeTo(...).createOrReplace()
    "alter",  # ALTER TABLE, COMMENT ON
    "files",  # OPTIMIZE, VACUUM
    "restore",  # RESTORE TABLE, and whatever reads an earlier version
]

_DEDICATED = "https://docs.databricks.com/aws/en/compute/single-user-fgac"
_FILTERS = "https://docs.databricks.com/aws/en/data-governance/unity-catalog/filters-and-masks/"
FIRST_RUNTIME = (16, 3)  # of dedicated compute that writes at all; what reads begins with 15.4


class Answer(NamedTuple):
    """Whether it is taken, where that is written, and how sure that is.

    `by_document` is False for what no document says: then the answer is the careful one.
    """

    taken: bool
    source: str
    by_document: bool = True


def _native(statement: Statement) -> Answer:
    """Compute that enforces guards by itself has no list of writes; earlier versions are out of reach for all."""
    return Answer(statement != "restore", _FILTERS)


GUARDED: Mapping[tuple[Mode, Statement], Answer] = {
    **{
        (mode, statement): _native(statement)
        for mode in ("standard", "serverless", "warehouse")
        for statement in ("append", "merge", "overwrite", "update", "replace", "alter", "files", "restore")
    },
    # The page names what can be written with, and these two are all: MERGE INTO is to do what DELETE and UPDATE do.
    ("dedicated", "append"): Answer(True, _DEDICATED),
    ("dedicated", "merge"): Answer(True, _DEDICATED),
    ("dedicated", "overwrite"): Answer(False, _DEDICATED),
    ("dedicated", "update"): Answer(False, _DEDICATED),
    ("dedicated", "replace"): Answer(False, _DEDICATED),
    ("dedicated", "restore"): Answer(False, _FILTERS),
    # It says nothing of these; a warehouse takes them, so nobody has to find out.
    ("dedicated", "alter"): Answer(False, _DEDICATED, by_document=False),
    ("dedicated", "files"): Answer(False, _DEDICATED, by_document=False),
}


def mode_of(compute: Compute) -> Mode:
    """How a target's compute reaches Unity Catalog: the step launcher wants dedicated access mode."""
    return "serverless" if compute.serverless is not None else "dedicated"


def takes(compute: Compute, statement: Statement) -> bool:
    """Whether a guarded table takes a statement from a target's compute."""
    return GUARDED[mode_of(compute), statement].taken


def too_old(spark_version: str) -> bool:
    """Whether a runtime such as `15.4.x-scala2.12` writes no guarded tables on dedicated compute."""
    major, _, rest = spark_version.partition(".")
    minor = rest.partition(".")[0]
    return major.isdigit() and (int(major), int(minor) if minor.isdigit() else 0) < FIRST_RUNTIME
