"""Attitude: what can point this stack and hold it, for how long, and at what cost in propellant.

Model (:mod:`torques`): the stack is a rigid body of boxes with the mass, place and size of its parts; the air pushes at the mean
place of its drag areas. The attitude held is the torque-equilibrium attitude (TEA). What then fills the gyroscopes is the part of
the air's torque about the orbit's normal that the attitude does not balance (``UNFOLLOWED``): that is the secular part, the same
direction orbit after orbit. What the air's daily bulge and roll and yaw torques bring comes and goes within an orbit and only
takes up room. Holding the station frame along the orbit frame instead, as for a docking, leaves the whole gravity torque; both
are given. Unloading and holding by thrusters: impulse over (arm x specific impulse), with the best arm that a working thruster
has about each axis. Thrusters hold a dead band about the TEA (best, low) or the orbit frame (high). Gyroscopes no longer hold it below
the floor of the station's rules, or, where these name none, where what one orbit brings exceeds their momentum.
Neglected: dockings, reboosts and turns to and from them (10 to 40 kg for a Soyuz undocking, 50 kg for a half turn by thrusters, by
published accounts), vents, moving crew and arms, limit cycles of the thrusters' least pulse, thrusters that push as well as turn,
flexing, stations that keep facing the Sun instead of the Earth (Skylab with a crew), what the gyroscopes already hold.
Losing a gyroscope, thruster or tank never improves status or margins. Losing a part of the structure changes inertia and arms, so
that days and kg a day may then go either way.
Validation status: validated (validation/functions/test_attitude.py: published inertias, TEA, the floor of 220 km, propellant
of February 2005, the turn of July 2021).

References
----------
R111 to R118, R113 in data/stations/iss: gyroscopes, momentum, thrusters, the published inertia of an earlier stage, the floor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.model import Quantity
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.environment.density_error import QUIET_SIGMA
from stationkeeper.functions import torques
from stationkeeper.functions.assessment import Assessment, Margin, Provider, providers
from stationkeeper.functions.propellant import supplies, within_reach
from stationkeeper.functions.surroundings import surroundings_of
from stationkeeper.functions.torques import Angles
from stationkeeper.functions.words import number, span, time
from stationkeeper.station.configuration import Configuration, Node, Stack, type_of
from stationkeeper.station.mass import MassProperties, stack_mass_properties
from stationkeeper.station.schema import Equipment

Array = NDArray[np.float64]

UNFOLLOWED: Final = Range(QUIET_SIGMA, 0.05, 1.0)
"""Part of the air's torque that the attitude held does not balance (assumed). Best: it was set for the air of the day before, whose
density differs by 15 % (one standard deviation); low: a controller that follows the air; high: set by gravity alone."""
AIR_SWING: Final = Range(0.25, 0.10, 0.45)
"""Once-an-orbit part of the density over its mean: NRLMSISE-00 gives 0.39 at 418 km and 0.11 at 200 km for March 2022 (derived)."""
ARM_SPREAD: Final = 0.5
"""Part by which the arm of the air may be longer or shorter: arrays that turn carry most of the drag (assumed)."""
ARM_LEAST_M: Final = 0.5
"""The centre of pressure is known no better than this (assumed)."""
UNKNOWN_ISP_S: Final = Range(250.0, 60.0, 300.0)
"""Specific impulse of thrusters for which the data give none: cold gas to storable propellants (assumed)."""
DEAD_BAND_RAD: Final = Range(math.radians(1.0), math.radians(0.5), math.radians(3.0))
"""Half width of the band in which thrusters leave the attitude alone where the data give none (assumed)."""
START_ERROR_RAD: Final = Range(math.radians(1.0), math.radians(0.2), math.radians(10.0))
"""Error of attitude at the moment in which nobody holds it any more (assumed)."""

NO_ORBIT = "torques, momentum and propellant a day need an orbit, which neither the flight nor the station's data give"
NO_AIR = "how fast momentum grows needs the density of the air and a drag area, which are not known here"
NO_MOMENTUM = "how long the gyroscopes last needs their momentum, which the data do not give"


# ---- who can do it --------------------------------------------------------------------------------------------------


def thrusters(stack: Stack) -> list[Provider]:
    """Working providers that can turn the stack by jets and have something to burn.

    A docked vehicle whose own tank the data do not hold burns what it has; all else needs propellant in a tank that can feed it, unless
    the data name no tanks at all.
    """
    return [
        p for p in providers(stack, "attitude")
        if p.works and p.mode != "dormant" and p.kind in ("vehicle", "thruster", "engine") and _fed(stack, p)
    ]  # fmt: skip


def gyroscopes(stack: Stack) -> list[Provider]:
    """Working sets of gyroscopes with enough units that are not full of momentum."""
    return [p for p in _sets(stack) if not is_full(stack.configuration, p.id)]


def is_full(cfg: Configuration, gyroscopes_id: str) -> bool:
    """Whether a set of gyroscopes has taken all the momentum that it can."""
    filled = cfg.filled.get(gyroscopes_id)
    return filled is not None and filled.best >= 1.0


def held(stack: Stack) -> bool:
    """Whether anything holds its attitude: thrusters that have something to burn, or gyroscopes that are not full and strong enough."""
    if thrusters(stack):
        return True
    if not gyroscopes(stack):
        return False
    h = hold(stack)
    return h is None or not h.floor


def turns_freely(stack: Stack) -> bool:
    """Whether nothing holds its attitude, in a station whose equipment is known to; else it is taken to fly as its data say."""
    known = any(s.function == "attitude" for q in stack.configuration.station.equipment for s in q.services)
    return known and not held(stack)


def _sets(stack: Stack) -> list[Provider]:
    return [
        p for p in providers(stack, "attitude")
        if p.works and p.mode != "dormant" and p.kind == "gyroscope" and (p.needed is None or p.count >= p.needed)
    ]  # fmt: skip


def _room(stack: Stack) -> Range:
    """Part of the momentum of its gyroscopes that is still free: the least of its sets."""
    filled = [stack.configuration.filled[p.id] for p in gyroscopes(stack) if p.id in stack.configuration.filled]
    if not filled:
        return Range.exact(1.0)
    return Range(*(min(max(0.0, 1.0 - getattr(f, end)) for f in filled) for end in ("best", "high", "low")))


def filling(stack: Stack, days: float) -> dict[str, Range]:
    """How full each set of gyroscopes is after some days in which it holds the stack: empty again where thrusters unload it."""
    able, before, h = bool(thrusters(stack)), stack.configuration.filled, hold(stack)
    out = {}
    for p in gyroscopes(stack):
        hours = None if h is None else h.hours_from_empty
        was = before.get(p.id, Range.exact(0.0))
        if able:
            out[p.id] = Range.exact(0.0)
        elif hours is None:
            out[p.id] = was
        else:
            out[p.id] = was + Range.exact(24.0 * days).over(hours)
    for p in _sets(stack):
        if p.id not in out:
            out[p.id] = Range.exact(0.0) if able else before[p.id]
    return out


def _fed(stack: Stack, p: Provider) -> bool:
    if p.kind == "vehicle" and not any(t.node == p.id for t in stack.tanks):
        return True
    equipment = stack.configuration.station.equipment
    if not any(q.kind == "tank" and "content_kg" in q.figures for q in equipment) and not stack.tanks:
        return True
    return any(s.tank.content_kg > 0.0 for s in supplies(stack, p.id))


@dataclass(frozen=True, slots=True)
class Jets:
    """Angular impulse that a kilogram of propellant gives about roll, pitch and yaw (N m s/kg), and the dead band held (rad).

    Each is that of the best working thrusters for the axis; losing one never raises it.
    """

    impulse_nms_kg: tuple[Range, Range, Range]
    dead_band_rad: Range

    def kg(self, axis: int, impulse_nms: Range) -> Range:
        """Propellant for an angular impulse about an axis."""
        return impulse_nms.over(self.impulse_nms_kg[axis])


def jets(stack: Stack, mass: MassProperties | None = None) -> Jets | None:
    """What the stack's thrusters can do; ``None`` where it has none that work.

    They sit where their data say (``place_x_m``, ``place_y_m``, ``place_z_m``), else anywhere along their element or vehicle, which
    gives the range of the arm; they are taken to be able to push across the arm, as those at the skin of a module are.
    """
    found = thrusters(stack)
    if not found:
        return None
    cfg, centre = stack.configuration, (mass or stack_mass_properties(stack)).centre_m
    equipment = {q.id: q for q in cfg.station.equipment}
    best: list[Range | None] = [None, None, None]
    bands = []
    for p in found:
        q = equipment.get(p.id) if p.kind != "vehicle" else None
        node = cfg.nodes[p.id if q is None else p.place]
        isp = _isp(cfg, p, q)
        figure = q.figures.get("dead_band_deg") if q is not None else None
        bands.append(Range.of(figure).scaled(math.pi / 180.0) if figure is not None else DEAD_BAND_RAD)
        for axis in range(3):
            reach = _arm(axis, node, q, centre).times(isp).scaled(STANDARD_GRAVITY_M_S2)
            best[axis] = _greater(best[axis], reach)
    x, y, z = (b for b in best if b is not None)
    return Jets((x, y, z), min(bands, key=lambda b: b.best))


def _greater(a: Range | None, b: Range) -> Range:
    return b if a is None else Range(max(a.best, b.best), max(a.low, b.low), max(a.high, b.high))


def _isp(cfg: Configuration, p: Provider, q: Equipment | None) -> Range:
    if q is not None:
        return Range.of(q.figures["specific_impulse_s"]) if "specific_impulse_s" in q.figures else UNKNOWN_ISP_S
    visit = next(d for d in cfg.docked if d.visit == p.id)
    engines = type_of(cfg.station, visit.vehicle).engines
    return Range.of(min(engines, key=lambda e: e.thrust_n.best).specific_impulse_s) if engines else UNKNOWN_ISP_S


def _arm(axis: int, node: Node, q: Equipment | None, centre_m: Array) -> Range:
    """Distance of thrusters from an axis through the centre of mass, m; never less than half the width of what carries them."""
    across = [k for k in range(3) if k != axis]
    skin = 0.5 * min(node.size_m[k] for k in across)
    offsets = []
    for k in across:
        figure = q.figures.get(f"place_{'xyz'[k]}_m") if q is not None else None
        half = 0.0 if figure is not None else 0.5 * node.size_m[k]
        low, high = figure.bounds if figure is not None else (node.centre_m[k] - half, node.centre_m[k] + half)
        mid = figure.best if figure is not None else node.centre_m[k]
        a, b = low - centre_m[k], high - centre_m[k]
        nearest = 0.0 if a <= 0.0 <= b else min(abs(a), abs(b))
        offsets.append((abs(mid - centre_m[k]), nearest, max(abs(a), abs(b))))
    best, low, high = (max(skin, math.hypot(*(o[i] for o in offsets))) for i in range(3))
    return Range(best, low, high)


# ---- what works on it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hold:
    """What holding a stack takes.

    Parameters
    ----------
    tea_rad : torque-equilibrium attitude (roll, pitch, yaw) against LVLH; ``None``: there is none within 60 degrees.
    gravity_nm, air_nm : torques with the station frame along LVLH, N m, body frame; ``air_nm`` is ``None`` where nobody knows.
    air_pitch_nm : torque of the air about the orbit's normal, without sign, with its range.
    growth_nms_orbit : momentum that each orbit adds for good at the TEA; ``orbit_frame_growth_nms_orbit``: along LVLH.
    cyclic_nms : momentum that comes and goes within an orbit at the TEA.
    capacity_nms : momentum of the working gyroscopes; ``None``: no gyroscopes, or the data do not say.
    hours_to_saturation : until they are full at the TEA with nothing to unload them, from what they hold now;
        ``hours_from_empty``: the same from empty; ``orbit_frame_hours``: along LVLH, as for a docking.
    desaturation_kg_day : propellant that unloading them takes; ``None`` without thrusters or gyroscopes.
    thruster_hold_kg_day : propellant that holding by thrusters alone takes; ``None`` without thrusters.
    floor : why gyroscopes cannot hold it here, in words; empty where they can.
    """

    tea_rad: Angles | None
    gravity_nm: Angles
    air_nm: Angles | None
    air_pitch_nm: Range | None
    growth_nms_orbit: Range | None
    orbit_frame_growth_nms_orbit: Range
    cyclic_nms: Range | None
    capacity_nms: Range | None
    hours_to_saturation: Range | None
    hours_from_empty: Range | None
    orbit_frame_hours: Range | None
    desaturation_kg_day: Range | None
    thruster_hold_kg_day: Range | None
    floor: str
    period_s: float


def capacity_nms(stack: Stack) -> Range | None:
    """Momentum that the stack's working gyroscopes can hold, N m s; ``None`` where it has none or their data do not say."""
    equipment = {q.id: q for q in stack.configuration.station.equipment}
    parts = []
    for p in gyroscopes(stack):
        figures = equipment[p.id].figures
        if "momentum_nms" in figures:
            each = Range.of(figures["momentum_nms"]).scaled(float(p.count))
            usable = Range.of(figures["usable_ratio"]) if "usable_ratio" in figures else Range.exact(1.0)
            parts.append(each.times(usable))
    return Range.total(parts) if parts else None


def hold(stack: Stack) -> Hold | None:
    """What holding the stack takes, now; ``None`` where nobody knows its orbit."""
    around = surroundings_of(stack.configuration)
    if around is None:
        return None
    mass = stack_mass_properties(stack)
    n, period = around.orbit.mean_motion_rad_s, around.orbit.period_s
    inertia = mass.inertia_kg_m2
    force, arm = _air(stack, around, mass)
    best_force = force.best if force is not None else 0.0
    tea = torques.equilibrium(inertia, arm, best_force, n)
    along = (0.0, 0.0, 0.0)
    gravity = torques.gravity_torque_nm(inertia, along, n)
    air = torques.air_torque_nm(best_force, arm, along) if force is not None else None
    pitch = _air_torque(force, abs(float(arm[2]))) if force is not None else None
    yaw = _air_torque(force, abs(float(arm[1]))) if force is not None else None
    growth = pitch.times(UNFOLLOWED).scaled(period) if pitch is not None else None
    cyclic = None if pitch is None or yaw is None else (pitch.times(AIR_SWING) + yaw.times(UNFOLLOWED)).scaled(1.0 / n)
    frame_growth = _frame_growth(float(gravity[1]), float(air[1]) if air is not None else 0.0, pitch).scaled(period)
    room = capacity_nms(stack)
    floor = _floor(stack, around.orbit, room, growth, cyclic)
    left = None if room is None or cyclic is None else _less(room, cyclic)
    empty = None if left is None or growth is None or floor else left.over(growth).scaled(period / 3600.0)
    hours = None if empty is None else empty.times(_room(stack))
    frame_hours = None if room is None or floor else room.over(frame_growth).scaled(period / 3600.0)
    able = jets(stack, mass)
    days = 86_400.0 / period
    unload = able.kg(1, growth.scaled(days)) if able and growth is not None and gyroscopes(stack) else None
    by_jets = _thruster_hold(able, inertia, n, gravity, pitch, tea) if able else None
    return Hold(
        tea, _triple(gravity), _triple(air) if air is not None else None, pitch, growth, frame_growth, cyclic, room, hours, empty,
        frame_hours, unload, by_jets, floor, period,
    )  # fmt: skip


def _triple(v: Array) -> Angles:
    return float(v[0]), float(v[1]), float(v[2])


def _less(a: Range, b: Range) -> Range:
    """The difference of two ranges, at least zero."""
    return Range(max(0.0, a.best - b.best), max(0.0, a.low - b.high), max(0.0, a.high - b.low))


def _air(stack: Stack, around: Surroundings, mass: MassProperties) -> tuple[Range | None, Array]:
    """Force of the air on the stack, N, and the place where it acts from the centre of mass, m."""
    own, whole = _areas(stack.nodes), _areas(list(stack.configuration.nodes.values()))
    total = math.fsum(own)
    if total <= 0.0:
        return None, np.zeros(3)
    arm = np.asarray(own) @ np.array([n.centre_m for n in stack.nodes]) / total - mass.centre_m
    rho, drag = around.density_kg_m3, around.drag_area_cd_m2
    if rho is None or drag is None:
        return None, arm
    share = total / math.fsum(whole) if stack.siblings > 1 else 1.0
    return rho.times(drag).scaled(0.5 * around.orbit.speed_m_s**2 * min(1.0, share)), arm


def _areas(nodes: Iterable[Node]) -> list[float]:
    """Drag areas; where no part has one, the fronts of the boxes."""
    nodes = list(nodes)
    stated = [n.drag_area_m2 for n in nodes]
    if any(a > 0.0 for a in stated):
        return stated
    return [0.0 if n.kind == "outfitting" else n.size_m[1] * n.size_m[2] for n in nodes]


def _air_torque(force: Range, arm_m: float) -> Range:
    spread = max(ARM_SPREAD * arm_m, ARM_LEAST_M)
    return force.times(Range(arm_m, max(0.0, arm_m - spread), arm_m + spread))


def _frame_growth(gravity_nm: float, air_nm: float, air: Range | None) -> Range:
    """Pitch torque along LVLH without sign; the air's range widens it."""
    best = abs(gravity_nm + air_nm)
    if air is None:
        return Range.exact(best)
    ends = [abs(gravity_nm + math.copysign(a, air_nm)) for a in (air.low, air.high)]
    return Range(best, min(best, *ends), max(best, *ends))


def _floor(stack: Stack, orbit: Orbit, room: Range | None, growth: Range | None, cyclic: Range | None) -> str:
    altitude_km = orbit.mean_altitude_m / 1e3
    rules = [r.figures["altitude_km"] for r in stack.configuration.station.rule
             if r.kind == "attitude-floor" and "altitude_km" in r.figures]  # fmt: skip
    if rules:
        floor = max(r.best for r in rules)
        return (
            f"at {altitude_km:.0f} km it is below {floor:.0f} km, where only thrusters can hold it"
            if altitude_km < floor
            else ""
        )
    if room is None or growth is None or cyclic is None or growth.best + cyclic.best <= room.best:
        return ""
    return (
        f"the air of {altitude_km:.0f} km brings {number(growth.best + cyclic.best)} N m s of momentum an orbit, more than "
        f"the {number(room.best)} N m s that its gyroscopes hold"
    )


def _thruster_hold(
    able: Jets, inertia: Array, n: float, gravity: Array, air: Range | None, tea: Angles | None
) -> Range:
    """Propellant a day, kg. Around the TEA: gravity at half the dead band from it and the air not balanced; along LVLH: all of it."""
    day = 86_400.0
    stiff = torques.stiffness_nm_rad(inertia, n)
    rest = air.times(UNFOLLOWED) if air is not None else Range.exact(0.0)
    around_tea, along = [], []
    for axis in range(3):
        band = able.dead_band_rad.scaled(0.5 * float(stiff[axis]))
        off = abs(float(gravity[axis]))
        around_tea.append(able.kg(axis, (band + rest if axis == 1 else band).scaled(day)))
        whole = band + Range.exact(off) + (air if axis == 1 and air is not None else Range.exact(0.0))
        along.append(able.kg(axis, whole.scaled(day)))
    near, far = Range.total(around_tea), Range.total(along)
    return far if tea is None else Range(near.best, near.low, max(near.high, far.best))


def propellant_kg_day(stack: Stack) -> Range | None:
    """Propellant that attitude takes a day in the state that the stack is in, without dockings, burns and turns.

    With gyroscopes and thrusters: unloading. With thrusters alone, or below the gyroscopes' floor: holding. ``None`` where no
    thrusters can burn any, or the data do not allow an answer.
    """
    return _spent(stack, hold(stack))


def _spent(stack: Stack, h: Hold | None) -> Range | None:
    if h is None:
        return None
    return h.desaturation_kg_day if gyroscopes(stack) and not h.floor else h.thruster_hold_kg_day


# ---- turning without propellant, tumbling ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ZeroPropellantTurn:
    """A large turn by gyroscopes alone, as it was flown.

    ``turn_rad`` in ``length_s`` was shown; ``momentum_nms`` is what such a turn about the axis of largest inertia takes, mean rate
    times inertia; ``capacity_nms`` what the gyroscopes hold; ``alone_hours``: the same turn within the gyroscopes' own momentum.
    """

    turn_rad: float
    length_s: float
    momentum_nms: float
    capacity_nms: Range
    alone_hours: Range
    limits: str
    source: tuple[str, ...]


def zero_propellant_turn(stack: Stack) -> ZeroPropellantTurn | None:
    """The turn without propellant that the data of the stack's gyroscopes show; ``None`` where none was shown or they do not work."""
    room = capacity_nms(stack)
    equipment = {q.id: q for q in stack.configuration.station.equipment}
    for p in gyroscopes(stack):
        shown: dict[str, Quantity] = equipment[p.id].figures
        if room is None or not {"zero_propellant_turn_deg", "zero_propellant_turn_s"} <= set(shown):
            continue
        angle, length = math.radians(shown["zero_propellant_turn_deg"].best), shown["zero_propellant_turn_s"].best
        largest = float(np.linalg.eigvalsh(stack_mass_properties(stack).inertia_kg_m2)[-1])
        momentum = largest * angle / length
        limits = (
            f"a turn of {math.degrees(angle):.0f} degrees in {length / 3600:.1f} h takes {number(momentum)} N m s and its "
            f"gyroscopes hold {number(room.best)}, so it must follow a path on which gravity does the rest, worked out on "
            "the ground for the mass of the day; too slow for avoiding debris, no use for holding against a docking"
        )
        return ZeroPropellantTurn(
            angle, length, momentum, room, Range.exact(largest * angle).over(room).scaled(1.0 / 3600.0), limits,
            tuple(shown["zero_propellant_turn_deg"].source),
        )  # fmt: skip
    return None


@dataclass(frozen=True, slots=True)
class Tumbling:
    """A stack that nobody holds.

    Parameters
    ----------
    hours_to_tumble : from the last hold to an error of a radian; ``None`` where gravity keeps it near an attitude, or no orbit is known.
    rate_rad_s : rate of rotation; ``None`` where neither a rate nor an orbit is known.
    drag_area_ratio : mean drag area over that of the flight attitude.
    power_ratio : power of its arrays over what they give when they face the Sun.
    """

    hours_to_tumble: Range | None
    rate_rad_s: Range | None
    drag_area_ratio: Range
    power_ratio: Range

    def antenna_share(self, half_angle_rad: float) -> float:
        """Part of the time in which an antenna fixed to it, with a beam of that half angle, sees a far target: all directions alike."""
        return 0.5 * (1.0 - math.cos(min(max(half_angle_rad, 0.0), math.pi)))

    def can_track(self, limit_rad_s: float) -> bool:
        """Whether antennas or arrays that turn at most at that rate can follow a target; the high end of the rate counts."""
        return self.rate_rad_s is not None and self.rate_rad_s.high <= limit_rad_s


POWER_TUMBLING: Final = Range(0.25, 0.0, 1.0 / math.pi)
"""Arrays that do not turn, one side with cells: 1/4 over all directions, 1/pi in a spin that shows them the Sun, 0 in one that does not."""
_SHADOW: Final = Range(0.9, 0.7, 1.0)
"""Part of the sum of its parts' areas that is not hidden behind others (assumed)."""


def tumbling(stack: Stack, rate_rad_s: float | None = None) -> Tumbling:
    """What becomes of the stack when nobody holds it.

    Model: boxes (round ones count pi/4) in all directions alike; the range spans spins about each of its axes. Left alone it
    ends up turning at one to three times the orbital rate, as gravity swings it; ``rate_rad_s`` is the rate that it starts with,
    if it has one. Neglected: that spins settle about the axis of largest inertia, that the air damps them.
    """
    around = surroundings_of(stack.configuration)
    ratio = _tumbling_area(stack)
    n = around.orbit.mean_motion_rad_s if around is not None else None
    if n is None:
        rate = Range.exact(rate_rad_s) if rate_rad_s is not None else None
        return Tumbling(None, rate, ratio, POWER_TUMBLING)
    start = rate_rad_s or 0.0
    rate = Range(max(start, math.sqrt(3.0) * n), max(start, n) if start else n, max(start + n, 3.0 * n))
    growth = torques.growth_rate_rad_s(stack_mass_properties(stack).inertia_kg_m2, n)
    hours = None
    if start > 3.0 * n:
        hours = Range.exact(0.0)
    elif growth > 0.0:
        e = START_ERROR_RAD
        hours = Range(*(math.log(1.0 / x) / growth / 3600.0 for x in (e.best, e.high, e.low)))
    return Tumbling(hours, rate, ratio, POWER_TUMBLING)


def _tumbling_area(stack: Stack) -> Range:
    bodies = [n for n in stack.nodes if n.kind != "outfitting"] or stack.nodes
    faces = np.zeros(3)
    for b in bodies:
        x, y, z = b.size_m
        thin = min(b.size_m) < 0.1 * sorted(b.size_m)[1]
        faces += np.array([y * z, x * z, x * y]) * (1.0 if thin else math.pi / 4.0)
    held = stack.drag_area_m2 or float(faces[0])
    spins = [2.0 / math.pi * float(faces.sum() - faces[k]) for k in range(3)]
    mean = 0.5 * float(faces.sum())
    return Range(mean, min(mean, *spins), max(mean, *spins)).times(_SHADOW).scaled(1.0 / held)


# ---- the assessment -------------------------------------------------------------------------------------------------


def _full(hours: Range) -> str:
    """When gyroscopes are full, in words."""
    if math.isfinite(hours.best):
        return f"full after about {time(hours)}"
    if math.isfinite(hours.low):
        return f"full at the earliest after {time(Range.exact(hours.low))}, most likely never"
    return "never full"


def _names(found: list[Provider]) -> str:
    return ", ".join(list(dict.fromkeys(p.name for p in found))[:3])


def assess(stack: Stack) -> Assessment:
    """Nominal with gyroscopes and thrusters; degraded with one of the two; lost with neither, or below the gyroscopes' floor
    without thrusters."""
    found = providers(stack, "attitude")
    able, gyros, h = thrusters(stack), gyroscopes(stack), hold(stack)
    gap = NO_ORBIT if h is None else NO_AIR if h.growth_nms_orbit is None else ""
    figures = _figures(stack, h)
    holds = gyros and not (h is not None and h.floor)
    source = tuple(dict.fromkeys(s for p in (*gyros, *able) for s in p.source))
    if holds and h is not None and h.capacity_nms is None:
        gap = gap or NO_MOMENTUM
    if holds and able:
        return Assessment(
            "attitude", stack.id, "nominal", _nominal(stack, gyros, able, h), found, figures[0] if figures else None, gap, source, figures[1:],
        )  # fmt: skip
    if holds:
        lasts = None if h is None or h.hours_to_saturation is None else h.hours_to_saturation.scaled(1.0 / 24.0)
        until = (
            None if lasts is None else Margin.of(lasts, "days", "until its gyroscopes are full", "attitude_lasts_day")
        )
        return Assessment(
            "attitude", stack.id, "degraded", _gyroscopes_alone(stack, gyros, h), found, figures[0] if figures else None, gap,
            source, figures[1:], until,
        )  # fmt: skip
    if able:
        burn = _propellant_lasts(stack, h)
        gap = NO_ORBIT if h is None else ""
        if h is not None and burn is None:
            gap = "how long its propellant lasts needs the contents of its tanks, which the data do not give"
        return Assessment(
            "attitude", stack.id, "degraded", _thrusters_alone(gyros, able, h), found, figures[0] if figures else None, gap, source,
            figures[1:], burn,
        )  # fmt: skip
    return Assessment(
        "attitude", stack.id, "lost", _neither(stack, gyros, found, h), found, None, gap, source, figures,
        Margin(0.0, 0.0, 0.0, "days", "nothing holds it", "attitude_lasts_day"),
    )  # fmt: skip


def _propellant_lasts(stack: Stack, h: Hold | None) -> Margin | None:
    if h is None or h.thruster_hold_kg_day is None or not stack.tanks:
        return None
    days = within_reach(stack, [p.id for p in thrusters(stack)]).over(h.thruster_hold_kg_day)
    return Margin.of(days, "days", "until holding its attitude has emptied its tanks", "attitude_lasts_day")


def _figures(stack: Stack, h: Hold | None) -> tuple[Margin, ...]:
    if h is None:
        return ()
    out = [
        (_spent(stack, h), "kg/day", "propellant for holding its attitude, without dockings and burns", "propellant_kg_day"),
        (h.hours_to_saturation, "h", "until its gyroscopes are full if nothing unloads them, at the torque equilibrium", "saturation_h"),
        (h.orbit_frame_hours, "h", "the same with its axes along the orbit, as for a docking", "orbit_frame_saturation_h"),
        (h.capacity_nms, "N m s", "momentum of its gyroscopes", "momentum_capacity_nms"),
        (h.growth_nms_orbit, "N m s", "momentum that each orbit adds at the torque equilibrium", "momentum_growth_nms"),
        (h.desaturation_kg_day, "kg/day", "propellant for unloading its gyroscopes", "desaturation_kg_day"),
        (h.thruster_hold_kg_day, "kg/day", "propellant for holding it by thrusters alone", "thruster_hold_kg_day"),
    ]  # fmt: skip
    margins = [Margin.of(r, unit, what, key) for r, unit, what, key in out if r is not None]
    if h.tea_rad is not None:
        for angle, name in zip(h.tea_rad, ("roll", "pitch", "yaw"), strict=True):
            what = f"{name} of the torque-equilibrium attitude"
            margins.append(Margin.of(Range.exact(math.degrees(angle)), "deg", what, f"tea_{name}_deg"))
    return tuple(margins)


def _tea_words(h: Hold) -> str:
    if h.tea_rad is None:
        return "no attitude within 60 degrees of the orbit frame balances its torques"
    roll, pitch, yaw = (round(math.degrees(a), 1) + 0.0 for a in h.tea_rad)  # no minus before a zero
    return f"its torques balance at roll {roll:.1f}, pitch {pitch:.1f}, yaw {yaw:.1f} degrees"


def _nominal(stack: Stack, gyros: list[Provider], able: list[Provider], h: Hold | None) -> tuple[str, ...]:
    out = [f"{gyros[0].name} hold it and {_names(able)} can unload them"]
    if h is not None:
        out.append(_tea_words(h))
        if h.desaturation_kg_day is not None:
            out.append(
                f"unloading takes about {span(h.desaturation_kg_day, 'kg of propellant a day')}, dockings and burns not counted"
            )
        if h.hours_to_saturation is not None:
            out.append(f"without unloading its gyroscopes are {_full(h.hours_to_saturation)}")
    turn = zero_propellant_turn(stack)
    if turn is not None:
        out.append(f"it can make large turns without propellant: {turn.limits}")
    return tuple(out)


def _gyroscopes_alone(stack: Stack, gyros: list[Provider], h: Hold | None) -> tuple[str, ...]:
    out = [f"{gyros[0].name} can hold it only until they are full of momentum"]
    if (
        h is not None
        and h.hours_to_saturation is not None
        and h.growth_nms_orbit is not None
        and h.capacity_nms is not None
    ):
        out.append(
            f"held where its torques balance, each orbit adds about {span(h.growth_nms_orbit, 'N m s')} to the "
            f"{number(h.capacity_nms.best)} N m s that they hold: {_full(h.hours_to_saturation)}"
        )
        if h.orbit_frame_hours is not None:
            out.append(f"held along the orbit, as for a docking, they are {_full(h.orbit_frame_hours)}")
        out.append(_tea_words(h))
    out.append("it has no thrusters to unload them, none for dockings, debris avoidance or large turns")
    turn = zero_propellant_turn(stack)
    if turn is not None:
        out.append(f"turns without propellant can also empty them in part, if somebody plans them: {turn.limits}")
    return tuple(out)


def _thrusters_alone(gyros: list[Provider], able: list[Provider], h: Hold | None) -> tuple[str, ...]:
    out = [f"{_names(able)} hold it and burn propellant for every correction"]
    if h is not None and h.thruster_hold_kg_day is not None:
        out.append(
            f"that takes about {span(h.thruster_hold_kg_day, 'kg of propellant a day')}: least in a narrow band about the attitude "
            "in which torques balance, most with its axes along the orbit"
        )
    if gyros and h is not None and h.floor:
        out.append(f"its gyroscopes are no use here: {h.floor}")
    else:
        out.append("it has no large gyroscopes to store momentum")
    if h is not None:
        out.append(_tea_words(h))
    return tuple(out)


def _neither(stack: Stack, gyros: list[Provider], found: tuple[Provider, ...], h: Hold | None) -> tuple[str, ...]:
    dry = any(
        p.works and p.mode != "dormant" and p.kind in ("thruster", "engine", "vehicle") and not _fed(stack, p)
        for p in found
    )
    full = [p.name for p in _sets(stack) if is_full(stack.configuration, p.id)]
    if full:
        out = [f"{full[0]} are full of momentum and nothing unloads them, so it turns freely"]
    elif gyros and h is not None:
        out = [f"{h.floor}, and it has no working thrusters, so it tumbles"]
    elif dry:
        out = ["it has no working gyroscopes and nothing to burn in its thrusters, so it tumbles"]
    else:
        out = ["it has neither gyroscopes nor thrusters, so it tumbles"]
    t = tumbling(stack)
    if t.hours_to_tumble is not None:
        out.append(f"left alone it turns over within about {time(t.hours_to_tumble)}")
    elif h is not None:
        out.append("gravity alone may keep it swinging about one attitude")
    out.append(
        f"tumbling it meets about {span(t.drag_area_ratio, 'times the air')} of its flight attitude and its arrays give "
        f"about {span(t.power_ratio.scaled(100.0), '%')} of what they give facing the Sun"
    )
    return tuple(out)
