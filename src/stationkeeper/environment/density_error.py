"""By how much the real air differs from the model's: a mean-reverting random factor for ensembles.

The factor k multiplies the model's density, one value for each member and UTC day. ln k is a first-order
autoregressive (Ornstein-Uhlenbeck) process sampled daily: ``x[d] = phi x[d-1] + sqrt(1 - phi^2) n[d]`` with standard
normal ``n``, ``phi = exp(-1 / correlation_days)``, and ``k = exp(s x - s^2 / 2)``, ``s^2 = ln(1 + sigma^2)``: the mean of
k is 1 and its standard deviation is sigma, which rises smoothly with the day's ap from its quiet to its storm value.

Each normal is a pure function of (seed, member, day): a 64-bit integer hash (splitmix64), two uniforms, Box-Muller. So a
member's factors do not depend on how many members are run, where, or in which order. Logarithm, cosine and exponential
are written out with additions, multiplications and square roots only, which IEEE 754 rounds exactly: Python and NumPy give
the same bits on every machine, and a compiled kernel gives them to rounding (a processor or card that fuses multiply and
add differs in the last bit). The functions of this file take scalars or arrays alike; on scalars ``numpy.uint64`` overflow is wanted.

The settings rest on a measurement (``scripts/measure_density_error.py``): the decay of two objects between element sets
about 1.4 days apart, over the decay that NRLMSISE-00 gives with observed indices, each year's median taken away.
GeneSat-1 (2006-2010, solar minimum): covariance of ln k 0.023, 0.014 and 0.003 at lags of 1, 2 and 3 days, so 1/e after
2 days, and a 27-day echo of 0.020 that is left out here. A fragment of Cosmos 2251 (2015-2017): 0.030 at 2 days, 0.015
at 6, 0.007 at 8, so 1/e after about 6 days. Standard deviation 0.18 to 0.19 where ap is below 5 and, for the
fragment, 0.27 where it is above 25; the noise of the element sets and the objects' tumbling are in these figures.

Neglected: the spread of the error within an orbit and over heights, its non-normal tails, and a constant error, which
belongs in the fitted ballistic coefficient. Validation status: checked (mean, variance, autocorrelation, storms).

References
----------
Bruinsma and Boniface, The operational and research DTM-2020 thermosphere models, J. Space Weather Space Clim. 11 (2021)
    47, table 5: NRLMSISE-00 in 28 storms, observed over computed density 1.10 with a standard deviation of 30 %. Source
    key: swsc210039.
Bowman et al., A new empirical thermospheric density model JB2008, AIAA 2008-6438, introduction. Source key: jb2008.
Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014. Source key: splitmix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.errors import InputError

QUIET_SIGMA: Final = 0.15
"""Standard deviation of the factor in calm weather: 15 to 20 % are reported for all empirical models (source jb2008); see
the measurement above."""
STORM_SIGMA: Final = 0.30
"""In a storm: NRLMSISE-00 over 28 storms, source swsc210039."""
STORM_AP: Final = 22.0
"""Daily ap at which half of the way from quiet to storm is gone; at 30, a minor storm, sigma is 26 %."""
CORRELATION_DAYS: Final = 5.0
"""Days after which the correlation has fallen to 1/e: between the 2 and the 6 days measured above."""

_DAYS_AT_ONCE = 128  # bounds the memory for intermediate values
_U = np.uint64
_GOLDEN = _U(0x9E3779B97F4A7C15)
_MIX1 = _U(0xBF58476D1CE4E5B9)
_MIX2 = _U(0x94D049BB133111EB)
_DENSITY = _U(0x64656E7369747931)  # this stream's name: "density1"
_S30, _S27, _S31, _S11 = _U(30), _U(27), _U(31), _U(11)
_ONE = _U(1)
_LOG_TERMS = tuple(1.0 / n for n in range(23, 0, -2))
_COS_TERMS = tuple((-1.0) ** k / math.factorial(2 * k) for k in range(8, -1, -1))
_SIN_TERMS = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(8, -1, -1))
_EXP_TERMS = tuple(1.0 / math.factorial(n) for n in range(14, -1, -1))
_TWO_PI = 6.283185307179586
_LN2 = 0.6931471805599453
_LN2_HIGH = 0.693145751953125
_LN2_LOW = 1.4286068203094172e-06


def splitmix64(z: Any) -> Any:
    """The 64-bit hash of a ``uint64``: one step of splitmix64 from the state ``z``."""
    z = z + _GOLDEN
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return z ^ (z >> _S31)


def log_of(u: Any) -> Any:
    """Natural logarithm for 2^-63 <= u < 1.41, by exact steps only; error below 1e-15."""
    m, e = u * 1.0, 0.0
    for k in (32.0, 16.0, 8.0, 4.0, 2.0, 1.0):
        c = (m < 2.0**-k) * 1.0
        m = m * (1.0 + c * (2.0**k - 1.0))
        e = e - k * c
    c = (m < 0.7071067811865476) * 1.0
    m = m * (1.0 + c)
    e = e - c
    s = (m - 1.0) / (m + 1.0)
    q = s * s
    p = 0.0
    for a in _LOG_TERMS:
        p = p * q + a
    return e * _LN2 + 2.0 * s * p


def cos_of_turns(u: Any) -> Any:
    """Cosine of ``u`` turns, 0 <= u < 1, by exact steps only; error below 1e-15."""
    q = np.floor(4.0 * u + 0.5)
    x = (u - 0.25 * q) * _TWO_PI
    y = x * x
    c, s = 0.0, 0.0
    for a in _COS_TERMS:
        c = c * y + a
    for a in _SIN_TERMS:
        s = s * y + a
    even = (q == 0.0) * 1.0 + (q == 4.0) * 1.0 - (q == 2.0) * 1.0
    odd = (q == 3.0) * 1.0 - (q == 1.0) * 1.0
    return even * c + odd * (x * s)


def exp_of(y: Any) -> Any:
    """Exponential for -5 < y < 5, by exact steps only; relative error below 1e-15."""
    k = np.floor(y / _LN2 + 0.5)
    r = (y - k * _LN2_HIGH) - k * _LN2_LOW
    p = 0.0
    for a in _EXP_TERMS:
        p = p * r + a
    rest, power = k + 8.0, 2.0**-8
    for bit in (8.0, 4.0, 2.0, 1.0):
        c = (rest >= bit) * 1.0
        rest = rest - bit * c
        power = power * (1.0 + c * (2.0**bit - 1.0))
    return p * power


def normal(seed: Any, member: Any, day: Any) -> Any:
    """Standard normal of (seed, member, day), each a ``uint64``; a day before 2000 as its two's complement."""
    h = splitmix64(splitmix64(splitmix64(seed ^ _DENSITY) ^ member) ^ day)
    g = splitmix64(h ^ _GOLDEN)
    radius = np.sqrt(-2.0 * log_of(((h >> _S11) + _ONE) * 2.0**-53))
    return radius * cos_of_turns((g >> _S11) * 2.0**-53)


def sigma_of_ap(ap: Any, quiet: Any, storm: Any) -> Any:
    """Standard deviation of the factor on a day of mean ``ap``: smooth, monotonic, from ``quiet`` to ``storm``."""
    r = (ap / STORM_AP) * (ap / STORM_AP)
    return quiet + (storm - quiet) * (r * r / (1.0 + r * r))


def next_state(x: Any, n: Any, phi: Any) -> Any:
    """One day of the process from state ``x`` with the normal ``n``; unit variance is kept."""
    return phi * x + np.sqrt(1.0 - phi * phi) * n


def factor(x: Any, sigma: Any) -> Any:
    """Density factor of mean 1 and standard deviation ``sigma`` (up to 0.6) for the state ``x``."""
    variance = log_of(1.0 + sigma * sigma)
    return exp_of(np.sqrt(variance) * x - 0.5 * variance)


@dataclass(frozen=True)
class DensityError:
    """The settings of the process.

    Parameters
    ----------
    quiet_sigma, storm_sigma : standard deviation of the factor, 0 to 0.6, as fractions.
    correlation_days : days after which the correlation has fallen to 1/e, 0.1 to 1000.
    bias : mean of the factor.

    Raises
    ------
    InputError
        For a value outside its range.
    """

    quiet_sigma: float = QUIET_SIGMA
    storm_sigma: float = STORM_SIGMA
    correlation_days: float = CORRELATION_DAYS
    bias: float = 1.0

    def __post_init__(self) -> None:
        for key, low, high in (
            ("quiet_sigma", 0.0, 0.6), ("storm_sigma", 0.0, 0.6), ("correlation_days", 0.1, 1000.0), ("bias", 0.1, 10.0)
        ):  # fmt: skip
            value = getattr(self, key)
            if not low <= value <= high:
                raise InputError.one("density_error", key, value, f"{low:g} to {high:g}")
        if self.storm_sigma < self.quiet_sigma:
            raise InputError.one(
                "density_error", "storm_sigma", self.storm_sigma, f"at least quiet_sigma, {self.quiet_sigma:g}"
            )

    @property
    def phi(self) -> float:
        """Correlation from one day to the next."""
        return float(np.exp(-1.0 / self.correlation_days))

    def factors(
        self, seed: int, members: ArrayLike, first_day: ArrayLike, ap: ArrayLike, since: int | None = None
    ) -> NDArray[np.float64]:
        """Density factors of many members and days.

        Parameters
        ----------
        seed : 0 to 2**64 - 1.
        members : indices of the members, shape (p,), from 0.
        first_day : number of the first UTC day, counted from 2000-01-01, one for all members or one for each, (p,).
        ap : mean ap of each day, shape (n,) for all members or (p, n).
        since : the day on which the process starts; the first one by default.

        Returns
        -------
        ndarray, shape (p, n)
            One row for each member; a row depends on nothing but seed, member, first days and its own ap.
        """
        daily = np.atleast_2d(np.asarray(ap, dtype=np.float64))
        state = self.states(seed, members, first_day, daily.shape[1], since)
        out = np.empty_like(state)
        for a in range(0, state.shape[1], _DAYS_AT_ONCE):
            part = slice(a, a + _DAYS_AT_ONCE)
            sigma = sigma_of_ap(daily[:, part], self.quiet_sigma, self.storm_sigma)
            out[:, part] = self.bias * factor(state[:, part], sigma)
        return out

    def states(
        self, seed: int, members: ArrayLike, first_day: ArrayLike, days: int, since: int | None = None
    ) -> NDArray[np.float64]:
        """The walk behind :meth:`factors`: standard normal on each day, correlated from day to day, shape (p, days); arguments as there."""
        if not 0 <= seed < 2**64:
            raise InputError.one("density_error", "seed", seed, "a whole number from 0 to 2**64 - 1")
        member = np.atleast_1d(np.asarray(members)).astype(np.uint64)
        first = np.broadcast_to(np.asarray(first_day, dtype=np.int64), (len(member),))
        day = first[:, None] + np.arange(days, dtype=np.int64)
        state = np.empty((len(member), days))
        for a in range(0, days, _DAYS_AT_ONCE):
            part = slice(a, a + _DAYS_AT_ONCE)
            key = np.full(day[:, part].shape, seed, dtype=np.uint64)
            state[:, part] = normal(key, member[:, None], day[:, part].astype(np.uint64))
        for i in range(1, days):
            walked = next_state(state[:, i - 1], state[:, i], self.phi)
            state[:, i] = walked if since is None else np.where(day[:, i] > since, walked, state[:, i])
        return state


def fit_weights(start: float, end: float) -> tuple[int, NDArray[np.float64]]:
    """How much each day's air counts in the slope of a straight line fitted to evenly spaced levels between two times.

    The slope of least squares is the mean of the rate with the weight 6 u (1 - u), u from 0 to 1 over the span: the days in the middle
    count most. Neglected: that the air gets denser over the span, and uneven spacing.

    Parameters
    ----------
    start, end : days since 2000-01-01, UTC, with fractions; the end after the start.

    Returns
    -------
    first_day, weights
        Number of the first UTC day, and the weight of it and of those after it; they sum to 1.
    """
    first, last = math.floor(start), math.ceil(end)
    u = np.clip((np.arange(first, last + 1) - start) / (end - start), 0.0, 1.0)
    return first, np.diff(u * u * (3.0 - 2.0 * u))
