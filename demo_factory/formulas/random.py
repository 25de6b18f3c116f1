"""Draws: a uniform number for every (seed, demo, table, column, row), from a hash and nothing else."""

from __future__ import annotations

import hashlib
import math

BITS = 52  # (k + 0.5) / 2**52 is exact in a double and lies strictly between 0 and 1


def seed_of(*parts: object) -> int:
    """A signed 64-bit seed for the parts (seed, demo, table, column, purpose), stable for ever."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def draw(row: str, seed: int) -> str:
    """SQL for a uniform double strictly between 0 and 1 of a row (a bigint expression)."""
    return f"((shiftrightunsigned(xxhash64({row}, {long(seed)}), {64 - BITS}) + 0.5D) * {2.0**-BITS!r}D)"


def long(value: int) -> str:
    """A bigint literal; the smallest one has no literal of its own in SQL."""
    return f"{value}L" if value != -(2**63) else f"({value + 1}L - 1L)"


# Acklam's rational approximation of the inverse normal CDF; relative error below 1.15e-9 everywhere.
# Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function" (2003).
_A = (-3.969683028665376e01, 2.209460984245205e02, -2.759285104469687e02,
      1.383577518672690e02, -3.066479806614716e01, 2.506628277459239e00)  # fmt: skip
_B = (-5.447609879822406e01, 1.615858368580409e02, -1.556989798598866e02,
      6.680131188771972e01, -1.328068155288572e01, 1.0)  # fmt: skip
_C = (-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e00,
      -2.549732539343734e00, 4.374664141464968e00, 2.938163982698783e00)  # fmt: skip
_D = (7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e00, 3.754408661907416e00, 1.0)  # fmt: skip
_TAIL = 0.02425


def _horner(coefficients: tuple[float, ...], x: str) -> str:
    text = f"{coefficients[0]!r}D"
    for coefficient in coefficients[1:]:
        text = f"({text} * {x} + {coefficient!r}D)"
    return text


def probit(p: str) -> str:
    """SQL for the standard normal quantile of p (a column or literal: it is repeated in the text)."""
    middle, square = f"({p} - 0.5D)", f"(({p} - 0.5D) * ({p} - 0.5D))"
    tail = f"sqrt(-2D * ln(least({p}, 1D - {p})))"
    return (
        f"CASE WHEN {p} < {_TAIL}D OR {p} > {1 - _TAIL}D"
        f" THEN signum(0.5D - {p}) * {_horner(_C, tail)} / {_horner(_D, tail)}"
        f" ELSE {middle} * {_horner(_A, square)} / {_horner(_B, square)} END"
    )


def normal_cdf(z: str) -> str:
    """SQL for the standard normal CDF of z, absolute error below 7.5e-8, strictly between 0 and 1.

    Source: Abramowitz and Stegun, formula 7.1.26.
    """
    t = f"(1D / (1D + {0.3275911 / math.sqrt(2)!r}D * abs({z})))"
    series = _horner((1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592), t)
    tail = f"(0.5D * {series} * {t} * exp(-0.5D * {z} * {z}))"
    return f"greatest(1e-16D, least({1 - 2.0**-53!r}D, IF({z} < 0D, {tail}, 1D - {tail})))"
