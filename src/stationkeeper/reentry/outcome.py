"""What is known of a body that comes down by itself: dates, places and risk as plain values, their JSON, and their words.

Made by :func:`stationkeeper.reentry.coming_down.coming_down`; read by the answers of a run, by the report, and by the command line, so that
all three say the same. Dates are whole seconds, so that the JSON holds all that the values hold.
Validation status: checked (tests/reentry/test_coming_down.py); what the values are worth is said where they are worked out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.functions.words import number
from stationkeeper.reentry.forecast import YARDSTICK_PART, yardstick_part
from stationkeeper.reentry.places import OCEANS, Band, Place

SCHEMA: Final = "stationkeeper.reentry/1"
PROBABILITIES: Final = (0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995)
SHARES: Final = (0.5, 0.9, 0.99)
ENTRY_KM: Final = 120.0
KEYS: Final = ("p0_5_utc", "p05_utc", "p25_utc", "median_utc", "p75_utc", "p95_utc", "p99_5_utc")
DAY_S: Final = 86_400.0
REVOLUTION_S: Final = 5_250.0
"""Of a body that is about to enter, at 120 to 160 km."""
ENOUGH: Final = {0.5: 1, 0.9: 20, 0.99: 200}
"""Members from which on at least one lies beyond either end of a window."""
ENOUGH_FOR_SHARES: Final = 200
MODEL_NAMES: Final = {"nrlmsise00": "NRLMSISE-00", "nrlmsis21": "NRLMSIS 2.1"}
Json = dict[str, Any]
Dates = tuple[Epoch | None, ...]
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passing:
    """When a body first is at or below a height: dates by which the shares :data:`PROBABILITIES` of all members are; None where fewer are.

    The height is the lowest over a revolution; at 120 km it is the geodetic height of the body itself.
    """

    height_km: float
    dates: Dates

    def by(self, p: float) -> Epoch | None:
        """The date of one of the shares."""
        return self.dates[PROBABILITIES.index(p)]

    def window(self, share: float) -> tuple[Epoch | None, Epoch | None]:
        """The central window of 50, 90 or 99 %."""
        k = SHARES.index(share) + 1
        return self.dates[3 - k], self.dates[3 + k]


@dataclass(frozen=True, slots=True)
class Track:
    """Places under the median member: instants, geodetic latitudes and longitudes in degrees, and what they are.

    ``below`` : from when on which country or ocean lies below, to the step of the track; empty where the window is longer than a day.
    """

    basis: str
    epochs: tuple[Epoch, ...]
    latitude_deg: tuple[float, ...]
    longitude_deg: tuple[float, ...]
    below: tuple[tuple[Epoch, str], ...] = ()


@dataclass(frozen=True)
class ComingDown:
    """When, where and with what risk a body comes down by itself.

    Parameters
    ----------
    name : of the body.
    weather : which space weather it flew in, in words.
    start : when the flight begins. until : when it ends; members that are still up then are ``not_down`` of ``members``.
    inclination_deg, mass_kg, start_height_km : of the body (mass None where nobody tells it); its lowest height over a revolution at the start.
    latitude_band_deg : southern and northern end of what lies under its orbit, geodetic.
    heights : dates of passing heights, falling; the last is entry at 120 km.
    speed_km_s, angle_deg : 5, 50 and 95 % of the inertial speed at entry and of its angle to the horizon; None where no member came down.
    second : the second density model: its name, and the ratio of the remaining times with it and the same Cd * A / m; None where it was not flown.
    track : of the median member; None where no member came down.
    bands, bands_basis : probability of bands of latitude, and people per km2 in them; how they were found.
    places, places_basis : probability of countries and oceans; how they were found.
    risk : as :meth:`stationkeeper.reentry.risk.Risk.as_dict`, with ``pieces``; or a statement why there is none.
    wide : what makes the window wide, with its share of the variance.
    varied : what differs between the members, in words.
    notes, settings : for a report.
    """

    name: str
    start: Epoch
    until: Epoch
    members: int
    not_down: int
    inclination_deg: float
    mass_kg: float | None
    start_height_km: float
    latitude_band_deg: tuple[float, float]
    heights: tuple[Passing, ...]
    speed_km_s: tuple[float, float, float] | None
    angle_deg: tuple[float, float, float] | None
    second: tuple[str, float] | None
    track: Track | None
    bands: tuple[Band, ...]
    people_per_km2: tuple[float, ...]
    bands_basis: str
    places: tuple[Place, ...]
    places_basis: str
    risk: Json
    wide: tuple[tuple[str, float], ...]
    varied: tuple[str, ...]
    notes: tuple[str, ...] = ()
    settings: Json = field(default_factory=dict)
    weather: str = ""

    @property
    def entry(self) -> Passing:
        """When it passes 120 km."""
        return self.heights[-1]

    def passing(self, height_km: float) -> Passing | None:
        """One of the heights; None where it starts below or the height was not asked for."""
        return next((h for h in self.heights if h.height_km == height_km), None)

    @property
    def median(self) -> Epoch | None:
        """The date by which half of the members have entered."""
        return self.entry.by(0.5)

    @property
    def yardstick(self) -> tuple[Epoch, Epoch] | None:
        """20 % of the remaining time (25 % in the last two days) on either side of the median: what agencies quote."""
        if self.median is None:
            return None
        part_s = self.yardstick_part * (self.median - self.start)
        return self.median.plus_s(-part_s), self.median.plus_s(part_s)

    @property
    def yardstick_part(self) -> float:
        """The part of the remaining time that the yardstick is; 20 % where there is no median."""
        return yardstick_part(math.inf if self.median is None else self.median.days_since(self.start))

    def enough(self, share: float) -> bool:
        """Whether there are members enough to tell the ends of a window."""
        return self.members >= ENOUGH[share]

    @property
    def second_dates(self) -> Dates:
        """Dates of entry with the second density model."""
        if self.second is None:
            return (None,) * len(PROBABILITIES)
        ratio = self.second[1]
        return tuple(None if d is None else self.start.plus_s(ratio * (d - self.start)) for d in self.entry.dates)

    @property
    def place_known(self) -> bool:
        """Whether the 90 % window is short enough for places along the track to mean anything: below a day."""
        low, high = self.entry.window(0.9)
        return low is not None and high is not None and high - low <= DAY_S

    @property
    def revolutions(self) -> float:
        """The 90 % window in revolutions; infinite where it has no end."""
        low, high = self.entry.window(0.9)
        return math.inf if low is None or high is None else (high - low) / REVOLUTION_S

    @property
    def along_track(self) -> bool:
        """Whether places along one track can be told apart: the 90 % window is about a revolution, or less."""
        return self.revolutions <= 1.2 and self.enough(0.9)

    @property
    def enough_for_places(self) -> bool:
        """Whether the members are enough to tell the chances of places; under any longitude they need no members."""
        return not self.place_known or self.members >= ENOUGH_FOR_SHARES

    # ---- JSON ----

    def as_dict(self) -> Json:
        """All of it, JSON-ready."""
        e = self.entry
        yardstick = self.yardstick or (None, None)
        low, high = self.second_dates[1], self.second_dates[5]
        return {
            "schema": SCHEMA, "name": self.name, "weather": self.weather, "start_utc": _utc(self.start), "until_utc": _utc(self.until), "members": self.members,
            "not_down": self.not_down, "inclination_deg": self.inclination_deg, "mass_kg": self.mass_kg, "start_height_km": self.start_height_km,
            "entry": {
                "altitude_km": e.height_km, **_dates(e.dates),
                "remaining_days": None if self.median is None else self.median.days_since(self.start),
                "windows": [
                    {"share": s, "enough_members": self.enough(s), **_ends(e.window(s) if self.enough(s) else (None, None))} for s in SHARES
                ],
                "yardstick": {"part_of_remaining": self.yardstick_part, **_ends(yardstick)},
                "second_density_model": None if self.second is None else {
                    "model": self.second[0], "remaining_time_ratio": self.second[1], "p05_utc": _utc(low),
                    "median_utc": _utc(self.second_dates[3]), "p95_utc": _utc(high),
                },
                "speed_km_s": _list(self.speed_km_s), "flight_path_angle_deg": _list(self.angle_deg),
                "wide_because": [{"what": w, "share_of_variance": s} for w, s in self.wide],
            },
            "heights": [
                {"altitude_km": h.height_km, **_dates(h.dates)} for h in self.heights
            ],
            "track": {"basis": "none: no member has come down", "points": []} if self.track is None else _track_json(self.track),
            "latitude_band_deg": list(self.latitude_band_deg),
            "latitudes": {
                "basis": self.bands_basis,
                "bands": [{**asdict(b), "people_per_km2": p} for b, p in zip(self.bands, self.people_per_km2, strict=True)],
            },
            "places": {"basis": self.places_basis, "list": [asdict(p) for p in self.places]},
            "risk": self.risk, "varied": list(self.varied), "notes": list(self.notes), "settings": self.settings,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, d: Json) -> ComingDown:
        """The values of their JSON."""
        entry, track, second = d["entry"], d["track"], d["entry"]["second_density_model"]
        bands = d["latitudes"]["bands"]
        return cls(
            d["name"], Epoch.parse(d["start_utc"]), Epoch.parse(d["until_utc"]), d["members"], d["not_down"], d["inclination_deg"],
            d["mass_kg"], d["start_height_km"], (d["latitude_band_deg"][0], d["latitude_band_deg"][1]),
            tuple(Passing(h["altitude_km"], tuple(_epoch(h[key]) for key in KEYS)) for h in d["heights"]),
            _three(entry["speed_km_s"]), _three(entry["flight_path_angle_deg"]),
            None if second is None else (second["model"], second["remaining_time_ratio"]),
            None if not track["points"] else _track_of(track),
            tuple(Band(*(b[k] for k in ("south_deg", "north_deg", "probability", "low", "high"))) for b in bands),
            tuple(b["people_per_km2"] for b in bands), d["latitudes"]["basis"], tuple(Place(**p) for p in d["places"]["list"]),
            d["places"]["basis"], d["risk"], tuple((w["what"], w["share_of_variance"]) for w in entry["wide_because"]),
            tuple(d["varied"]), tuple(d["notes"]), d["settings"], d.get("weather", ""),
        )  # fmt: skip


def _utc(e: Epoch | None) -> str | None:
    return None if e is None else e.isoformat(0)


def _epoch(text: str | None) -> Epoch | None:
    return None if text is None else Epoch.parse(text)


def _dates(dates: Dates) -> Json:
    return {key: _utc(d) for key, d in zip(KEYS, dates, strict=True)}


def _ends(window: tuple[Epoch | None, Epoch | None]) -> Json:
    return {"from_utc": _utc(window[0]), "to_utc": _utc(window[1])}


def _list(x: Sequence[float] | None) -> list[float] | None:
    return None if x is None else list(x)


def _three(x: Sequence[float] | None) -> tuple[float, float, float] | None:
    return None if x is None else (x[0], x[1], x[2])


def _track_json(t: Track) -> Json:
    points = zip(t.epochs, t.latitude_deg, t.longitude_deg, strict=True)
    return {
        "basis": t.basis, "from_utc": _utc(t.epochs[0]), "to_utc": _utc(t.epochs[-1]),
        "below": [{"from_utc": _utc(e), "name": name} for e, name in t.below],
        "points": [{"utc": _utc(e), "latitude_deg": lat, "longitude_deg": lon} for e, lat, lon in points],
    }  # fmt: skip


def _track_of(d: Json) -> Track:
    p = d["points"]
    return Track(
        d["basis"], tuple(Epoch.parse(x["utc"]) for x in p), tuple(x["latitude_deg"] for x in p), tuple(x["longitude_deg"] for x in p),
        tuple((Epoch.parse(x["from_utc"]), x["name"]) for x in d["below"]),
    )  # fmt: skip


# ---- words ----------------------------------------------------------------------------------------------------------


def instant(e: Epoch, width_days: float) -> str:
    """A date as fine as the window that it belongs to: to the month, the day, or the minute."""
    month = MONTHS[int(e.date[5:7]) - 1]
    if width_days > 120.0:
        return f"{month} {e.date[:4]}"
    day = f"{int(e.date[8:10])} {month} {e.date[:4]}"
    return day if width_days > 2.0 else f"{e.isoformat()[11:16]} UTC on {day}"


def window_words(low: Epoch | None, high: Epoch | None, until: Epoch) -> str:
    """A window in words: ``between March and July 2026``."""
    if low is None:
        return f"after {instant(until, 1e3)}"
    if high is None:
        return f"after {instant(low, 1e3)}, possibly after {instant(until, 1e3)}"
    width = high.days_since(low)
    a, b = instant(low, width), instant(high, width)
    if a == b:
        return f"in {a}" if width > 120.0 else f"on {a}" if width > 2.0 else f"at {a}"
    if a[-4:] == b[-4:] and width > 2.0:
        a = a[:-5]
    if width <= 2.0 and a[-8:] == b[-8:] and low.date == high.date:
        a = a.split(" on ")[0]
    return f"between {a} and {b}"


def entry_words(d: ComingDown) -> str:
    """When it enters, in words: the 90 % window and the middle."""
    low, high = d.entry.window(0.9)
    out = window_words(low, high, d.until)
    if d.median is None:
        return out
    width = high.days_since(low) if low is not None and high is not None else 1e3
    if not d.enough(0.9):
        days = max(width, 0.2 * d.median.days_since(d.start))
        return f"about {instant(d.median, days)} ({d.members} cases only: too few to tell a window)"
    who = "nine cases in ten" if d.members >= ENOUGH_FOR_SHARES else f"nine in ten of only {d.members} cases"
    return f"{out} ({who}; half of all by {instant(d.median, width)})"


def share_window_words(d: ComingDown, share: float) -> str:
    """A window of entry in words; where the members are too few for its ends, that."""
    if not d.enough(share):
        return f"too few to say ({d.members} members)"
    return window_words(*d.entry.window(share), d.until)


def remaining_words(d: ComingDown) -> str:
    """From the start to the median, in days; in hours in the last two days."""
    if d.median is None:
        return ""
    days = d.median.days_since(d.start)
    if days < 2.0:
        return f"{24.0 * days:.0f} hours"
    return f"{days:.0f} days" if days >= 10.0 else f"{days:.1f} days"


def yardstick_words(d: ComingDown) -> str:
    """What the yardstick is and where it lies; empty where there is no median."""
    if d.yardstick is None:
        return ""
    last = " (as fits the last two days)" if d.yardstick_part > YARDSTICK_PART else ""
    return (
        f"beside it the yardstick of the agencies' campaigns, {100 * d.yardstick_part:g} % of the remaining time either way{last}: "
        f"{window_words(*d.yardstick, d.until)}"
    )


def height_words(d: ComingDown, height_km: float) -> str:
    """When it passes a height; empty where it starts below."""
    p = d.passing(height_km)
    if p is None:
        return ""
    return f"below {height_km:g} km {window_words(*p.window(0.9), d.until)}"


def risk_words(risk: Mapping[str, Any]) -> str:
    """The risk in a clause: what is to be expected with its bounds, against the rule, then the chance that anybody is hurt.

    A risk that does not say whether its chance is an upper bound has one.
    """
    from stationkeeper.reentry.risk import chance_words, expected_words, one_in

    e, low, high = (risk.get(k) for k in ("casualty_expectation", "low", "high"))
    if e is None or low is None or high is None:
        return ""
    rule = float(risk["rule"])
    against = {
        "above": f"some {_two_figures(e / rule)} times the {one_in(rule)} that rules allow",
        "below": f"within the {one_in(rule)} that rules allow",
    }.get(str(risk["against_rule"]), f"not clearly above or below the {one_in(rule)} that rules allow")
    chance = chance_words(float(risk["probability_of_one"]), bool(risk.get("probability_of_one_is_upper_bound", True)))
    averaged = risk.get("averaged_over_places")
    places = None if averaged is None else Range(averaged["mean"], averaged["low"], averaged["high"])
    return f"{expected_words(float(e), float(low), float(high), places)}, {against}; {chance}"


def _two_figures(x: float) -> str:
    return f"{float(f'{x:.2g}'):,.0f}" if x >= 10.0 else number(x)


def share_words(parts: Sequence[tuple[str, float]], count: int = 3) -> str:
    """The largest contributions to a variance: ``heating (40 %); ...``."""
    return "; ".join(f"{what} ({100.0 * share:.0f} %)" for what, share in parts[:count] if share >= 0.005)


def place_words(places: Sequence[Place], kind: str, count: int) -> str:
    """The most likely places of a kind: ``Pacific Ocean 41 %, ...``."""
    return ", ".join(f"{p.name} {percent(p)}" for p in [x for x in places if x.kind == kind][:count])


def lands_words(d: ComingDown) -> str:
    """Countries under the track of the median member in order of time.

    With the minute from which each lies below only where the window is about a revolution; those after the median member's own entry apart.
    """
    lands = [] if d.track is None else [(e, name) for e, name in d.track.below if name not in OCEANS]
    if not lands:
        return "none"
    if not d.along_track:
        names = list(dict.fromkeys(name for _, name in lands))
        return f"{', '.join(names)} (the 90 % window holds {d.revolutions:.0f} revolutions: no minute can be told)"
    timed = [(e, f"{e.isoformat()[11:16]} {name}") for e, name in lands]
    before = ", ".join(x for e, x in timed if d.median is None or e <= d.median) or "none"
    after = ", ".join(x for e, x in timed if d.median is not None and e > d.median)
    late = (
        f"; only if it comes later than the median, at {d.median.isoformat()[11:16]}: {after}"
        if after and d.median
        else ""
    )
    return f"{before}{late}"


def percent(p: Place) -> str:
    """A place's probability; as an interval where too few points met it."""
    if not p.enough:
        return f"{number(100.0 * p.low)} to {number(100.0 * p.high)} %"
    return f"{number(100.0 * p.probability)} %"


def land_share(places: Sequence[Place]) -> float:
    """Probability that land lies below."""
    return sum(p.probability for p in places if p.kind == "country")
