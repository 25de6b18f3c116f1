"""Cells without Spark: an independent reading of the draws, in numpy and the xxhash package.

It exists so that a change of Spark, or of our SQL, that gives other cells is noticed.
"""

import struct

import numpy as np
import xxhash

from demo_factory.formulas.random import seed_of

SPARKS_OWN_SEED = 42  # what xxhash64() starts from


def uniform(row: int, *parts: object) -> float:
    """The draw of a row for (seed, demo, table, column, purpose)."""
    first = xxhash.xxh64_intdigest(struct.pack("<q", row), seed=SPARKS_OWN_SEED)
    second = xxhash.xxh64_intdigest(struct.pack("<q", seed_of(*parts)), seed=first)
    return ((second >> 12) + 0.5) * 2.0**-52


def uniforms(rows: int, *parts: object) -> np.ndarray:
    """The draws of rows 0 to rows - 1."""
    return np.array([uniform(row, *parts) for row in range(rows)])
