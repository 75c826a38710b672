"""The state that a run starts from: written in the scenario, or read from an OEM, TLE or OMM file beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.constants import SECONDS_PER_DAY
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import eme2000_to_gcrf
from stationkeeper.environment.outlook import continued
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.engines import numerical, sgp4
from stationkeeper.flight.state import StateVector
from stationkeeper.formats.elements import read_elements
from stationkeeper.formats.oem import read_oem
from stationkeeper.scenario.schema import Initial, Scenario

MAX_COAST_DAYS = 3.0


@dataclass(frozen=True)
class Start:
    """State at the scenario's start, the whole station's drag figures, and what is to be said about them."""

    state: StateVector
    mass_kg: float | None
    drag_area_m2: float
    drag_coefficient: float
    notes: tuple[str, ...]


def weather_of(scenario: Scenario) -> SpaceWeather:
    """The space weather that a scenario asks for; what was observed is continued by NASA's newest forecast."""
    o = scenario.outlook
    if o.weather == "fixed":
        return SpaceWeather.fixed(f107=o.f107_sfu or 0.0, ap=o.ap or 0.0)
    if o.weather == "msfc":
        return SpaceWeather.msfc(bulletin=o.bulletin or "", percentile=o.percentile)
    return continued()


def forces_of(scenario: Scenario) -> numerical.Forces:
    """The forces that a scenario asks for."""
    f = scenario.flight
    return numerical.Forces(
        gravity_degree=f.gravity_degree, sun=f.sun, moon=f.moon, tides=f.tides, relativity=f.relativity
    )


def stated_mass_kg(scenario: Scenario, folder: Path) -> float | None:
    """The whole station's mass as the scenario or the header of its OEM file states it."""
    i = scenario.initial
    if i.mass_kg is None and i.kind == "oem":
        return read_oem(folder / (i.file or "")).mass_kg
    return i.mass_kg


def start_of(scenario: Scenario, path: Path, weather: SpaceWeather) -> Start:
    """State and drag at the scenario's start.

    Raises
    ------
    InputError
        When a file does not reach the start, lacks what is needed, or the coast to the start is too long.
    """
    i = scenario.initial
    if i.kind == "oem":
        return _from_oem(scenario, path, i)
    if i.kind == "elements":
        return _from_elements(scenario, path, i)
    epoch = i.epoch or scenario.start
    gap_days = scenario.start.days_since(epoch)
    if gap_days > MAX_COAST_DAYS:
        raise InputError.one(
            str(path), "start", scenario.start, f"a time at most {MAX_COAST_DAYS:g} days after initial.epoch {epoch}",
            "Start nearer to the state; burns before the start are not flown.",
        )  # fmt: skip
    position, velocity = (1e3 * np.asarray(v, dtype=np.float64) for v in (i.position_km, i.velocity_km_s))
    if i.frame == "EME2000":
        position, velocity = eme2000_to_gcrf(position), eme2000_to_gcrf(velocity)
    state = StateVector(epoch, position, velocity)
    area, cd = i.drag_area_m2 or 0.0, i.drag_coefficient or 0.0
    notes: tuple[str, ...] = ()
    if gap_days > 0:
        body = Body(i.mass_kg or 4e5, area, cd, scenario.flight.density_scale.best)
        state = numerical.fly(state, body, scenario.start, weather=weather, forces=forces_of(scenario)).end_state
        notes = (f"coasted {gap_days * SECONDS_PER_DAY / 3600:.1f} h from the state's epoch to the start",)
    return Start(state, i.mass_kg, area, cd, notes)


def _from_oem(scenario: Scenario, path: Path, i: Initial) -> Start:
    oem = read_oem(path.parent / (i.file or ""))
    t = oem.trajectory()
    if not t.start <= scenario.start <= t.end:
        raise InputError.one(
            str(path),
            "start",
            scenario.start,
            f"a time inside the ephemeris, {t.start} to {t.end}",
            "Move the start or take another file.",
        )
    area, cd = i.drag_area_m2 or oem.drag_area_m2, i.drag_coefficient or oem.drag_coefficient
    if area is None or cd is None:
        raise InputError.one(
            str(path),
            "initial",
            "an OEM without DRAG_AREA and DRAG_COEFF",
            "drag_area_m2 and drag_coefficient",
            "Add both to [initial].",
        )
    notes = (f"state from {oem.originator or 'an OEM'} of {oem.created}",) if oem.created else ()
    return Start(t.at(scenario.start), i.mass_kg or oem.mass_kg, area, cd, notes)


def _from_elements(scenario: Scenario, path: Path, i: Initial) -> Start:
    sets = read_elements(path.parent / (i.file or ""))
    before = [e for e in sets if e.epoch <= scenario.start] or list(sets[:1])
    chosen = max(before, key=lambda e: e.epoch)
    age_days = abs(scenario.start.days_since(chosen.epoch))
    if age_days > MAX_COAST_DAYS:
        raise InputError.one(
            str(path),
            "start",
            scenario.start,
            f"a time within {MAX_COAST_DAYS:g} days of the element set of {chosen.epoch}",
            "",
        )
    if i.drag_area_m2 is None or i.drag_coefficient is None:
        raise InputError.one(
            str(path),
            "initial",
            "an element set, which has no area and mass",
            "drag_area_m2 and drag_coefficient",
            "Add both to [initial].",
        )
    position, velocity = sgp4.state_at(chosen, scenario.start)
    state = StateVector(scenario.start, position[0], velocity[0])
    note = f"state from a mean element set of {chosen.epoch} through SGP4: good to about a kilometre, worse with age"
    return Start(state, i.mass_kg, i.drag_area_m2, i.drag_coefficient, (note,))
