"""Future solar and geomagnetic activity: what a forecaster had on a date, and a distribution of what may come.

Four outlooks, all made from what was known on a date and nothing after it:

- :func:`as_known_on`: one table, observed up to the day before, then a near-term forecast that relaxes to the newest
  bulletin of NASA Marshall (MSAFE) of a month before the date.
- :func:`msafe_members`: many tables. A member wanders between the bulletin's percentiles and carries the rotation of the
  Sun and the storms of the past.
- :func:`continued_members`: the same from today on, behind all observed days.
- :func:`analogue_members`: what past solar cycles did from the same phase on.
- :meth:`SpaceWeather.fixed`: constants.

Which bulletin was known: that of month M counts as known from the first day of month M + 1. It is published in M, but on
which day is not recorded; NASA's station trajectory pages used February's figure until 9 March 2016 and March's from
the 10th on. So nothing leaks, at the price of a bulletin that may be a month old.

Near-term forecast (the figures: ``scripts/measure_outlook_error.py``, docs/explanation/space-weather.md). Flux: bulletin
+ (last 27-day mean - bulletin) exp(-h/200 d) + (last 7-day mean - 27-day mean) exp(-h/4 d) + (last day - 7-day mean)
exp(-h/6 d) + 0.3 (the flux 27 days before, repeated, - 27-day mean) exp(-h/120 d), h the days ahead. Ap alike, with 30 d for the
27-day mean, 0.3 and 3 d for the last three days, 0.15 and 80 d for the recurrence. Fitted to bulletins of 1999-2010; on those of
2011-2025 the error of the flux is 5 % on the first day (bulletin alone 16 %, the last day's value kept 4 %), 13 % after 7 to 27
days (bulletin 16, last value 17 to 19, 27-day recurrence 15) and that of the bulletin after three months; for Ap it
gains 2 to 7 % up to a month. For dates before 2011 these ten constants have seen later data; nothing else has.

Days on which a radio burst spoilt the flux (:meth:`SpaceWeather.without_bursts`) are mended before anything is forecast from them.

Validation status: checked (no leakage, coverage of the bands measured on 1999-2025).

References
----------
Niehuss, Euler and Vaughan, NASA TM-4759 (1996), MSAFE statistics. Source key: msafe.
SILSO, Royal Observatory of Belgium: dates of minima of the 13-month smoothed sunspot number. Source key: silso-minima.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.time_arrays import utc_day_number
from stationkeeper.environment.space_weather import Percentile, SpaceWeather, whole_slots
from stationkeeper.environment.weather_files import DAY_ZERO, PERCENTILES, Bulletin, day_number, newest_bulletin

Floats = NDArray[np.float64]

MINIMA: Final = {
    19: "1954-04", 20: "1964-10", 21: "1976-03", 22: "1986-09", 23: "1996-08", 24: "2008-12", 25: "2019-12",
}  # fmt: skip
"""Month of minimum at which each solar cycle began, source silso-minima."""
_MINIMUM_KNOWN_AFTER_DAYS: Final = 365  # the 13-month mean needs half a year, its confirmation some months more
HISTORY_DAYS: Final = 81
"""Observed days kept in front of a member: what the models and the 81-day mean ask for."""
_HALF_MEAN: Final = 40
_SMOOTHING_DAYS: Final = (365, 30)
"""Two running means in a row: the daily form of the 13-month mean with half weights at its ends."""
_SMOOTHING_REACH: Final = 198
BLOCK_DAYS: Final = 189
"""Seven rotations of the Sun: length of the stretches of history that a member carries."""
_NEAREST_YEARS: Final = 8
_Z95: Final = 1.6448536269514722
_LARGEST_Z: Final = 2.5
_WANDER_MONTHS: Final = 26.0
"""Deviations of bulletins from what came: correlation exp(-(dt / 26 months)^2), measured on the bulletins of 1999-2020, ``scripts/measure_outlook_error.py wander``."""
_FLUX_AP_CORRELATION: Final = 0.47
_LOWEST_FLUX_SFU: Final = 64.0
_HIGHEST_MEAN_FLUX_SFU: Final = 330.0
_LOWEST_AP: Final = 2.0
_AP_HISTORY_DAYS: Final = 5
"""Days before a start that the density models and the averaged engine ask for: 57 hours of ap, and whole days."""


@dataclass(frozen=True, eq=False)
class WeatherPaths:
    """Many tables of indices over the same days.

    Parameters
    ----------
    first_day : number of the first UTC day, counted from 2000-01-01.
    known_days : so many leading days are observed, the same in all members.
    f107, f107a : flux of each day and its centred 81-day mean, sfu, shape (p, n), float32.
    ap : 3-hourly ap, shape (p, n, 8), uint16.
    labels : what each member is, p texts.
    source : where they come from, one line.
    provenance : date, bulletin, seed and digests that make them again.
    """

    first_day: int
    known_days: int
    f107: NDArray[np.float32]
    f107a: NDArray[np.float32]
    ap: NDArray[np.uint16]
    labels: tuple[str, ...]
    source: str
    provenance: dict[str, str]

    def __post_init__(self) -> None:
        p, n = self.f107.shape
        if self.f107a.shape != (p, n) or self.ap.shape != (p, n, 8) or len(self.labels) != p:
            raise ValueError("space weather paths of different shapes")
        for array in (self.f107, self.f107a, self.ap):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.labels)

    def member(self, k: int) -> SpaceWeather:
        """One member as a table."""
        kind = np.full(self.f107.shape[1], "PRD")
        kind[: self.known_days] = "OBS"
        last = str(DAY_ZERO + (self.first_day + self.known_days - 1)) if self.known_days else ""
        return SpaceWeather(
            self.first_day,
            self.f107[k].astype(np.float64),
            self.f107a[k].astype(np.float64),
            self.ap[k].astype(np.float64),
            kind,
            f"{self.source}: {self.labels[k]}",
            self.provenance.get("bulletin", ""),
            last,
        )

    @classmethod
    def from_tables(cls, tables: Sequence[SpaceWeather]) -> WeatherPaths:
        """The days that all tables hold. Raises ``InputError`` where there is no such day."""
        if not tables:
            raise InputError.one("weather", "tables", "none", "at least one table")
        first = max(t.first_day for t in tables)
        end = min(t.first_day + len(t.f107) for t in tables)
        if end - first < 4:
            raise InputError.one("weather", "tables", "tables without common days", "tables that overlap")
        cut = [slice(first - t.first_day, end - t.first_day) for t in tables]
        known = min((day_number(t.last_observed) + 1 - first for t in tables if t.last_observed), default=0)
        return cls(
            first,
            max(0, min(known, end - first)) if all(t.last_observed for t in tables) else 0,
            np.stack([t.f107[c] for t, c in zip(tables, cut, strict=True)]).astype(np.float32),
            np.stack([t.f107a[c] for t, c in zip(tables, cut, strict=True)]).astype(np.float32),
            np.stack([t.ap[c] for t, c in zip(tables, cut, strict=True)]).astype(np.uint16),
            tuple(t.source for t in tables),
            "tables",
            {"digests": " ".join(t.digest[:12] for t in tables)},
        )


# ---- as known on a date ---------------------------------------------------------------------------------------------


def as_known_on(date: Epoch, percentile: Percentile = 50, observed: SpaceWeather | None = None) -> SpaceWeather:
    """What a forecaster had on a date: the days before it as observed, then the near-term forecast and the bulletin.

    One path at a percentile, without storms: density rises more than in proportion with flux and ap, so its mean is
    above that of this path; use :func:`msafe_members` where that matters.

    Parameters
    ----------
    date : its UTC day and all later ones count as unknown; so does what lies behind the last observed day.
    percentile : 5, 50 or 95 of the bulletin.
    observed : the table to take as history; by default :meth:`SpaceWeather.observed`.

    Raises
    ------
    InputError
        For a date before the first bulletin.
    DataAgeError
        For a date with less than 81 observed days before it.
    """
    history, day = _known(observed or SpaceWeather.observed(), date)
    bulletin = newest_bulletin(date.date[:7])
    outlook = SpaceWeather.msfc(bulletin.issued, percentile)
    ahead = slice(day - outlook.first_day, None)
    flux, ap = _near_term(history, outlook.f107[ahead], outlook.ap[ahead].mean(axis=1))
    kind = np.where(np.arange(len(flux)) < 27, "PRD", "PRM")
    all_flux = np.concatenate([history.f107, flux])
    f107a = np.concatenate([history.f107a, flux])
    from_row = len(history.f107) - _HALF_MEAN
    f107a[from_row:] = _centred_mean(all_flux[from_row - _HALF_MEAN :])[_HALF_MEAN:]
    return SpaceWeather(
        history.first_day,
        all_flux,
        f107a,
        np.concatenate([history.ap, whole_slots(ap)]),
        np.concatenate([history.kind, kind]),
        f"{history.source}; from {DAY_ZERO + day}: near-term forecast and {outlook.source}, as known on {date.date}",
        bulletin.issued,
        history.last_observed,
    )


def continued(percentile: Percentile = 50) -> SpaceWeather:
    """The observed table in use, then its daily predictions, then the newest bulletin: as far as it reaches."""
    observed = SpaceWeather.observed()
    return observed.as_known(observed.end, SpaceWeather.msfc(newest_bulletin().issued, percentile))


def _known(observed: SpaceWeather, date: Epoch) -> tuple[SpaceWeather, int]:
    """The rows known on a date, mended, and the number of the first unknown day.

    Interpolated days at the end are left out, because the interpolation saw the day after them; the 81-day means of the last 40 days
    are not to be used.
    """
    day = int(utc_day_number(date)[0])
    end = min(day - observed.first_day, len(observed.f107))
    kinds = observed.kind[: max(end, 0)]
    while len(kinds) and kinds[-1] != "OBS":
        kinds = kinds[:-1]
    n = len(kinds)
    if n < HISTORY_DAYS + _HALF_MEAN:
        raise DataAgeError(
            f"fewer than {HISTORY_DAYS + _HALF_MEAN} observed days before {date.date} in '{observed.source}'"
        )
    last = str(DAY_ZERO + (observed.first_day + n - 1))
    table = SpaceWeather(
        observed.first_day, observed.f107[:n], observed.f107a[:n], observed.ap[:n], kinds, observed.source,
        observed.issued, last,
    )  # fmt: skip
    return table.without_bursts(), observed.first_day + n


def _near_term(history: SpaceWeather, flux: Floats, ap: Floats) -> tuple[Floats, Floats]:
    """Flux (..., n) and daily ap (..., n) of the days after the history, from smoothed values for the same days."""
    h = np.arange(flux.shape[-1]) + 0.5
    again = np.arange(flux.shape[-1]) % 27
    f, a = history.f107, history.ap[-27:].mean(axis=1)
    f27, a27 = f[-27:].mean(), a.mean()
    known = (
        (f[-7:].mean() - f27) * np.exp(-h / 4.0)
        + (f[-1] - f[-7:].mean()) * np.exp(-h / 6.0)
        + 0.3 * (f[-27:][again] - f27) * np.exp(-h / 120.0)
    )
    known_ap = 0.3 * (a[-3:].mean() - a27) * np.exp(-h / 3.0) + 0.15 * (a[again] - a27) * np.exp(-h / 80.0)
    return (
        np.maximum(flux + (f27 - flux) * np.exp(-h / 200.0) + known, _LOWEST_FLUX_SFU),
        np.maximum(ap + (a27 - ap) * np.exp(-h / 30.0) + known_ap, 1.0),
    )


def _centred_mean(flux: Floats) -> Floats:
    """81-day mean of the last axis, centred; of fewer days at the ends."""
    n = flux.shape[-1]
    total = np.concatenate([np.zeros((*flux.shape[:-1], 1)), np.cumsum(flux, axis=-1)], axis=-1)
    low = np.maximum(np.arange(n) - _HALF_MEAN, 0)
    high = np.minimum(np.arange(n) + _HALF_MEAN + 1, n)
    return np.asarray((total[..., high] - total[..., low]) / (high - low))


# ---- distributions --------------------------------------------------------------------------------------------------


def msafe_members(
    date: Epoch, n: int, seed: int, until: Epoch, observed: SpaceWeather | None = None, wander: bool = True
) -> WeatherPaths:
    """Members of the outlook of the bulletin that was known on a date.

    A member's smoothed flux and Ap lie at a percentile of the bulletin: its three percentiles as a normal distribution
    with two halves of different width, continued in the same way beyond 5 and 95 % up to 2.5 standard deviations; flux
    and Ap correlated by 0.47. The percentile wanders, as that of the past did: its correlation falls to 1/e over 26
    months (``wander=False`` keeps it constant, which makes the spread of a sum over years too wide). On this lie
    the daily and 3-hourly ratios to the 13-month mean, in stretches of 189 days cut from observed history before the
    date, at the same season, from one of the eight years of most similar flux. The first days start from
    what was observed (:func:`as_known_on`); the spread of the flux about it grows as it did in hindcasts.

    Neglected: jumps where two stretches meet; the bulletin's own bias (its Ap has been too high, see the docs).

    Parameters
    ----------
    date : as in :func:`as_known_on`.
    n : number of members.
    seed : member k depends on seed and k only, not on n.
    until : last instant that is asked for.
    observed : history, by default :meth:`SpaceWeather.observed`.
    wander : whether the percentile moves.

    Raises
    ------
    InputError
        For no members, a negative seed, or a date before the first bulletin.
    DataAgeError
        Where the bulletin does not reach ``until``.
    """
    if n < 1 or seed < 0:
        raise InputError.one("outlook", "members, seed", f"{n}, {seed}", "at least one member and a seed of 0 or more")
    history, day = _known(observed or SpaceWeather.observed(), date)
    bulletin = newest_bulletin(date.date[:7])
    days = day + np.arange(int(utc_day_number(until)[0]) + 1 - day)
    if not len(days):
        raise InputError.one("outlook", "until", until, f"a time after {DAY_ZERO + day}, the first unknown day")
    levels = _levels(bulletin, days)
    past = _Past.of(history)
    month = days // 30.4375
    nodes = np.arange(np.floor(month[0]), np.ceil(month[-1]) + 2)
    square = ((nodes[:, None] - nodes) / _WANDER_MONTHS) ** 2
    root = np.linalg.cholesky(np.exp(-square) + 1e-6 * np.eye(len(nodes)))
    growth = np.sqrt(1.0 - np.exp(-(np.arange(len(days)) + 0.5) / 5.0))
    total = HISTORY_DAYS + len(days)
    f107, f107a = np.empty((n, total), np.float32), np.empty((n, total), np.float32)
    ap = np.empty((n, total, 8), np.uint16)
    labels = []
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        normals = rng.standard_normal((2, len(nodes)))
        z = normals @ root.T if wander else np.repeat(normals[:, :1], len(nodes), axis=1)
        z[1] = _FLUX_AP_CORRELATION * z[0] + np.sqrt(1.0 - _FLUX_AP_CORRELATION**2) * z[1]
        zf, za = (np.interp(days / 30.4375, nodes, np.clip(row, -_LARGEST_Z, _LARGEST_Z)) for row in z)
        level_f = np.clip(_at(levels[0], zf), _LOWEST_FLUX_SFU, _HIGHEST_MEAN_FLUX_SFU)
        level_a = np.maximum(_at(levels[1], za), _LOWEST_AP)
        base_f, base_a = _near_term(history, level_f, level_a)
        rows = past.rows(rng, day, level_f)
        flux = base_f * (1.0 + growth * (past.flux_ratio[rows] - 1.0))
        slots = whole_slots_of(past.ap[rows] * (base_a / past.smooth_ap[rows])[:, None])
        f107[k], f107a[k], ap[k] = _with_history(history, np.clip(flux, 60.0, 600.0), slots)
        labels.append(f"member {k}, flux at {_percent(zf[0])} % first, {_percent(float(zf.mean()))} % on average")
    return WeatherPaths(
        day - HISTORY_DAYS,
        HISTORY_DAYS,
        f107,
        f107a,
        ap,
        tuple(labels),
        f"NASA MSFC bulletin {bulletin.issued} with observed variability, as known on {date.date}",
        {
            "date": date.date, "bulletin": bulletin.issued, "seed": str(seed), "history": history.digest,
            "last_observed": history.last_observed, "percentile": "wandering" if wander else "constant",
        },
    )  # fmt: skip


def continued_members(
    n: int, seed: int, start: Epoch, until: Epoch, observed: SpaceWeather | None = None
) -> WeatherPaths:
    """All that is known today: observed days, the same in all members, then members of the newest bulletin.

    The observed days are those of the table as it is; radio bursts are mended in the last :data:`HISTORY_DAYS` of them only.

    Parameters
    ----------
    n, seed, until, observed : as in :func:`msafe_members`; ``until`` lies behind the last observed day.
    start : first instant that is asked for.
    """
    year, month = map(int, newest_bulletin().issued.split("-"))
    date = Epoch.parse(f"{year + month // 12}-{month % 12 + 1:02d}-01T00:00:00Z")
    table = observed or SpaceWeather.observed()
    date = max(date, table.end)
    history, _ = _known(table, date)
    paths = msafe_members(date, n, seed, until, table)
    source = f"observed to {history.last_observed}, then {len(paths)} members of NASA MSFC bulletin {paths.provenance['bulletin']}"
    first = int(utc_day_number(start)[0]) - _AP_HISTORY_DAYS
    if first >= paths.first_day:
        return replace(paths, source=source)
    rows = slice(first - table.first_day, paths.first_day - table.first_day)
    if rows.start < 0:
        raise DataAgeError(f"the observed space weather begins on {DAY_ZERO + table.first_day}, after {start.date}")
    f107, f107a, ap = (getattr(table, name)[rows] for name in ("f107", "f107a", "ap"))
    return WeatherPaths(
        first,
        paths.known_days + len(f107),
        np.hstack([np.tile(f107.astype(np.float32), (n, 1)), paths.f107]),
        np.hstack([np.tile(f107a.astype(np.float32), (n, 1)), paths.f107a]),
        np.hstack([np.tile(ap.astype(np.uint16), (n, 1, 1)), paths.ap]),
        paths.labels,
        source,
        paths.provenance,
    )


def analogue_members(
    date: Epoch,
    until: Epoch,
    cycles: Sequence[int] | None = None,
    scale: bool = False,
    observed: SpaceWeather | None = None,
) -> WeatherPaths:
    """What past solar cycles did from the same phase on: observed flux and ap, shifted in time.

    The phase is counted in days from the minimum of the cycle that was running on the date, once that minimum was a year past
    and so known. A past cycle runs on into the one after it. The table starts in October 1957, 3.5 years into cycle 19, so
    cycle 19 serves only later phases.

    Parameters
    ----------
    date : as in :func:`as_known_on`.
    until : last instant that is asked for.
    cycles : numbers of past cycles, 19 to 24; by default all whose record is long enough and was known on the date.
    scale : whether the flux above 64 sfu is multiplied so that its mean over the 81 days before the date is the observed one
        (by a factor from 0.5 to 2).
    observed : history, by default :meth:`SpaceWeather.observed`.

    Raises
    ------
    InputError
        For a cycle that is unknown, or whose record does not reach.
    """
    history, day = _known(observed or SpaceWeather.observed(), date)
    length = int(utc_day_number(until)[0]) + 1 - day
    if length < 1:
        raise InputError.one("outlook", "until", until, f"a time after {DAY_ZERO + day}, the first unknown day")
    starts = {c: day_number(f"{m}-15") for c, m in MINIMA.items()}
    running = max(c for c, s in starts.items() if s + _MINIMUM_KNOWN_AFTER_DAYS <= day)
    phase = day - starts[running]
    reach = {
        c: s + phase
        for c, s in starts.items()
        if c < running and s + phase - HISTORY_DAYS >= history.first_day and s + phase + length <= day
    }
    wanted = list(cycles) if cycles is not None else sorted(reach)
    wrong = [c for c in wanted if c not in reach]
    if wrong or not wanted:
        raise InputError.one(
            "outlook",
            "cycles",
            ", ".join(map(str, wrong)) or "none",
            f"cycles whose record holds the {length} days from this phase on: {', '.join(map(str, sorted(reach))) or 'none'}",
            "Ask for fewer years, or take the bulletin's members.",
        )
    members: list[tuple[Floats, Floats, Floats]] = []
    labels: list[str] = []
    now = history.f107[-HISTORY_DAYS:].mean() - _LOWEST_FLUX_SFU
    for c in wanted:
        row = reach[c] - history.first_day
        factor = 1.0
        if scale:
            then = history.f107[row - HISTORY_DAYS : row].mean() - _LOWEST_FLUX_SFU
            factor = float(np.clip(now / max(then, 1.0), 0.5, 2.0))
        flux = _LOWEST_FLUX_SFU + (history.f107[row : row + length] - _LOWEST_FLUX_SFU) * factor
        members.append(_with_history(history, np.clip(flux, 60.0, 600.0), history.ap[row : row + length]))
        labels.append(f"as cycle {c} from {DAY_ZERO + reach[c]}" + (f", flux scaled by {factor:.2f}" if scale else ""))
    f107, f107a, ap = zip(*members, strict=True)
    return WeatherPaths(
        day - HISTORY_DAYS,
        HISTORY_DAYS,
        np.stack(f107).astype(np.float32),
        np.stack(f107a).astype(np.float32),
        np.stack(ap).astype(np.uint16),
        tuple(labels),
        f"past solar cycles from the phase of cycle {running}, as known on {date.date}",
        {"date": date.date, "history": history.digest, "last_observed": history.last_observed},
    )


# ---- pieces ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Past:
    """Observed ratios to the 13-month mean, for the days whose mean was known."""

    first_day: int
    flux_ratio: Floats
    smooth_flux: Floats
    ap: Floats
    smooth_ap: Floats

    @classmethod
    def of(cls, history: SpaceWeather) -> _Past:
        inner = slice(_SMOOTHING_REACH, len(history.f107) - _SMOOTHING_REACH)
        flux, ap = smoothed(history.f107)[inner], smoothed(history.ap.mean(axis=1))[inner]
        return cls(history.first_day + _SMOOTHING_REACH, history.f107[inner] / flux, flux, history.ap[inner], ap)

    def rows(self, rng: np.random.Generator, day: int, level: Floats) -> NDArray[np.int64]:
        """Rows of history for each of the days from ``day`` on."""
        out = np.empty(len(level), np.int64)
        for a in range(0, len(level), BLOCK_DAYS):
            b = min(a + BLOCK_DAYS, len(level))
            shift = np.rint(365.2425 * np.arange(1, 200)).astype(np.int64)
            start = day + a - shift - self.first_day
            start = start[(start >= 0) & (start + BLOCK_DAYS <= len(self.ap))]
            middle = np.abs(np.log(self.smooth_flux[start + (b - a) // 2] / level[(a + b) // 2]))
            nearest = start[np.argsort(middle, kind="stable")[:_NEAREST_YEARS]]
            out[a:b] = nearest[rng.integers(len(nearest))] + np.arange(b - a)
        return out


def smoothed(values: Floats) -> Floats:
    """Daily values through running means of 365 and 30 days: the daily form of the 13-month mean; edges are not to be used."""
    for width in _SMOOTHING_DAYS:
        values = np.convolve(values, np.full(width, 1.0 / width), mode="same")
    return values


def _levels(bulletin: Bulletin, days: NDArray[np.int64]) -> Floats:
    """Percentiles of flux and Ap on each day, shape (2, 3, n), between the middles of the months."""
    start = np.array([day_number(str(m)) for m in (*bulletin.months, bulletin.months[-1] + 1)])
    if days[-1] >= start[-1]:
        raise DataAgeError(
            f"the outlook is asked for until {DAY_ZERO + days[-1]}, but NASA's bulletin of {bulletin.issued} ends "
            f"before {DAY_ZERO + start[-1]}; ask for an earlier end"
        )
    middle = 0.5 * (start[:-1] + start[1:])
    return np.array(
        [
            [np.interp(days + 0.5, middle, table[:, p]) for p in range(len(PERCENTILES))]
            for table in (bulletin.f107, bulletin.ap)
        ]
    )


def _at(levels: Floats, z: Floats) -> Floats:
    """Value at ``z`` standard deviations of a distribution given by its 5, 50 and 95 %, shapes (3, n) and (n,)."""
    low, middle, high = levels
    return np.asarray(middle + z / _Z95 * np.where(z > 0.0, high - middle, middle - low))


def whole_slots_of(ap: Floats) -> Floats:
    """3-hourly values (n, 8) as whole numbers, 0 to 400, the remainder carried on, so that the running mean is kept."""
    total = np.floor(np.cumsum(np.clip(ap, 0.0, 399.0).reshape(-1)) + 0.5)
    return np.diff(total, prepend=0.0).reshape(-1, 8)


def _with_history(history: SpaceWeather, flux: Floats, ap: Floats) -> tuple[Floats, Floats, Floats]:
    """Flux, 81-day mean and ap of a member behind its last observed days; the mean sees 40 days more of history."""
    joined = np.concatenate([history.f107[-HISTORY_DAYS - _HALF_MEAN :], flux])
    return (
        joined[_HALF_MEAN:],
        np.clip(_centred_mean(joined)[_HALF_MEAN:], 50.0, 400.0),
        np.concatenate([history.ap[-HISTORY_DAYS:], ap]),
    )


@lru_cache(maxsize=1024)
def _percent(z: float) -> int:
    """The percentile of a standard normal deviate, as a whole number."""
    from math import erf, sqrt

    return round(50.0 * (1.0 + erf(z / sqrt(2.0))))
