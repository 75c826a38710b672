"""Lifetimes: one orbit of 415 km, no reboost, from 2022-02-24 until it has come down, for 1 to 100,000 members.

A member has its own drag: Cd*A/m 0.004 m2/kg times a lognormal factor of 20 % (seed 1). Peers fly one orbit at a time, so
their cost of N is N times the cost of one, on as many cores as there are. Orekit's DSST flies the whole
lifetime down to 200 km, below which it fails, in steps of one day; satkit flies 30 days, scaled to the lifetime.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from typing import Any

from case import DRAG_M2_KG, LIFETIME_RADIUS_M, START, Answer, main, seconds_of, versions

REFERENCE_DAYS = {120: 960.219, 200: 955.515}
"""From 415 km to 120 and 200 km with 0.004 m2/kg and observed space weather, by satkit 0.24.1 at 8x8, Runge-Kutta 9(8)
1e-4 / 1e-9; its Gauss-Jackson agrees to 0.001 days."""
LIFETIME_DAYS = REFERENCE_DAYS[120]


def orekit(a: argparse.Namespace) -> Answer:
    """DSST to 200 km, the Java machine warm."""
    from orekit_side import Orekit

    ork = Orekit()
    ork.lifetime_days(200e3, 30.0)
    seconds, days = seconds_of(lambda: ork.lifetime_days(200e3, a.days))
    setting = f"DSST, zonal 8, Sun, Moon, steps of one day, {days:.1f} days down to 200 km"
    row: Answer = {"name": "Orekit", "setting": setting, "members": 1, "seconds": seconds, "days": days}
    row["error"] = days / REFERENCE_DAYS[200] - 1.0
    return {"rows": [row], "versions": ork.versions()}


def satkit(a: argparse.Namespace) -> Answer:
    """Gauss-Jackson 60 s, 8x8, bare, 30 days scaled to the lifetime."""
    import numpy as np
    import satkit as sk

    from stationkeeper.flight.engines import numerical  # tells satkit where its data are

    numerical._prepare_satkit()
    state = _state()
    y0 = np.concatenate([state.position_gcrf_m, state.velocity_gcrf_m_s])
    settings = sk.propsettings(
        gravity_degree=8,
        gravity_model=sk.gravmodel.egm2008,
        use_relativistic_correction=False,
        tide_model=sk.tidemodel.none,
        max_steps=1_000_000,
        integrator=sk.integrator.gauss_jackson8,
    )
    start = sk.time(2022, 2, 24)
    drag = sk.satproperties(cdaoverm=DRAG_M2_KG)

    def fly(days: float) -> Any:
        return sk.propagate(y0, start, start + sk.duration.from_days(days), propsettings=settings, satproperties=drag)

    fly(1.0)
    days = min(30.0, a.days)
    seconds = seconds_of(lambda: fly(days))[0] * LIFETIME_DAYS / days
    setting = f"Gauss-Jackson 60 s, 8x8, {days:g} days scaled to {LIFETIME_DAYS:.0f}"
    row = {
        "name": "satkit",
        "setting": setting,
        "members": 1,
        "seconds": seconds,
    }
    return {"rows": [row], "versions": versions("satkit")}


def ours(a: argparse.Namespace) -> Answer:
    """The engine for many members, on the cores that are there; the process's peak memory is part of the answer."""
    make_s, (fly, setting) = seconds_of(lambda: _ours(a.members, a.days, a.own_weather, a.mixed))
    first_s, _ = seconds_of(lambda: fly(1))  # loads or compiles, once per process
    seconds, flown = seconds_of(lambda: fly(a.members), a.repeats)
    row = {
        "name": "stationkeeper",
        "setting": setting,
        "members": a.members,
        "horizon_days": a.days,
        "seconds": seconds,
        "first_call_s": first_s,
        "preparation_s": make_s,
        "own_weather": "all differ" if a.mixed else a.own_weather,
        "cores": os.cpu_count(),
        **flown,
    }
    if flown["days"] is not None and not (a.own_weather or a.mixed):
        row["error"] = flown["days"] / REFERENCE_DAYS[120] - 1.0
    return {"rows": [row], "versions": versions("stationkeeper", "numba", "numpy")}


def _state() -> Any:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.flight.state import StateVector

    return StateVector.circular(Epoch.parse(START), LIFETIME_RADIUS_M - 6_378_137.0, math.radians(51.64))


PATHS = 500


def _factors(members: int) -> Any:
    """Lognormal factors on the drag, 20 %, the first one 1."""
    import numpy as np

    out = np.exp(0.2 * np.random.default_rng(1).standard_normal(members))
    out[0] = 1.0
    return out


def _mixed(orbit: Any, drag: Any) -> Any:
    """Members that differ in drag, start altitude, inclination, reboost policy (one in four keeps a band) and solar path."""
    from dataclasses import replace

    import numpy as np

    from stationkeeper.flight.engines.averaged import Members

    rng, n = np.random.default_rng(2), len(drag)
    keeps = np.arange(n) % 4 == 3
    same = Members.of(
        orbit,
        drag,
        path=np.arange(n) % PATHS,
        mass_kg=4e5,
        propellant_kg=np.where(keeps, 2e3, 0.0),
        specific_impulse_s=295.0,
    )
    return replace(
        same, inclination_rad=np.radians(rng.uniform(28.0, 60.0, n)), semi_major_axis_m=6_378_137.0 + rng.uniform(390e3, 418e3, n),
        floor_m=np.where(keeps, 400e3, np.nan), ceiling_m=np.where(keeps, 410e3, np.nan),
    )  # fmt: skip


def _ours(members: int, days: float, own_weather: bool, mixed: bool = False) -> tuple[Callable[[int], Answer], str]:
    """A call that flies so many members, and what they fly through."""
    import numpy as np

    from stationkeeper.environment.density_error import DensityError
    from stationkeeper.environment.outlook import WeatherPaths, msafe_members
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.flight.engines.averaged import Members, fly_members
    from stationkeeper.flight.mean_elements import MeanOrbit

    state = _state()
    orbit, until = MeanOrbit.fitted(state), state.epoch.plus_days(days)
    drag = DRAG_M2_KG * np.asarray(_factors(members))
    weather: SpaceWeather | WeatherPaths = SpaceWeather.observed()
    if mixed:
        weather = msafe_members(state.epoch, PATHS, 1, until)
    elif own_weather:
        weather = msafe_members(state.epoch, members, 1, until)
    error = DensityError() if own_weather else None

    def fly(n: int) -> Answer:
        path = np.arange(n) if own_weather else 0
        crowd = _mixed(orbit, drag[:n]) if mixed else Members.of(orbit, drag[:n], path=path)
        out = fly_members(crowd, until, weather=weather, density_error=error)
        flown = (out.end_tai_us - out.members.epoch_tai_us).sum() / 86_400e6
        first = float(out.crossing_days(120_000.0)[0])
        return {
            "days": None if math.isnan(first) else first,
            "down": int((out.status == "altitude floor").sum()),
            "member_days": float(flown),
            "steps": out.settings["steps"],
        }

    what = "own solar path and random air for each" if own_weather else "observed weather"
    if mixed:
        what = f"all differ: drag, start altitude, inclination, reboost policy, {PATHS} solar paths"
    return fly, f"{what}, up to {days:g} days"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=1)
    parser.add_argument("--days", type=float, default=1_400.0)
    parser.add_argument("--mixed", action="store_true", help="members that differ in everything")
    parser.add_argument("--own-weather", action="store_true", help="a solar path and a random density for each member")
    parser.add_argument("--repeats", type=int, default=1)
    main({"orekit": orekit, "satkit": satkit, "ours": ours}, parser)
