"""When a stack would come down if nobody raised it any more: dates with bounds, from the end of a flight.

Members: the density scale at its best, low and high value (for a part of a station also +/- 50 % on its drag, since
its area and attitude were never measured; one that turns freely from the area of its flight attitude up to the
largest that it may have), and the second density model. The spread of the members is shown as the
interval; it is no probability.
"""

from __future__ import annotations

from dataclasses import replace

from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.state import StateVector
from stationkeeper.functions import attitude
from stationkeeper.mission.result import Forecast
from stationkeeper.scenario.schema import Scenario
from stationkeeper.station.configuration import Stack

ALTITUDES_KM = (400.0, 330.0, 280.0, 220.0, 200.0, 150.0, 120.0)
HORIZON_DAYS = 3_650.0
FLOOR_M = 95_000.0
"""Lowest height at which a member stops: low enough that the mean altitude has passed 120 km by then."""
PART_DRAG_SPREAD = 0.50
"""Assumed: how far the drag area of a part of the station, never flown alone, may be off."""
METHOD = (
    "orbit-averaged drag on a near-circular orbit with NRLMSISE-00 density at the real 3-hourly indices; "
    "upper atmosphere turning with the Earth, oblate Earth, no reboost, no manoeuvres"
)


def forecast(scenario: Scenario, state: StateVector, body: Body, stack: Stack, weather: SpaceWeather) -> Forecast:
    """Crossings of the altitudes that matter, as (earliest, best, latest)."""
    from stationkeeper.flight.engines.averaged.decay import (
        decay,  # loads the compiler: not before the first leg is flown
    )

    scale = scenario.flight.density_scale
    low, high = scale.bounds
    spread = PART_DRAG_SPREAD if stack.siblings > 1 else 0.0
    more = ""
    if attitude.turns_freely(stack):
        # the body flies with the best estimate of the area of a stack that turns freely
        ratio = attitude.tumbling(stack).drag_area_ratio
        low, high = low / ratio.best, high * ratio.high / ratio.best
        more = (
            f"it turns freely with {ratio.best:.1f} times the drag area of its flight attitude, up to {ratio.high:.1f} times; least: "
            "it is held in flight attitude after all"
        )
    cases = [
        ("best", scale.best, "nrlmsise00"),
        ("least drag", low * (1 - spread), "nrlmsise00"),
        ("most drag", high * (1 + spread), "nrlmsise00"),
        ("second density model", scale.best, "nrlmsis21"),
    ]
    limit = min(state.epoch.plus_days(HORIZON_DAYS), weather.end.plus_days(-2.0))
    bodies = [replace(body, density_scale=s) for _, s, _ in cases]
    first = decay(state, bodies[:3], limit, weather=weather, model="nrlmsise00", floor_m=FLOOR_M)
    second = decay(state, bodies[3:], limit, weather=weather, model="nrlmsis21", floor_m=FLOOR_M)
    crossings: dict[float, tuple[Epoch | None, Epoch | None, Epoch | None]] = {}
    for km in ALTITUDES_KM:
        dates = [*first.crossing(1e3 * km), *second.crossing(1e3 * km)]
        known = [d for d in dates if d is not None]
        crossings[km] = (min(known) if known else None, dates[0], max(known) if len(known) == len(dates) else None)
    curves = []
    for (name, _, _), m in zip(cases, [*first.members, *second.members], strict=True):
        times = tuple(Epoch(int(t)) for t in m.times_tai_us)
        curves.append((name, times, tuple(float(h) for h in m.mean_altitude_m)))
    members = (
        f"density scale {scale.bounds[0]:g} to {scale.bounds[1]:g}, best {scale.best:g}",
        *((more,) if more else ()),
        *((f"drag of a part of the station +/- {100 * spread:.0f} % (assumed)",) if spread else ()),
        "NRLMSIS 2.1 beside NRLMSISE-00",
    )
    last = weather.last_observed
    note = (
        f"solar activity as observed up to {last}, after that as forecast"
        if last
        else f"solar activity: {weather.source}"
    )
    error = str(first.settings["own_error"])
    return Forecast(stack.id, state.epoch, crossings, members, tuple(curves), METHOD, error, note, limit)
