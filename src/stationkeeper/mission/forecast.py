"""How a stack would come down if nobody raised it any more: from the end of its flight to the ground, with bounds.

One calculation (:func:`stationkeeper.reentry.coming_down.coming_down`) that the answers, the report and ``stationkeeper reentry`` read, so that no two dates
are told of one thing. What differs between its members: Cd * A / m over the range of the scenario's density scale (for a part of a station,
never flown alone, also +/- 50 % on its share of the drag area), when it begins to turn freely and with how much drag, the air from day to day, and the Sun
after the last day that is known.
Validation status: checked (tests/mission/test_forecast.py); the entry is measured against history in validation/hindcasts.
"""

from __future__ import annotations

from dataclasses import replace

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.orbit import Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.functions import attitude
from stationkeeper.functions.surroundings import drag_share
from stationkeeper.mission.result import Forecast
from stationkeeper.reentry.coming_down import coming_down
from stationkeeper.reentry.entry import AS_FITTED, CONTROL_LOST_M, AttitudePhase, Falling
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.configuration import Stack

PART_DRAG_SPREAD = 0.50
"""Assumed: how far the drag area of a part of the station, never flown alone, may be off."""


def forecast(
    scenario: Scenario, state: StateVector, around: Surroundings, stack: Stack, weather: SpaceWeather
) -> Forecast:
    """How a stack comes down from a state at the end of its flight, in the surroundings of the flight.

    Raises
    ------
    InputError, DataAgeError
        Where the orbit or the weather does not allow it.
    """
    falling, varied = falling_of(stack, state, around)
    table, known_on = outlook_of(scenario, state.epoch, weather)
    falling = replace(falling, known_on=known_on)
    r = scenario.reentry
    down = coming_down(
        falling, stack=stack, members=r.members, seed=r.seed, weather=table, numerical_median=False, varied=varied
    )
    return Forecast(stack.id, down, _weather_note(scenario, weather))


def falling_of(stack: Stack, state: StateVector, around: Surroundings) -> tuple[Falling, tuple[str, ...]]:
    """A stack as a body on its way down, and what differs between its members, in words. Raises InputError for an orbit that is none."""
    share = drag_share(stack)
    if around.drag_area_cd_m2 is None or share is None:
        raise InputError.one(stack.name, "drag area", "nothing that tells it", "a drag area of its parts")
    own = around.drag_area_cd_m2.scaled(share / stack.mass_kg)
    varied = [
        f"drag area and density scale from {own.low / own.best:.2f} to {own.high / own.best:.2f} times the best value"
    ]
    if stack.siblings > 1:
        own = Range(own.best, own.low * (1.0 - PART_DRAG_SPREAD), own.high * (1.0 + PART_DRAG_SPREAD))
        varied.append(f"drag of a part of the station, never flown alone, +/- {100 * PART_DRAG_SPREAD:.0f} % (assumed)")
    ratio = attitude.tumbling(stack).drag_area_ratio
    phases: tuple[AttitudePhase, ...]
    if attitude.turns_freely(stack):
        # at the least it is held in flight attitude after all
        ratio = Range(ratio.best, min(1.0, ratio.low), ratio.high)
        phases = (AttitudePhase("tumbling", ratio, why="nothing holds it"),)
        varied.append(
            f"it turns freely, with {ratio.low:.1f} to {ratio.high:.1f} times the drag area of its flight attitude"
        )
    else:
        phases = (
            AS_FITTED,
            AttitudePhase("tumbling", ratio, CONTROL_LOST_M, why="gyroscopes hold no large station below about 220 km (range assumed)"),
        )  # fmt: skip
        low, high = CONTROL_LOST_M.low / 1e3, CONTROL_LOST_M.high / 1e3
        varied.append(
            f"below {low:g} to {high:g} km it turns freely, with {ratio.low:.1f} to {ratio.high:.1f} times the drag area"
        )
    try:
        orbit = MeanOrbit.fitted(state)
    except OutOfRangeError as e:
        raise InputError.one(stack.name, "orbit", str(e), "a near-circular orbit above 80 km") from None
    varied.append("the air from day to day, and solar activity after the last day that is known")
    return Falling(orbit, stack.mass_kg, own, phases, name=stack.name), tuple(varied)


def outlook_of(scenario: Scenario, start: Epoch, weather: SpaceWeather) -> tuple[SpaceWeather | None, Epoch | None]:
    """The weather that all members share, or none and the day on which their outlook is known (none: today).

    ``observed``: what was observed, then members of the newest bulletin. ``msfc`` at 50 %: members of that bulletin. ``msfc`` at 5 or 95 %
    and ``fixed``: that table for all members.
    """
    o = scenario.outlook
    if o.weather == "observed":
        return None, None
    if o.weather == "msfc" and o.percentile == 50:
        known_on = Epoch.parse(f"{o.bulletin}-01T00:00:00Z")
        if known_on <= start.plus_days(60.0):
            return None, known_on
    return weather, None


def _weather_note(scenario: Scenario, weather: SpaceWeather) -> str:
    o = scenario.outlook
    if o.weather == "fixed":
        return f"solar activity: {weather.source}"
    if o.weather == "msfc":
        many = "its members" if o.percentile == 50 else f"its {o.percentile} % path for all members"
        return f"solar activity as NASA's bulletin of {o.bulletin} foresaw it, {many}"
    last = weather.last_observed
    return (
        f"solar activity as observed up to {last}, after that as forecast"
        if last
        else f"solar activity: {weather.source}"
    )
