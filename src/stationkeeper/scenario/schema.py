"""What a scenario file may say."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from stationkeeper.core.model import Identifier, Model, Quantity, Triple, UtcTime
from stationkeeper.scenario.events import Event

QUESTIONS = ("Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10")
QuestionId = Literal["Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10"]


class Initial(Model):
    """The state that the flight starts from: written out, or taken from a file beside the scenario."""

    kind: Literal["state", "oem", "elements"] = "state"
    epoch: UtcTime | None = Field(default=None, description="of the state; for files: which state to take")
    frame: Literal["EME2000", "GCRF"] = "EME2000"
    position_km: Triple | None = None
    velocity_km_s: Triple | None = None
    file: str | None = Field(default=None, description="OEM, TLE or OMM file, relative to the scenario's folder")
    mass_kg: float | None = Field(default=None, gt=0, lt=5e6, description="else the OEM header's, else the sum of the parts")
    drag_area_m2: float | None = Field(default=None, gt=0, lt=1e5)
    drag_coefficient: float | None = Field(default=None, gt=0, lt=20, description="a fitted scale, not a physical constant")
    source: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Initial:
        if self.kind == "state":
            missing = [k for k in ("epoch", "position_km", "velocity_km_s", "drag_area_m2", "drag_coefficient") if getattr(self, k) is None]
            if missing:
                raise ValueError(f"kind 'state' needs {', '.join(missing)}")
            r = sum(x * x for x in self.position_km or ()) ** 0.5
            v = sum(x * x for x in self.velocity_km_s or ()) ** 0.5
            if not 6_478.0 <= r <= 8_378.0:
                raise ValueError(f"position of {r:.1f} km from the Earth's centre; a station flies between 6478 and 8378 km")
            if not 6.5 <= v <= 8.5:
                raise ValueError(f"speed of {v:.3f} km/s; a station in low orbit moves at 6.5 to 8.5 km/s")
        elif not self.file:
            raise ValueError(f"kind '{self.kind}' needs 'file'")
        return self


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
    reboost_from: UtcTime | None = Field(default=None, description="the reboost policy holds from here; before, as flown")
    reboost_by: list[Identifier] = Field(default_factory=list, description="vehicle types or partners that may; empty: all")
    hold: Hold | None = None

    @model_validator(mode="after")
    def _hold(self) -> Policies:
        if (self.reboost == "hold") != (self.hold is not None):
            raise ValueError("reboost = 'hold' and the table [policies.hold] go together: give both or neither")
        return self


class Outlook(Model):
    """Solar and geomagnetic activity."""

    weather: Literal["observed", "msfc", "fixed"] = Field(
        default="observed", description="observed: as it happened; msfc: NASA's forecast bulletin; fixed: constant"
    )
    bulletin: str | None = Field(default=None, pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="month of the msfc bulletin")
    percentile: Literal[5, 50, 95] = 50
    f107_sfu: float | None = Field(default=None, ge=50, le=500)
    ap: float | None = Field(default=None, ge=0, le=400)

    @model_validator(mode="after")
    def _complete(self) -> Outlook:
        if self.weather == "fixed" and (self.f107_sfu is None or self.ap is None):
            raise ValueError("weather = 'fixed' needs f107_sfu and ap")
        if self.weather == "msfc" and self.bulletin is None:
            raise ValueError("weather = 'msfc' needs bulletin, such as '2022-02'")
        return self


class FlightOptions(Model):
    """How the flight is computed."""

    gravity_degree: int = Field(default=36, ge=2, le=70)
    sun: bool = True
    moon: bool = True
    tides: bool = True
    relativity: bool = True
    output_step_s: float = Field(default=300.0, ge=10, le=3600)
    density_scale: Quantity = Field(description="factor on the model's density that makes area x Cd fit tracking; with its range")


class Scenario(Model):
    """A question put to a station: a start, a horizon, what happens, and what to answer."""

    schema_: Literal["stationkeeper.scenario/1"] = Field(alias="schema")
    id: Identifier
    title: str = Field(min_length=1, max_length=160)
    question: str = Field(min_length=1, description="the question in plain words")
    summary: str = ""
    station: str = Field(description="id of a packaged station, or the path of a station file")
    start: UtcTime
    end: UtcTime
    initial: Initial
    policies: Policies = Policies()
    outlook: Outlook = Outlook()
    flight: FlightOptions
    event: list[Event] = Field(default_factory=list, max_length=10_000)
    questions: list[QuestionId] = Field(default_factory=lambda: list(QUESTIONS))  # type: ignore[arg-type]
    source: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _in_order(self) -> Scenario:
        if self.end <= self.start:
            raise ValueError(f"end {self.end} is not after start {self.start}")
        if self.end.days_since(self.start) > 3660:
            raise ValueError(f"horizon of {self.end.days_since(self.start):.0f} days; at most 3660")
        if self.initial.epoch is not None and self.initial.epoch > self.start:
            raise ValueError(f"initial.epoch {self.initial.epoch} is after start {self.start}")
        for i, e in enumerate(self.event):
            if not self.start <= e.at <= self.end:
                raise ValueError(f"event[{i}].at {e.at} is outside start {self.start} to end {self.end}")
        return self
