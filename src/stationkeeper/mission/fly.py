"""Flies a scenario: walks its events, flies every stack between them, books the burns.

What it gives, a :class:`Record`, is all that a report needs beside the scenario itself; everything else follows from
it without flight (:mod:`stationkeeper.mission.conclude`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import DataAgeError, InputError, OutOfRangeError
from stationkeeper.core.orbit import Orbit, Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.body import Body
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.engines import numerical
from stationkeeper.flight.state import StateVector
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.functions import attitude
from stationkeeper.functions.reboost import able
from stationkeeper.functions.surroundings import orbit_density
from stationkeeper.mission.forecast import forecast
from stationkeeper.mission.initial import Start, forces_of, start_of, weather_of
from stationkeeper.mission.legs import live, seen_from
from stationkeeper.mission.result import Flown, FlownBurn, Forecast, Leg, Lived
from stationkeeper.scenario.events import AbstractEvent, Reboost
from stationkeeper.scenario.events.base import name_of
from stationkeeper.scenario.ruling import Push, Separated
from stationkeeper.scenario.schema import Scenario
from stationkeeper.scenario.timeline import timeline
from stationkeeper.scenario.walk import Happened, happen, initial_configuration
from stationkeeper.station.configuration import Configuration, Stack
from stationkeeper.station.schema import Station

FLOOR_M = 150_000.0
"""Below this geodetic height a station no longer completes its orbit in one piece: the flight ends there."""
HOLD_CHECK_DAYS = 7.0
"""How often an altitude strategy looks at the mean altitude."""
LONG_LEG_S = 86_400.0
"""Coasts longer than this are flown with the fast integrator: over a run of months its error is far below the air's."""

LEGS = 40
"""A run is lived in about so many legs, none shorter than a week: events cut them further."""

Progress = Callable[[str], None]


@dataclass
class _Craft:
    """A stack on its way: where it is, what it has flown."""

    id: str
    name: str
    state: StateVector
    arcs: list[Trajectory] = field(default_factory=list)
    burns: list[FlownBurn] = field(default_factory=list)
    stopped: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def at(self, epoch: Epoch) -> StateVector | None:
        """Its state at an instant that it has flown through; none before it flew or after it came down."""
        if epoch == self.state.epoch:
            return self.state
        arc = next((a for a in reversed(self.arcs) if a.start <= epoch <= a.end), None)
        return arc.at(epoch) if arc else None


@dataclass(frozen=True)
class Record:
    """What was flown: events in the order in which they were met, flights, forecasts, notes."""

    start: Configuration
    happened: tuple[Happened, ...]
    lived: tuple[Lived, ...]
    flown: tuple[Flown, ...]
    forecasts: tuple[Forecast, ...]
    notes: tuple[str, ...]
    weather: SpaceWeather


@dataclass(frozen=True)
class Drag:
    """Area and coefficient of the whole station, shared out among stacks by their elements' areas."""

    area_m2: float
    coefficient: float
    density_scale: float
    whole_area_m2: float

    def body(self, stack: Stack) -> Body:
        """The body that the air meets."""
        whole = self.whole_area_m2 or 1.0
        share = stack.drag_area_m2 / whole if stack.siblings > 1 else 1.0
        if attitude.turns_freely(stack):
            share *= attitude.tumbling(stack).drag_area_ratio.best
        return Body(stack.mass_kg, self.area_m2 * share, self.coefficient, self.density_scale)


def fly_scenario(
    scenario: Scenario, station: Station, path: Path, progress: Progress = lambda _: None, *, look_ahead: bool = True
) -> Record:
    """Fly a scenario from start to end; ``look_ahead`` also forecasts how each stack would come down after it.

    Raises
    ------
    InputError, EngineError, DataAgeError
    """
    weather = weather_of(scenario)
    start = start_of(scenario, path, weather)
    cfg = initial_configuration(scenario, station, start.mass_kg)
    walker = _Walker(scenario, cfg, start, weather, progress)
    walker.walk(timeline(scenario, station))
    forecasts, notes = walker.look_ahead() if look_ahead else ((), ())
    return Record(
        walker.start,
        tuple(walker.log),
        tuple(walker.lived),
        tuple(walker.flights()),
        forecasts,
        (*start.notes, *notes),
        weather,
    )


class _Walker:
    """Carries a run through its events."""

    def __init__(
        self, scenario: Scenario, cfg: Configuration, start: Start, weather: SpaceWeather, progress: Progress
    ) -> None:
        self.scenario, self.cfg, self.weather, self.progress = scenario, cfg, weather, progress
        self.forces = forces_of(scenario)
        self.drag = Drag(
            start.drag_area_m2, start.drag_coefficient, scenario.flight.density_scale.best,
            sum(s.drag_area_m2 for s in cfg.stacks()),
        )  # fmt: skip
        self.log: list[Happened] = []
        self.lived: list[Lived] = []
        main = cfg.stacks()[0]
        self.craft = {main.id: _Craft(main.id, main.name, start.state)}
        self.done: list[_Craft] = []
        self.start = self.cfg = cfg.with_(surroundings=self._around(main.id, start.state))
        self.leg_days = max(7.0, scenario.end.days_since(scenario.start) / LEGS)

    def walk(self, events: list[AbstractEvent]) -> None:
        """All events, then the rest of the horizon; nothing more happens to a station that has come down."""
        for event in events:
            self._fly_to(event.at)
            if all(c.stopped for c in self.craft.values()):
                break
            self._meet(event)
        else:
            self._fly_to(self.scenario.end)
        stops = [c.state.epoch for c in self.craft.values()]
        self._live_to(min(self.scenario.end, max(stops)))

    def flights(self) -> list[Flown]:
        """What every stack flew."""
        return [
            Flown(
                c.id, c.name, Trajectory.concat(c.arcs), tuple(c.burns), c.stopped, c.settings, tuple(c.notes.values())
            )
            for c in [*self.done, *self.craft.values()]
            if c.arcs
        ]

    def look_ahead(self) -> tuple[tuple[Forecast, ...], tuple[str, ...]]:
        """How each part would come down from where its flight ended, and what could not be worked out."""
        out, notes = [], []
        for stack in self.cfg.stacks():
            craft = self.craft.get(stack.id)
            if craft is None or not stack.segments:
                continue
            self.progress(f"{craft.name}: how it would come down")
            try:
                around = self._around(stack.id, craft.state)
                out.append(forecast(self.scenario, craft.state, around, stack, self.weather))
            except (InputError, DataAgeError, OutOfRangeError) as e:
                notes.append(f"how {stack.name} would come down is not worked out: {e}")
        return tuple(out), tuple(notes)

    def _live_to(self, until: Epoch) -> None:
        """Lives the legs up to an instant that has been flown."""
        while until > self.cfg.epoch:
            end = (
                until
                if until.days_since(self.cfg.epoch) <= 1.5 * self.leg_days
                else self.cfg.epoch.plus_days(self.leg_days)
            )
            around = {
                s.id: self._around(s.id, state)
                for s in self.cfg.stacks()
                if (c := self.craft.get(s.id)) and (state := c.at(end)) is not None
            }
            self.lived.append(live(self.cfg, Leg(self.cfg.epoch, end, around)))
            self.cfg = self.lived[-1].after

    def _around(self, key: str, state: StateVector) -> Surroundings:
        """Orbit, air and drag of a stack where it flies."""
        orbit = Orbit.of_state(
            state.epoch, np.asarray(state.position_gcrf_m), np.asarray(state.velocity_gcrf_m_s),
            EARTH_EQUATORIAL_RADIUS_M + state.mean_altitude_m, "flown",
        )  # fmt: skip
        scale = self.scenario.flight.density_scale
        area = Range.of(scale).scaled(self.drag.area_m2 * self.drag.coefficient)
        return Surroundings(
            orbit,
            orbit_density(orbit, self.weather),
            area,
            f"flown, with the drag of the scenario, {key}",
            tuple(scale.source),
        )

    def _meet(self, event: AbstractEvent) -> None:
        self._live_to(event.at)
        h = happen(self.cfg, event)
        self.log.append(h)
        if not h.applied:
            return
        before, self.cfg = self.cfg, h.after
        if h.outcome.separation:
            self._part(h.outcome.separation, before)
        if h.outcome.push:
            self._burn(h.outcome.push, before.with_(epoch=event.at), event.at)

    def _burn(self, push: Push, before: Configuration, at: Epoch) -> None:
        stack = before.stack_of(before.body_of(push.by))
        craft = self.craft.get(stack.id)
        if craft is None or craft.stopped:
            return
        burn = FiniteBurn.from_delta_v(
            max(at, craft.state.epoch), push.delta_v_m_s, stack.mass_kg, push.specific_impulse_s, thrust_n=push.thrust_n,
            label=push.name, by=push.partner,
        )  # fmt: skip
        altitude = craft.state.mean_altitude_m
        self._leg(craft, self.drag.body(stack), burn.end, (burn,))
        craft.burns.append(
            FlownBurn(
                burn.start, craft.id, push, burn.duration_s, burn.propellant_kg, altitude, craft.state.mean_altitude_m
            )
        )

    def _part(self, separated: Separated, before: Configuration) -> None:
        """Gives each part its own state: the whole's, moved and pushed as the joint's opening says.

        A part that keeps the name of the whole flies on as the same craft.
        """
        link = next(x for x in before.links if x.id == separated.joint)
        old = self.craft[before.stack_of(link.a).id]
        if old.stopped:
            return
        ids = set(separated.parts)
        epoch = old.state.epoch
        r, v = (np.asarray(x) for x in (old.state.position_gcrf_m, old.state.velocity_gcrf_m_s))
        nadir, normal = -r / np.linalg.norm(r), np.cross(r, v)
        starboard = -normal / np.linalg.norm(normal)
        axes = np.array([np.cross(starboard, nadir), starboard, nadir])
        for stack in self.cfg.stacks():
            if stack.id in ids:
                m = separated.parts[stack.id]
                state = StateVector(epoch, r + np.asarray(m.offset_m) @ axes, v + np.asarray(m.velocity_m_s) @ axes)
                if stack.id == old.id:
                    old.state = state
                else:
                    self.craft[stack.id] = _Craft(stack.id, stack.name, state)
        if old.id not in ids:
            self.done.append(self.craft.pop(old.id))

    def _fly_to(self, until: Epoch) -> None:
        """Flies to an instant, with a stop wherever gyroscopes that nothing unloads are full: from there on the stack tumbles."""
        while (full := self._next_full()) is not None and full < until:
            self._fly_piece(full)
            self._live_to(full)
        self._fly_piece(until)

    def _next_full(self) -> Epoch | None:
        """When the next set of gyroscopes is full; a hundredth later, since the air changes on the way."""
        found = []
        for stack in self.cfg.stacks():
            craft = self.craft.get(stack.id)
            if craft is None or craft.stopped or attitude.thrusters(stack) or not attitude.gyroscopes(stack):
                continue
            there = seen_from(self.cfg, stack, {stack.id: self._around(stack.id, craft.state)})
            h = attitude.hold(there)
            if h is None or h.hours_to_saturation is None:
                continue
            found.append(self.cfg.epoch.plus_days(max(1.01 * h.hours_to_saturation.best, 1.0) / 24.0))
        return min(found, default=None)

    def _fly_piece(self, until: Epoch) -> None:
        while self._hold_wants_a_look(until):
            nearest = min(c.state.epoch for c in self.craft.values() if not c.stopped)
            self._fly_all(min(until, nearest.plus_days(HOLD_CHECK_DAYS)))
            self._hold()
        self._fly_all(until)

    def _fly_all(self, until: Epoch) -> None:
        for stack in self.cfg.stacks():
            craft = self.craft.get(stack.id)
            if craft and not craft.stopped and until > craft.state.epoch:
                self.progress(f"{craft.name}: flying to {until.date}")
                self._leg(craft, self.drag.body(stack), until, ())

    def _leg(self, craft: _Craft, body: Body, until: Epoch, burns: tuple[FiniteBurn, ...]) -> None:
        flight = numerical.fly(
            craft.state, body, until, weather=self.weather, burns=burns, forces=self.forces,
            output_step_s=self.scenario.flight.output_step_s, floor_m=FLOOR_M,
            method="fast" if until - craft.state.epoch > LONG_LEG_S else "auto",
        )  # fmt: skip
        craft.arcs.append(flight.trajectory)
        craft.state, craft.stopped, craft.settings = flight.end_state, flight.stopped, flight.settings

    def _hold_wants_a_look(self, until: Epoch) -> bool:
        p = self.scenario.policies
        alive = [c for c in self.craft.values() if not c.stopped]
        if p.hold is None or not alive:
            return False
        nearest = min(c.state.epoch for c in alive)
        if p.reboost_from is not None and nearest < p.reboost_from:
            return False
        return until.days_since(nearest) > HOLD_CHECK_DAYS

    def _hold(self) -> None:
        """One burn for every stack below the floor, by the first engine that the policy lets."""
        hold = self.scenario.policies.hold
        if hold is None:
            return
        for stack in self.cfg.stacks():
            craft = self.craft.get(stack.id)
            if craft is None or craft.stopped or craft.state.mean_altitude_m >= 1e3 * hold.floor_km:
                continue
            allowed = set(self.scenario.policies.reboost_by)
            asked = [
                x for x in able(stack)
                if x.pusher.shown and (not allowed or allowed & {x.pusher.id, x.pusher.partner, x.pusher.vehicle_type})
            ]  # fmt: skip
            for x in asked:
                if x.verdict != "yes":
                    craft.notes.setdefault(
                        x.pusher.id,
                        f"{craft.state.epoch.date}: {x.pusher.name} did not raise it: {'; '.join(x.reasons[:1])}",
                    )
            a = EARTH_EQUATORIAL_RADIUS_M + craft.state.mean_altitude_m
            # raising a circular orbit by da takes da n / 2
            delta_v = 0.5e3 * hold.raise_km * float(np.sqrt(GM_EARTH_M3_S2 / a**3))
            choices = (
                Reboost(
                    kind="reboost", at=craft.state.epoch, by=p.id, delta_v_m_s=delta_v, origin="policy",
                    id=f"{craft.state.epoch.date}-hold-{stack.id}",
                )
                for p in (x.pusher for x in asked if x.verdict == "yes")
            )  # fmt: skip
            # a policy flies only what is known to be possible; what is not known waits for a scenario to ask for it
            rulings = [(c, c.rule(self.cfg.with_(epoch=c.at))) for c in choices]
            event = next((c for c, r in rulings if r.verdict == "possible"), None)
            if event is not None:
                self._meet(event)
                continue
            for c, r in rulings:
                said = f"{c.at.date}: {name_of(self.cfg, c.by)} was there but did not raise it: {r.reasons[0]}"
                craft.notes.setdefault(c.by, said)
