"""The numerical engine: closure, conservation, burns, the floor, its density and its frames."""

import itertools
import math

import numpy as np
import pytest
import satkit

from stationkeeper.core.constants import EARTH_ROTATION_RATE_RAD_S, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError
from stationkeeper.core.frames import gcrf_to_itrf, gcrf_to_itrf_state
from stationkeeper.environment.atmosphere.msis import density_kg_m3
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.environment.sun import sun_position_gcrf_m, sunlit_fraction
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.drag_profile import DragProfile
from stationkeeper.flight.engines import numerical
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.events import NodeCrossing, OsculatingAltitudeReached, Shadow
from stationkeeper.flight.state import StateVector

GRAVITY_ONLY = Forces(gravity_degree=2, sun=False, moon=False, drag=False, tides=False, relativity=False)


def test_forward_and_back_closes_to_six_millimetres(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    there = fly(station_state, station_body, station_state.epoch.plus_days(1.0), weather=observed)
    back = fly(there.end_state, station_body, station_state.epoch, weather=observed)
    assert np.linalg.norm(back.end_state.position_gcrf_m - station_state.position_gcrf_m) <= 0.006
    assert back.trajectory.start == station_state.epoch
    assert (np.diff(back.trajectory.times_tai_us) > 0).all()


def test_frames_agree_with_the_engines_own(station_state: StateVector) -> None:
    rng = np.random.default_rng(3)
    start = Epoch.parse("2001-01-01T00:00:00Z")
    for s in rng.uniform(0.0, 86_400.0 * 9_300, 60):
        at = start.plus_s(float(s))
        theirs = satkit.frametransform.qgcrf2itrf(numerical._sk_time(at.tai_us)) * station_state.position_gcrf_m
        assert np.linalg.norm(theirs - gcrf_to_itrf(at, station_state.position_gcrf_m)[0]) <= 0.05


def test_density_is_the_engines_own_to_1e_4(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    """Acceptance: satkit's NRLMSISE-00 against pymsis with our index feed, on an ISS orbit, 1e-4 rms."""
    flight = fly(station_state, station_body, station_state.epoch.plus_days(3.0), weather=observed)
    place = flight.trajectory.geodetic()
    ours = density_kg_m3(flight.trajectory.times_tai_us, *place, observed)
    theirs = np.array(
        [
            satkit.density.nrlmsise(float(h), float(lat), float(lon), numerical._sk_time(int(t)))[0]
            for t, lat, lon, h in zip(flight.trajectory.times_tai_us, *place, strict=True)
        ]
    )
    assert np.sqrt(np.mean((theirs / ours - 1.0) ** 2)) <= 1e-4


def test_a_window_of_the_table_flies_as_the_packaged_file_does(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    """satkit on our written CSV reproduces satkit on the original file exactly."""
    from pathlib import Path

    import satkit_data

    until = station_state.epoch.plus_days(0.5)
    ours = fly(station_state, station_body, until, weather=observed).end_state
    engine = numerical._Engine(station_body, Forces(), observed, 120e3)
    with numerical._lock:
        original = Path(satkit_data.__file__).parent / "data" / "SW-All.csv"
        satkit.spaceweather.init_from_bytes(original.read_bytes())
        numerical._installed.clear()
        y = np.concatenate([station_state.position_gcrf_m, station_state.velocity_gcrf_m_s])
        path = numerical._Path(station_state.epoch.tai_us, y, station_body.mass_kg, 0, 300_000_000, 1, [], [], [])
        path.next_sample = until.tai_us
        engine.coast(path, until.tai_us, "precise")
    assert np.array_equal(path.y[:3], ours.position_gcrf_m)


def test_the_jacobi_integral_is_kept_without_drag(station_state: StateVector, station_body: Body) -> None:
    """Field of degree 2, turning with the Earth: the energy in the rotating frame is constant."""
    flight = fly(
        station_state,
        station_body,
        station_state.epoch.plus_days(0.5),
        weather=SpaceWeather.fixed(),
        forces=GRAVITY_ONLY,
    )
    r, v = flight.trajectory.position_gcrf_m, flight.trajectory.velocity_gcrf_m_s
    fixed, drift = gcrf_to_itrf_state(flight.trajectory.times_tai_us, r, v)
    radius, (x, y, z) = np.linalg.norm(r, axis=1), fixed.T
    field = GM_EARTH_M3_S2 * 6_378_136.3**2 / radius**5
    # EGM2008: J2, and C22 and S22 of the elliptic equator, unnormalised
    zonal = field * 1.0826261738e-3 * 0.5 * (3.0 * z**2 - radius**2)
    sectoral = -3.0 * field * (1.574616e-6 * (x**2 - y**2) - 9.03873e-7 * 2.0 * x * y)
    potential = -GM_EARTH_M3_S2 / radius + zonal + sectoral
    energy = 0.5 * np.einsum("ni,ni->n", v, v) + potential
    assert np.ptp(energy) / abs(energy.mean()) > 1e-6
    centrifugal = 0.5 * EARTH_ROTATION_RATE_RAD_S**2 * (x**2 + y**2)
    jacobi = 0.5 * np.einsum("ni,ni->n", drift, drift) - centrifugal + potential
    assert np.ptp(jacobi) / abs(jacobi.mean()) < 5e-8  # precession and nutation turn the axis


def test_a_burn_gives_the_rocket_equations_speed(station_state: StateVector, station_body: Body) -> None:
    """Without gravity's help: the Kepler energy rises by v dv over a short burn, to second order."""
    start = station_state.epoch.plus_s(600.0)
    burn = FiniteBurn.from_delta_v(start, 0.8, station_body.mass_kg, 300.0, duration_s=120.0, label="reboost")
    calm = SpaceWeather.fixed()
    until = start.plus_s(120.0)
    flown = fly(station_state, station_body, until, weather=calm, burns=[burn], forces=GRAVITY_ONLY)
    coast = fly(station_state, station_body, until, weather=calm, forces=GRAVITY_ONLY)
    gain = flown.end_state.specific_energy_m2_s2 - coast.end_state.specific_energy_m2_s2
    assert gain / coast.end_state.speed_m_s == pytest.approx(0.8, abs=2e-4)
    assert flown.end_mass_kg == pytest.approx(station_body.mass_kg - burn.propellant_kg, abs=1e-6)
    assert flown.trajectory.breaks_tai_us.tolist() == [start.tai_us, until.tai_us]
    assert flown.burns_flown == (burn,)
    mass = flown.trajectory.mass_kg
    assert mass is not None
    assert (np.diff(mass) <= 0.0).all()


def test_a_burn_in_many_pieces_is_the_same_burn(station_state: StateVector, station_body: Body) -> None:
    """Constant thrust on a falling mass: pieces of two minutes against pieces of four seconds."""
    burn = FiniteBurn.from_delta_v(station_state.epoch.plus_s(60.0), 1.5, station_body.mass_kg, 300.0, duration_s=600.0)
    ends = []
    for piece_s in (120.0, 4.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(numerical, "_BURN_PIECE_S", piece_s)
            ends.append(
                fly(
                    station_state,
                    station_body,
                    burn.end,
                    weather=SpaceWeather.fixed(),
                    burns=[burn],
                    forces=GRAVITY_ONLY,
                )
            )
    assert ends[0].end_mass_kg == pytest.approx(ends[1].end_mass_kg, abs=1e-6)
    apart = ends[0].end_state.position_gcrf_m - ends[1].end_state.position_gcrf_m
    assert np.linalg.norm(apart) < 1e-4  # measured: 2e-6 m


def test_a_retrograde_burn_lowers_the_orbit(station_state: StateVector, station_body: Body) -> None:
    burn = FiniteBurn.from_delta_v(
        station_state.epoch.plus_s(60.0), -1.0, station_body.mass_kg, 300.0, thrust_n=3_000.0
    )
    flight = fly(station_state, station_body, burn.end.plus_s(60.0), weather=SpaceWeather.fixed(), burns=[burn])
    assert flight.end_state.mean_altitude_m < station_state.mean_altitude_m - 1_000.0


def test_the_floor_is_an_event_and_stops_at_the_height(observed: SpaceWeather) -> None:
    start = StateVector.circular(Epoch.parse("2022-02-24T00:00:00Z"), 195e3, math.radians(51.64))
    flight = fly(
        start, Body(1_000.0, 10.0, 1.0), start.epoch.plus_days(30.0), weather=observed, forces=Forces(gravity_degree=8),
        floor_m=150_000.0,
    )  # fmt: skip
    assert flight.stopped == "altitude floor"
    height = flight.trajectory.geodetic().height_m
    assert height[-1] == pytest.approx(150_000.0, abs=1.0)
    assert height[:-1].min() > 150_000.0
    assert flight.end_state.epoch == flight.trajectory.end
    assert flight.end_state.epoch < start.epoch.plus_days(30.0)


def test_a_start_below_the_floor_stops_at_once(observed: SpaceWeather) -> None:
    start = StateVector.circular(Epoch.parse("2022-02-24T00:00:00Z"), 140e3, math.radians(51.64))
    flight = fly(start, Body(1e3, 1.0, 2.0), start.epoch.plus_days(1.0), weather=observed, floor_m=150_000.0)
    assert flight.stopped == "altitude floor"
    assert flight.end_state.epoch == start.epoch


def test_fast_and_precise_agree(station_state: StateVector, station_body: Body, observed: SpaceWeather) -> None:
    """Gauss-Jackson at 45 s over six days: within 60 m of Runge-Kutta (its start-up), 1 m in mean altitude."""
    until = station_state.epoch.plus_days(6.0)
    fast, precise = (
        fly(station_state, station_body, until, weather=observed, method=m, forces=Forces(gravity_degree=12))
        for m in ("fast", "precise")
    )
    assert "gauss_jackson8" in fast.settings["legs"][0]["integrator"]
    assert "gauss_jackson8" not in precise.settings["legs"][0]["integrator"]
    apart = fast.end_state.position_gcrf_m - precise.end_state.position_gcrf_m
    assert np.linalg.norm(apart) < 60.0
    assert fast.end_state.semi_major_axis_m == pytest.approx(precise.end_state.semi_major_axis_m, abs=1.0)


def test_the_same_flight_twice_is_the_same_to_the_bit(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    until = station_state.epoch.plus_days(0.3)
    first = fly(station_state, station_body, until, weather=observed)
    fly(station_state, station_body, until, weather=SpaceWeather.fixed(250.0, 50.0))
    second = fly(station_state, station_body, until, weather=observed)
    assert np.array_equal(first.trajectory.position_gcrf_m, second.trajectory.position_gcrf_m)


def test_samples_stand_on_the_grid_and_at_the_end(station_state: StateVector, station_body: Body) -> None:
    flight = fly(
        station_state,
        station_body,
        station_state.epoch.plus_s(1_000.0),
        weather=SpaceWeather.fixed(),
        output_step_s=300.0,
    )
    assert flight.trajectory.dataset["elapsed_s"].values.tolist() == [0.0, 300.0, 600.0, 900.0, 1_000.0]
    none = fly(station_state, station_body, station_state.epoch, weather=SpaceWeather.fixed())
    assert none.end_state.epoch == station_state.epoch


def test_burns_that_overlap_or_lie_outside_are_refused_together(station_state: StateVector, station_body: Body) -> None:
    start = station_state.epoch
    burns = [
        FiniteBurn(start.plus_s(s), 100.0, 500.0, 300.0, label=n) for s, n in ((10.0, "a"), (50.0, "b"), (9e9, "c"))
    ]
    with pytest.raises(InputError) as caught:
        fly(
            station_state,
            station_body,
            start.plus_days(1.0),
            weather=SpaceWeather.fixed(),
            burns=burns,
            output_step_s=0.0,
        )
    text = str(caught.value)
    assert "overlap" in text
    assert "burn c" in text
    assert "output_step_s" in text


@pytest.mark.parametrize(
    "wrong", [{"floor_m": 1_000.0}, {"floor_m": math.nan}, {"output_step_s": math.inf}, {"method": "quick"}]
)
def test_settings_out_of_range_are_refused(
    station_state: StateVector, station_body: Body, wrong: dict[str, object]
) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        fly(station_state, station_body, station_state.epoch.plus_days(1.0), weather=SpaceWeather.fixed(), **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2 to 70"):
        Forces(gravity_degree=71)


def test_space_weather_that_ends_too_early_is_said_before_the_flight(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    with pytest.raises(DataAgeError, match="choose an outlook"):
        fly(station_state, station_body, observed.end.plus_days(10.0), weather=observed)


def test_each_force_moves_the_station(station_state: StateVector, station_body: Body, observed: SpaceWeather) -> None:
    until = station_state.epoch.plus_days(0.25)
    everything = {"sun": True, "moon": True, "drag": True, "tides": True, "relativity": True}
    whole = fly(station_state, station_body, until, weather=observed).end_state.position_gcrf_m
    moved = {}
    for name in everything:
        forces = Forces(**{**everything, name: False})  # type: ignore[arg-type]
        end = fly(station_state, station_body, until, weather=observed, forces=forces).end_state
        moved[name] = float(np.linalg.norm(end.position_gcrf_m - whole))
    lit = Body(445_386.0, 1_439.7, 3.40, radiation_area_m2=4_000.0)
    pushed = fly(station_state, lit, until, weather=observed, forces=Forces(radiation_pressure=True)).end_state
    moved["radiation"] = float(np.linalg.norm(pushed.position_gcrf_m - whole))
    assert moved["drag"] > 100.0
    assert all(0.05 < m < 100.0 for n, m in moved.items() if n != "drag"), moved
    assert all(a != b for a, b in itertools.combinations(moved.values(), 2))


POINT_MASS = Forces(gravity_degree=0, sun=False, moon=False, drag=False, tides=False, relativity=False)


def _by_runge_kutta_4(
    state: StateVector, burn: FiniteBurn, mass_kg: float, step_s: float = 4.0
) -> tuple[list[float], float]:
    """Point mass and thrust on a falling mass, integrated apart from the engine; error of the method about 1e-4 m."""
    frame = burn.frame
    d = burn.sign * np.asarray(burn.direction)

    def slope(y: np.ndarray) -> np.ndarray:
        r, v, m = y[:3], y[3:6], y[6]
        if frame == "GCRF":
            thrust = d
        else:
            w = np.cross(r, v)
            w /= np.linalg.norm(w)
            first = r / np.linalg.norm(r) if frame == "RTN" else np.cross(v, w) / np.linalg.norm(v)
            thrust = d[0] * first + d[1] * np.cross(w, first) + d[2] * w
        a = -GM_EARTH_M3_S2 * r / np.linalg.norm(r) ** 3 + burn.thrust_n / m * thrust
        return np.concatenate([v, a, [-burn.mass_flow_kg_s]])

    y = np.concatenate([state.position_gcrf_m, state.velocity_gcrf_m_s, [mass_kg]])
    for _ in range(round(burn.duration_s / step_s)):
        a = slope(y)
        b = slope(y + 0.5 * step_s * a)
        c = slope(y + 0.5 * step_s * b)
        e = slope(y + step_s * c)
        y = y + step_s / 6.0 * (a + 2.0 * b + 2.0 * c + e)
    return y[:3].tolist(), float(y[6])


@pytest.mark.parametrize(
    ("direction", "frame"),
    [((0.0, 1.0, 0.0), "NTW"), ((0.6, 0.0, 0.8), "NTW"), ((0.0, 1.0, 0.2), "RTN"), ((0.1, 0.3, 1.0), "GCRF")],
)
def test_a_burn_of_two_hours_is_that_of_another_integration(direction: tuple[float, float, float], frame: str) -> None:
    """Acceptance: 5 mm and 1e-4 g after a finite burn of two hours (a third of the mass is burnt)."""
    start = StateVector.circular(Epoch.parse("2022-02-11T12:00:00Z"), 2_000e3, 0.9)
    thrust_n = 20.0 if frame == "GCRF" else 100.0  # held in inertial space, the larger one would bring it down
    burn = FiniteBurn(start.epoch, 7_200.0, thrust_n, 300.0, direction=direction, frame=frame)  # type: ignore[arg-type]
    body = Body(750.0, 1.0, 1.0)
    flight = fly(start, body, burn.end, weather=SpaceWeather.fixed(), burns=[burn], forces=POINT_MASS, tolerance=1e-13)
    position, mass_kg = _by_runge_kutta_4(start, burn, 750.0)
    assert np.linalg.norm(flight.end_state.position_gcrf_m - position) <= 0.005
    assert flight.end_mass_kg == pytest.approx(mass_kg, abs=1e-7)
    assert flight.burn_reports[0].ideal_delta_v_m_s == pytest.approx(burn.delta_v_m_s(750.0), abs=1e-9)


def test_a_long_burn_loses_to_gravity_and_a_short_one_does_not(station_state: StateVector) -> None:
    """Two hours of prograde thrust on a spiral against the impulse that gives the same energy."""
    weather = SpaceWeather.fixed()
    short = FiniteBurn.from_delta_v(station_state.epoch, 1.0, 750.0, 300.0, duration_s=10.0)
    long = FiniteBurn(station_state.epoch, 7_200.0, 100.0, 300.0)
    losses = []
    for burn in (short, long):
        flight = fly(station_state, Body(750.0, 1.0, 1.0), burn.end, weather=weather, burns=[burn], forces=POINT_MASS)
        report = flight.burn_reports[0]
        gain = flight.end_state.specific_energy_m2_s2 - station_state.specific_energy_m2_s2
        speed = math.sqrt(2.0 * gain + (middle := _speed_at(flight, burn)) ** 2) - middle
        assert report.energy_delta_v_m_s == pytest.approx(speed, rel=1e-5)
        losses.append(report.loss_m_s)
    assert abs(losses[0]) < 1e-3
    assert losses[1] > 10.0


def _speed_at(flight: numerical.Flight, burn: FiniteBurn) -> float:
    return flight.trajectory.at(burn.start.plus_s(0.5 * burn.duration_s)).speed_m_s


def test_a_burn_is_cut_off_where_the_altitude_is_reached(station_state: StateVector, station_body: Body) -> None:
    target_m = station_state.semi_major_axis_m - 6_378_137.0 + 500.0
    burn = FiniteBurn(station_state.epoch.plus_s(60.0), 3_000.0, 3_000.0, 300.0)
    flight = fly(
        station_state, station_body, burn.end, weather=SpaceWeather.fixed(), burns=[burn], forces=POINT_MASS,
        stop_at=OsculatingAltitudeReached(target_m, 1),
    )  # fmt: skip
    assert flight.stopped == OsculatingAltitudeReached(target_m).names[0]
    assert flight.end_state.epoch < burn.end
    assert flight.end_state.semi_major_axis_m - 6_378_137.0 == pytest.approx(target_m, abs=0.1)
    report = flight.burn_reports[0]
    assert report.end == flight.end_state.epoch
    used = burn.mass_flow_kg_s * (report.end - burn.start)
    assert flight.end_mass_kg == pytest.approx(station_body.mass_kg - used, abs=1e-6)


def test_events_are_found_and_the_first_node_can_end_the_flight(station_state: StateVector, station_body: Body) -> None:
    until = station_state.epoch.plus_s(12_000.0)
    calm = SpaceWeather.fixed()
    flight = fly(station_state, station_body, until, weather=calm, events=[NodeCrossing(), Shadow("umbra")])
    nodes = [f for f in flight.events if f.name == "ascending node"]
    assert len(nodes) >= 2
    stopped = fly(station_state, station_body, until, weather=calm, stop_at=NodeCrossing(1))
    assert stopped.stopped == "ascending node"
    # 6 mm along the path in a millisecond, and what the interpolation between samples of 300 s costs
    assert stopped.end_state.epoch - nodes[0].epoch == pytest.approx(0.0, abs=0.002)


def test_drag_steps_are_two_flights_in_a_row(
    station_state: StateVector, station_body: Body, observed: SpaceWeather
) -> None:
    step, until = station_state.epoch.plus_s(20_000.0), station_state.epoch.plus_s(40_000.0)
    profile = DragProfile.steps([step], [3.0], ("tumbling",))
    fine = {"weather": observed, "tolerance": 1e-13}
    whole = fly(station_state, station_body, until, drag_profile=profile, **fine)  # type: ignore[arg-type]
    half = fly(station_state, station_body, step, **fine)  # type: ignore[arg-type]
    rest = fly(half.end_state, station_body.with_density_scale(3.0), until, **fine)  # type: ignore[arg-type]
    assert np.linalg.norm(whole.end_state.position_gcrf_m - rest.end_state.position_gcrf_m) < 1e-3
    held = fly(station_state, station_body, until, weather=observed)
    assert held.end_state.mean_altitude_m > whole.end_state.mean_altitude_m + 10.0
    back = fly(whole.end_state, station_body, station_state.epoch, drag_profile=profile, **fine)  # type: ignore[arg-type]
    assert np.linalg.norm(back.end_state.position_gcrf_m - station_state.position_gcrf_m) < 0.006


def test_another_density_model_is_refused_by_name(station_state: StateVector, observed: SpaceWeather) -> None:
    with pytest.raises(InputError, match="nrlmsise00"):
        Forces(density_model="nrlmsis2.1")
    fitted = Body(445_386.0, 1_439.7, 3.40, density_model="nrlmsis2.1")
    until = station_state.epoch.plus_s(60.0)
    with pytest.raises(InputError, match=r"nrlmsis2\.1.*nrlmsise00"):
        fly(station_state, fitted, until, weather=observed)
    fly(station_state, fitted, until, weather=observed, forces=Forces(drag=False))


def test_the_order_and_the_field_count(station_state: StateVector, station_body: Body) -> None:
    until, calm = station_state.epoch.plus_s(3_000.0), SpaceWeather.fixed()
    ends = [
        fly(station_state, station_body, until, weather=calm, forces=Forces(**options)).end_state.position_gcrf_m  # type: ignore[arg-type]
        for options in ({}, {"gravity_order": 0}, {"gravity_field": "egm96"}, {"gravity_degree": 0})
    ]
    apart = [float(np.linalg.norm(e - ends[0])) for e in ends[1:]]
    assert apart[1] < 5.0 < apart[0] < 1_000.0 < apart[2]
    for wrong in ({"gravity_order": 40}, {"gravity_field": "grim5"}, {"gravity_degree": 1}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Forces(**wrong)  # type: ignore[arg-type]


def test_the_shadow_is_that_of_our_sun(station_state: StateVector) -> None:
    """satkit's shadow of a round Earth against ours of a flattened one: some kilometres of path at the edges alone."""
    flight = fly(
        station_state,
        Body(1e3, 0.0, 1.0),
        station_state.epoch.plus_s(6_000.0),
        weather=SpaceWeather.fixed(),
        output_step_s=5.0,
    )
    times, r = flight.trajectory.times_tai_us, flight.trajectory.position_gcrf_m
    ours = sunlit_fraction(times, r)
    theirs = np.array([satkit.sun.shadowfunc(s, p) for s, p in zip(sun_position_gcrf_m(times), r, strict=True)])
    assert 0.1 < np.mean(ours == 0.0) < 0.4
    assert 0.0 < np.mean(np.abs(ours - theirs) > 0.5) < 0.01  # some 10 to 20 s at each edge
    assert np.abs(sunlit_fraction(times, r, 0.0) - theirs).max() < 1e-6  # measured: 2e-7


@pytest.mark.parametrize("seconds", [5_000.0, -5_000.0])
def test_dense_output_is_right_in_any_order(station_state: StateVector, station_body: Body, seconds: float) -> None:
    """satkit's list of instants has to run with the flight; ours need not."""
    engine = numerical._Engine(station_body, GRAVITY_ONLY, SpaceWeather.fixed(), 120e3)
    y = np.concatenate([station_state.position_gcrf_m, station_state.velocity_gcrf_m_s])
    start, end = station_state.epoch.tai_us, station_state.epoch.plus_s(seconds).tai_us
    with numerical._lock:
        result = engine.propagate(y, start, end, False, engine.properties(1e3), None)
        times = np.random.default_rng(2).permutation(np.linspace(start, end, 31).astype(np.int64))
        states = numerical._states(result, times)
    for t, state in zip(times, states, strict=True):
        assert np.allclose(state, result.interp(numerical._sk_time(int(t))), rtol=0, atol=1e-6)


def test_sunlight_closes_there_and_back(station_state: StateVector, observed: SpaceWeather) -> None:
    """Acceptance: 6 mm there and back in a day, through 64 edges of the shadow."""
    body = Body(1e3, 0.0, 1.0, radiation_area_m2=20.0, radiation_coefficient=1.2)
    forces = Forces(gravity_degree=8, drag=False, radiation_pressure=True)
    there = fly(station_state, body, station_state.epoch.plus_days(1.0), weather=observed, forces=forces)
    back = fly(there.end_state, body, station_state.epoch, weather=observed, forces=forces)
    assert np.linalg.norm(back.end_state.position_gcrf_m - station_state.position_gcrf_m) <= 0.006
