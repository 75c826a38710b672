"""When the ground can talk to a stack: its working radios, the ground sites and relay satellites that are there, and the orbit.

Model: two days of the circular mean orbit from 0 h UTC of the configuration's date on, in steps of 30 s with the edges of
every pass interpolated to a few hundredths of a second. A ground site sees the stack above its lowest elevation; a relay stands still
over the equator and sees it where the limb of the Earth does not cover it. An antenna counts while its operator has not left,
on dates within its span, for radios of the stack that work; it carries what both ends can. Ranges: the
lowest elevation of a site over its range; the limb from the polar radius to 100 km of air above the equatorial one (best: the
equatorial radius); antennas of ``occasional`` use count in the upper end alone.
Neglected: which antennas are booked when, terminals of the relays on the ground, masking by the station's own structure and its
attitude, refraction, the inclination of relays (up to some degrees); an outage of a relay shorter than 30 s.
Two days, because the silent stretch of a network in one country comes once a day and may not be cut at both ends.
Validation status: checked against a search in steps of a second and against SGP4 on element sets; validated against the published
2.5 hours a day over Russian sites, the 85 % of two TDRS and the silence of 2021-07-29
(validation/functions/test_communications.py).

References
----------
Vallado, Fundamentals of Astrodynamics and Applications (2013), section 5.3, line of sight. Source key: vallado-2013.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING, EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError
from stationkeeper.core.frames import earth_orientation, gcrf_to_itrf, itrf_of_geodetic
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.core.time_arrays import TimesUs, from_utc_datetime64, utc_datetime64
from stationkeeper.functions.assessment import Provider, providers
from stationkeeper.functions.surroundings import surroundings_of
from stationkeeper.station.configuration import Stack, present
from stationkeeper.station.schema import Carried, GroundSite, Relay

Floats = NDArray[np.float64]

STEP_S = 30.0
SPAN_DAYS = 2
GEOSTATIONARY_RADIUS_M = 42_164_170.0
"""Radius of a circular orbit of one sidereal day."""
AIR_M = 100_000.0
"""A line of sight that dips lower is not counted at the lower end of the range."""
_LIMBS_M = (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_EQUATORIAL_RADIUS_M + AIR_M,
    EARTH_EQUATORIAL_RADIUS_M * (1.0 - EARTH_FLATTENING),
)


class Place(NamedTuple):
    """Where an antenna stands, in radians and metres, with its limit: best, that of the fewest and of the most contacts.

    The limit of a site is the sine of its lowest elevation, that of a relay the radius of the limb in metres.
    """

    relay: bool
    latitude_rad: float
    longitude_rad: float
    height_m: float
    limits: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Antenna:
    """A ground site or relay satellite, with the radios of a stack that it can talk to."""

    id: str
    name: str
    operator: str
    kind: Literal["site", "relay"]
    place: Place
    regular: bool
    radios: tuple[str, ...]
    carries: tuple[Carried, ...]
    source: tuple[str, ...] = ()

    @classmethod
    def of(cls, x: GroundSite | Relay) -> Antenna:
        """An antenna of a station's data."""
        longitude = math.radians(x.longitude_deg)
        if isinstance(x, Relay):
            place = Place(True, 0.0, longitude, 0.0, _LIMBS_M)
        else:
            lowest = Range.of(x.lowest_elevation_deg)
            best, few, many = (math.sin(math.radians(e)) for e in (lowest.best, lowest.high, lowest.low))
            place = Place(False, math.radians(x.latitude_deg), longitude, x.height_m, (best, few, many))
        return cls(
            x.id, x.name, x.operator, "relay" if place.relay else "site", place, x.use == "regular",
            tuple(x.radios), tuple(x.carries), tuple(x.source),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AntennaContacts:
    """What one antenna sees of the orbit: share of the time, longest silence, passes a day."""

    antenna: Antenna
    fraction: Range
    longest_gap_s: Range
    passes_per_day: float


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """When a set of antennas together sees a stack.

    Parameters
    ----------
    fraction : share of the time, 0 to 1.
    longest_gap_s : longest silence, s; infinite where there is no contact at all.
    passes_per_day : how often a day contact begins (0 where it never ends).
    by_antenna : the same for each antenna, in the order of the data.
    spans : contacts of the best case, TAI microseconds, shape (k, 2).
    start, end : what was looked at.
    """

    fraction: Range
    longest_gap_s: Range
    passes_per_day: float
    by_antenna: tuple[AntennaContacts, ...]
    spans: TimesUs
    start: Epoch
    end: Epoch

    def gap_at(self, epoch: Epoch) -> tuple[Epoch, Epoch] | None:
        """End of the contact before and begin of the one after an instant; ``None`` in contact or outside the span."""
        if not self.start <= epoch <= self.end:
            return None
        after = int(np.searchsorted(self.spans[:, 0], epoch.tai_us, side="right"))
        if after and epoch.tai_us <= self.spans[after - 1, 1]:
            return None
        begin = Epoch(int(self.spans[after - 1, 1])) if after else self.start
        return begin, Epoch(int(self.spans[after, 0])) if after < len(self.spans) else self.end


# ---- which antennas ---------------------------------------------------------------------------------------------------


def known_radios(stack: Stack) -> frozenset[str]:
    """Radios for which the station's data name an antenna at any date; of the others nobody knows the contact times."""
    return frozenset(r for x in _named(stack) for r in x.radios)


def _named(stack: Stack) -> list[GroundSite | Relay]:
    station = stack.configuration.station
    return [*station.ground_site, *station.relay]


def working_radios(stack: Stack) -> tuple[Provider, ...]:
    """Radios that work and are in use."""
    return tuple(p for p in providers(stack, "communications") if p.works and p.mode != "dormant")


def antennas(
    stack: Stack,
    partner: str | None = None,
    sites_only: bool = False,
    carries: Carried | None = None,
    radios: Iterable[str] | None = None,
) -> tuple[Antenna, ...]:
    """Antennas that can talk to a stack now.

    Parameters
    ----------
    stack : the stack.
    partner : only those that this partner operates.
    sites_only : only ground sites.
    carries : only those over which this can be carried, by both ends.
    radios : ids of the radios to count; all that work when left out.
    """
    cfg = stack.configuration
    able = {p.id for p in working_radios(stack)} if radios is None else set(radios)
    if not able:
        return ()
    carried = {q.id: tuple(q.carries) for q in cfg.station.equipment if q.id in able}
    out = []
    for x in _there(stack):
        if (sites_only and x.kind == "relay") or (partner is not None and x.operator != partner):
            continue
        mine = [r for r in x.radios if r in able]
        links = {c for r in mine for c in x.carries if not carried.get(r) or c in carried[r]}
        if links and (carries is None or carries in links):
            both = tuple(c for c in x.carries if c in links)
            same = len(mine) == len(x.radios) and both == x.carries
            out.append(x if same else replace(x, radios=tuple(mine), carries=both))
    return tuple(out)


def _there(stack: Stack) -> list[Antenna]:
    """Antennas of the date whose operators have not left."""
    cfg = stack.configuration
    if "antennas" not in cfg.memo:
        cfg.memo["antennas"] = [
            Antenna.of(x)
            for x in _named(stack)
            if cfg.partners[x.operator].state != "gone" and present(x.since, x.until, cfg.epoch)
        ]
    there: list[Antenna] = cfg.memo["antennas"]
    return there


def contacts(
    stack: Stack, partner: str | None = None, sites_only: bool = False, carries: Carried | None = None
) -> Contacts | None:
    """When the ground can talk to a stack, see :func:`antennas`; ``None`` where the orbit is not known."""
    around = surroundings_of(stack.configuration)
    return None if around is None else contacts_of(around.orbit, antennas(stack, partner, sites_only, carries))


def contacts_of(orbit: Orbit, seen_by: Sequence[Antenna]) -> Contacts:
    """When any of some antennas sees an orbit, over two days from 0 h UTC of its epoch's date on."""
    return _contacts(_day_of(orbit), tuple(seen_by))


@lru_cache(maxsize=1024)
def _contacts(day: Orbit, seen_by: tuple[Antenna, ...]) -> Contacts:
    best, few, many = _joint(day, tuple((a.place, a.regular) for a in seen_by))
    start, end = day.epoch.tai_us, day.epoch.tai_us + _SPAN_US
    spans = start + np.round(best * 1e6).astype(np.int64)
    fraction, gap, passes = _figures(best, few, many)
    return Contacts(fraction, gap, passes, tuple(_one(day, a) for a in seen_by), spans, Epoch(start), Epoch(end))


# ---- geometry ---------------------------------------------------------------------------------------------------------

_SPAN_S = SPAN_DAYS * 86_400.0
_SPAN_US = round(_SPAN_S * 1e6)


@lru_cache(maxsize=1024)
def _day_of(orbit: Orbit) -> Orbit:
    """The orbit at 0 h UTC of its date, rounded (1e-8 rad: 7 cm), so that configurations of one day share their contacts."""
    midnight = utc_datetime64(orbit.epoch).astype("datetime64[D]").astype("datetime64[us]")
    at = orbit.at(Epoch(int(from_utc_datetime64(midnight)[0])))
    return Orbit(
        at.epoch, round(at.semi_major_axis_m, 2), round(at.inclination_rad, 8), round(at.raan_rad, 8),
        round(at.argument_of_latitude_rad, 8), "",
    )  # fmt: skip


@lru_cache(maxsize=32)
def _track(day: Orbit) -> Floats:
    """Positions in the rotating frame every :data:`STEP_S`, m, shape (n, 3)."""
    times = day.epoch.tai_us + (np.arange(round(_SPAN_S / STEP_S) + 1) * STEP_S * 1e6).astype(np.int64)
    position, _ = day.states_gcrf(times)
    try:
        return gcrf_to_itrf(times, position)
    except DataAgeError:
        return _turned(times, position)


def _turned(times: TimesUs, position_gcrf_m: Floats) -> Floats:
    """The same outside the table of Earth orientation: the last known length of day goes on, about a fixed axis.

    Precession from the table's end on is left out: 20 arcseconds a year, 0.6 km on the ground.
    """
    eop = earth_orientation()
    near = int(np.clip(times[0], eop.times[1], eop.times[-2] - 86_400_000_000))
    known = near + (times - times[0])
    angle = EARTH_ROTATION_RATE_RAD_S * (times[0] - near) * 1e-6
    c, s = math.cos(angle), math.sin(angle)
    x, y, z = position_gcrf_m.T
    return gcrf_to_itrf(np.minimum(known, eop.times[-1]), np.stack([c * x + s * y, c * y - s * x, z], axis=1))


@lru_cache(maxsize=4096)
def _spans(day: Orbit, place: Place) -> tuple[Floats, Floats, Floats]:
    """Contacts of one antenna, seconds from the start, shapes (k, 2): best, fewest, most."""
    track = _track(day)
    if place.relay:
        c, s = math.cos(place.longitude_rad), math.sin(place.longitude_rad)
        there = GEOSTATIONARY_RADIUS_M * np.array([c, s, 0.0])
        to = there - track
        radius = np.linalg.norm(track, axis=1)
        upward = np.einsum("ni,ni->n", track, to) / (radius * np.linalg.norm(to, axis=1))
        best, few, many = (
            _above(upward + np.sqrt(np.clip(1.0 - (limb / radius) ** 2, 0.0, None))) for limb in place.limits
        )
        return best, few, many
    there = itrf_of_geodetic(place.latitude_rad, place.longitude_rad, place.height_m)[0]
    level = math.cos(place.latitude_rad)
    up = np.array(
        [level * math.cos(place.longitude_rad), level * math.sin(place.longitude_rad), math.sin(place.latitude_rad)]
    )
    to = track - there
    sine = to @ up / np.linalg.norm(to, axis=1)
    best, few, many = (_above(sine - limit) for limit in place.limits)
    return best, few, many


def _above(f: Floats) -> Floats:
    """Where a sampled, smooth function is above zero, seconds, shape (k, 2); also peaks between three samples below it."""
    up = f > 0.0
    k = np.flatnonzero(up[1:] != up[:-1])
    edges = (k + _root(f, k)) * STEP_S
    starts, ends = edges[~up[k]], edges[up[k]]
    if up[0]:
        starts = np.concatenate([[0.0], starts])
    if up[-1]:
        ends = np.concatenate([ends, [(len(f) - 1) * STEP_S]])
    i = 1 + np.flatnonzero(~up[:-2] & ~up[1:-1] & ~up[2:] & (f[1:-1] >= f[:-2]) & (f[1:-1] > f[2:]))
    a, b = 0.5 * (f[i - 1] + f[i + 1]) - f[i], 0.5 * (f[i + 1] - f[i - 1])
    square = b * b - 4.0 * a * f[i]
    through = square > 0.0
    middle, half = (i - 0.5 * b / a)[through], (-0.5 / a)[through] * np.sqrt(square[through])
    starts = np.concatenate([starts, (middle - half) * STEP_S])
    ends = np.concatenate([ends, (middle + half) * STEP_S])
    return np.stack([np.sort(starts), np.sort(ends)], axis=1)


def _root(f: Floats, k: NDArray[np.int64]) -> Floats:
    """Where between samples k and k + 1 the function crosses zero, 0 to 1: a cubic through four samples, Newton."""
    f0, f1 = f[k], f[k + 1]
    x = f0 / (f0 - f1)
    before, after = f[np.maximum(k - 1, 0)], f[np.minimum(k + 2, len(f) - 1)]
    inside = (k > 0) & (k < len(f) - 2)
    c1 = -before / 3.0 - f0 / 2.0 + f1 - after / 6.0
    c2 = before / 2.0 - f0 + f1 / 2.0
    c3 = (after - before) / 6.0 + (f0 - f1) / 2.0
    for _ in range(3):
        value, slope = f0 + x * (c1 + x * (c2 + x * c3)), c1 + x * (2.0 * c2 + 3.0 * x * c3)
        safe = inside & (np.abs(slope) > 1e-12)
        x = np.where(safe, np.clip(x - value / np.where(safe, slope, 1.0), 0.0, 1.0), x)
    return np.asarray(x, dtype=np.float64)


def _union(parts: Sequence[Floats]) -> Floats:
    """Overlapping spans joined, in order."""
    a = np.concatenate(parts) if parts else np.empty((0, 2))
    if len(a) == 0:
        return a
    a = a[np.argsort(a[:, 0], kind="stable")]
    reach = np.maximum.accumulate(a[:, 1])
    first = np.concatenate([[True], a[1:, 0] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.stack([a[first, 0], reach[last]], axis=1)


@lru_cache(maxsize=4096)
def _joint(day: Orbit, places: tuple[tuple[Place, bool], ...]) -> tuple[Floats, Floats, Floats]:
    """Contacts of several antennas together: best, fewest, most; those of occasional use in the most alone."""
    regular = [_spans(day, place) for place, steady in places if steady]
    every = [_spans(day, place)[2] for place, _ in places]
    return _union([x[0] for x in regular]), _union([x[1] for x in regular]), _union(every)


def _figures(best: Floats, few: Floats, many: Floats) -> tuple[Range, Range, float]:
    """Share of the time, longest silence, and how often a day contact begins."""
    share = [min(1.0, float((x[:, 1] - x[:, 0]).sum() / _SPAN_S)) for x in (best, few, many)]
    gap = [_longest_gap_s(x) for x in (best, few, many)]
    fraction = Range(share[0], min(share[0], share[1]), max(share[0], share[2]))
    silence = Range(gap[0], min(gap[0], gap[2]), max(gap[0], gap[1]))
    return fraction, silence, float((best[:, 0] > 0.0).sum()) / SPAN_DAYS


def _longest_gap_s(spans: Floats) -> float:
    if len(spans) == 0:
        return math.inf
    quiet = np.concatenate([spans[:, 0], [_SPAN_S]]) - np.concatenate([[0.0], spans[:, 1]])
    return float(quiet.max())


def _one(day: Orbit, a: Antenna) -> AntennaContacts:
    return AntennaContacts(a, *_figures(*_joint(day, ((a.place, a.regular),))))
