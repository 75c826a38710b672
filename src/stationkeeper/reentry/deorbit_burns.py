"""The burns of a planned deorbit: flown through all forces, solved for what each is to reach, the last one aimed.

Model. Burns are finite, against the velocity, flown with the numerical engine; what a burn is to reach (a perigee, an
apogee) is found by shooting, and the last burn is moved in time until the middle of the pieces falls on the aim of the
corridor: first to the revolution whose track passes nearest to it, then along the track. How far beyond the entry the
middle lies is taken from the break-up itself, and taken anew where the aim was missed by it. Perigee and apogee are those
of the mean ellipse (J2's short periods taken off) above 6,378,137 m at cut-off; heights over the ellipsoid are up to 21 km
larger away from the equator.

Neglected: attitude during the burns and what holding it costs, tail-off, a change of drag area, propellant left in lines.
Validation status: checked against Mir's deorbit of 2001 and NASA's profile of August 2022 (validation/planned_deorbits).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_ROTATION_RATE_RAD_S,
    GM_EARTH_M3_S2,
    J2_EARTH,
    STANDARD_GRAVITY_M_S2,
)
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines.numerical import ALTITUDE_FLOOR, Flight, Forces, fly
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector
from stationkeeper.reentry.deorbit_ground import (
    ENTRY_M,
    Descent,
    Entry,
    Place,
    argument_of_latitude_rad,
    entry_at,
    few_pieces,
    middle_of,
)
from stationkeeper.reentry.pieces import Piece
from stationkeeper.reentry.plan import BurnTable, Plan
from stationkeeper.reentry.survivors import Survivors

BURN_FLOOR_M: Final = 90_000.0
"""How low it may be at cut-off; what has come down so far does not rise again."""
PASS_S: Final = 7_200.0
"""Entry within so long after the last burn is on the pass that was meant."""
_SKIPS_S: Final = 2_700.0
_REACHED_M: Final = 50.0
_ON_AIM_RAD: Final = math.radians(0.1)
_MIDDLE_RAD: Final = math.radians(0.5)
"""How far the middle of a few members may then lie from the aim: it jumps from piece to piece by some tens of km."""
_ROUNDS: Final = 12
_LONGEST_S: Final = 20_000.0
"""The longest burn that is flown, as that of ``duration_s``."""


@dataclass(frozen=True, slots=True)
class BurnFlown:
    """One burn as it was flown.

    Parameters
    ----------
    burn : ignition, duration, thrust, specific impulse.
    delta_v_m_s : change of speed by the rocket equation, above 0; ``lost_m_s`` of it went to gravity and steering.
    propellant_kg : by vehicle, in the plan's order; ends for the ranges of mass and specific impulse (of a burn of given length:
        of thrust and specific impulse).
    perigee_m, apogee_m : of the mean ellipse at cut-off, above 6,378,137 m.
    mass_after_kg : at cut-off.
    lowest_m, highest_m : heights above the ellipsoid over the revolution after it; None where it comes down in it.
    """

    burn: FiniteBurn
    delta_v_m_s: float
    lost_m_s: float
    propellant_kg: tuple[tuple[str, Range], ...]
    perigee_m: float
    apogee_m: float
    mass_after_kg: float
    lowest_m: float | None = None
    highest_m: float | None = None


def ellipse_m(state: StateVector) -> tuple[float, float]:
    """Perigee and apogee of the mean ellipse above 6,378,137 m; the osculating one where no mean ellipse holds."""
    try:
        m = MeanOrbit.analytic(state)
    except (InputError, OutOfRangeError):
        return state.perigee_altitude_m, state.apogee_altitude_m
    a, e = m.semi_major_axis_m, m.eccentricity
    return a * (1.0 - e) - EARTH_EQUATORIAL_RADIUS_M, a * (1.0 + e) - EARTH_EQUATORIAL_RADIUS_M


def _aimed_at(table: BurnTable) -> str:
    """The key that says how much a burn is to give."""
    keys = ("perigee_km", "apogee_km", "delta_v_m_s", "duration_s")
    return next(k for k in keys if getattr(table, k) is not None)


def _rate_rad_s(state: StateVector) -> float:
    return math.sqrt(GM_EARTH_M3_S2 / state.semi_major_axis_m**3)


@dataclass
class Job:
    """One plan being flown: what stays the same, and how far beyond its entry the middle of the pieces lies."""

    plan: Plan
    weather: SpaceWeather
    density_factor: float
    mass_kg: float
    area_m2: float
    pieces: tuple[Piece, ...]
    progress: Callable[[str], None]
    forces: Forces = field(default_factory=lambda: Forces(gravity_degree=20))
    beyond_rad: float | None = None
    _last: tuple[Epoch, Survivors] | None = None

    def body(self, mass_kg: float, air: float = 1.0) -> Body:
        """The stack; ``air``: a factor on the density on top of the plan's."""
        model = self.plan.file.station.density_model
        return Body(mass_kg, self.area_m2, 1.0, air * self.density_factor, density_model=model)

    def fly(
        self, state: StateVector, mass_kg: float, until: Epoch, burns: tuple[FiniteBurn, ...] = (), floor_m: float = ENTRY_M,
        step_s: float = 60.0, air: float = 1.0,
    ) -> Flight:  # fmt: skip
        """Fly the stack."""
        return fly(
            state, self.body(mass_kg, air), until, weather=self.weather, burns=burns, forces=self.forces, floor_m=floor_m,
            output_step_s=step_s, tolerance=1e-10,
        )  # fmt: skip

    # ---- one burn ------------------------------------------------------------------------------------------------

    def _finite(self, table: BurnTable, start: Epoch, mass_kg: float, delta_v_m_s: float | None) -> FiniteBurn:
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

    def _length_s(self, table: BurnTable, mass_kg: float, delta_v_m_s: float | None) -> float:
        return self._finite(table, self.plan.epoch, mass_kg, delta_v_m_s).duration_s

    def _centred(self, table: BurnTable, centre: Epoch, mass_kg: float, delta_v_m_s: float | None) -> FiniteBurn:
        """The burn whose middle lies at an instant, or that begins when the table says."""
        if table.start is not None:
            return self._finite(table, table.start, mass_kg, delta_v_m_s)
        half = 0.5 * self._length_s(table, mass_kg, delta_v_m_s)
        return self._finite(table, centre.plus_s(-half), mass_kg, delta_v_m_s)

    def solve(self, table: BurnTable, state: StateVector, mass_kg: float, centre: Epoch) -> tuple[FiniteBurn, Flight]:
        """The burn that reaches what the table asks for, and the flight to its cut-off."""
        aim_km, k = (table.perigee_km, 0) if table.perigee_km is not None else (table.apogee_km, 1)
        if aim_km is None:
            burn = self._centred(table, centre, mass_kg, table.delta_v_m_s)
            return burn, self._burnt(table, state, mass_kg, burn)
        aim_m = 1e3 * aim_km
        rate = -4.0 / _rate_rad_s(state)  # metres of the far apsis per m/s
        at = ellipse_m(state)[k]
        if at - aim_m < _REACHED_M:
            raise self._refusal(
                table, f"{aim_km:g} km, and it is at {at / 1e3:.1f} km before the burn", "a height below that",
                "A burn against the velocity only lowers; leave it out, or burn earlier.", key=_aimed_at(table),
            )  # fmt: skip
        dv, before = (aim_m - at) / rate, (0.0, at)
        for _ in range(_ROUNDS):
            burn = self._centred(table, centre, mass_kg, dv)
            flight = self._burnt(table, state, mass_kg, burn)
            got = ellipse_m(flight.end_state)[k]
            if abs(got - aim_m) < _REACHED_M:
                return burn, flight
            slope = (got - before[1]) / (dv - before[0])
            before = (dv, got)
            step = (aim_m - got) / (slope if slope < 0.0 else rate)
            dv = max(0.3 * dv, dv + step)
        raise self._refusal(
            table, f"{aim_km:g} km, and with {before[0]:.1f} m/s it comes to {got / 1e3:.1f} km", "a height that one burn reaches",
            key=_aimed_at(table),
        )  # fmt: skip

    def _refusal(self, table: BurnTable, found: str, expected: str, remedy: str = "", key: str = "") -> InputError:
        """What is wrong with a burn of the plan, with its line; and with which air, where that is not the plan's."""
        if self.density_factor != 1.0:
            remedy = f"{remedy} The air is {self.density_factor:g} times the model's.".lstrip()
        at = self.plan.key_of(table)
        return self.plan.refusal(f"{at}.{key}" if key else at, f"'{table.label}': {found}", expected, remedy)

    def _down_before(self, table: BurnTable, when: str) -> InputError:
        """It comes down before a burn."""
        return self._refusal(
            table, f"it is down before this can be flown, {when}", "a burn while it is in orbit",
            "Burn earlier (after_hours), or begin higher.", key="start" if table.start is not None else "argument_of_latitude_deg",
        )  # fmt: skip

    def _burnt(self, table: BurnTable, state: StateVector, mass_kg: float, burn: FiniteBurn) -> Flight:
        """Coast to ignition and burn."""
        if burn.start < state.epoch:
            raise self._refusal(
                table, f"{burn.duration_s:.0f} s, beginning at {burn.start}", f"a beginning after {state.epoch}",
                "Give it more time: after_hours, or stronger engines, or two burns.",
            )  # fmt: skip
        flight = self.fly(state, mass_kg, burn.end, (burn,), BURN_FLOOR_M)
        if flight.stopped is not None:
            raise self._refusal(
                table, f"it is down to {BURN_FLOOR_M / 1e3:.0f} km at {flight.end_state.epoch}, before the burn ends",
                "a burn that ends above that", "Burn earlier, ask for a higher perigee, or use stronger engines.",
            )  # fmt: skip
        return flight

    def _passes(self, state: StateVector, mass_kg: float, u_rad: float, earliest: Epoch, latest: Epoch) -> list[Epoch]:
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

    def centre(self, table: BurnTable, state: StateVector, mass_kg: float, earliest: Epoch) -> Epoch:
        """The middle of a burn: the first pass of its place that leaves time for its first half."""
        if table.start is not None:
            return table.start
        assert table.argument_of_latitude_deg is not None  # noqa: S101 - one of the two
        dv = table.delta_v_m_s
        if dv is None and table.duration_s is None:
            wanted = table.perigee_km if table.perigee_km is not None else table.apogee_km
            at = ellipse_m(state)[0 if table.perigee_km is not None else 1]
            dv = max(0.1, 0.25 * _rate_rad_s(state) * (at - 1e3 * (wanted or 0.0)))
        length = self._length_s(table, mass_kg, dv)
        if length > _LONGEST_S:
            raise self._refusal(
                table, f"a burn of {length / 3_600.0:,.1f} hours", f"one of at most {_LONGEST_S / 3_600.0:.1f} hours",
                "Stronger engines, or several burns.", key="by",
            )  # fmt: skip
        half = 0.55 * length
        first = earliest.plus_s(half)
        times = self._passes(
            state, mass_kg, math.radians(table.argument_of_latitude_deg), first, first.plus_s(1.2 * state.period_s)
        )
        if not times:
            raise self._down_before(table, f"after {first}")
        return times[0]

    def report(self, burn: FiniteBurn, table: BurnTable, flight: Flight) -> BurnFlown:
        """The burn, what it used, and the orbit after it."""
        flown = flight.burn_reports[-1]
        mass = Range.of(self.plan.file.station.mass_kg)
        flows: dict[str, Range] = {}
        part = burn.thrust_n / math.fsum(e.thrust_n.best for _, e in self.plan.engines(table))
        for v, e in self.plan.engines(table):
            isp = Range.of(e.specific_impulse_s)
            flow = part * e.thrust_n.best / (STANDARD_GRAVITY_M_S2 * isp.best)
            factor = Range.of(e.thrust_n) if table.delta_v_m_s is None and table.duration_s is not None else mass
            used = factor.scaled(1.0 / factor.best).times(Range(isp.best, isp.best, isp.best).over(isp))
            used = used.scaled(flow * burn.duration_s)
            flows[v.id] = flows[v.id] + used if v.id in flows else used
        end = flight.end_state
        perigee, apogee = ellipse_m(end)
        around = self.fly(end, flight.end_mass_kg, end.epoch.plus_s(end.period_s))
        heights = around.trajectory.geodetic().height_m if around.stopped is None else None
        return BurnFlown(
            burn, abs(flown.ideal_delta_v_m_s), flown.loss_m_s, tuple(flows.items()), perigee, apogee, flight.end_mass_kg,
            None if heights is None else float(heights.min()), None if heights is None else float(heights.max()),
        )  # fmt: skip

    # ---- down ----------------------------------------------------------------------------------------------------

    def entry(
        self, state: StateVector, mass_kg: float, *, seconds: float = PASS_S, air: float = 1.0
    ) -> StateVector | None:
        """The state at 120 km, or None where it stays above for so long."""
        flight = self.fly(state, mass_kg, state.epoch.plus_s(seconds), step_s=300.0, air=air)
        return flight.end_state if flight.stopped == ALTITUDE_FLOOR else None

    def descent(self, state: StateVector, mass_kg: float) -> Descent | None:
        """From 120 km to the ground; None where it rises again and comes down on a later revolution."""
        passed = []
        for floor in (100_000.0, BURN_FLOOR_M):
            flight = self.fly(state, mass_kg, state.epoch.plus_s(_SKIPS_S), floor_m=floor, step_s=300.0)
            if flight.stopped != ALTITUDE_FLOOR:
                return None
            passed.append(flight.end_state.epoch)
        entry = entry_at(state)
        few = self._few(entry)
        return Descent(entry, passed[0], middle_of(few, few.downrange_m, entry.epoch), few)

    def _few(self, entry: Entry) -> Survivors:
        """A few members from an entry; the last ones are kept, for the aim ends where the descent begins."""
        if self._last is None or self._last[0] != entry.epoch:
            self._last = (entry.epoch, few_pieces(self.pieces, entry))
        return self._last[1]

    def _middle(self, entry: Entry) -> Place:
        """The middle of the pieces, and how far it lies beyond the entry from now on."""
        few = self._few(entry)
        place = middle_of(few, few.downrange_m, entry.epoch)
        beyond = argument_of_latitude_rad(entry.state, place) - entry.state.argument_of_latitude_rad
        self.beyond_rad = beyond % math.tau
        return place

    # ---- the aim -------------------------------------------------------------------------------------------------

    def _shot(
        self, table: BurnTable, state: StateVector, mass_kg: float, centre: Epoch
    ) -> tuple[FiniteBurn, Flight, Entry]:
        """The last burn with its middle at an instant, and the entry after it."""
        burn, flight = self.solve(table, state, mass_kg, centre)
        entry = self.entry(flight.end_state, flight.end_mass_kg)
        if entry is None:
            raise self._refusal(
                table, f"it leaves a perigee of {ellipse_m(flight.end_state)[0] / 1e3:.0f} km and does not come down on that pass",
                "a perigee low enough to aim by", key=_aimed_at(table),
            )  # fmt: skip
        return burn, flight, entry_at(entry)

    def aimed(self, table: BurnTable, state: StateVector, mass_kg: float, earliest: Epoch) -> tuple[FiniteBurn, Flight]:
        """The last burn at the time that brings the middle of the pieces to the aim."""
        c = self.plan.file.corridor
        assert table.argument_of_latitude_deg is not None  # noqa: S101 - checked by the loader
        assert c.aim_argument_of_latitude_deg is not None and c.aim_longitude_deg is not None  # noqa: S101
        latest = earliest.plus_s(3_600.0 * c.window_hours + 6_000.0)
        times = self._passes(state, mass_kg, math.radians(table.argument_of_latitude_deg), earliest, latest)
        if not times:
            raise self._down_before(table, f"between {earliest} and {latest}")
        a, n = state.semi_major_axis_m, _rate_rad_s(state)
        node = -1.5 * J2_EARTH * (EARTH_EQUATORIAL_RADIUS_M / a) ** 2 * n * math.cos(state.inclination_rad)
        aim_u, aim_lon = math.radians(c.aim_argument_of_latitude_deg), math.radians(c.aim_longitude_deg)
        shift, rate = 0.0, n

        def one(base: Epoch) -> tuple[FiniteBurn, Flight, Place]:
            nonlocal shift, rate
            before: tuple[float, float] | None = None
            for _ in range(_ROUNDS):
                burn, flight, entry = self._shot(table, state, mass_kg, base.plus_s(shift))
                if self.beyond_rad is None:
                    self._middle(entry)
                assert self.beyond_rad is not None  # noqa: S101 - just found
                off = math.remainder(aim_u - entry.state.argument_of_latitude_rad - self.beyond_rad, math.tau)
                if abs(off) < _ON_AIM_RAD:  # near: is it so with the pieces of this very entry?
                    place = self._middle(entry)
                    off = math.remainder(aim_u - argument_of_latitude_rad(entry.state, place), math.tau)
                    if abs(off) < _MIDDLE_RAD:
                        return burn, flight, place
                elif before is not None and before[0] != shift:
                    rate = float(np.clip((before[1] - off) / (shift - before[0]), 0.3 * n, 2.0 * n))
                before = (shift, off)
                shift += off / rate
                if base.plus_s(shift) - state.epoch < 0.6 * burn.duration_s:
                    shift += math.tau / n  # there is no time before: a revolution later
            raise self._refusal(
                table, "no time brings the pieces to the aim", "a burn that can be aimed", "A lower perigee makes their place surer.",
                key=_aimed_at(table),
            )  # fmt: skip

        self.progress("aiming the last burn")
        burn, flight, place = one(times[0])
        drift = node - EARTH_ROTATION_RATE_RAD_S
        miss = [abs(math.remainder(place.longitude_rad + (t - times[0]) * drift - aim_lon, math.tau)) for t in times]
        best = int(np.argmin(miss))
        return (burn, flight) if best == 0 else one(times[best])[:2]


__all__ = ["BURN_FLOOR_M", "PASS_S", "BurnFlown", "Job", "ellipse_m"]
