"""A flown path: states over time in a labelled data set, with interpolation and mean altitude."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.frames import Geodetic, gcrf_to_itrf, geodetic
from stationkeeper.core.time_arrays import Times, TimesUs, epochs_of, tai_us, utc_datetime64
from stationkeeper.flight.state import StateVector, mean_semi_major_axis_m

if TYPE_CHECKING:
    import xarray as xr

Floats = NDArray[np.float64]
_NODES = 6


@dataclass(frozen=True, eq=False)
class Trajectory:
    """States over time in GCRF; :attr:`dataset` gives them as a labelled ``xarray.Dataset``.

    Parameters
    ----------
    times_tai_us : (n,) strictly rising, at least two.
    position_gcrf_m, velocity_gcrf_m_s : (n, 3).
    mass_kg : (n,), or None where no mass is known.
    breaks_tai_us : samples at which force or state jump (ignition, cut-off, separation); interpolation never reaches across one.
    attributes : what else is known of the path, such as the engine.

    Raises
    ------
    InputError
        For arrays that do not fit together, numbers that are not finite, and times that do not rise.
    """

    times_tai_us: TimesUs
    position_gcrf_m: Floats
    velocity_gcrf_m_s: Floats
    mass_kg: Floats | None = None
    breaks_tai_us: TimesUs = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        t = self.times_tai_us
        for name in ("position_gcrf_m", "velocity_gcrf_m_s"):
            if getattr(self, name).shape != (len(t), 3):
                raise InputError.one("trajectory", name, "missing or of other dimensions", "dimensions (time, xyz)")
            if not np.isfinite(getattr(self, name)).all():
                raise InputError.one("trajectory", name, "a number that is not finite", "finite numbers")
        if len(t) < 2 or (np.diff(t) <= 0).any():
            raise InputError.one("trajectory", "time", f"{len(t)} samples", "at least two, in strictly rising order")

    @classmethod
    def build(
        cls,
        times: Times,
        position_gcrf_m: ArrayLike,
        velocity_gcrf_m_s: ArrayLike,
        mass_kg: ArrayLike | None = None,
        breaks: Times = (),
        **attributes: str | float,
    ) -> Trajectory:
        """From arrays of n samples in rising order; ``breaks`` are epochs of samples where something jumps."""
        t = tai_us(times)
        mass = None if mass_kg is None else np.broadcast_to(np.asarray(mass_kg, dtype=np.float64), t.shape).copy()
        position, velocity = (np.asarray(a, dtype=np.float64) for a in (position_gcrf_m, velocity_gcrf_m_s))
        return cls(t, position, velocity, mass, tai_us(breaks), attributes)

    @classmethod
    def from_dataset(cls, dataset: xr.Dataset) -> Trajectory:
        """From a data set as :attr:`dataset` gives it. Raises ``InputError`` where a variable is missing."""
        for name in ("position_gcrf_m", "velocity_gcrf_m_s"):
            if name not in dataset or dataset[name].dims != ("time", "xyz"):
                raise InputError.one("trajectory", name, "missing or of other dimensions", "dimensions (time, xyz)")
        first = Epoch.parse(str(dataset.attrs["start_epoch"])).tai_us
        breaks = np.atleast_1d(np.asarray(dataset.attrs.get("breaks_s", ()), dtype=np.float64))
        return cls(
            first + np.round(dataset["elapsed_s"].values * 1e6).astype(np.int64),
            np.asarray(dataset["position_gcrf_m"].values),
            np.asarray(dataset["velocity_gcrf_m_s"].values),
            np.asarray(dataset["mass_kg"].values) if "mass_kg" in dataset else None,
            first + np.round(breaks * 1e6).astype(np.int64),
            {str(k): v for k, v in dataset.attrs.items() if k not in _OWN_ATTRIBUTES},
        )

    @property
    def dataset(self) -> xr.Dataset:
        """The states as an ``xarray.Dataset``, made anew at each call.

        Dimensions ``time`` and ``xyz``; variables ``position_gcrf_m`` and ``velocity_gcrf_m_s`` (time, xyz) and, where known,
        ``mass_kg`` (time); coordinates ``time`` (UTC, ``datetime64[us]``) and ``elapsed_s`` (SI seconds since the first
        sample, exact to a microsecond, also over a leap second); attribute ``breaks_s``, elapsed times of the breaks.
        """
        import xarray as xr  # half a second: only for those who want it

        t = self.times_tai_us
        variables: dict[str, tuple[tuple[str, ...], Floats, dict[str, str]]] = {
            "position_gcrf_m": (("time", "xyz"), self.position_gcrf_m, {"units": "m", "long_name": "position in GCRF"}),
            "velocity_gcrf_m_s": (
                ("time", "xyz"),
                self.velocity_gcrf_m_s,
                {"units": "m s-1", "long_name": "velocity in GCRF"},
            ),
        }
        if self.mass_kg is not None:
            variables["mass_kg"] = (("time",), self.mass_kg, {"units": "kg", "long_name": "mass of the body"})
        first = int(t[0])
        return xr.Dataset(
            variables,
            coords={
                "time": ("time", utc_datetime64(t), {"standard_name": "time", "long_name": "UTC"}),
                "xyz": ("xyz", ["x", "y", "z"]),
                "elapsed_s": (
                    "time",
                    (t - first) / 1e6,
                    {"units": "s", "long_name": "SI seconds since the first sample"},
                ),
            },
            attrs={
                "Conventions": "CF-1.11",
                "title": "spacecraft trajectory",
                "frame": "GCRF",
                "time_scale": "UTC in coordinate 'time'; elapsed_s counts SI seconds",
                "start_epoch": Epoch(first).isoformat(6),
                "breaks_s": (self.breaks_tai_us - first) / 1e6,
                **self.attributes,
            },
        )

    @classmethod
    def concat(cls, parts: Sequence[Trajectory]) -> Trajectory:
        """One trajectory from several that follow each other; the end of each is the start of the next.

        Where state and mass agree at the seam, one sample is kept. Where they jump (a separation, an undocking), the
        sample before the jump is moved one microsecond back along its own path, so that both sides stay.
        """
        if not parts:
            raise InputError.one("trajectory", "parts", "none", "at least one trajectory")
        times, positions, velocities, masses = [], [], [], []
        breaks: list[int] = []
        with_mass = all(p.mass_kg is not None for p in parts)
        for k, part in enumerate(parts):
            t, r, v = part.times_tai_us.copy(), part.position_gcrf_m.copy(), part.velocity_gcrf_m_s.copy()
            m = part.mass_kg.copy() if part.mass_kg is not None and with_mass else np.zeros(len(t))
            breaks += part.breaks_tai_us.tolist()
            if k + 1 < len(parts):
                after = parts[k + 1]
                gap_us = int(after.times_tai_us[0]) - int(t[-1])
                if gap_us != 0:
                    raise InputError.one(
                        "trajectory",
                        f"parts[{k + 1}]",
                        f"starts {gap_us / 1e6:.6f} s after the end before",
                        "no gap, no overlap",
                    )
                same = np.array_equal(v[-1], after.velocity_gcrf_m_s[0]) and np.array_equal(
                    r[-1], after.position_gcrf_m[0]
                )
                if with_mass and after.mass_kg is not None:
                    same = same and bool(m[-1] == after.mass_kg[0])
                if same:
                    t, r, v, m = t[:-1], r[:-1], v[:-1], m[:-1]
                else:
                    t[-1] -= 1
                    r[-1] -= v[-1] * 1e-6
                    breaks.append(int(t[-1]))
                breaks.append(int(after.times_tai_us[0]))
            times.append(t)
            positions.append(r)
            velocities.append(v)
            masses.append(m)
        return cls.build(
            np.concatenate(times),
            np.concatenate(positions),
            np.concatenate(velocities),
            np.concatenate(masses) if with_mass else None,
            np.array(sorted(set(breaks)), dtype=np.int64),
            **parts[0].attributes,
        )

    # ---- what is in it ------------------------------------------------------------------------------------------

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """The sample times."""
        return epochs_of(self.times_tai_us)

    @property
    def start(self) -> Epoch:
        """First sample."""
        return Epoch(int(self.times_tai_us[0]))

    @property
    def end(self) -> Epoch:
        """Last sample."""
        return Epoch(int(self.times_tai_us[-1]))

    @property
    def first_state(self) -> StateVector:
        """The first sample as a state."""
        return StateVector(self.start, self.position_gcrf_m[0], self.velocity_gcrf_m_s[0])

    @property
    def last_state(self) -> StateVector:
        """The last sample as a state."""
        return StateVector(self.end, self.position_gcrf_m[-1], self.velocity_gcrf_m_s[-1])

    # ---- derived ------------------------------------------------------------------------------------------------

    def at(self, epoch: Epoch) -> StateVector:
        """The state at an instant inside the span. Raises ``OutOfRangeError`` outside."""
        position, velocity = self.interpolate(epoch)
        return StateVector(epoch, position[0], velocity[0])

    def interpolate(self, times: Times) -> tuple[Floats, Floats]:
        """Positions and velocities at n instants, m and m/s, shapes (n, 3).

        Hermite polynomial through position and velocity of up to six samples, never across a break. Error in low
        orbit with samples of 300 s and 36x36 gravity: median 0.02 m, below 0.5 m inside an arc, below 1 m and 0.02 m/s in
        its first and last intervals (measured in tests/flight/test_trajectory.py); samples of 120 s: below 0.01 m.

        Raises
        ------
        OutOfRangeError
            Outside the span; never extrapolates.
        """
        t = self.times_tai_us
        wanted = tai_us(times)
        if wanted.size and (wanted.min() < t[0] or wanted.max() > t[-1]):
            wrong = Epoch(int(wanted.min() if wanted.min() < t[0] else wanted.max()))
            raise OutOfRangeError(
                f"state at {wrong.isoformat(3)} is asked for; the trajectory runs from {self.start} to {self.end}"
            )
        left = np.clip(np.searchsorted(t, wanted, side="right") - 1, 0, len(t) - 2)
        edges = np.unique(np.concatenate([[0], np.searchsorted(t, self.breaks_tai_us), [len(t) - 1]]))
        edges = edges[(edges >= 0) & (edges < len(t))]
        arc = np.searchsorted(edges, left, side="right") - 1
        first, last = edges[arc], edges[np.minimum(arc + 1, len(edges) - 1)]
        count = np.minimum(_NODES, last - first + 1)
        window = np.clip(left - (count // 2 - 1), first, last - count + 1)
        position, velocity = np.empty((len(wanted), 3)), np.empty((len(wanted), 3))
        for n in np.unique(count):
            pick = np.flatnonzero(count == n)
            nodes = window[pick, None] + np.arange(n)
            x = (t[nodes] - wanted[pick, None]) / 1e6
            position[pick], velocity[pick] = _hermite_at_zero(
                x, self.position_gcrf_m[nodes], self.velocity_gcrf_m_s[nodes]
            )
        return position, velocity

    def geodetic(self) -> Geodetic:
        """Geodetic latitude, longitude (rad) and height (m) of each sample, WGS 84."""
        return geodetic(gcrf_to_itrf(self.times_tai_us, self.position_gcrf_m))

    def mean_altitude_m(self) -> Floats:
        """Mean semi-major axis less 6,378,137 m at each sample, shape (n,).

        Method and error: :func:`stationkeeper.flight.state.mean_semi_major_axis_m` (0.1 km rms for one sample; average
        a day or more for tens of metres).
        """
        return mean_semi_major_axis_m(self.position_gcrf_m, self.velocity_gcrf_m_s) - EARTH_EQUATORIAL_RADIUS_M

    def mean_altitude_at_m(self, epoch: Epoch, span_s: float = 86_400.0) -> float:
        """Mean altitude averaged over the samples within half of ``span_s`` on either side (at least the nearest one).

        The averaging is on a straight-line fit evaluated at the epoch, so a steady loss of altitude does not bias it.
        """
        t = (self.times_tai_us - epoch.tai_us) / 1e6
        near = np.abs(t) <= 0.5 * span_s
        if not near.any():
            near[int(np.argmin(np.abs(t)))] = True
        x, y = t[near], self.mean_altitude_m()[near]
        if len(x) < 8 or np.ptp(x) < 5_400.0:
            return float(y.mean())
        return float(np.polynomial.polynomial.polyfit(x / span_s, y, 1)[0])


_OWN_ATTRIBUTES = frozenset({"Conventions", "title", "frame", "time_scale", "start_epoch", "breaks_s"})


def _hermite_at_zero(x: Floats, r: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Value and slope at 0 of the polynomials through r and slope v at nodes x; shapes (m, n), (m, n, 3), (m, n, 3)."""
    m, n = x.shape
    z = np.repeat(x, 2, axis=1)
    table = np.repeat(r, 2, axis=1)
    coefficients = [table[:, 0]]
    for order in range(1, 2 * n):
        span = z[:, order:] - z[:, :-order]
        if order == 1:
            step = table[:, 1:] - table[:, :-1]
            with np.errstate(divide="ignore", invalid="ignore"):
                table = step / span[:, :, None]
            table[:, ::2] = v
        else:
            table = (table[:, 1:] - table[:, :-1]) / span[:, :, None]
        coefficients.append(table[:, 0])
    value, slope = np.zeros((m, 3)), np.zeros((m, 3))
    for k in range(2 * n - 1, -1, -1):
        # Newton form, Horner's scheme at 0: p <- p * (0 - z_k) + c_k
        slope = -slope * z[:, k, None] + value
        value = -value * z[:, k, None] + coefficients[k]
    return value, slope
