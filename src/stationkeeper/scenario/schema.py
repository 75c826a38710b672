"""What a scenario file may say."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from stationkeeper.core.constants import GM_EARTH_M3_S2
from stationkeeper.core.errors import Refused
from stationkeeper.core.model import Identifier, Line, Model, Positive, Triple, UtcTime, like
from stationkeeper.scenario.events import Event

QUESTIONS = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10")
MAX_EVENTS = 10_000
MAX_DAYS = 3_660
Vector = tuple[float, float, float]
Month = Annotated[str, like(r"[12]\d{3}-(0[1-9]|1[0-2])", "a month such as '2022-02'")]
QuestionId = Literal["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"]


class Initial(Model):
    """The state that the flight starts from: written out, or taken from a file beside the scenario."""

    kind: Literal["state", "oem", "elements"] = "state"
    epoch: UtcTime | None = Field(default=None, description="of the state; for files: which state to take")
    frame: Literal["EME2000", "GCRF"] = "EME2000"
    position_km: Triple | None = None
    velocity_km_s: Triple | None = None
    file: str | None = Field(default=None, description="OEM, TLE or OMM file, relative to the scenario's folder")
    mass_kg: float | None = Field(
        default=None, gt=0, lt=5e6, description="else the OEM header's, else the sum of the parts"
    )
    drag_area_m2: float | None = Field(default=None, gt=0, lt=1e5)
    drag_coefficient: float | None = Field(
        default=None, gt=0, lt=20, description="a fitted scale, not a physical constant"
    )
    source: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Initial:
        state, orbit = self.kind == "state", ("position_km", "velocity_km_s")
        needed = ("epoch", *orbit, "drag_area_m2", "drag_coefficient") if state else ("file",)
        missing = [k for k in needed if getattr(self, k) is None]
        if missing:
            raise Refused(
                f"no {' and no '.join(missing)}",
                f"{', '.join(needed)} with kind = '{self.kind}'",
                "Add what is missing.",
            )
        idle = [k for k in (("file",) if state else orbit) if getattr(self, k) is not None]
        if idle:
            raise Refused(
                f"{' and '.join(idle)} with kind = '{self.kind}'",
                "nothing that this kind does not use",
                "Remove it, or change the kind.",
            )
        if self.position_km is not None and self.velocity_km_s is not None:
            _check_orbit(self.position_km, self.velocity_km_s)
        return self


def _check_orbit(position_km: Vector, velocity_km_s: Vector) -> None:
    """Refuses a state that no station in low orbit has: usually a slip in a unit or a digit."""
    r, v = math.hypot(*position_km), math.hypot(*velocity_km_s)
    if not 6_528.0 <= r <= 8_378.0:
        where = "inside the Earth" if r < 6_357.0 else "too low" if r < 6_528.0 else "too high"
        raise Refused(
            f"a position {r:,.1f} km from the Earth's centre, which is {where}", "6,528 to 8,378 km: 150 to 2,000 km above the equator",
            "Give kilometres from the centre of the Earth.", "position_km",
        )  # fmt: skip
    if not 6.5 <= v <= 8.5:
        found = f"a speed of {v:,.3f} km/s, which is too {'small' if v < 6.5 else 'large'}"
        raise Refused(found, "6.5 to 8.5 km/s, as in a low orbit", "Give kilometres per second.", "velocity_km_s")
    gm = GM_EARTH_M3_S2 / 1e9
    along = sum(a * b for a, b in zip(position_km, velocity_km_s, strict=True))
    turn = math.sqrt(max(0.0, r * r * v * v - along * along))
    eccentricity = math.sqrt(max(0.0, 1.0 + (v * v - 2.0 * gm / r) * turn * turn / (gm * gm)))
    lowest = turn * turn / gm / (1.0 + eccentricity)
    if lowest < 6_478.0:
        raise Refused(
            f"an orbit whose lowest point is {lowest:,.0f} km from the Earth's centre", "at least 6,478 km, 100 km above the equator",
            "Do position and velocity belong to one instant and one frame?", "velocity_km_s",
        )  # fmt: skip


class Hold(Model):
    """Keep the mean altitude above a floor with whatever engines may be used."""

    floor_km: float = Field(ge=250, le=1000, description="mean altitude above the equatorial radius")
    raise_km: float = Field(gt=0, le=20, description="how far each burn raises it")


class Policies(Model):
    """What happens where the scenario names no event."""

    traffic: Literal["as-flown", "frozen"] = Field(
        default="as-flown", description="as-flown: arrivals, departures, crew and leaks of the station's history"
    )
    reboost: Literal["as-flown", "nobody", "hold"] = "as-flown"
    reboost_from: UtcTime | None = Field(
        default=None, description="the reboost policy holds from here; before, as flown"
    )
    reboost_by: list[Identifier] = Field(
        default_factory=list, description="vehicle types or partners that may; empty: all"
    )
    hold: Hold | None = None

    @model_validator(mode="after")
    def _hold(self) -> Policies:
        if self.reboost == "hold" and self.hold is None:
            raise Refused(
                "reboost = 'hold' without a table",
                "the table [policies.hold] with floor_km and raise_km",
                "Add it.",
                "reboost",
            )
        if self.reboost != "hold" and self.hold is not None:
            raise Refused(
                f"a table that reboost = '{self.reboost}' does not use",
                "reboost = 'hold'",
                "Remove the table, or change reboost.",
                "hold",
            )
        return self


class Outlook(Model):
    """Solar and geomagnetic activity."""

    weather: Literal["observed", "msfc", "fixed"] = Field(
        default="observed", description="observed: as it happened; msfc: NASA's forecast bulletin; fixed: constant"
    )
    bulletin: Month | None = Field(default=None, description="month of the msfc bulletin")
    percentile: Literal[5, 50, 95] = 50
    f107_sfu: float | None = Field(default=None, ge=50, le=400)
    ap: float | None = Field(default=None, ge=0, le=400)

    @model_validator(mode="after")
    def _complete(self) -> Outlook:
        needs: dict[str, tuple[str, ...]] = {"msfc": ("bulletin",), "fixed": ("f107_sfu", "ap")}
        missing = [k for k in needs.get(self.weather, ()) if getattr(self, k) is None]
        if missing:
            example = "bulletin = '2022-02'" if self.weather == "msfc" else "f107_sfu = 110.0 and ap = 12.0"
            raise Refused(
                f"weather = '{self.weather}' without {' and '.join(missing)}",
                f"{example}, for example",
                "Add what is missing.",
            )
        for kind, keys in needs.items():
            idle = [k for k in keys if getattr(self, k) is not None]
            if kind != self.weather and idle:
                raise Refused(
                    f"{' and '.join(idle)} with weather = '{self.weather}'",
                    f"weather = '{kind}'",
                    "Remove it, or change the weather.",
                )
        return self


class FlightOptions(Model):
    """How the flight is computed."""

    gravity_degree: int = Field(default=36, ge=2, le=70)
    sun: bool = True
    moon: bool = True
    tides: bool = True
    relativity: bool = True
    output_step_s: float = Field(default=300.0, ge=10, le=3600)
    density_scale: Positive = Field(
        description="factor on the model's density that makes area x Cd fit tracking; with its range"
    )


class Reentry(Model):
    """How the way down after the end of the run is worked out."""

    members: int = Field(default=200, ge=20, le=5_000, description="flights to the ground; below 200 no risk is told")
    seed: int = Field(default=0, ge=0, le=2**31)


class Scenario(Model):
    """A question put to a station: a start, a horizon, what happens, and what to answer."""

    schema_: Literal["stationkeeper.scenario/1"] = Field(alias="schema")
    id: Identifier
    title: Line
    question: str = Field(min_length=1, description="the question in plain words")
    summary: str = ""
    station: str = Field(description="id of a packaged station, or the path of a station file")
    start: UtcTime
    end: UtcTime
    initial: Initial
    policies: Policies = Policies()
    outlook: Outlook = Outlook()
    flight: FlightOptions
    reentry: Reentry = Reentry()
    event: list[Event] = Field(default_factory=list, max_length=MAX_EVENTS)
    questions: list[QuestionId] = Field(default_factory=lambda: list(QUESTIONS), min_length=1)  # type: ignore[arg-type]
    source: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _in_order(self) -> Scenario:
        if self.end <= self.start:
            raise Refused(
                f"'{self.end}', which is not after the start", f"a time after {self.start}", "Are they swapped?", "end"
            )
        if self.end.days_since(self.start) > MAX_DAYS:
            days = f"{self.end.days_since(self.start):,.0f} days from start to end"
            raise Refused(days, f"at most {MAX_DAYS:,} days", "Check the years.", "end")
        if self.initial.epoch is not None and self.initial.epoch > self.start:
            found = f"'{self.initial.epoch}', which is after the start"
            raise Refused(
                found,
                f"a time up to the start, {self.start}",
                "Move the start, or take another state.",
                "initial.epoch",
            )
        return self
