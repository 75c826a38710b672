"""Measure what forecasts of space weather were worth: hindcasts from past dates against what came.

Prints four tables: the flux and Ap of the first year by several rules, the drag at 420 km from what was known on a date, and how
often what came lay inside the bulletins' 5 to 95 % and inside the members' 5 to 95 %, and how
long a bulletin stays wrong in the same way. Uses only installed data; takes
about five minutes. Run: ``python scripts/measure_outlook_error.py [near|drag|coverage|wander]``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.time_arrays import from_utc_datetime64
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.outlook import as_known_on, msafe_members, smoothed
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.weather_files import DAY_ZERO, bulletin_months, bulletin_of, newest_bulletin

Floats = NDArray[np.float64]
TRUTH = SpaceWeather.observed().without_bursts()
ROWS = int((TRUTH.kind != "PRD").sum())
YEAR = 365
ERROR_DAYS = (1, 3, 10, 30, 45, 90, 180, 365)
LEADS = ((0, 1), (1, 3), (3, 7), (7, 14), (14, 27), (27, 45), (45, 90), (90, 180), (180, 365))


def midnight(day: int) -> Epoch:
    """The start of a UTC day."""
    return Epoch(int(from_utc_datetime64(np.array([DAY_ZERO + day]).astype("datetime64[us]"))[0]))


def number(date: str) -> int:
    """Number of a day."""
    return int((np.datetime64(date, "D") - DAY_ZERO).astype(int))


def near() -> None:
    """Error of flux (percent, rms of the logarithm) and Ap (rms) by days ahead, for bulletins from 2011 on."""
    flux, ap = TRUTH.f107, TRUTH.ap.mean(axis=1)
    got: dict[str, list[Floats]] = {}
    got_ap: dict[str, list[Floats]] = {}
    for day in range(number("2011-06-01"), TRUTH.first_day + ROWS - YEAR, 11):
        date = midnight(day)
        bulletin = SpaceWeather.msfc(newest_bulletin(date.date[:7]).issued)
        known = as_known_on(date)
        i, j, k = day - TRUTH.first_day, day - bulletin.first_day, day - known.first_day
        again = np.arange(YEAR) % 27
        rules = {
            "bulletin": (bulletin.f107[j : j + YEAR], bulletin.ap[j : j + YEAR].mean(axis=1)),
            "last day kept": (np.full(YEAR, flux[i - 1]), np.full(YEAR, ap[i - 1])),
            "last 27 days' mean kept": (np.full(YEAR, flux[i - 27 : i].mean()), np.full(YEAR, ap[i - 27 : i].mean())),
            "last 27 days repeated": (flux[i - 27 : i][again], ap[i - 27 : i][again]),
            "as_known_on": (known.f107[k : k + YEAR], known.ap[k : k + YEAR].mean(axis=1)),
        }
        for name, (f, a) in rules.items():
            got.setdefault(name, []).append(np.log(f / flux[i : i + YEAR]))
            got_ap.setdefault(name, []).append(a - ap[i : i + YEAR])
    for title, table, unit in (("flux, %", got, 100.0), ("daily ap", got_ap, 1.0)):
        print(f"\n{title}: rms over days ahead | " + " | ".join(f"{a}-{b}" for a, b in LEADS))
        for name, errors in table.items():
            e = np.array(errors)
            print(f"{name} | " + " | ".join(f"{unit * np.sqrt(np.mean(e[:, a:b] ** 2)):.1f}" for a, b in LEADS))


def drag() -> None:
    """Error of the density summed along an orbit at 420 km and 51.6 degrees, over the first N days and about day N."""
    rng = np.random.default_rng(1)
    samples = 8
    latitude = np.arcsin(np.sin(np.radians(51.6)) * np.sin(2 * np.pi * rng.random((YEAR, samples))))
    longitude = 2 * np.pi * rng.random((YEAR, samples)) - np.pi
    hour = (np.arange(samples) + rng.random((YEAR, samples))) / samples
    dates = [
        np.datetime64(m, "D") + 6
        for m in np.arange(np.datetime64("1999-06"), (DAY_ZERO + TRUTH.first_day + ROWS - YEAR).astype("datetime64[M]"))
    ]
    rules: dict[str, Callable[[Epoch], SpaceWeather]] = {
        "as_known_on": as_known_on,
        "bulletin alone": lambda d: TRUTH.as_known(d, SpaceWeather.msfc(newest_bulletin(d.date[:7]).issued)),
    }
    ratios: dict[str, list[Floats]] = {name: [] for name in rules}
    totals: dict[str, list[Floats]] = {name: [] for name in rules}
    for start in dates:
        day = int((start - DAY_ZERO).astype(int))
        utc = (start + np.arange(YEAR))[:, None].astype("datetime64[us]") + (hour * 86.4e9).astype("timedelta64[us]")
        places = (from_utc_datetime64(utc.ravel()), latitude.ravel(), longitude.ravel(), np.full(latitude.size, 420e3))
        true = density_kg_m3(*places, TRUTH).reshape(YEAR, samples).mean(axis=1)
        for name, rule in rules.items():
            daily = density_kg_m3(*places, rule(midnight(day))).reshape(YEAR, samples).mean(axis=1)
            totals[name].append(np.cumsum(daily) / np.cumsum(true) - 1.0)
            ratios[name].append(daily / true - 1.0)
    print(f"\ndrag at 420 km from {len(dates)} dates, {dates[0]} to {dates[-1]}: percent, mean / rms")
    print("days | " + " | ".join(f"{n}, first N days | {n}, about day N" for n in rules))
    for n in ERROR_DAYS:
        cells = []
        for name in rules:
            whole = np.array(totals[name])[:, n - 1]
            about = np.array([r[max(0, n - 4) : n + 3].mean() for r in ratios[name]])
            cells += [f"{100 * x.mean():+.1f} / {100 * np.sqrt(np.mean(x**2)):.1f}" for x in (whole, about)]
        print(f"{n} | " + " | ".join(cells))


def coverage() -> None:
    """Share of cases inside 5 to 95 %: nominal 90 %. Issue dates every six months."""
    flux, ap = TRUTH.f107[:ROWS], TRUTH.ap[:ROWS].mean(axis=1)
    smooth = smoothed(flux), smoothed(ap)
    inside: dict[tuple[int, str], list[bool]] = {}
    for start in np.arange(np.datetime64("1999-06"), np.datetime64("2025-01"), 6):
        day = number(f"{start}-01") + 6
        bulletin = newest_bulletin(str(start))
        middle = np.array([number(f"{m}-15") for m in bulletin.months])
        ends = min(TRUTH.first_day + ROWS, day + 61 * 31)
        paths = msafe_members(midnight(day), 200, 1, midnight(ends))
        for months in (1, 3, 6, 12, 24, 60):
            at = day + round(30.4375 * months)
            i, j = at - TRUTH.first_day, at - paths.first_day
            if i + 14 > ROWS:
                continue
            for name, series, mean, table, drawn in (
                ("F10.7", flux, smooth[0], bulletin.f107, paths.f107[:, j - 13 : j + 14].mean(axis=1)),
                ("Ap", ap, smooth[1], bulletin.ap, paths.ap[:, j - 13 : j + 14].mean(axis=(1, 2))),
            ):
                low, high = (np.interp(at, middle, table[:, p]) for p in (0, 2))
                now = series[i - 13 : i + 14].mean()
                inside.setdefault((months, f"{name}, 27-day mean, bulletin"), []).append(low <= now <= high)
                a, b = np.percentile(drawn, [5, 95])
                inside.setdefault((months, f"{name}, 27-day mean, members"), []).append(a <= now <= b)
                if i + 198 < ROWS:
                    inside.setdefault((months, f"{name}, 13-month mean, bulletin"), []).append(low <= mean[i] <= high)
    columns = [
        f"{n}, {w}"
        for n in ("F10.7", "Ap")
        for w in ("13-month mean, bulletin", "27-day mean, bulletin", "27-day mean, members")
    ]
    print("\ninside 5-95 %, percent (cases): months ahead | " + " | ".join(columns))
    for months in (1, 3, 6, 12, 24, 60):
        cells = [inside[months, c] for c in columns]
        print(f"{months} | " + " | ".join(f"{100 * np.mean(c):.0f} ({len(c)})" for c in cells))


def wander() -> None:
    """Deviation of the 13-month means from the bulletins, in standard deviations of their halves: its memory, flux with Ap."""
    smooth = smoothed(TRUTH.f107[:ROWS]), smoothed(TRUTH.ap[:ROWS].mean(axis=1))
    leads = (12, 24, 36, 48, 60)
    deviations: dict[int, dict[str, tuple[float, float]]] = {lead: {} for lead in leads}
    for month in bulletin_months():
        try:
            bulletin = bulletin_of(month)
        except InputError:
            continue
        for lead in leads:
            k = lead + 6
            row = number(f"{bulletin.months[k]}-15") - TRUTH.first_day if k < len(bulletin.months) else ROWS
            if row + 198 < ROWS:
                pair = []
                for mean, table in zip(smooth, (bulletin.f107, bulletin.ap), strict=True):
                    low, middle, high = table[k]
                    off = mean[row] - middle
                    pair.append(1.645 * off / (high - middle if off > 0 else middle - low))
                deviations[lead][month] = (pair[0], pair[1])
    print("\ncorrelation of deviations of one bulletin: months apart | flux, Ap")
    for apart in (12, 24, 36, 48):
        cells = []
        for which in (0, 1):
            r = []
            for a in leads:
                b = deviations.get(a + apart, {})
                both = [m for m in deviations[a] if m in b]
                if both:
                    r.append(np.corrcoef([deviations[a][m][which] for m in both], [b[m][which] for m in both])[0, 1])
            cells.append(np.mean(r))
        print(f"{apart} | {cells[0]:.2f}, {cells[1]:.2f} (exp(-(dt / 26)^2): {np.exp(-((apart / 26) ** 2)):.2f})")
    pairs = np.array([v for lead in leads for v in deviations[lead].values()])
    within = [np.corrcoef(np.array(list(deviations[lead].values())).T)[0, 1] for lead in leads]
    print(
        f"flux with Ap: {np.mean(within):.2f}; mean and deviation: flux {pairs[:, 0].mean():.2f} {pairs[:, 0].std():.2f}, "
        f"Ap {pairs[:, 1].mean():.2f} {pairs[:, 1].std():.2f}"
    )


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["near", "drag", "coverage", "wander"]
    for part in wanted:
        {"near": near, "drag": drag, "coverage": coverage, "wander": wander}[part]()
