"""Which engines of a stack may push it: shown or not, on which line, held and turned by whom, with which propellant.

Model
-----
- An engine counts as shown when it raised a station by the date, and its kind raised this station from the port where it is
  (where the data say from which ports that was done).
- It pushes along the axis of its port (or in the direction of the data) on a line through the middle of its vehicle. Where that
  line misses the centre of mass, thrusters must hold the torque that is left after the engine has swung as far as it can; where it does not
  point along the flight, thrusters must turn the stack there and back. Gyroscopes alone count for neither: no source read shows it.
- What thrusters hold: thrust times arm about the axis of the torque, for one to four thrusters of a set that fire together (assumed;
  nobody published the sets), at the near or the far end of their element.

Neglected: plumes, structural limits of a burn, thrusters of docked vehicles as a help to hold the torque, canting.

Validation status: checked against who raised the ISS in 2021 to 2023; the torque that thrusters hold is unvalidated.

References
----------
R39, R79, R108 : Cygnus, and who turns the station for it. R69, R70 : Russian engines do all of it. R80 : Dragon, first on 2024-11-08.
R111 : the station wanders by up to 15 degrees. SILKWAY-2021-10-12 : Zvezda's engines with the aft port free.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from stationkeeper.core.constants import STANDARD_GRAVITY_M_S2
from stationkeeper.core.model import Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.functions import attitude
from stationkeeper.functions.assessment import Provider, providers
from stationkeeper.functions.propellant import content, supplies
from stationkeeper.station.configuration import Docked, Stack, names, type_of
from stationkeeper.station.mass import stack_mass_properties
from stationkeeper.station.schema import Engine, Equipment, Statement

Array = NDArray[np.float64]
Verdict = Literal["yes", "no", "not shown"]

FORWARD = np.array([1.0, 0.0, 0.0])
"""Direction of flight in the station frame, in the attitude that the station is kept in."""
FREE_TURN_DEG = 15.0
"""How far the station wanders from its flight attitude anyway (R111): a smaller turn needs nobody."""
FIRING_TOGETHER = Range(2.0, 1.0, 4.0)
"""Thrusters of a set that push the same way at once: assumed."""
MASS_CENTRE_UNSURE_M = 0.5
"""How far the centre of mass may be off: assumed; racks and cargo are spread evenly over the rooms of a segment."""
UNKNOWN_IMPULSE_S = Range(300.0, 280.0, 315.0)
"""Specific impulse of a storable engine whose data give none: assumed."""
MODES = ("main", "backup", "reserve", "dormant")
ORDER = ("yes", "not shown", "no")


@dataclass(frozen=True, slots=True)
class Pusher:
    """An engine that can push a stack: the vehicle or equipment it belongs to, its partner and its figures.

    ``place`` is the port of the vehicle, or the element of the equipment; ``specific_impulse_bounds_s`` and
    ``thrust_bounds_n`` span all sources.
    """

    id: str
    name: str
    partner: str
    vehicle_type: str
    engine: str
    thrust_n: float
    thrust_bounds_n: tuple[float, float]
    specific_impulse_s: float
    shown: bool
    note: str
    source: tuple[str, ...]
    place: str = ""
    specific_impulse_bounds_s: tuple[float, float] | None = None

    @property
    def thrust(self) -> Range:
        """Thrust with its range, N."""
        return Range(self.thrust_n, *self.thrust_bounds_n)

    @property
    def exhaust_m_s(self) -> Range:
        """Exhaust speed with its range, m/s."""
        low, high = self.specific_impulse_bounds_s or (self.specific_impulse_s, self.specific_impulse_s)
        return Range(self.specific_impulse_s, low, high).scaled(STANDARD_GRAVITY_M_S2)


@dataclass(frozen=True, slots=True)
class Able:
    """Whether an engine may raise the stack as it is, and why.

    Parameters
    ----------
    verdict : ``yes``; ``no``: it cannot now; ``not shown``: nothing forbids it, and no source read shows that it works.
    once_free : the verdict when the vehicles in its way (``blocked_by``) have left; else the same.
    reasons : what stands against it, or goes with it, the weightiest first.
    mode : the part that the data give it: main, backup, reserve or dormant.
    arm_m, torque_nm : by how much its line of thrust misses the centre of mass, and the torque of that after its own swing
        (``None`` where the data name no direction).
    holding_nm : what the stack's thrusters hold about that axis; ``None``: the data give no thruster with a thrust.
    turn_deg : how far the stack must be turned from its flight attitude to push along the flight.
    turned_by : names of the thrusters that would do that, with their partner.
    propellant_kg : within its reach.
    blocked_by : visits that must leave first.
    docked_life_day : docked life that is left of its vehicle, days; ``None``: no end known.
    life_s : burning life of the engine when new, seconds; ``None``: not known.
    statements : what was said about it, by whom and when, also after the date.
    """

    pusher: Pusher
    verdict: Verdict
    once_free: Verdict
    reasons: tuple[str, ...]
    mode: str
    arm_m: float | None
    torque_nm: Range | None
    holding_nm: Range | None
    turn_deg: float | None
    turned_by: tuple[str, ...]
    propellant_kg: Range
    blocked_by: tuple[str, ...] = ()
    docked_life_day: Range | None = None
    life_s: Range | None = None
    statements: tuple[Statement, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it may push, if need be after a vehicle has left."""
        return self.once_free == "yes"


# ---- candidates -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    pusher: Pusher
    docked: Docked | None
    engine: Engine | None
    equipment: Equipment | None
    out: str
    mode: str


@dataclass(frozen=True)
class _Scene:
    """What all candidates of a stack share, worked out once."""

    stack: Stack

    @cached_property
    def equipment(self) -> dict[str, Equipment]:
        return {q.id: q for q in self.stack.configuration.station.equipment}

    @cached_property
    def serving(self) -> tuple[Provider, ...]:
        return providers(self.stack, "reboost")

    @cached_property
    def modes(self) -> dict[str, str]:
        """The weightiest part that each provider plays."""
        out: dict[str, str] = {}
        for p in self.serving:
            if p.id not in out or MODES.index(p.mode) < MODES.index(out[p.id]):
                out[p.id] = p.mode
        return out

    @cached_property
    def centre_m(self) -> Array:
        return stack_mass_properties(self.stack).centre_m

    @cached_property
    def jets(self) -> tuple[Provider, ...]:
        return tuple({p.id: p for p in attitude.thrusters(self.stack)}.values())

    @cached_property
    def jet_names(self) -> tuple[str, ...]:
        """Thrusters built in first, then vehicles, with their partner."""
        first = sorted(self.jets, key=lambda p: p.kind == "vehicle")
        return tuple(f"{p.name} ({names([p.partner], self.stack.configuration.station)[0]})" for p in first)

    @cached_property
    def gyros(self) -> tuple[Provider, ...]:
        return tuple(attitude.gyroscopes(self.stack))


def _vehicles(scene: _Scene) -> list[_Candidate]:
    stack, out = scene.stack, []
    cfg = stack.configuration
    works = {p.id for p in scene.serving if p.works}
    idle = {p.id: p.reason for p in scene.serving if p.id not in works}
    for d in stack.docked:
        kind = type_of(cfg.station, d.vehicle)
        why = "it has failed" if d.visit in cfg.failed else "it is lost" if d.state == "lost" else ""
        if cfg.partners[kind.operator].state == "gone":
            why = f"{names([kind.operator], cfg.station)[0]}, which flies it, has left"
        why = why or idle.get(d.visit, "")
        for e in kind.engines:
            shown = e.reboost_from is not None and e.reboost_from.epoch <= cfg.epoch
            p = Pusher(
                d.visit, d.name, kind.operator, kind.id, e.name, e.thrust_n.best, e.thrust_n.bounds, e.specific_impulse_s.best,
                shown, e.reboost_note, tuple(e.source), d.port, e.specific_impulse_s.bounds,
            )  # fmt: skip
            out.append(_Candidate(p, d, e, None, why, scene.modes.get(d.visit, "reserve")))
    return out


def _built_in(scene: _Scene) -> list[_Candidate]:
    out = []
    for p in scene.serving:
        q = scene.equipment.get(p.id)
        if q is None or q.kind not in ("engine", "thruster"):
            continue
        why = p.role if p.mode == "dormant" else "" if p.works else p.reason or "it has failed"
        thrust, isp = q.figures.get("thrust_n"), q.figures.get("specific_impulse_s")
        push = Range.of(thrust) if thrust is not None else Range.exact(0.0)
        speed = Range.of(isp) if isp is not None else UNKNOWN_IMPULSE_S
        pusher = Pusher(
            q.id, q.name, p.partner, "", q.name, push.best, (push.low, push.high), speed.best, True, q.note, tuple(q.source),
            q.element, (speed.low, speed.high),
        )  # fmt: skip
        out.append(
            _Candidate(pusher, None, None, q, why or ("" if thrust else "its thrust is not in the data"), p.mode)
        )
    return out


def pushers(stack: Stack) -> list[Pusher]:
    """Every engine in the stack that could push it, shown or not, vehicles first; :func:`able` says which of them may."""
    scene = _Scene(stack)
    return [c.pusher for c in (*_vehicles(scene), *_built_in(scene)) if not c.out]


# ---- line of thrust -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Aim:
    arm_m: float
    torque_nm: Range
    axis: Array
    turn_deg: float


def _line(stack: Stack, c: _Candidate) -> tuple[Array, Array] | None:
    """Where the engine is and the direction of its push, station frame."""
    cfg = stack.configuration
    if c.docked is not None:
        port = cfg.port(c.docked.port)
        if port is None:
            return None
        push, node = -np.array(port.direction), cfg.nodes[c.docked.visit]
    elif c.equipment is not None and c.equipment.thrust_direction is not None:
        push, node = np.array(c.equipment.thrust_direction), cfg.nodes[c.equipment.element]
    else:
        return None
    push = push / float(np.linalg.norm(push))
    # the nozzle sits at the end from which it pushes
    return np.array(node.centre_m) - 0.5 * float(np.abs(push) @ np.array(node.size_m)) * push, push


def _gimbal(c: _Candidate) -> Quantity | None:
    if c.engine is not None:
        return c.engine.gimbal_deg
    return c.equipment.figures.get("gimbal_deg") if c.equipment is not None else None


def _aim(c: _Candidate, line: tuple[Array, Array], centre: Array) -> _Aim:
    point, push = line
    lever = np.cross(point - centre, push)
    arm = float(np.linalg.norm(lever))
    axis = lever / arm if arm > 1e-9 else np.array([0.0, 1.0, 0.0])
    swing = _gimbal(c)
    before = max(0.0, float((centre - point) @ push))
    left = arm if swing is None else max(0.0, arm - before * math.tan(math.radians(swing.best)))
    arms = Range(left, max(0.0, left - MASS_CENTRE_UNSURE_M), left + MASS_CENTRE_UNSURE_M)
    turn = math.degrees(math.acos(max(-1.0, min(1.0, float(push @ FORWARD)))))
    return _Aim(arm, c.pusher.thrust.times(arms), axis, turn)


def holding_nm(stack: Stack, axis: Array) -> Range | None:
    """Torque about an axis through the centre of mass that the stack's own thrusters can hold; ``None`` without data.

    Parameters
    ----------
    axis : shape (3,), unit vector, station frame.
    """
    return _holding_nm(_Scene(stack), axis)


def _holding_nm(scene: _Scene, axis: Array) -> Range | None:
    found = []
    for p in scene.jets:
        q = scene.equipment.get(p.id)
        node = scene.stack.configuration.nodes.get(q.element) if q is not None else None
        if q is None or node is None or "thrust_n" not in q.figures:
            continue
        size = np.array(node.size_m)
        along = 0.5 * size * (size == size.max())
        places = [np.array(node.centre_m) - scene.centre_m + s * along for s in (-1.0, 0.0, 1.0)]
        arms = [float(np.linalg.norm(r - (r @ axis) * axis)) for r in places]
        together = FIRING_TOGETHER.at_most(float(q.count)) if q.count > 1 else FIRING_TOGETHER
        arm = Range(arms[1], min(arms), max(arms))
        found.append(Range.of(q.figures["thrust_n"]).times(together).times(arm))
    return Range.total(found) if found else None


# ---- verdicts -------------------------------------------------------------------------------------------------------


class _Said:
    """A verdict that only gets worse, with its reasons."""

    def __init__(self) -> None:
        self.verdict: Verdict = "yes"
        self.against: list[str] = []
        self.notes: list[str] = []

    def no(self, why: str) -> None:
        self.verdict = "no"
        self.against.insert(0, why)

    def unknown(self, why: str) -> None:
        self.verdict = "not shown" if self.verdict == "yes" else self.verdict
        self.against.append(why)


def able(stack: Stack) -> tuple[Able, ...]:
    """Every engine in the stack with its verdict: those that may push first, else in the order of :func:`pushers`."""
    memo, key = stack.configuration.memo, ("able", stack.members)
    if key not in memo:
        scene = _Scene(stack)
        rows = [_able(scene, c) for c in (*_vehicles(scene), *_built_in(scene))]
        memo[key] = tuple(sorted(rows, key=lambda a: (ORDER.index(a.once_free), ORDER.index(a.verdict))))
    found: tuple[Able, ...] = memo[key]
    return found


def _able(scene: _Scene, c: _Candidate) -> Able:
    stack, said = scene.stack, _Said()
    line = _line(stack, c)
    aim = _aim(c, line, scene.centre_m) if line is not None and c.pusher.thrust_n > 0.0 else None
    holding = _holding_nm(scene, aim.axis) if aim is not None else None
    reach = supplies(stack, c.pusher.id)
    kg = content(s.tank for s in reach)
    _shown(stack, c, said)
    _aimed(scene, aim, holding, said)
    if not reach:
        said.unknown("the data name no propellant that it could use")
    elif kg.high <= 0.0:
        said.no("the tanks that it can use are empty")
    life = _docked_life_day(stack, c)
    if life is not None and life.best <= 0.0:
        said.notes.append("its vehicle has been docked for longer than it is made for")
    if c.out:
        said.no(c.out)
    once_free = said.verdict
    there = [d for d in stack.docked if c.equipment is not None and d.port in c.equipment.blocked_by]
    if there and not c.out:
        said.no(f"{', '.join(d.name for d in there)} is in the way and would have to leave first")
    burning = c.equipment.figures.get("life_s") if c.equipment is not None else None
    spoken = c.engine.statements if c.engine is not None else []
    return Able(
        c.pusher, said.verdict, once_free, (*said.against, *said.notes), c.mode,
        aim.arm_m if aim else None, aim.torque_nm if aim else None, holding, aim.turn_deg if aim else None,
        scene.jet_names if aim is not None and aim.turn_deg > FREE_TURN_DEG else (), kg,
        tuple(d.visit for d in there), life,
        Range.of(burning) if burning is not None else None,
        tuple(spoken),
    )  # fmt: skip


def _shown(stack: Stack, c: _Candidate, said: _Said) -> None:
    cfg, p = stack.configuration, c.pusher
    if not p.shown:
        said.unknown(f"{p.engine}: not used to raise a station by {cfg.epoch.date}" + (f"; {p.note}" if p.note else ""))
        return
    if c.docked is not None:
        port = cfg.port(c.docked.port)
        elsewhere = [x.name for x in cfg.station.port if p.vehicle_type in x.reboosts]
        if elsewhere and port is not None and p.vehicle_type not in port.reboosts:
            said.unknown(f"its kind has raised the station from {', '.join(elsewhere)} only, and it is at {port.name}")
    if c.engine is not None and c.engine.standard_from is not None and cfg.epoch < c.engine.standard_from.epoch:
        said.notes.append("only tested by then, not yet used as a service")


def _aimed(scene: _Scene, aim: _Aim | None, holding: Range | None, said: _Said) -> None:
    if aim is None:
        if not scene.jets:
            said.unknown(
                "nothing in the stack can turn it into the attitude for the burn and hold it there by thrusters"
            )
        return
    turn = f"it pushes {aim.turn_deg:.0f} degrees from the direction of flight"
    missing = f"its line of thrust misses the centre of mass by {aim.arm_m:.1f} m"
    if scene.jets:
        if aim.turn_deg > FREE_TURN_DEG:
            who = " or ".join(scene.jet_names[:2])
            said.notes.append(f"{turn}, so {who} must turn the stack there and back")
        if holding is not None and aim.torque_nm.best > holding.best:
            held = f"thrusters of the stack hold about {span(holding)} N m"
            said.unknown(f"{missing}: {span(aim.torque_nm)} N m, and the {held}")
        return
    need = turn if aim.turn_deg > FREE_TURN_DEG else "its burn must be held on its line"
    have = f"with {scene.gyros[0].name.lower()} alone" if scene.gyros else "without thrusters and gyroscopes"
    said.unknown(
        f"{need}, and nothing in the stack can turn it there and hold it by thrusters: {have} this has never been done "
        "for a stack of this size"
    )
    said.notes.append(missing + _gyros_alone(scene, aim))


def _gyros_alone(scene: _Scene, aim: _Aim) -> str:
    """How long gyroscopes could stand the torque of a burn, in words."""
    text = f": {span(aim.torque_nm)} N m"
    for g in scene.gyros:
        q = scene.equipment.get(g.id)
        momentum = q.figures.get("momentum_nms") if q is not None else None
        if q is None or momentum is None or aim.torque_nm.best <= 0.0:
            continue
        full = Range.of(momentum).scaled(q.count).over(aim.torque_nm)
        torque = q.figures.get("torque_nm")
        if torque is not None and Range.of(torque).high * q.count < aim.torque_nm.best:
            text += f", where the gyroscopes give at most {Range.of(torque).high * q.count:,.0f} N m"
        return text + f"; they would be full of momentum after {full.best:.0f} s"
    return text


def _docked_life_day(stack: Stack, c: _Candidate) -> Range | None:
    if c.docked is None:
        return None
    life = type_of(stack.configuration.station, c.docked.vehicle).docked_life_day
    if life is None:
        return None
    return (Range.of(life) - Range.exact(stack.configuration.epoch.days_since(c.docked.since))).at_least(0.0)


def span(r: Range, digits: int = 0) -> str:
    """A best value with its range, in words."""
    best, low, high = (f"{x:,.{digits}f}" if math.isfinite(x) else "no end" for x in (r.best, r.low, r.high))
    return best if low == high else f"{best} ({low} to {high})"
