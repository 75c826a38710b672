"""A small station of two owners, with hostile text in its names, and a run over it whose flight is made by formula."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.mission.conclude import conclude
from stationkeeper.mission.fly import Record
from stationkeeper.mission.result import Flown, FlownBurn, Forecast, Result
from stationkeeper.reentry.outcome import ComingDown, Passing, Track
from stationkeeper.reentry.places import Band, Place
from stationkeeper.scenario.load import read_scenario
from stationkeeper.scenario.ruling import Push
from stationkeeper.scenario.walk import initial_configuration, rehearse
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import Station

EVIL = "<script>alert(1)</script>"
SRC = 'source = ["S1"]'


def quantity(value: float, share: float = 0.1) -> str:
    """A number with its evidence as TOML."""
    low, high = value * (1 - share), value * (1 + share)
    return f'{{ value = {value}, low = {low}, high = {high}, {SRC}, as_of = "2020-01-01", confidence = "assumed" }}'


def element(
    ident: str, name: str, owner: str, kind: str, centre: tuple[float, ...], size: tuple[float, ...], operator: str = ""
) -> str:
    """One element as TOML."""
    places = ", ".join(
        [f"{k}_m = {v}" for k, v in zip("xyz", centre, strict=True)]
        + [f"size_{k}_m = {v}" for k, v in zip("xyz", size, strict=True)]
    )
    return f"""
[[element]]
id = "{ident}"
name = "{name}"
owner = "{owner}"
operator = "{operator or owner}"
segment = "{operator or owner}-part"
kind = "{kind}"
launched = "2020-01-01"
joined = "2020-01-01"
mass_kg = {quantity(10_000.0)}
drag_area_m2 = {quantity(20.0)}
place = {{ {places}, {SRC}, confidence = "assumed" }}
habitable = {"true" if kind in ("module", "node") else "false"}
{SRC}
"""


def joint(a: str, b: str, kind: str, ruling: str = "routine") -> str:
    """One joint as TOML."""
    return f"""
[[joint]]
id = "{a}-{b}"
between = ["{a}", "{b}"]
kind = "{kind}"
made = "2020-01-01"
crosses = [{{ what = "structure", {SRC} }}, {{ what = "power", {SRC} }}]
{SRC}
[joint.separation]
ruling = "{ruling}"
reason = "it was made to stay closed {EVIL}"
steps = [{{ kind = "spacewalk", text = "cut the cables {EVIL}", count = {quantity(4.0)}, {SRC} }}]
statements = [{{ who = "A. Speaker", when = "2020-02-03", text = "it cannot be done {EVIL}", {SRC} }}]
"""


def port(ident: str, host: str, direction: tuple[float, ...], fits: str = '["ferry"]') -> str:
    """One port as TOML."""
    return f"""
[[port]]
id = "{ident}"
name = "{ident}"
element = "{host}"
standard = "probe"
fits = {fits}
available_from = "2020-01-01"
direction = {list(direction)}
{SRC}
"""


STATION = (
    f"""
schema = "stationkeeper.station/1"
[station]
id = "outpost"
name = "Outpost {EVIL}"
short = "Outpost"
summary = "made for tests"
covers_from = "2020-01-01"
covers_until = "2021-01-01"
frame_origin = "centre of the core"
main_element = "core"
[[source]]
key = "S1"
title = "A title {EVIL}"
where = "https://example.org/a"
[[source]]
key = "S2"
title = "Not a link"
where = "javascript:alert(1)"
[[partner]]
id = "east"
name = "Eastern Agency"
short = "East"
country = "XE"
colour = "#b03020"
status = [{{ since = "2020-01-01", state = "present", {SRC} }}, {{ since = "2020-03-01", state = "announced", {SRC} }}]
[[partner]]
id = "west"
name = "Western Agency"
short = "West"
country = "XW"
colour = "#103080"
status = [{{ since = "2020-01-01", state = "present", {SRC} }}]
[[segment]]
id = "west-part"
name = "Western part"
short = "WP"
operator = "west"
[[segment]]
id = "east-part"
name = "Eastern part"
short = "EP"
operator = "east"
"""
    + element("core", "Core", "west", "module", (0, 0, 0), (10, 4, 4))
    + element("hub", f"Hub {EVIL}", "west", "node", (-8, 0, 0), (6, 4, 4), "east")
    + element("engine-room", "Engine room", "east", "module", (-17, 0, 0), (12, 4, 4))
    + element("lab", "Laboratory", "west", "module", (0, 5.5, 0), (4, 7, 4))
    + element("closet", "Closet", "west", "module", (0, -3, 0), (2, 2, 2))
    + element("beam", "Main truss", "west", "truss", (0, 0, -4.5), (3, 12, 3))
    + element("sail-1", "Great solar sail 1A", "west", "array", (10, 11, -4.5), (20, 8, 0.3))
    + element("sail-2", "Great solar sail 2A", "west", "array", (10, -11, -4.5), (20, 8, 0.3))
    + joint("engine-room", "hub", "probe")
    + joint("hub", "core", "clamp", "after_steps")
    + joint("core", "lab", "berth")
    + joint("core", "closet", "berth")
    + joint("core", "beam", "bolts")
    + joint("beam", "sail-1", "gimbal")
    + joint("beam", "sail-2", "gimbal")
    + port("front", "core", (1, 0, 0))
    + port("rear", "engine-room", (-1, 0, 0))
    + port("below", "hub", (0, 0, 1))
    + port("closed", "hub", (0, 0, -1), "[]")
    + f"""
[[equipment]]
id = "radio"
name = "Radio {EVIL}"
element = "core"
kind = "radio"
services = [{{ function = "communications", role = "talks", {SRC} }}]
{SRC}
[[vehicle]]
id = "ferry"
name = "Ferry"
owner = "east"
operator = "east"
purpose = "crew"
standards = ["probe"]
seats = 2
mass_kg = {quantity(7_000.0)}
length_m = 7.0
docked_life_day = {quantity(200.0)}
services = [{{ function = "crew_return", role = "carries people home", {SRC} }}]
{SRC}
[[visit]]
id = "ferry-1"
name = "Ferry 1"
vehicle = "ferry"
launched = "2020-01-10"
berths = [{{ port = "front", arrive = "2020-01-11" }}]
{SRC}
[[visit]]
id = "ferry-2"
name = "Ferry 2"
vehicle = "ferry"
launched = "2020-01-12"
berths = [{{ port = "rear", arrive = "2020-01-13", leave = "2020-03-20T06:00Z" }}]
{SRC}
[[person]]
id = "ann"
name = "Ann <b>Ace</b>"
agency = "west"
nationality = "XW"
{SRC}
[[person]]
id = "ben"
name = "Ben Bold"
agency = "east"
nationality = "XE"
{SRC}
[[stay]]
person = "ann"
launched = "2020-01-10"
up = "ferry-1"
aboard_from = "2020-01-11"
seats = [{{ visit = "ferry-1", since = "2020-01-10" }}]
{SRC}
[[stay]]
person = "ben"
launched = "2020-01-12"
up = "ferry-2"
aboard_from = "2020-01-13"
seats = [{{ visit = "ferry-2", since = "2020-01-12" }}]
{SRC}
"""
)

SCENARIO = f"""
schema = "stationkeeper.scenario/1"
id = "parting"
title = "The two parts part {EVIL}"
question = "What if the joint opens? {EVIL}"
summary = "A made-up run. {EVIL}"
station = "station.toml"
start = 2020-02-01T00:00:00Z
end = 2020-04-01T00:00:00Z
[initial]
epoch = 2020-02-01T00:00:00Z
position_km = [6778.0, 0.0, 0.0]
velocity_km_s = [0.0, 4.76, 6.01]
drag_area_m2 = 160.0
drag_coefficient = 2.2
source = ["S2"]
[flight]
density_scale = {{ value = 1.0, low = 0.8, high = 1.2, as_of = "2020-01-01", confidence = "assumed", {SRC} }}
[[event]]
kind = "vehicle_lost"
at = 2020-02-20T10:00:00Z
visit = "ferry-1"
state = "unsafe-for-return"
text = "it leaks {EVIL}"
[[event]]
kind = "detach"
at = 2020-03-10T12:00:00Z
joint = "hub-core"
force = true
note = "as asked {EVIL}"
[[event]]
kind = "detach"
at = 2020-03-11T12:00:00Z
joint = "core-lab"
"""


def circular(start: Epoch, end: Epoch, high_m: float, low_m: float, mass_kg: float) -> Trajectory:
    """A circular orbit of falling radius."""
    t = np.arange(start.tai_us, end.tai_us + 1, 1_200_000_000, dtype=np.int64)
    s = (t - t[0]) / 1e6
    r = 6_378_137.0 + high_m + (low_m - high_m) * s / s[-1]
    rate = np.sqrt(3.986004418e14 / r**3)
    u = np.concatenate([[0.0], np.cumsum(rate[1:] * np.diff(s))])
    tilt = math.radians(51.6)
    p, q = np.array([1.0, 0.0, 0.0]), np.array([0.0, math.cos(tilt), math.sin(tilt)])
    position = r[:, None] * (np.cos(u)[:, None] * p + np.sin(u)[:, None] * q)
    velocity = (r * rate)[:, None] * (-np.sin(u)[:, None] * p + np.cos(u)[:, None] * q)
    return Trajectory.build(t, position, velocity, mass_kg)


def forecast(stack: str, start: Epoch, days: tuple[float, float, float | None]) -> Forecast:
    """A forecast whose middle, early and late date of entry are given; ``None`` for a late end beyond the flight."""
    middle, early, late = days
    spread = (0.9 * early, early, 0.5 * (early + middle), middle, 1.2 * middle, late, late and 1.1 * late)
    heights = tuple(
        Passing(km, tuple(None if d is None else start.plus_days(share * d) for d in spread))
        for km, share in ((330.0, 0.5), (220.0, 0.95), (120.0, 1.0))
    )
    risk = {
        "casualty_expectation": 0.02, "low": 0.005, "high": 0.08, "members": 200, "rule": 1e-4, "against_rule": "above",
        "probability_of_one": 0.019, "extrapolation": True, "statement": f"about one in fifty {EVIL}", "individual": 2.5e-12,
        "contributions": [{"what": "casualty area: heating", "share_of_variance": 0.7}, {"what": "people", "share_of_variance": 0.3}],
        "pieces": {"surviving_mass_share": [0.1, 0.2, 0.4], "count": [1.0, 2.0, 3.0], "start_kg": 270e3, "statement": "a fifth lands"},
    }  # fmt: skip
    track = Track(
        "track of the middle case",
        tuple(start.plus_days(middle + k / 1440) for k in range(3)),
        (1.0, 2.0, 3.0),
        (179.0, -179.0, -177.0),
    )
    down = ComingDown(
        f"{stack} {EVIL}", start, start.plus_days(2_000.0), 200, 0 if late else 20, 51.6, 80e3, 395.0, (-51.8, 51.8), heights, (7.8, 7.83, 7.85),
        (-0.2, -0.1, -0.08), ("nrlmsis21", 1.11), track, (Band(-52.0, 0.0, 0.5, 0.45, 0.55), Band(0.0, 52.0, 0.5, 0.45, 0.55)), (5.0, 30.0),
        "by formula", (Place("Pacific Ocean", "ocean", 0.7, 0.65, 0.75, -1), Place(f"Land {EVIL}", "country", 0.3, 0.25, 0.35, -1)), "by formula",
        risk, (("the Sun", 0.6), ("its drag", 0.4)), ("density from 0.8 to 1.2",), (f"a note {EVIL}",), {"members": 200},
    )  # fmt: skip
    return Forecast(stack, down, "made for tests")


@pytest.fixture(scope="session")
def outpost_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the small station and of its scenario; gives that of the scenario."""
    folder = tmp_path_factory.mktemp("outpost")
    (folder / "station.toml").write_text(STATION, encoding="utf-8")
    (folder / "scenario.toml").write_text(SCENARIO, encoding="utf-8")
    return folder / "scenario.toml"


@pytest.fixture(scope="session")
def outpost(outpost_path: Path) -> Station:
    """The small station."""
    return load_station(str(outpost_path.parent / "station.toml"))


@pytest.fixture(scope="session")
def parting(outpost: Station, outpost_path: Path) -> Result:
    """A run over it in which a joint is forced open, a vehicle leaks, and one event does not happen."""
    scenario = read_scenario(outpost_path)
    log = rehearse(scenario, outpost)
    cut = next(h for h in log if h.outcome.separation)
    push = Push("ferry-2", f"Ferry 2 {EVIL}", "east", 3_000.0, 300.0, 0.8, "raise")
    burn = FlownBurn(scenario.start.plus_days(10), "station", push, 600.0, 25.0, 400e3, 401e3)
    flown = [
        Flown(
            "station",
            "Outpost",
            circular(scenario.start, cut.at, 401e3, 399e3, 87e3),
            (burn,),
            None,
            {"drag": True, "step": {"s": 5.0}},
        )
    ]
    parts = cut.after.stacks()
    flown += [
        Flown(
            s.id, s.name, circular(cut.at, scenario.end, 399e3, 395e3, s.mass_kg), (), None, {"legs": [{"from": "a"}]}
        )
        for s in parts
    ]
    forecasts = (
        forecast(parts[0].id, scenario.end, (300.0, 200.0, 450.0)),
        forecast(parts[1].id, scenario.end, (900.0, 700.0, None)),
    )
    start = initial_configuration(scenario, outpost)
    record = Record(start, tuple(log), (), tuple(flown), forecasts, ("a note",), SpaceWeather.fixed(f107=100.0, ap=5.0))
    manifest = {
        "run": "parting-0123456789ab",
        "versions": {"stationkeeper": "9.9"},
        "inputs": {"scenario.toml": "ab" * 32},
        "environment": {"space_weather": {"source": "fixed", "last_observed": "", "end": None, "ratio": float("nan")}},
    }
    return conclude(scenario, outpost, outpost_path, record, manifest)
