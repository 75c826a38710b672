"""From a body on its way down to all that can be said of it: entry as a distribution, break-up, places, risk, in one calculation.

Model: the entry of every member (:mod:`stationkeeper.reentry.entry`), a second and smaller ensemble with the second density model on the
same draws, the break-up of each member at its own entry (:mod:`stationkeeper.reentry.breakup`; where some members are still up, those
that came down stand for them), and the casualty expectation. Where the 90 % window of entry is longer than a day, every place
under the orbit is taken to be possible with any longitude (with a grid of people, the pieces of each member around many such places);
else places are those of the members' own pieces (of their entry, where the parts are not known).
Validation status: checked (tests/reentry/test_coming_down.py); the models behind it say what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING, EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import StationkeeperError
from stationkeeper.core.ranges import Range
from stationkeeper.environment.atmosphere.msis import DensityModel
from stationkeeper.reentry import entry, outcome
from stationkeeper.reentry.entry import EntryForecast, Falling
from stationkeeper.reentry.outcome import ComingDown, Passing, Track
from stationkeeper.reentry.people import Grid, Population, casualty_table, read_grid
from stationkeeper.reentry.places import Band, bands_of, bands_under, names_at, places_of, places_under
from stationkeeper.reentry.risk import ENOUGH_MEMBERS, Sheltering, casualty_expectation, time_spent

if TYPE_CHECKING:
    from stationkeeper.environment.outlook import WeatherPaths
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.reentry.breakup import Survivors
    from stationkeeper.station.configuration import Stack

Floats = NDArray[np.float64]

FUNNEL_STEP_M: Final = 10_000.0
PAIRS: Final = 24
"""Members that also fly with the second density model: enough for a ratio, since each is compared with itself."""
BAND_DEG: Final = 4.0
SECOND: Final[dict[DensityModel, DensityModel]] = {"nrlmsise00": "nrlmsis21", "nrlmsis21": "nrlmsise00"}
_RANDOM_PLACES: Final = 10_000
_STREAM: Final = 0x706C6163
_ORBITAL_M_S: Final = 7_830.0
"""Inertial speed of a low orbit where pieces come down, for the Earth-fixed heading alone."""
_LATTICE: Final = (0.7548776662466927, 0.5698402909980532)
"""Steps of a plane lattice without gaps: 1 / g and 1 / g^2 of the root g of g^3 = g + 1."""


@dataclass(frozen=True, slots=True)
class People:
    """How people are counted: sheltering, and a population grid with the year that it stands for."""

    sheltering: Sheltering | Range = "none"
    grid: Path | None = None
    grid_year: float = 2020.0


def coming_down(
    falling: Falling,
    *,
    stack: Stack | None = None,
    members: int = 400,
    seed: int = 0,
    weather: SpaceWeather | WeatherPaths | None = None,
    people: People = People(),
    numerical_median: bool = True,
    varied: Sequence[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> ComingDown:
    """All that can be said of a body that comes down by itself.

    Parameters
    ----------
    falling, members, seed, weather, numerical_median, progress : as in :func:`stationkeeper.reentry.entry.predict`.
    stack : its parts, for break-up and risk; None where they are not known.
    people : how people on the ground are counted.
    varied : what differs between members, in words, beyond what follows from ``falling``.

    Raises
    ------
    InputError, DataAgeError
        As :func:`~stationkeeper.reentry.entry.predict`, and for a population grid that is none.
    """
    grid = None if people.grid is None else read_grid(people.grid, people.grid_year)
    f = entry.predict(
        falling, members=members, seed=seed, weather=weather, heights_m=_heights(falling), numerical_median=numerical_median,
        progress=progress,
    )  # fmt: skip
    heights = tuple(_passing(f, h) for h in (*f.heights_m.tolist(), entry.ENTRY_M))
    made = ComingDown(
        falling.name, _second(f.start), _second(f.until), f.members, f.not_down, math.degrees(f.inclination_rad), falling.mass_kg,
        falling.start.perigee_altitude_m / 1e3, f.latitude_band_deg, heights, None, None, None, None, (), (), "", (), "", unknown("no member has come down"), (),
        tuple(varied), (*_notes(falling, f), *(() if grid is None or not (said := grid.note()) else (said,))), f.settings | {"break_up": None},
        _weather_words(falling, weather),
    )  # fmt: skip
    if not len(f.entry_tai_us):
        return made
    progress("the second density model")
    second = _second_model(falling, f, members, seed, weather)
    progress("break-up, places and risk to people")
    survivors, why = _survivors(stack, f, seed)
    year = _year(made)
    if f.members < ENOUGH_MEMBERS:
        few = f"{f.members} members: fewer than {ENOUGH_MEMBERS} tell no ends of a 99 % window, no shares and no risk"
        made = replace(made, notes=(*made.notes, few))
    spots = _places_on_ground(f, survivors, seed) if made.place_known else None
    bands, places, basis = _where(f, spots, survivors is not None)
    if survivors is None:
        risk = unknown(why)
    else:
        risk = _risk(f, survivors, year, made.place_known, people, grid, seed)
        made = replace(made, settings=made.settings | {"break_up": survivors.settings})
    return replace(
        made, speed_km_s=_middle(f.speed_m_s / 1e3), angle_deg=_middle(np.degrees(f.flight_path_angle_rad)), second=second,
        track=_track(f, made.place_known), bands=bands, people_per_km2=_people_in(bands, year), bands_basis=basis, places=places, places_basis=basis,
        risk=risk, wide=_wide(falling, f, weather),
    )  # fmt: skip


def unknown(why: str) -> dict[str, Any]:
    """The risk where there is none to tell."""
    return {"casualty_expectation": None, "low": None, "high": None, "members": 0, "statement": f"not assessed: {why}"}


# ---- when -----------------------------------------------------------------------------------------------------------


def _heights(falling: Falling) -> tuple[float, ...]:
    """Heights below the start, every 10 km and those that matter."""
    top = falling.start.perigee_altitude_m
    steps = np.arange(entry.ENTRY_M + FUNNEL_STEP_M, top, FUNNEL_STEP_M).tolist()
    return tuple(sorted({h for h in (*steps, *entry.HEIGHTS_M) if h < top}, reverse=True))


def _second(e: Epoch) -> Epoch:
    """To the whole second below."""
    return Epoch.parse(e.isoformat(0))


def _passing(f: EntryForecast, height_m: float) -> Passing:
    found = (f.height_quantile(height_m, p) for p in outcome.PROBABILITIES)
    return Passing(height_m / 1e3, tuple(None if e is None else _second(e) for e in found))


def _middle(x: Floats) -> tuple[float, float, float]:
    low, mid, high = (float(v) for v in np.quantile(x, (0.05, 0.5, 0.95)))
    return low, mid, high


def _second_model(
    falling: Falling, f: EntryForecast, members: int, seed: int, weather: SpaceWeather | WeatherPaths | None
) -> tuple[str, float] | None:
    """The other density model and the median ratio of the remaining times of members flown with both."""
    other = SECOND[falling.density_model]
    count = min(PAIRS, members)
    g = entry.predict(
        replace(falling, density_model=other), members=count, seed=seed, weather=weather, heights_m=(), numerical_median=False
    )  # fmt: skip
    _, mine, its = np.intersect1d(f.member, g.member, return_indices=True)
    if not len(mine):
        return None
    start = f.start.tai_us
    left = (f.entry_tai_us[mine] - start).astype(np.float64), (g.entry_tai_us[its] - start).astype(np.float64)
    return other, float(np.median(left[1] / left[0]))


def _notes(falling: Falling, f: EntryForecast) -> tuple[str, ...]:
    """Those of the forecast, and whether it tells what is over on the day on which it is made."""
    late = f.quantile_or_none(0.95)
    if falling.known_on is None or late is None or late >= falling.known_on:
        return f.notes
    over = f"the 90 % window ends before {falling.known_on.date}, the day of the prediction: by then it is over, and this tells nothing of the future"
    return (*f.notes, over)


def _weather_words(falling: Falling, weather: SpaceWeather | WeatherPaths | None) -> str:
    """Which space weather the members fly in."""
    from stationkeeper.environment.space_weather import SpaceWeather

    start = falling.start.epoch.date
    if weather is not None:
        return f"the same for all cases: {weather.source}" if isinstance(weather, SpaceWeather) else weather.source
    if falling.known_on is not None:
        return f"as known on {falling.known_on.date}: nothing measured later is used"
    last = SpaceWeather.observed().last_observed
    if start < last:
        return f"as it happened up to {last}, then as forecast: nobody could know this on the day of the start, {start}"
    return f"as forecast; it is measured up to {last}"


def _sun_varies(falling: Falling, f: EntryForecast, weather: SpaceWeather | WeatherPaths | None) -> bool:
    """Whether the members have each their own solar activity on the way."""
    from stationkeeper.environment.space_weather import SpaceWeather

    if weather is not None:
        return not isinstance(weather, SpaceWeather)
    last = Epoch(int(f.entry_tai_us.max())).date if not f.not_down else f.until.date
    return falling.known_on is not None or last > SpaceWeather.observed().last_observed


DRAG_WORDS: Final = "how strongly the air brakes the body"


def _wide(
    falling: Falling, f: EntryForecast, weather: SpaceWeather | WeatherPaths | None
) -> tuple[tuple[str, float], ...]:
    """Shares of the variance of the ranks of the entry times: the body's drag as drawn, and the rest. Members still up rank last.

    With a calibration the drag drawn holds the error of its line alone; the air that the line has met counts as air.
    """
    if f.members < ENOUGH_MEMBERS or len(np.unique(f.drawn_cdam_m2_kg)) < 2:
        return ()
    times = np.full(f.members, np.iinfo(np.int64).max)
    times[f.member] = f.entry_tai_us
    drag, when = (np.argsort(np.argsort(x)).astype(np.float64) for x in (f.drawn_cdam_m2_kg, times))
    share = float(np.corrcoef(drag, when)[0, 1]) ** 2
    also = ", that of the calibration too," if f.settings.get("calibrated_days") else ""
    turns = any(
        p.drag_ratio.high > p.drag_ratio.low or (p.below_m and p.below_m.high > p.below_m.low) for p in falling.attitude
    )
    others = [
        *(["the Sun"] if _sun_varies(falling, f, weather) else []), f"the air from day to day{also}", *(["how the body turns"] if turns else []),
    ]  # fmt: skip
    rest = " and ".join(x for x in (", ".join(others[:-1]), others[-1]) if x).replace(",,", ",")
    parts = [(DRAG_WORDS, share), (rest, 1.0 - share)]
    return tuple(sorted(parts, key=lambda p: -p[1]))


def _year(d: ComingDown) -> float:
    known = [x for x in d.entry.dates if x is not None]
    at = d.median or (known[-1] if known else d.until)
    return 2000.0 + at.days_since(Epoch.parse("2000-01-01T00:00:00Z")) / 365.25


# ---- where ----------------------------------------------------------------------------------------------------------


def _track(f: EntryForecast, named: bool) -> Track:
    """The track of the median member; with the places under it where they mean anything."""
    t = entry.track(f)
    below: list[tuple[Epoch, str]] = []
    if named:
        for e, name in zip(t.epochs, names_at(t.latitude_rad, t.longitude_rad), strict=True):
            if not below or below[-1][1] != name:
                below.append((_second(e), str(name)))
    lat, lon = (np.round(np.degrees(x), 3).tolist() for x in (t.latitude_rad, t.longitude_rad))
    return Track(t.basis, tuple(_second(e) for e in t.epochs), tuple(lat), tuple(lon), tuple(below))


def _places_on_ground(f: EntryForecast, survivors: Survivors | None, seed: int) -> tuple[Floats, Floats]:
    """One place for each member, rad: of one of its pieces by their casualty area, else of its entry."""
    lat, lon = f.latitude_rad.copy(), f.longitude_rad.copy()
    if survivors is None:
        return lat, lon
    rng = np.random.default_rng([_STREAM, seed])
    for k in range(len(lat)):
        area = np.where(np.isfinite(survivors.latitude_rad[:, k]), survivors.piece_area_m2[:, k], 0.0)
        if area.sum() > 0.0:
            piece = int(rng.choice(len(area), p=area / area.sum()))
            lat[k], lon[k] = survivors.latitude_rad[piece, k], survivors.longitude_rad[piece, k]
    return lat, lon


def _where(
    f: EntryForecast, spots: tuple[Floats, Floats] | None, pieces: bool
) -> tuple[tuple[Band, ...], tuple[Any, ...], str]:
    """Bands of latitude, countries and oceans, and how they were found."""
    if spots is None:
        return bands_under(f.inclination_rad, width_deg=BAND_DEG), places_under(f.inclination_rad), random_basis()
    what = (
        "a piece of each member where it lands"
        if pieces
        else "each member at 120 km; pieces land some hundred to thousands of km further on"
    )
    return bands_of(spots[0], width_deg=BAND_DEG), places_of(*spots), f"{len(spots[0])} places: {what}"


def random_basis() -> str:
    """How places of a random entry are weighed, in words."""
    return f"random entry under the orbit: {time_spent()}, any longitude, since the window is longer than a day"


def _people_in(bands: Sequence[Band], year: float) -> tuple[float, ...]:
    """People per km2 in bands of latitude, over land and sea, weighted by area."""
    people = Population.in_year(year)
    out = []
    for b in bands:
        lat = np.radians(np.linspace(b.south_deg, b.north_deg, 41)[1::2])
        weight = np.cos(lat)
        out.append(float(1e6 * (people.at_latitude(lat) @ weight) / weight.sum()))
    return tuple(out)


# ---- with what risk -------------------------------------------------------------------------------------------------


def _survivors(stack: Stack | None, f: EntryForecast, seed: int) -> tuple[Survivors | None, str]:
    """What lands of each member, or why that is not known; rows that came down are used again for those that are still up."""
    if stack is None:
        return None, "the parts of the body are not known; name a station with --station, or give a run"
    from stationkeeper.reentry.breakup import break_up
    from stationkeeper.reentry.pieces import pieces_of

    rows = np.arange(f.members) % len(f.entry_tai_us)
    try:
        return break_up(
            pieces_of(stack), f.speed_m_s[rows], f.flight_path_angle_rad[rows], members=f.members, seed=seed,
            latitude_rad=f.latitude_rad[rows], longitude_rad=f.longitude_rad[rows], azimuth_rad=f.azimuth_rad[rows],
        ), ""  # fmt: skip
    except StationkeeperError as e:
        return None, str(e)


def _risk(
    f: EntryForecast, s: Survivors, year: float, known: bool, people: People, grid: Grid | None, seed: int
) -> dict[str, Any]:  # fmt: skip
    """The casualty expectation as JSON, with what is left of the body."""
    area, where = s.casualty_area_m2, dict[str, Any](inclination_rad=f.inclination_rad)
    if known:
        area, where = s.piece_area_m2, {"latitude_rad": s.latitude_rad}
        where |= {"longitude_rad": s.longitude_rad, "grid": grid} if grid else {}
    elif grid is not None:
        lat, lon = _random_places(s, f.inclination_rad, seed)
        area, where = s.piece_area_m2, where | {"latitude_rad": lat, "longitude_rad": lon, "grid": grid}
    try:
        found = casualty_expectation(
            area, year=year, sheltering=people.sheltering, area_inputs=s.draws, seed=seed, **where
        )
    except StationkeeperError as e:
        return unknown(str(e))
    share = [float(v) for v in np.quantile(s.surviving_ratio, (0.05, 0.5, 0.95))]
    count = [float(v) for v in np.quantile(s.count, (0.05, 0.5, 0.95))]
    return found.as_dict() | {
        "extrapolation": bool(s.extrapolated),
        "pieces": {
            "surviving_mass_share": share,
            "count": count,
            "start_kg": float(s.start_kg.mean()),
            "statement": s.statement,
        },
    }


def _random_places(s: Survivors, inclination_rad: float, seed: int) -> tuple[Floats, Floats]:
    """Where the pieces of each member land if it enters anywhere along the orbit; (p, members, m), rad, geodetic.

    The middle of each member's casualty area lies at a place drawn as :func:`stationkeeper.reentry.risk.time_spent` says, any longitude;
    its pieces lie around that as they fell, on a sphere and along the Earth-fixed heading there. Neglected: the turn of the Earth
    while they fall (the heading's change along a footprint).
    """
    rng = np.random.default_rng([_STREAM, seed, 1])
    size = (s.members, max(1, _RANDOM_PLACES // s.members))
    falls = s.piece_area_m2 > 0.0
    area = np.where(falls, s.piece_area_m2, 0.0)
    down, cross = (np.where(falls, x, 0.0) for x in (s.downrange_m, s.crossrange_m))
    middle = (area * down).sum(axis=0) / np.maximum(area.sum(axis=0), 1e-300)
    # a lattice over the orbit and the longitudes, shifted at random: each part of both is met equally often
    k = np.arange(math.prod(size)).reshape(size)
    part, turn = (np.modf(k * step + rng.uniform())[0] for step in _LATTICE)
    pull = Range.of(casualty_table().bulge)
    bulge = (pull.low + pull.best + pull.high) / 3.0  # the mean of the draws, in which the density is linear
    angle = np.linspace(0.0, math.tau, 1_441)
    u = np.interp(math.tau * part, angle + 0.5 * bulge * np.sin(2.0 * angle), angle)
    longitude = math.tau * turn
    latitude = np.arcsin(math.sin(inclination_rad) * np.sin(u))
    east = _ORBITAL_M_S * math.cos(inclination_rad) / np.cos(latitude)
    east -= EARTH_ROTATION_RATE_RAD_S * EARTH_EQUATORIAL_RADIUS_M * np.cos(latitude)
    north = _ORBITAL_M_S * math.sin(inclination_rad) * np.cos(u) / np.cos(latitude)
    heading = np.arctan2(east, north)
    along, left = ((x / EARTH_EQUATORIAL_RADIUS_M)[:, :, None] for x in (down - middle, cross))
    reach = np.cos(left) * np.sin(along)
    up = np.cos(left) * np.cos(along)
    to_east = reach * np.sin(heading) - np.sin(left) * np.cos(heading)
    to_north = reach * np.cos(heading) + np.sin(left) * np.sin(heading)
    level = up * np.cos(latitude) - to_north * np.sin(latitude)
    geocentric = np.arctan2(up * np.sin(latitude) + to_north * np.cos(latitude), np.hypot(level, to_east))
    return np.arctan(np.tan(geocentric) / (1.0 - EARTH_FLATTENING) ** 2), longitude + np.arctan2(to_east, level)
