"""The case file: one body, its start, its forces, its burns and how they are computed, without a station.

:func:`load_case` reads it; ``stationkeeper propagate`` flies it. Everything that is wrong with a file is said at once, each
with its line. Units are those of the keys: km, km/s and degrees here, SI inside.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem, Refused
from stationkeeper.core.files import named_file, read_text
from stationkeeper.core.frames import eme2000_to_gcrf, itrf_to_gcrf_state, teme_to_gcrf
from stationkeeper.core.model import Line, Model, Triple, UtcTime, like
from stationkeeper.core.toml import with_lines
from stationkeeper.core.validation import read_model
from stationkeeper.environment.outlook import as_known_on, continued
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import PROGRADE, FiniteBurn
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.events import (
    AltitudeCrossing,
    Apsis,
    Event,
    MeanAltitudeReached,
    NodeCrossing,
    OsculatingAltitudeReached,
    Shadow,
)
from stationkeeper.flight.state import StateVector

if TYPE_CHECKING:
    from stationkeeper.flight.engines.numerical import Forces

FOLDER = Path(__file__).resolve().parent.parent / "data" / "cases"
MAX_STEPS = 10_000
FEEDS = "observed, as-known-on=2022-03-07 (or =start), fixed=F107,AP or msfc=2022-02[,PERCENTILE]"
Feed = Annotated[
    str,
    like(
        r"observed|as-known-on=(start|\d{4}-\d{2}-\d{2})|fixed=\d+(\.\d*)?,\s*\d+(\.\d*)?|msfc=\d{4}-\d{2}(,\s*(5|50|95))?",
        FEEDS,
    ),
]
_SENSE: dict[str, Literal[-1, 0, 1]] = {"rising": 1, "falling": -1, "both": 0}


class StartState(Model):
    """Osculating position and velocity at an instant."""

    epoch: UtcTime
    frame: Literal["GCRF", "EME2000", "ITRF", "TEME"] = Field(
        default="GCRF", description="ITRF: velocity relative to the turning Earth; TEME: of the epoch"
    )
    position_km: Triple
    velocity_km_s: Triple


class CircularOrbit(Model):
    """A start with circular speed, instead of position and velocity."""

    epoch: UtcTime
    altitude_km: float = Field(ge=100, le=40_000, description="above 6,378.137 km, osculating")
    inclination_deg: float = Field(ge=0, le=180, description="to the equator of GCRF")
    raan_deg: float = Field(default=0.0, ge=-360, le=360)
    argument_of_latitude_deg: float = Field(default=0.0, ge=-360, le=360)


class DragChange(Model):
    """Another drag from a time on: another attitude, arrays turned, tumbling."""

    from_: UtcTime = Field(alias="from")
    factor: float = Field(ge=0, le=100, description="on the drag of the start")
    why: Line


class BodyTable(Model):
    """Mass, and how air and sunlight push."""

    mass_kg: float = Field(gt=0, lt=1e8)
    drag_area_m2: float | None = Field(default=None, ge=0, lt=1e6)
    drag_coefficient: float | None = Field(default=None, gt=0, lt=20)
    cdam_m2_kg: float | None = Field(
        default=None, ge=0, lt=100, description="Cd * A / m at mass_kg, instead of area and coefficient"
    )
    density_scale: float = Field(default=1.0, gt=0, lt=100, description="factor on the density of the model")
    density_model: Line | None = Field(
        default=None, description="the model that the drag was fitted with; a flight with another is refused"
    )
    radiation_area_m2: float = Field(default=0.0, ge=0, lt=1e6)
    radiation_coefficient: float = Field(default=1.5, ge=0, lt=10)
    drag_changes: list[DragChange] = Field(default_factory=list, max_length=MAX_STEPS)

    @model_validator(mode="after")
    def _one_drag(self) -> BodyTable:
        given = [k for k in ("drag_area_m2", "drag_coefficient") if getattr(self, k) is not None]
        if (self.cdam_m2_kg is None) == (len(given) == 0) or len(given) == 1:
            found = " and ".join([*given, *(["cdam_m2_kg"] if self.cdam_m2_kg is not None else [])]) or "neither"
            raise Refused(found, "drag_area_m2 with drag_coefficient, or cdam_m2_kg alone")
        return self


class ForcesTable(Model):
    """Which forces act."""

    gravity_degree: int = Field(default=36, ge=0, le=70, description="0: a point mass; 1 is refused")
    gravity_order: int | None = Field(default=None, ge=0, le=70, description="left out: the same as the degree")
    gravity_field: Literal["egm2008", "egm96", "jgm3", "jgm2"] = "egm2008"
    sun: bool = True
    moon: bool = True
    tides: bool = Field(default=True, description="solid Earth tides, IERS 2010 step 1")
    relativity: bool = True
    drag: bool = True
    radiation_pressure: bool = False
    density: Line = Field(default="nrlmsise00", description="the numerical engine has nrlmsise00 alone")


class WeatherTable(Model):
    """Solar and geomagnetic activity."""

    feed: Feed = Field(default="observed", description=f"{FEEDS}; observed goes on with the newest bulletin")

    def table(self, start: Epoch) -> SpaceWeather:
        """The table that ``feed`` names, for a flight from ``start`` on."""
        word, _, rest = self.feed.partition("=")
        if word == "observed":
            return continued()
        if word == "as-known-on":
            return as_known_on(start if rest == "start" else Epoch.parse(f"{rest}T12:00:00Z"))
        first, _, second = (p.strip() for p in rest.partition(","))
        if word == "fixed":
            return SpaceWeather.fixed(float(first), float(second))
        return SpaceWeather.msfc(first, int(second or 50))  # type: ignore[arg-type]


class BurnTable(Model):
    """A finite burn."""

    start: UtcTime
    duration_s: float | None = Field(default=None, gt=0)
    delta_v_m_s: float | None = Field(default=None, gt=0, description="instead of the duration, or of the thrust")
    thrust_n: float | None = Field(default=None, gt=0, description="sum of the engines")
    specific_impulse_s: float = Field(gt=0, lt=100_000)
    direction: Literal["prograde", "retrograde"] | Triple = Field(
        default="prograde", description="of the push on the body: along or against the velocity, or three components"
    )
    frame: Literal["NTW", "RTN", "GCRF"] = Field(default="NTW", description="of the three components")
    label: str = Field(default="", max_length=80)

    @model_validator(mode="after")
    def _two_of_three(self) -> BurnTable:
        given = [k for k in ("duration_s", "delta_v_m_s", "thrust_n") if getattr(self, k) is not None]
        if len(given) != 2:
            raise Refused(" and ".join(given) or "none", "exactly two of duration_s, delta_v_m_s and thrust_n")
        return self


class EventTable(Model):
    """Something to look for on the flown path."""

    kind: Literal["altitude", "mean-altitude", "osculating-altitude", "umbra", "penumbra", "node", "apsis"]
    altitude_km: float | None = Field(default=None, ge=0, le=100_000, description="for the three altitudes")
    direction: Literal["rising", "falling", "both"] = Field(
        default="both", description="rising: up, into the shadow, northward, at perigee"
    )
    stop: bool = Field(default=False, description="the first one ends the flight, also inside a burn")

    @model_validator(mode="after")
    def _altitude(self) -> EventTable:
        if ("altitude" in self.kind) != (self.altitude_km is not None):
            found = "no altitude_km" if self.altitude_km is None else "altitude_km"
            raise Refused(f"{found} with kind = '{self.kind}'", "altitude_km with the three altitudes, and only there")
        return self


class EngineTable(Model):
    """How it is computed."""

    name: Literal["numerical", "averaged"] = "numerical"
    method: Literal["auto", "precise", "fast"] = Field(
        default="auto", description="precise: Runge-Kutta; fast: Gauss-Jackson; auto: by the length of each leg"
    )
    tolerance: float = Field(default=1e-12, ge=1e-14, le=1e-6, description="relative error of a Runge-Kutta step")
    output_step_s: float = Field(default=60.0, ge=1, le=86_400)
    floor_km: float = Field(default=120.0, ge=80, le=1_000, description="geodetic height at which the flight ends")


class CaseFile(Model):
    """A body, its start, its forces, its burns."""

    schema_: Literal["stationkeeper.case/1"] = Field(alias="schema")
    name: Line
    object_id: Annotated[str, like(r"[A-Za-z0-9-]{1,40}", "a designator such as 1998-067-A")] = "0000-000-A"
    source: list[Line] = Field(default_factory=list, description="where the numbers come from")
    state: StartState | None = None
    orbit: CircularOrbit | None = None
    body: BodyTable
    forces: ForcesTable = ForcesTable()
    weather: WeatherTable = WeatherTable()
    burns: list[BurnTable] = Field(default_factory=list, max_length=1_000)
    events: list[EventTable] = Field(default_factory=list, max_length=100)
    engine: EngineTable = EngineTable()

    @model_validator(mode="after")
    def _one_start(self) -> CaseFile:
        if (self.state is None) == (self.orbit is None):
            raise Refused("both" if self.state else "neither", "one of the tables [state] and [orbit]")
        if sum(e.stop for e in self.events) > 1:
            raise Refused("several events with stop = true", "one of them at most", "", "events")
        return self


@dataclass(frozen=True, eq=False)
class Case:
    """A case as read: its file, and what the engines ask for."""

    file: CaseFile
    path: Path

    @property
    def name(self) -> str:
        """Its title."""
        return self.file.name

    @property
    def engine(self) -> EngineTable:
        """How it is to be computed."""
        return self.file.engine

    @property
    def epoch(self) -> Epoch:
        """The start."""
        start = self.file.state or self.file.orbit
        assert start is not None  # noqa: S101 - the schema wants one of the two
        return start.epoch

    def state(self) -> StateVector:
        """The start state, GCRF."""
        o, s = self.file.orbit, self.file.state
        if o is not None:
            angles = (math.radians(x) for x in (o.inclination_deg, o.raan_deg, o.argument_of_latitude_deg))
            return StateVector.circular(o.epoch, o.altitude_km * 1e3, *angles)
        assert s is not None  # noqa: S101
        r, v = ([x * 1e3 for x in a] for a in (s.position_km, s.velocity_km_s))
        if s.frame == "EME2000":
            return StateVector(s.epoch, eme2000_to_gcrf(r)[0], eme2000_to_gcrf(v)[0])
        if s.frame in ("ITRF", "TEME"):
            turn = itrf_to_gcrf_state if s.frame == "ITRF" else teme_to_gcrf
            position, velocity = turn(s.epoch, r, v)
            return StateVector(s.epoch, position[0], velocity[0])
        return StateVector(s.epoch, r, v)  # type: ignore[arg-type]

    def body(self) -> Body:
        """Mass, drag and radiation pressure at the start."""
        b = self.file.body
        area, coefficient = b.drag_area_m2, b.drag_coefficient
        if area is None or coefficient is None:
            area, coefficient = (b.cdam_m2_kg or 0.0) * b.mass_kg, 1.0
        return Body(
            b.mass_kg, area, coefficient, b.density_scale, b.radiation_area_m2, b.radiation_coefficient, b.density_model
        )

    def drag_profile(self) -> DragProfile | None:
        """The changes of the drag, or None."""
        changes = self.file.body.drag_changes
        if not changes:
            return None
        return DragProfile.steps([c.from_ for c in changes], [c.factor for c in changes], tuple(c.why for c in changes))

    def forces(self) -> Forces:
        """Which forces act."""
        from stationkeeper.flight.engines.numerical import Forces

        f = self.file.forces.model_dump()
        return Forces(density_model=f.pop("density"), **f)

    def burns(self) -> tuple[FiniteBurn, ...]:
        """The burns in order of time; each delta-v is turned into thrust or duration with the mass left by those before."""
        mass_kg = self.file.body.mass_kg
        out = []
        for k, b in sorted(enumerate(self.file.burns), key=lambda x: x[1].start):
            label = b.label or f"burns[{k}]"
            sign = -1 if b.direction == "retrograde" else 1
            direction = PROGRADE if isinstance(b.direction, str) else b.direction
            if b.delta_v_m_s is None:
                assert b.duration_s is not None and b.thrust_n is not None  # noqa: S101 - two of three
                burn = FiniteBurn(
                    b.start, b.duration_s, b.thrust_n, b.specific_impulse_s, sign, label, "", direction, b.frame
                )
            else:
                burn = FiniteBurn.from_delta_v(
                    b.start, sign * b.delta_v_m_s, mass_kg, b.specific_impulse_s, thrust_n=b.thrust_n,
                    duration_s=b.duration_s, label=label, direction=direction, frame=b.frame,
                )  # fmt: skip
            burn.delta_v_m_s(mass_kg)
            mass_kg -= burn.propellant_kg
            out.append(burn)
        return tuple(out)

    def weather(self) -> SpaceWeather:
        """The table that ``feed`` names."""
        return self.file.weather.table(self.epoch)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """What is to be looked for."""
        return tuple(_event(e) for e in self.file.events)

    @property
    def stop_at(self) -> Event | None:
        """The event that ends the flight, or None."""
        return next((e for e, t in zip(self.events, self.file.events, strict=True) if t.stop), None)

    def fly_options(self) -> dict[str, Any]:
        """The keyword arguments of the numerical engine's ``fly`` that the case sets, but for the weather and the burns."""
        e = self.engine
        return {
            "forces": self.forces(),
            "output_step_s": e.output_step_s,
            "floor_m": e.floor_km * 1e3,
            "method": e.method,
            "tolerance": e.tolerance,
            "drag_profile": self.drag_profile(),
            "events": self.events,
            "stop_at": self.stop_at,
        }


def _event(e: EventTable) -> Event:
    sense = _SENSE[e.direction]
    if e.kind in ("umbra", "penumbra"):
        return Shadow(e.kind, sense)
    if e.kind in ("node", "apsis"):
        return (NodeCrossing if e.kind == "node" else Apsis)(sense)
    altitude_m = (e.altitude_km or 0.0) * 1e3
    if e.kind == "altitude":
        return AltitudeCrossing(altitude_m, sense)
    return (MeanAltitudeReached if e.kind == "mean-altitude" else OsculatingAltitudeReached)(altitude_m, sense)


def packaged_cases() -> list[str]:
    """Names of the cases inside the package."""
    return sorted(p.stem for p in FOLDER.glob("*.toml"))


def case_path(name: str | Path) -> Path:
    """The file of a case given by name or path. Raises InputError for an unknown name."""
    return named_file(name, FOLDER, packaged_cases(), "case", "a case file")


def load_case(name: str | Path) -> Case:
    """A case by name or path, with all its parts made once, so that what is wrong is said before anything is flown.

    Raises
    ------
    InputError
        With every problem found, and the lines.
    """
    path = case_path(name)
    case = Case(read_model(path, CaseFile), path)
    found: list[Problem] = []
    for key, part in (
        ("state" if case.file.state else "orbit", case.state),
        ("body", case.body),
        ("body.drag_changes", case.drag_profile),
        ("forces", case.forces),
        ("burns", case.burns),
        ("weather.feed", case.weather),
    ):
        try:
            part()
        except InputError as e:
            found += [_placed(p, str(path), key) for p in e.problems]
    if found:
        raise InputError(with_lines(found, read_text(path)))
    return case


_KEYS = {
    "position_gcrf_m": "position_km",
    "velocity_gcrf_m_s": "velocity_km_s",
    "density_model": "density",
    "times": "from",
}


def _placed(p: Problem, path: str, table: str) -> Problem:
    """A problem of a part, said of the file that it came from."""
    key = p.key if table in ("weather.feed",) else _KEYS.get(p.key, p.key)
    where = f"{table}.{key}" if key and table not in ("burns", "weather.feed", "body.drag_changes") else table
    found = p.found
    if table == "burns":
        found = f"{p.where}: {p.key} {p.found}"
    elif table in ("weather.feed", "body.drag_changes"):
        found = f"{p.key} {p.found}".strip()
    return Problem(path, where, found, p.expected, p.remedy)


__all__ = ["Case", "CaseFile", "case_path", "load_case", "packaged_cases"]
