"""A planned deorbit: from the hold orbit through a series of burns into an ocean corridor, and what happens where a burn fails.

Model. The burns are finite, against the velocity, flown with the numerical engine through all its forces; what a burn is to reach
(a perigee, an apogee) is found by shooting, and the last burn is moved in time until the middle of the pieces falls on the
aim of the corridor: first to the revolution whose track passes nearest to it, then along the track. Perigee and apogee are
those of the mean ellipse (J2's short periods taken off) above 6,378,137 m at cut-off; heights over the ellipsoid are up to
21 km larger away from the equator. Entry is the first passing of 120 km above the ellipsoid. Below it the
station falls as a point mass to a release height, and pieces from there to the ground (:mod:`stationkeeper.reentry.fall`): a simple
ballistic range of three pieces with the plan's ranges, no break-up, no heating, no winds; the real footprint can be
longer. The branches repeat the plan open loop: later burns as planned, no new plan.

Neglected: attitude during the burns and what holding it costs, tail-off, Cd changing with the flow below 120 km, a change of
drag area, propellant left in lines. Validation status: checked against Mir's deorbit of 2001 and NASA's profile of August 2022
(validation/deorbit_mir).

References
----------
NASA, request for information on a deorbit vehicle (August 2022), as reported. Source key: R118.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
    STANDARD_GRAVITY_M_S2,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import EngineError, InputError, OutOfRangeError
from stationkeeper.core.frames import gcrf_to_itrf, gcrf_to_itrf_state, geodetic, itrf_of_geodetic, itrf_to_gcrf
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR, Flight, Forces, fly
from stationkeeper.flight.lifetime import lifetime
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.fall import Fallen, fall
from stationkeeper.reentry.plan import BurnTable, Plan

Floats = NDArray[np.float64]
ENTRY_M: Final = 120_000.0
_BURN_FLOOR_M: Final = 90_000.0
_PASS_S: Final = 7_200.0
_WAIT_DAYS: Final = 30.0
_REACHED_M: Final = 50.0
_ON_AIM_RAD: Final = math.radians(0.1)
_ROUNDS: Final = 12
_FAR_M: Final = 500_000.0
_SKIPS_S: Final = 2_700.0
_QUICK_S: Final = 4.0
"""Step of a fall whose middle piece alone is wanted: moves its place by less than 5 km (tests/reentry/test_deorbit.py)."""
SHORT: Final = 0.9
"""What a short burn gives of the planned one."""


@dataclass(frozen=True, slots=True)
class BurnFlown:
    """One burn as it was flown.

    Parameters
    ----------
    burn : ignition, duration, thrust, specific impulse.
    delta_v_m_s : change of speed by the rocket equation, above 0; ``lost_m_s`` of it went to gravity and steering.
    propellant_kg : by vehicle, in the plan's order.
    perigee_m, apogee_m : of the mean ellipse at cut-off, above 6,378,137 m.
    mass_after_kg : at cut-off.
    lowest_m, highest_m : heights above the ellipsoid over the revolution after it; None where it comes down in it.
    """

    burn: FiniteBurn
    delta_v_m_s: float
    lost_m_s: float
    propellant_kg: tuple[tuple[str, float], ...]
    perigee_m: float
    apogee_m: float
    mass_after_kg: float
    lowest_m: float | None = None
    highest_m: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ground and when something comes down there."""

    epoch: Epoch
    latitude_rad: float
    longitude_rad: float


@dataclass(frozen=True, slots=True)
class Descent:
    """From 120 km to the ground.

    Parameters
    ----------
    entry : state at 120 km above the ellipsoid, GCRF; latitude_rad, longitude_rad: geodetic, there.
    speed_m_s, flight_path_angle_rad : inertial, below the horizontal negative; azimuth_rad: of the velocity relative to the
        ground, from north over east.
    at_100_km : when 100 km is passed; None where the path rises again before.
    middle, heel, toe : where the middle, the first and the last pieces of the plan's ranges come down.
    length_m : from heel to toe over the ground.
    """

    entry: StateVector
    latitude_rad: float
    longitude_rad: float
    speed_m_s: float
    flight_path_angle_rad: float
    azimuth_rad: float
    at_100_km: Epoch | None
    middle: Place | None
    heel: Place | None
    toe: Place | None
    length_m: float | None


@dataclass(frozen=True, slots=True)
class Branch:
    """What happens where one burn fails or is short, the later ones flown as planned.

    Parameters
    ----------
    label : of the burn; share : of its duration that is flown, 0 for a failed burn.
    perigee_m, apogee_m : when the last burn of the branch is over; None where it is down before.
    hours_to_entry : from the end of the last planned burn; None where it is still up after thirty days.
    controlled : whether it comes down on the pass after the last burn (within two hours).
    descent : of the middle piece; None unless ``controlled``: where it comes down later nobody can say beforehand.
    in_corridor : whether the middle of the pieces lies in the corridor.
    """

    label: str
    share: float
    perigee_m: float | None
    apogee_m: float | None
    hours_to_entry: float | None
    controlled: bool
    descent: Descent | None
    in_corridor: bool


@dataclass(frozen=True, slots=True)
class CrewDates:
    """When the last crew leaves, in the free decay before the plan.

    Parameters
    ----------
    leave, leave_early, leave_late : when the height of leaving is passed; with the high and the low drag.
    last, last_early, last_late : the same for the height below which thrusters alone hold the attitude: after that
        a vehicle may not be able to leave or come.
    """

    leave: Epoch | None
    leave_early: Epoch | None
    leave_late: Epoch | None
    last: Epoch | None
    last_early: Epoch | None
    last_late: Epoch | None
    basis: str


@dataclass(frozen=True, eq=False)
class Deorbit:
    """A flown plan.

    Parameters
    ----------
    delta_v_m_s : sum of the burns.
    propellant : vehicle id, used kg, aboard kg, in the plan's order.
    in_corridor : whether heel, middle and toe all lie in the corridor.
    miss_m : distance of the middle from the aim; None without an aim.
    """

    plan: Plan
    burns: tuple[BurnFlown, ...]
    delta_v_m_s: float
    propellant: tuple[tuple[str, float, float], ...]
    descent: Descent | None
    in_corridor: bool
    miss_m: float | None
    branches: tuple[Branch, ...]
    crew: CrewDates | None
    notes: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)


# ---- small geometry --------------------------------------------------------------------------------------------------


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two places (latitude, longitude in rad) on a sphere of 6,371 km."""
    p, q = ((math.cos(y) * math.cos(x), math.cos(y) * math.sin(x), math.sin(y)) for y, x in (a, b))
    return 6_371_000.0 * math.atan2(float(np.linalg.norm(np.cross(p, q))), float(np.dot(p, q)))


def _wrapped(angle: float) -> float:
    return math.remainder(angle, math.tau)


def _ellipse(state: StateVector) -> tuple[float, float]:
    """Perigee and apogee of the mean ellipse above 6,378,137 m; the osculating one where no mean ellipse holds."""
    try:
        m = MeanOrbit.analytic(state)
    except (InputError, OutOfRangeError):
        return state.perigee_altitude_m, state.apogee_altitude_m
    a, e = m.semi_major_axis_m, m.eccentricity
    return a * (1.0 - e) - EARTH_EQUATORIAL_RADIUS_M, a * (1.0 + e) - EARTH_EQUATORIAL_RADIUS_M


# ---- the flight ------------------------------------------------------------------------------------------------------


@dataclass
class _Job:
    """One plan being flown: what stays the same, and the state so far."""

    plan: Plan
    weather: SpaceWeather
    forces: Forces
    density_factor: float
    mass_kg: float
    area_m2: float
    progress: Callable[[str], None]

    def body(self, mass_kg: float) -> Body:
        return Body(mass_kg, self.area_m2, 1.0, self.density_factor, density_model=self.plan.file.station.density_model)

    def fly(
        self, state: StateVector, mass_kg: float, until: Epoch, burns: tuple[FiniteBurn, ...] = (), floor_m: float = ENTRY_M,
        step_s: float = 60.0,
    ) -> Flight:  # fmt: skip
        return fly(
            state, self.body(mass_kg), until, weather=self.weather, burns=burns, forces=self.forces, floor_m=floor_m,
            output_step_s=step_s, tolerance=1e-10,
        )  # fmt: skip

    # ---- one burn ------------------------------------------------------------------------------------------------

    def finite(self, table: BurnTable, start: Epoch, mass_kg: float, delta_v_m_s: float | None) -> FiniteBurn:
        """The burn with all its engines as one: thrust summed, specific impulse weighed by the flow."""
        engines = [e for _, e in self.plan.engines(table)]
        thrust = math.fsum(e.thrust_n.best for e in engines)
        isp = thrust / math.fsum(e.thrust_n.best / e.specific_impulse_s.best for e in engines)
        by = ", ".join(table.by)
        if delta_v_m_s is None:
            assert table.duration_s is not None  # noqa: S101 - the other ways have a change of speed
            return FiniteBurn(start, table.duration_s, thrust, isp, -1, table.label, by)
        return FiniteBurn.from_delta_v(
            start, -delta_v_m_s, mass_kg, isp, thrust_n=thrust if table.duration_s is None else None,
            duration_s=table.duration_s, label=table.label, by=by,
        )  # fmt: skip

    def length_s(self, table: BurnTable, mass_kg: float, delta_v_m_s: float | None) -> float:
        return self.finite(table, self.plan.epoch, mass_kg, delta_v_m_s).duration_s

    def centred(self, table: BurnTable, centre: Epoch, mass_kg: float, delta_v_m_s: float | None) -> FiniteBurn:
        """The burn whose middle lies at an instant, or that begins when the table says."""
        if table.start is not None:
            return self.finite(table, table.start, mass_kg, delta_v_m_s)
        half = 0.5 * self.length_s(table, mass_kg, delta_v_m_s)
        return self.finite(table, centre.plus_s(-half), mass_kg, delta_v_m_s)

    def solve(self, table: BurnTable, state: StateVector, mass_kg: float, centre: Epoch) -> tuple[FiniteBurn, Flight]:
        """The burn that reaches what the table asks for, and the flight to its cut-off."""
        aim_km, k = (table.perigee_km, 0) if table.perigee_km is not None else (table.apogee_km, 1)
        if aim_km is None:
            burn = self.centred(table, centre, mass_kg, table.delta_v_m_s)
            return burn, self.burnt(state, mass_kg, burn)
        aim_m = 1e3 * aim_km
        n = math.sqrt(GM_EARTH_M3_S2 / state.semi_major_axis_m**3)
        rate = -4.0 / n  # metres of the far apsis per m/s
        at = _ellipse(state)[k]
        if at - aim_m < _REACHED_M:
            raise InputError.one(
                str(self.plan.path), f"burn '{table.label}'", f"{aim_km:g} km, and it is at {at / 1e3:.1f} km before the burn",
                "a height below that", "A burn against the velocity only lowers; leave it out, or burn earlier.",
            )  # fmt: skip
        dv, before = (aim_m - at) / rate, (0.0, at)
        for _ in range(_ROUNDS):
            burn = self.centred(table, centre, mass_kg, dv)
            flight = self.burnt(state, mass_kg, burn)
            got = _ellipse(flight.end_state)[k]
            if abs(got - aim_m) < _REACHED_M:
                return burn, flight
            slope = (got - before[1]) / (dv - before[0])
            before = (dv, got)
            step = (aim_m - got) / (slope if slope < 0.0 else rate)
            dv = max(0.3 * dv, dv + step)
        raise EngineError(
            f"burn '{table.label}' does not reach {aim_km:g} km: {got / 1e3:.1f} km with {before[0]:.1f} m/s"
        )

    def burnt(self, state: StateVector, mass_kg: float, burn: FiniteBurn) -> Flight:
        """Coast to ignition and burn."""
        if burn.start < state.epoch:
            raise InputError.one(
                str(self.plan.path), f"burn '{burn.label}'", f"{burn.duration_s:.0f} s, beginning at {burn.start}",
                f"a beginning after {state.epoch}", "Give it more time: after_hours, or stronger engines, or two burns.",
            )  # fmt: skip
        flight = self.fly(state, mass_kg, burn.end, (burn,), _BURN_FLOOR_M)
        if flight.stopped is not None:
            raise EngineError(
                f"it is down to {_BURN_FLOOR_M / 1e3:.0f} km at {flight.end_state.epoch}, before '{burn.label}' ends"
            )
        return flight

    def passes(self, state: StateVector, mass_kg: float, u_rad: float, earliest: Epoch, latest: Epoch) -> list[Epoch]:
        """When the argument of latitude passes a value between two instants, on the coast."""
        flight = self.fly(state, mass_kg, latest, step_s=30.0)
        path = flight.trajectory
        u = np.array(
            [
                StateVector(e, r, v).argument_of_latitude_rad
                for e, r, v in zip(path.epochs, path.position_gcrf_m, path.velocity_gcrf_m_s, strict=True)
            ]
        )
        off = np.remainder(u - u_rad + math.pi, math.tau) - math.pi
        out = []
        for k in np.flatnonzero((off[:-1] < 0.0) & (off[1:] >= 0.0) & (off[1:] - off[:-1] < 1.0)):
            part = -off[k] / (off[k + 1] - off[k])
            t = path.times_tai_us[k] + part * (path.times_tai_us[k + 1] - path.times_tai_us[k])
            if t >= earliest.tai_us:
                out.append(Epoch(int(t)))
        return out

    def report(self, burn: FiniteBurn, table: BurnTable, flight: Flight) -> BurnFlown:
        flown = flight.burn_reports[-1]
        flows: dict[str, float] = {}
        part = burn.thrust_n / math.fsum(e.thrust_n.best for _, e in self.plan.engines(table))
        for v, e in self.plan.engines(table):
            flow = part * e.thrust_n.best / (STANDARD_GRAVITY_M_S2 * e.specific_impulse_s.best)
            flows[v.id] = flows.get(v.id, 0.0) + flow * burn.duration_s
        perigee, apogee = _ellipse(flight.end_state)
        end = flight.end_state
        around = self.fly(end, flight.end_mass_kg, end.epoch.plus_s(end.period_s))
        heights = around.trajectory.geodetic().height_m if around.stopped is None else None
        return BurnFlown(
            burn, abs(flown.ideal_delta_v_m_s), flown.loss_m_s, tuple(flows.items()), perigee, apogee, flight.end_mass_kg,
            None if heights is None else float(heights.min()), None if heights is None else float(heights.max()),
        )  # fmt: skip

    # ---- down ----------------------------------------------------------------------------------------------------

    def entry(self, state: StateVector, mass_kg: float, seconds: float = _PASS_S) -> StateVector | None:
        """The state at 120 km, or None where it stays above for so long."""
        flight = self.fly(state, mass_kg, state.epoch.plus_s(seconds), step_s=300.0)
        return flight.end_state if flight.stopped == ALTITUDE_FLOOR else None

    def descent(self, entry: StateVector, mass_kg: float, whole: bool = True) -> Descent:
        """From the entry to the ground; unless ``whole``, the middle piece alone."""
        s = self.plan.file.station
        ratio = 1.0 / self.body(mass_kg).drag_m2_kg
        best = (1e3 * s.release_km.best, s.piece_kg_m2.best)
        release, piece = [best[0]], [best[1]]
        if whole:
            release += [1e3 * s.release_km.bounds[1], 1e3 * s.release_km.bounds[0]]
            piece += [s.piece_kg_m2.bounds[0], s.piece_kg_m2.bounds[1]]
        down = fall(
            entry, self.weather, ratio, release, piece, heights_m=[100_000.0], step_s=1.0 if whole else _QUICK_S
        )
        places = [_landed(entry.epoch, down, k) for k in range(len(release))] + [None, None]
        middle, heel, toe = places[:3]
        length = None
        if heel is not None and toe is not None:
            length = distance_m((heel.latitude_rad, heel.longitude_rad), (toe.latitude_rad, toe.longitude_rad))
        passed = float(down.passed_s[0, 0])
        at = geodetic(gcrf_to_itrf(entry.epoch, entry.position_gcrf_m))
        r, v = entry.position_gcrf_m, entry.velocity_gcrf_m_s
        angle = math.asin(float(r @ v) / (entry.radius_m * entry.speed_m_s))
        return Descent(
            entry, float(at.latitude_rad[0]), float(at.longitude_rad[0]), entry.speed_m_s, angle, _azimuth(entry),
            None if math.isnan(passed) else entry.epoch.plus_s(passed), middle, heel, toe, length,
        )  # fmt: skip

    def u_of(self, state: StateVector, place: Place) -> float:
        """Argument of latitude of a place at an instant, in the orbit's plane of the state."""
        ground = itrf_of_geodetic(place.latitude_rad, place.longitude_rad, 0.0)
        r = itrf_to_gcrf(place.epoch, ground)[0]
        h = state.angular_momentum_m2_s / np.linalg.norm(state.angular_momentum_m2_s)
        node = np.array([math.cos(state.raan_rad), math.sin(state.raan_rad), 0.0])
        return math.atan2(float(r @ np.cross(h, node)), float(r @ node))

    def shot(
        self, table: BurnTable, state: StateVector, mass_kg: float, centre: Epoch
    ) -> tuple[FiniteBurn, Flight, Descent]:
        """The last burn with its middle at an instant, and where the middle of the pieces then falls."""
        burn, flight = self.solve(table, state, mass_kg, centre)
        entry = self.entry(flight.end_state, flight.end_mass_kg)
        if entry is None:
            raise EngineError(
                f"'{table.label}' leaves a perigee of {_ellipse(flight.end_state)[0] / 1e3:.0f} km: it does not come down"
            )
        down = self.descent(entry, flight.end_mass_kg, whole=False)
        if down.middle is None:
            raise EngineError(f"after '{table.label}' no piece of the middle comes down within two hours")
        return burn, flight, down

    def aimed(self, table: BurnTable, state: StateVector, mass_kg: float, earliest: Epoch) -> tuple[FiniteBurn, Flight]:
        """The last burn at the time that brings the middle of the pieces to the aim."""
        c = self.plan.file.corridor
        assert table.argument_of_latitude_deg is not None  # noqa: S101 - checked by the loader
        assert c.aim_argument_of_latitude_deg is not None and c.aim_longitude_deg is not None  # noqa: S101
        latest = earliest.plus_s(3_600.0 * c.window_hours + 6_000.0)
        times = self.passes(state, mass_kg, math.radians(table.argument_of_latitude_deg), earliest, latest)
        if not times:
            raise EngineError(f"it is down before '{table.label}' can be flown, between {earliest} and {latest}")
        a = state.semi_major_axis_m
        n = math.sqrt(GM_EARTH_M3_S2 / a**3)
        node = -1.5 * J2_EARTH * (EARTH_EQUATORIAL_RADIUS_M / a) ** 2 * n * math.cos(state.inclination_rad)
        aim_u, aim_lon = math.radians(c.aim_argument_of_latitude_deg), math.radians(c.aim_longitude_deg)
        shift = 0.0

        def one(base: Epoch) -> tuple[FiniteBurn, Flight, Descent, float]:
            nonlocal shift
            for _ in range(_ROUNDS):
                burn, flight, down = self.shot(table, state, mass_kg, base.plus_s(shift))
                assert down.middle is not None  # noqa: S101 - shot gives one
                off = _wrapped(aim_u - self.u_of(flight.end_state, down.middle))
                if abs(off) < _ON_AIM_RAD:
                    return burn, flight, down, off
                shift += off / n
                if base.plus_s(shift) - state.epoch < 0.6 * burn.duration_s:
                    shift += math.tau / n  # there is no time before: a revolution later
            raise EngineError(f"'{table.label}': no time brings the pieces to the aim")

        self.progress("aiming the last burn")
        _, _, down, _ = one(times[0])
        assert down.middle is not None  # noqa: S101
        first = down.middle.longitude_rad
        miss = [abs(_wrapped(first + (t - times[0]) * (node - EARTH_ROTATION_RATE_RAD_S) - aim_lon)) for t in times]
        burn, flight, _, _ = one(times[int(np.argmin(miss))])
        return burn, flight


def _landed(start: Epoch, down: Fallen, k: int) -> Place | None:
    if math.isnan(down.seconds[k]):
        return None
    return Place(start.plus_s(float(down.seconds[k])), float(down.latitude_rad[k]), float(down.longitude_rad[k]))


def _azimuth(state: StateVector) -> float:
    """Direction of the velocity relative to the ground, from north over east, 0 to 2 pi."""
    r, v = (x[0] for x in gcrf_to_itrf_state(state.epoch, state.position_gcrf_m, state.velocity_gcrf_m_s))
    at = geodetic(r)
    lat, lon = float(at.latitude_rad[0]), float(at.longitude_rad[0])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    north = np.array([-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)])
    return math.atan2(float(v @ east), float(v @ north)) % math.tau


# ---- the door --------------------------------------------------------------------------------------------------------


def fly_plan(
    plan: Plan,
    *,
    branches: bool = True,
    crew: bool = True,
    density_factor: float = 1.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Deorbit:
    """Fly a plan: its burns, its descent, the branches where a burn fails or is short, and the crew's last dates.

    Parameters
    ----------
    branches, crew : whether to fly these too.
    density_factor : on the air density of the whole flight.

    Raises
    ------
    InputError
        For a burn that has no time to be flown or asks for a height that it is already below.
    EngineError
        For a plan that comes down before its last burn, or whose aimed last burn does not bring it down.
    """
    s = plan.file.station
    mass = s.mass_kg.best
    job = _Job(
        plan, plan.weather(), Forces(gravity_degree=20), density_factor, mass, s.cdam_m2_kg.best * mass, progress
    )  # fmt: skip
    state = start = plan.state()
    flown: list[BurnFlown] = []
    flight: Flight | None = None
    for k, table in enumerate(plan.file.burn):
        progress(f"burn {k + 1} of {len(plan.file.burn)}")
        earliest = state.epoch.plus_s(3_600.0 * table.after_hours)
        aimed = k == len(plan.file.burn) - 1 and plan.file.corridor.aim_longitude_deg is not None
        if aimed:
            burn, flight = job.aimed(table, state, mass, earliest)
        else:
            centre = _centre(job, table, state, mass, earliest)
            burn, flight = job.solve(table, state, mass, centre)
        flown.append(job.report(burn, table, flight))
        state, mass = flight.end_state, flight.end_mass_kg
    assert flight is not None  # noqa: S101 - a plan has burns
    entry = job.entry(state, mass)
    down = None if entry is None else job.descent(entry, mass)
    c = plan.file.corridor
    used = {v.id: math.fsum(kg for b in flown for i, kg in b.propellant_kg if i == v.id) for v in plan.file.vehicle}
    propellant = tuple((v.id, used[v.id], v.propellant_kg.best) for v in plan.file.vehicle)
    notes = [plan.file.note.strip()] if plan.file.note.strip() else []
    for vehicle, kg, aboard in propellant:
        if kg > aboard:
            notes.append(
                f"{vehicle} would need {kg:,.0f} kg and has {aboard:,.0f} kg: the plan cannot be flown as it stands"
            )
    miss = _miss(plan, state, down)
    if miss is not None and miss > _FAR_M:
        notes.append(
            f"no track within the window passes nearer to the aim than {miss / 1e3:,.0f} km: begin earlier or later"
        )
    if down is None:
        notes.append("after the last burn it does not come down on the same pass")
    made = tuple(flown)
    return Deorbit(
        plan, made, math.fsum(b.delta_v_m_s for b in made), propellant, down, _inside(plan, down), miss,
        _branches(job, start, made) if branches else (), _crew(job, plan) if crew else None, tuple(notes),
        {**flight.settings, "footprint": "simple ballistic range of three pieces (reentry/fall.py)", "corridor": c.name, "density_factor": density_factor},
    )  # fmt: skip


def _centre(job: _Job, table: BurnTable, state: StateVector, mass_kg: float, earliest: Epoch) -> Epoch:
    """The middle of a burn: the first pass of its place that leaves time for its first half."""
    if table.start is not None:
        return table.start
    assert table.argument_of_latitude_deg is not None  # noqa: S101 - one of the two
    dv = table.delta_v_m_s
    if dv is None and table.duration_s is None:
        wanted = table.perigee_km if table.perigee_km is not None else table.apogee_km
        at = _ellipse(state)[0 if table.perigee_km is not None else 1]
        n = math.sqrt(GM_EARTH_M3_S2 / state.semi_major_axis_m**3)
        dv = max(0.1, 0.25 * n * (at - 1e3 * (wanted or 0.0)))
    half = 0.55 * job.length_s(table, mass_kg, dv)
    first = earliest.plus_s(half)
    times = job.passes(
        state, mass_kg, math.radians(table.argument_of_latitude_deg), first, first.plus_s(1.2 * state.period_s)
    )
    if not times:
        raise EngineError(f"it is down before '{table.label}' can be flown, after {first}")
    return times[0]


def _inside(plan: Plan, down: Descent | None) -> bool:
    places = [] if down is None else [down.heel, down.middle, down.toe]
    return bool(places) and all(
        p is not None and plan.file.corridor.holds(math.degrees(p.latitude_rad), math.degrees(p.longitude_rad))
        for p in places
    )


def _miss(plan: Plan, state: StateVector, down: Descent | None) -> float | None:
    """Distance of the middle from the aim: along the track by argument of latitude, and across by longitude."""
    c = plan.file.corridor
    if down is None or down.middle is None or c.aim_argument_of_latitude_deg is None or c.aim_longitude_deg is None:
        return None
    latitude = math.asin(math.sin(state.inclination_rad) * math.sin(math.radians(c.aim_argument_of_latitude_deg)))
    m = down.middle
    return distance_m((latitude, math.radians(c.aim_longitude_deg)), (m.latitude_rad, m.longitude_rad))


def _branches(job: _Job, start: StateVector, flown: tuple[BurnFlown, ...]) -> tuple[Branch, ...]:
    out = []
    for k, b in enumerate(flown):
        for share in (0.0, SHORT):
            job.progress(f"branch: {b.burn.label} {'fails' if share == 0.0 else 'short'}")
            out.append(_branch(job, start, flown, k, share))
    return tuple(out)


def _branch(job: _Job, start: StateVector, flown: tuple[BurnFlown, ...], which: int, share: float) -> Branch:
    burns = [b.burn for b in flown]
    end = burns[-1].end
    if share == 0.0:
        burns.pop(which)
    else:
        burns[which] = replace(burns[which], duration_s=share * burns[which].duration_s)
    flight = job.fly(start, job.mass_kg, end, tuple(burns))
    mass, controlled = flight.end_mass_kg, True
    ellipse: tuple[float | None, float | None] = (None, None)
    if flight.stopped == ALTITUDE_FLOOR:
        entry: StateVector | None = flight.end_state
    else:
        ellipse = _ellipse(flight.end_state)
        entry = job.entry(flight.end_state, mass)
        if entry is None:
            controlled = False
            entry = job.entry(flight.end_state, mass, 86_400.0 * _WAIT_DAYS)
    down = job.descent(entry, mass, whole=False) if entry is not None and controlled else None
    hours = None if entry is None else (entry.epoch - end) / 3_600.0
    if down is not None and (down.middle is None or down.middle.epoch - down.entry.epoch > _SKIPS_S):
        down, controlled = None, False  # it dips into the air, rises again and comes down on a later revolution
    inside = False
    if down is not None and down.middle is not None:
        m = down.middle
        inside = job.plan.file.corridor.holds(math.degrees(m.latitude_rad), math.degrees(m.longitude_rad))
    return Branch(
        flown[which].burn.label, share, ellipse[0], ellipse[1], hours, controlled and entry is not None, down, inside
    )


def _crew(job: _Job, plan: Plan) -> CrewDates | None:
    """The free decay from the height of the plan's crew table, with the averaged engine and the ends of the drag."""
    c = plan.file.crew
    if c is None:
        return None
    job.progress("free decay for the crew's last dates")
    inclination = plan.state().inclination_rad
    state = MeanOrbit(c.from_, EARTH_EQUATORIAL_RADIUS_M + 1e3 * c.from_km, 0.0, 0.0, inclination, 0.0, 0.0).to_state()
    heights = (1e3 * c.leave_km, 1e3 * c.no_control_km)
    dates: list[list[Epoch | None]] = []
    for factor in (1.0, c.drag_factor_high, c.drag_factor_low):
        life = lifetime(
            state,
            job.body(job.mass_kg).with_density_scale(job.density_factor * factor),
            weather=job.weather,
            altitudes_m=heights,
        )
        dates.append([life.crossing(h).mean_epoch or life.crossing(h).epoch for h in heights])
    (leave, last), (leave_early, last_early), (leave_late, last_late) = dates
    basis = (
        f"free decay from {c.from_km:g} km on {c.from_.date} with the plan's drag, times {c.drag_factor_high:g} (early) and "
        f"{c.drag_factor_low:g} (late), through {c.leave_km:g} km (leave) and {c.no_control_km:g} km (no control without thrusters)"
    )
    return CrewDates(leave, leave_early, leave_late, last, last_early, last_late, basis)


__all__ = ["ENTRY_M", "Branch", "BurnFlown", "CrewDates", "Deorbit", "Descent", "Place", "distance_m", "fly_plan"]
