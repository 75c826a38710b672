"""The plan of a deorbit as a file: the station, the vehicles and their engines, the burns, the corridor, the crew.

:func:`load_plan` reads it; :mod:`stationkeeper.reentry.deorbit` flies it. Everything that is wrong with a file is said at
once, each with its line. Units are those of the keys: km and degrees here, SI inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_FLATTENING
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, Problem, Refused, nearest
from stationkeeper.core.files import named_file, read_text
from stationkeeper.core.model import Identifier, Line, Model, Positive, UtcTime
from stationkeeper.core.ranges import Range
from stationkeeper.core.toml import with_lines
from stationkeeper.core.validation import read_model
from stationkeeper.environment.density_error import QUIET_SIGMA
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.case import WeatherTable
from stationkeeper.flight.engines.sgp4 import MeanElements, osculating_state
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.pieces import Piece, pieces_of, pieces_of_body
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

FOLDER = Path(__file__).resolve().parent.parent / "data" / "deorbits"
_REV_DAY = math.tau / 86_400.0
PARTS_APART = 0.2
"""How far the mass of the parts may lie outside the range of the plan's mass: more is a slip of the pen or another body."""
FIRM_M_S2, SOFT_M_S2 = 1.0, 0.1
"""Acceleration by a burn above which it is refused, and noted (both assumed): Mir was brought down with 0.02 m/s2."""
Degrees = Annotated[float, Field(ge=-360, le=360)]
Sources = Annotated[
    list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=10, description="keys of [[source]]")
]


class CircularStart(Model):
    """A circle of mean elements: the hold orbit of a plan."""

    epoch: UtcTime
    altitude_km: float = Field(ge=150, le=1_000, description="mean semi-major axis less 6,378.137 km")
    inclination_deg: float = Field(gt=0, lt=180, description="to the true equator of date")
    raan_deg: Degrees = 0.0
    argument_of_latitude_deg: Degrees = 0.0
    source: Sources


class ElementsStart(Model):
    """One SGP4 element set, figure by figure (TEME, WGS 72)."""

    epoch: UtcTime
    inclination_deg: float = Field(gt=0, lt=180)
    raan_deg: Degrees
    eccentricity: float = Field(ge=0, lt=0.1)
    argument_of_perigee_deg: Degrees
    mean_anomaly_deg: Degrees
    mean_motion_rev_day: float = Field(gt=10, lt=17)
    bstar_1_re: float = Field(default=0.0, ge=-1, le=1)
    source: Sources


class PartsTable(Model):
    """What breaks up: a station on a day (its heaviest stack), or a packaged body that came down, such as ``mir``."""

    station: str | None = Field(default=None, max_length=500, description="a packaged station, or the path of one")
    on: UtcTime | None = None
    body: Identifier | None = None
    note: str = Field(default="", max_length=200, description="how the parts differ from what is flown")

    @model_validator(mode="after")
    def _one(self) -> PartsTable:
        if (self.station is None) != (self.on is None) or (self.station is None) == (self.body is None):
            raise Refused("neither or a mixture", "station with on, or body alone", key="station")
        return self


class StationTable(Model):
    """Mass and drag of the whole stack at the start, and the parts into which it breaks."""

    mass_kg: Positive
    cdam_m2_kg: Positive
    density_model: Literal["nrlmsise00"] = "nrlmsise00"
    parts: PartsTable


class DispersionTable(Model):
    """What the members of the footprint differ by, each one standard deviation; what the break-up draws comes on top."""

    members: int = Field(default=300, ge=20, le=2_000)
    last_burn_percent: float = Field(
        default=1.0, ge=0, le=10, description="thrust of the last burn, its length kept; the default is assumed"
    )
    density_percent: float = Field(
        default=100.0 * QUIET_SIGMA, ge=0, le=50, description="air from the last ignition to 120 km; the default as environment/density_error.py measured it"
    )  # fmt: skip


class EngineTable(Model):
    """A group of engines that burn together."""

    id: Identifier
    name: Line
    thrust_n: Positive
    specific_impulse_s: Positive


class VehicleTable(Model):
    """A vehicle with its propellant and engines."""

    id: Identifier
    name: Line
    propellant_kg: Positive = Field(description="usable for this plan at its start")
    engine: list[EngineTable] = Field(min_length=1, max_length=10)


class BurnTable(Model):
    """A retrograde burn: when, by which engines, and how much.

    When: ``start``, or the first time ``after_hours`` from the cut-off before (or the start of the plan) at which the middle
    of the burn lies at ``argument_of_latitude_deg``. How much: one of ``delta_v_m_s``, ``duration_s``, ``perigee_km``,
    ``apogee_km`` (of the mean ellipse at cut-off, above 6,378.137 km); or ``delta_v_m_s`` and ``duration_s`` of a burn that
    was flown, and the thrust follows from them.
    """

    label: Line
    by: list[Annotated[str, Field(max_length=130)]] = Field(min_length=1, max_length=20, description="vehicle/engine")
    start: UtcTime | None = None
    argument_of_latitude_deg: Degrees | None = None
    after_hours: float = Field(default=0.0, ge=0, le=240)
    delta_v_m_s: float | None = Field(default=None, gt=0, lt=500)
    duration_s: float | None = Field(default=None, gt=0, lt=20_000)
    perigee_km: float | None = Field(default=None, ge=-500, le=1_000)
    apogee_km: float | None = Field(default=None, ge=0, le=1_000)
    source: Sources

    @model_validator(mode="after")
    def _one_of_each(self) -> BurnTable:
        if (self.start is None) == (self.argument_of_latitude_deg is None):
            raise Refused("both or neither", "start, or argument_of_latitude_deg", key="start")
        keys = ("delta_v_m_s", "duration_s", "perigee_km", "apogee_km")
        given = [k for k in keys if getattr(self, k) is not None]
        if len(given) != 1 and given != ["delta_v_m_s", "duration_s"]:
            expected = f"one of {', '.join(keys)}; or delta_v_m_s with duration_s"
            raise Refused(" and ".join(given) or "none", expected, key="delta_v_m_s")
        return self


class CorridorTable(Model):
    """A box of the ocean, from its west edge eastward to its east edge, and where the middle of the pieces is wanted."""

    name: Line
    south_deg: float = Field(ge=-90, le=90)
    north_deg: float = Field(ge=-90, le=90)
    west_deg: float = Field(ge=-180, le=180)
    east_deg: float = Field(ge=-180, le=180)
    aim_argument_of_latitude_deg: Degrees | None = Field(
        default=None, description="of the middle of the pieces; left out: the last burn stays where it is"
    )
    aim_longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    window_hours: float = Field(default=30.0, ge=0, le=72, description="how long the last burn may wait")
    source: Sources
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _whole(self) -> CorridorTable:
        if self.south_deg >= self.north_deg:
            raise Refused(f"{self.south_deg:g} to {self.north_deg:g}", "south below north", key="south_deg")
        if (self.aim_argument_of_latitude_deg is None) != (self.aim_longitude_deg is None):
            raise Refused("one of the two", "both aim_argument_of_latitude_deg and aim_longitude_deg, or neither")
        return self

    def holds(self, latitude_rad: ArrayLike, longitude_rad: ArrayLike) -> NDArray[np.bool_]:
        """Whether places lie in the box, in the shape of the arrays."""
        latitude, longitude = np.degrees(latitude_rad), np.degrees(longitude_rad)
        width = (self.east_deg - self.west_deg) % 360.0 or 360.0
        across = (latitude >= self.south_deg) & (latitude <= self.north_deg)
        return np.asarray(across & ((longitude - self.west_deg) % 360.0 <= width))


class CrewTable(Model):
    """When the last crew leaves: at which height of the free decay, from which height and day it is reckoned."""

    from_: UtcTime = Field(alias="from")
    from_km: float = Field(ge=200, le=600, description="mean altitude then")
    leave_km: float = Field(ge=150, le=600, description="mean altitude at which the plan has the crew leave")
    no_control_km: float = Field(
        default=220.0, ge=150, le=600, description="below it thrusters alone hold the attitude"
    )
    drag_factor: float = Field(default=1.0, gt=0, lt=10, description="on the plan's drag, for the months of that decay")
    drag_factor_low: float = Field(default=0.7, gt=0, lt=10)
    drag_factor_high: float = Field(default=1.4, gt=0, lt=10)
    source: Sources
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _falling(self) -> CrewTable:
        if not self.from_km > self.leave_km >= self.no_control_km:
            raise Refused(
                f"{self.from_km:g}, {self.leave_km:g}, {self.no_control_km:g}", "falling heights", key="leave_km"
            )
        if not self.drag_factor_low <= self.drag_factor <= self.drag_factor_high:
            found = f"{self.drag_factor_low:g}, {self.drag_factor:g}, {self.drag_factor_high:g}"
            raise Refused(found, "low, best and high in this order", key="drag_factor")
        return self


class SourceTable(Model):
    """Where a figure comes from."""

    key: str = Field(max_length=40)
    title: str = Field(max_length=300)
    publisher: str = Field(default="", max_length=200)
    where: str = Field(default="", max_length=300)


class PublishedTable(Model):
    """What was published on this deorbit: printed beside the result, and used for nothing."""

    what: Line
    value: Line
    latitude_deg: float | None = Field(
        default=None, ge=-90, le=90, description="of a place: its distance from the middle of the pieces is given"
    )
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)
    source: Sources

    @model_validator(mode="after")
    def _place(self) -> PublishedTable:
        if (self.latitude_deg is None) != (self.longitude_deg is None):
            raise Refused("one of the two", "both latitude_deg and longitude_deg, or neither", key="latitude_deg")
        return self


class PlanFile(Model):
    """A plan of a deorbit."""

    schema_: Literal["stationkeeper.deorbit/1"] = Field(alias="schema")
    name: Line
    note: str = Field(default="", max_length=2_000)
    orbit: CircularStart | None = None
    elements: ElementsStart | None = None
    station: StationTable
    weather: WeatherTable = Field(default_factory=WeatherTable)
    vehicle: list[VehicleTable] = Field(min_length=1, max_length=20)
    burn: list[BurnTable] = Field(min_length=1, max_length=20)
    corridor: CorridorTable
    dispersion: DispersionTable = Field(default_factory=DispersionTable)
    crew: CrewTable | None = None
    published: list[PublishedTable] = Field(default_factory=list, max_length=10)
    source: list[SourceTable] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_start(self) -> PlanFile:
        if (self.orbit is None) == (self.elements is None):
            raise Refused("both or neither", "one of [orbit] and [elements]", key="orbit")
        return self


@dataclass(frozen=True)
class Plan:
    """A checked plan, and the file it came from."""

    file: PlanFile
    path: Path

    @property
    def epoch(self) -> Epoch:
        """Start of the plan."""
        start = self.file.orbit or self.file.elements
        assert start is not None  # noqa: S101 - one of the two
        return start.epoch

    def state(self) -> StateVector:
        """The start as an osculating state, GCRF."""
        c, e = self.file.orbit, self.file.elements
        if c is not None:
            angles = (math.radians(x) for x in (c.inclination_deg, c.raan_deg, c.argument_of_latitude_deg))
            i, node, u = angles
            return MeanOrbit(c.epoch, EARTH_EQUATORIAL_RADIUS_M + 1e3 * c.altitude_km, 0.0, 0.0, i, node, u).to_state()
        assert e is not None  # noqa: S101 - one of the two
        elements = MeanElements(
            self.file.name, 0, "", e.epoch, e.mean_motion_rev_day * _REV_DAY, e.eccentricity, math.radians(e.inclination_deg),
            math.radians(e.raan_deg), math.radians(e.argument_of_perigee_deg), math.radians(e.mean_anomaly_deg), e.bstar_1_re,
        )  # fmt: skip
        return osculating_state(elements, e.epoch)

    def weather(self) -> SpaceWeather:
        """The table that ``feed`` names."""
        return self.file.weather.table(self.epoch)

    def parts(self) -> tuple[tuple[Piece, ...], float]:
        """The pieces into which it breaks, and their mass in kg."""
        of = self.file.station.parts
        if of.body is not None:
            pieces = pieces_of_body(of.body)
            return pieces, math.fsum({p.parent: p.parent_kg.best for p in pieces}.values())
        assert of.station is not None and of.on is not None  # noqa: S101 - the body's other way
        stacks = configuration_at(load_station(of.station), of.on).stacks()
        if not stacks:
            expected = "a date on which some of the station is in orbit"
            raise InputError.one(of.station, "on", f"{of.on.date}, when nothing of it is there", expected)
        stack = max(stacks, key=lambda s: s.mass_kg)
        return pieces_of(stack), stack.mass_kg

    def refusal(self, key: str, found: str, expected: str, remedy: str = "") -> InputError:
        """What is wrong with a key of the file, with its line."""
        problem = Problem(str(self.path), key, found, expected, remedy)
        return InputError(with_lines([problem], read_text(self.path)))

    def key_of(self, burn: BurnTable) -> str:
        """The key of a burn."""
        return f"burn[{next(k for k, b in enumerate(self.file.burn) if b is burn)}]"

    def acceleration_m_s2(self, burn: BurnTable) -> float:
        """Of the whole stack at its best mass, by all engines of a burn, or by what it was flown with."""
        if burn.delta_v_m_s is not None and burn.duration_s is not None:
            return burn.delta_v_m_s / burn.duration_s
        return math.fsum(e.thrust_n.best for _, e in self.engines(burn)) / self.file.station.mass_kg.best

    def engines(self, burn: BurnTable) -> tuple[tuple[VehicleTable, EngineTable], ...]:
        """The vehicles and engines of a burn."""
        known = {f"{v.id}/{e.id}": (v, e) for v in self.file.vehicle for e in v.engine}
        return tuple(known[name] for name in burn.by)


def packaged_plans() -> list[str]:
    """Names of the plans inside the package."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def plan_path(name: str | Path) -> Path:
    """The file of a plan given by name or path. Raises InputError for an unknown name."""
    return named_file(name, FOLDER, packaged_plans(), "deorbit", "a plan")


def _problems(plan: Plan) -> list[Problem]:
    """What the model alone cannot see: names that lead nowhere, burns out of order."""
    f, where, out = plan.file, str(plan.path), list[Problem]()
    known = [f"{v.id}/{e.id}" for v in f.vehicle for e in v.engine]
    for name in sorted({n for n in known if known.count(n) > 1}):
        out.append(Problem(where, "vehicle", f"'{name}' twice", "every vehicle and engine once"))
    before = plan.epoch
    for k, b in enumerate(f.burn):
        for name in b.by:
            if name not in known:
                out.append(
                    Problem(where, f"burn[{k}].by", f"'{name}'", f"one of {', '.join(known)}", nearest(name, known))
                )
        if len(set(b.by)) < len(b.by):
            out.append(Problem(where, f"burn[{k}].by", "an engine twice", "every engine once"))
        if b.start is not None:
            if b.start <= before:
                out.append(Problem(where, f"burn[{k}].start", str(b.start), f"a time after {before}"))
            before = b.start
    named = [s.key for s in f.source]
    out += [
        Problem(where, "source", f"'{s}' twice", "every source once") for s in sorted(set(named)) if named.count(s) > 1
    ]
    for key, cited in _cited(f):
        for s in sorted(set(cited) - set(named)):
            out.append(Problem(where, key, f"'{s}'", f"one of {', '.join(named)}", "Add a [[source]] with this key."))
    if f.corridor.aim_longitude_deg is not None and f.burn[-1].argument_of_latitude_deg is None:
        expected = "argument_of_latitude_deg instead, because the corridor has an aim"
        out.append(Problem(where, f"burn[{len(f.burn) - 1}].start", str(f.burn[-1].start), expected))
    return out + _aim_problems(f, where)


def _aim_problems(f: PlanFile, where: str) -> list[Problem]:
    """An aim that lies outside its own corridor."""
    c, start = f.corridor, f.orbit or f.elements
    if c.aim_argument_of_latitude_deg is None or c.aim_longitude_deg is None or start is None:
        return []
    sine = math.sin(math.radians(start.inclination_deg)) * math.sin(math.radians(c.aim_argument_of_latitude_deg))
    latitude = math.atan(math.tan(math.asin(sine)) / (1.0 - EARTH_FLATTENING) ** 2)
    if c.holds(latitude, math.radians(c.aim_longitude_deg)):
        return []
    across = c.south_deg <= math.degrees(latitude) <= c.north_deg
    return [
        Problem(
            where, "corridor.aim_longitude_deg" if across else "corridor.aim_argument_of_latitude_deg",
            f"an aim at {math.degrees(latitude):.1f}, {c.aim_longitude_deg:g} (latitude, longitude in degrees)",
            f"an aim inside the corridor: {c.south_deg:g} to {c.north_deg:g}, from {c.west_deg:g} eastward to {c.east_deg:g}",
        )
    ]  # fmt: skip


def _push_problems(plan: Plan) -> list[Problem]:
    """Burns that push as no station can be pushed."""
    out = []
    for k, b in enumerate(plan.file.burn):
        push = plan.acceleration_m_s2(b)
        if push > FIRM_M_S2:
            mass = plan.file.station.mass_kg.best
            out.append(
                Problem(
                    str(plan.path), f"burn[{k}].by", f"{push:,.1f} m/s2 for {mass:,.0f} kg", f"at most {FIRM_M_S2:g} m/s2 (Mir: 0.02)",
                    "Check the thrust of its engines in N, and the mass in kg.",
                )
            )  # fmt: skip
    return out


def _mass_problems(plan: Plan, parts_kg: float) -> list[Problem]:
    """A plan that flies another body than the one that breaks up."""
    mass, of = Range.of(plan.file.station.mass_kg), plan.file.station.parts
    if (1.0 - PARTS_APART) * mass.low <= parts_kg <= (1.0 + PARTS_APART) * mass.high:
        return []
    what = f"'{of.body}'" if of.on is None else f"'{of.station}' on {of.on.date}"
    remedy = "Write kg, not t." if 500.0 < parts_kg / mass.best < 2_000.0 else "Give the mass of what breaks up."
    expected = f"a range that comes within {100.0 * PARTS_APART:.0f} % of the parts' {parts_kg:,.0f} kg ({what})"
    return [
        Problem(
            str(plan.path), "station.mass_kg", f"{mass.best:,.0f} kg ({mass.low:,.0f} to {mass.high:,.0f})", expected, remedy
        )
    ]  # fmt: skip


def _cited(f: PlanFile) -> list[tuple[str, list[str]]]:
    """What cites, and which sources."""
    start = "orbit" if f.orbit else "elements"
    out = [(f"{start}.source", (f.orbit or f.elements).source), ("corridor.source", f.corridor.source)]  # type: ignore[union-attr]
    out += [("crew.source", f.crew.source)] if f.crew else []
    out += [(f"published[{k}].source", p.source) for k, p in enumerate(f.published)]
    out += [(f"burn[{k}].source", b.source) for k, b in enumerate(f.burn)]
    out += [("station.mass_kg", f.station.mass_kg.source), ("station.cdam_m2_kg", f.station.cdam_m2_kg.source)]
    for k, v in enumerate(f.vehicle):
        out.append((f"vehicle[{k}].propellant_kg", v.propellant_kg.source))
        for j, e in enumerate(v.engine):
            at = f"vehicle[{k}].engine[{j}]"
            out += [(f"{at}.thrust_n", e.thrust_n.source), (f"{at}.specific_impulse_s", e.specific_impulse_s.source)]
    return out


def load_plan(name: str | Path) -> Plan:
    """A plan by name or path, with its parts made once, so that what is wrong is said before anything is flown.

    Raises
    ------
    InputError
        With every problem found, and the lines.
    """
    path = plan_path(name)
    plan = Plan(read_model(path, PlanFile), path)
    found = _problems(plan)
    made = (
        ("orbit" if plan.file.orbit else "elements", plan.state), ("weather.feed", plan.weather), ("station.parts", plan.parts),
    )  # fmt: skip
    for key, part in made:
        try:
            part()
        except InputError as e:
            found += [Problem(str(path), key, f"{p.key} {p.found}".strip(), p.expected, p.remedy) for p in e.problems]
        except DataAgeError as e:
            found.append(Problem(str(path), key, "a date that the data do not reach", "one that they do", str(e)))
    if not found:
        found = _mass_problems(plan, plan.parts()[1]) or _push_problems(plan)
    if found:
        raise InputError(with_lines(found, read_text(path)))
    return plan


__all__ = ["Plan", "PlanFile", "load_plan", "packaged_plans", "plan_path"]
