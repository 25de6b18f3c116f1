"""The distributions of a blueprint as plain mathematics: which shares of probability bounds leave, and quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from demo_factory.blueprint import columns as c

LAST_SHARE = 1 - 2.0**-53  # the largest share that a draw gives; the smallest is 1 - LAST_SHARE
TABLE_EDGE = 1e-9  # tables of quantiles end at these shares; beyond them a value would be drawn once in a billion rows
_LEAST_LEFT = 1e-9

Continuous = c.Bounded | c.Beta


def shares(spec: Continuous) -> tuple[float, float]:
    """The shares of probability between which a distribution is drawn: 0 and 1, or what its bounds leave.

    Raises:
        ValueError: when bounds leave nothing of it.
    """
    match spec:
        case c.Normal():
            return _bounded(spec, NormalDist(spec.mean, spec.std).cdf)
        case c.Lognormal():
            logs = NormalDist(math.log(spec.median), spec.sigma)
            return _bounded(spec, lambda x: logs.cdf(math.log(x)) if x > 0 else 0.0)
        case c.Exponential():
            return _bounded(spec, lambda x: -math.expm1(-max(x, 0) / spec.mean))
        case c.Pareto():
            # `min` is where a power law begins, so it cuts nothing off
            return 0.0, 1.0 if spec.max is None else 1 - (spec.min / spec.max) ** spec.alpha
        case c.Weibull():
            return _bounded(spec, lambda x: -math.expm1(-((max(x, 0) / spec.scale) ** spec.shape)))
        case c.Gamma():
            from scipy import special  # a third of a second that only gamma and beta need

            return _bounded(spec, lambda x: special.gammainc(spec.shape, max(x, 0) / spec.scale))
    return 0.0, 1.0


def _bounded(spec: c.Bounded, cdf: Callable[[float], float]) -> tuple[float, float]:
    low = cdf(spec.min) if spec.min is not None else 0.0
    high = cdf(spec.max) if spec.max is not None else 1.0
    if high - low < _LEAST_LEFT:
        raise ValueError(f"the bounds {spec.min} to {spec.max} leave almost nothing of the distribution")
    return float(low), float(high)


def quantile(spec: Continuous, share: float) -> float:
    """The value below which a share of the distribution lies, bounds aside; `share` is above 0 and below 1."""
    match spec:
        case c.Normal():
            return spec.mean + spec.std * NormalDist().inv_cdf(share)
        case c.Lognormal():
            return spec.median * math.exp(spec.sigma * NormalDist().inv_cdf(share))
        case c.Exponential():
            return -spec.mean * math.log1p(-share)
        case c.Pareto():
            return float(spec.min * (1 - share) ** (-1 / spec.alpha))
        case c.Weibull():
            return float(spec.scale * (-math.log1p(-share)) ** (1 / spec.shape))
        case c.Gamma():
            from scipy import special

            return float(special.gammaincinv(spec.shape, _in_table(share))) * spec.scale
        case c.Beta():
            from scipy import special

            return spec.min + (spec.max - spec.min) * float(special.betaincinv(spec.a, spec.b, _in_table(share)))
        case c.Triangular():
            return _triangular(spec, share)
    assert isinstance(spec, c.Uniform)
    return spec.min + share * (spec.max - spec.min)


def _in_table(share: float) -> float:
    return min(max(share, TABLE_EDGE), 1 - TABLE_EDGE)


def _triangular(spec: c.Triangular, share: float) -> float:
    left, right, whole = spec.mode - spec.min, spec.max - spec.mode, spec.max - spec.min
    if share < left / whole:
        return spec.min + math.sqrt(share * left * whole)
    return spec.max - math.sqrt((1 - share) * right * whole)


def poisson_weights(spec: c.Poisson) -> list[float]:
    """The chances of 0, 1, 2, ... up to where less than one in 10^12 is left (that rest goes to the last)."""
    last = int(spec.mean + 8 * math.sqrt(spec.mean) + 12)
    chances = [math.exp(count * math.log(spec.mean) - spec.mean - math.lgamma(count + 1)) for count in range(last + 1)]
    total = math.fsum(chances)
    return [chance / total for chance in chances]


def zipf_weights(spec: c.Zipf) -> list[float]:
    """The chances of the ranks 1 to n."""
    weights = [rank**-spec.exponent for rank in range(1, spec.n + 1)]
    total = math.fsum(weights)
    return [weight / total for weight in weights]
