"""A vehicle docks or is berthed."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.errors import choice
from stationkeeper.core.model import Identifier, Quantity
from stationkeeper.functions.attitude import thrusters, turns_freely
from stationkeeper.scenario.events.base import AbstractEvent, find_visit, name_of, require_operator
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import (
    Configuration,
    Docked,
    condition_of,
    type_of,
    vehicle_link,
    vehicle_node,
    vehicle_stores,
    vehicle_tank,
)
from stationkeeper.station.schema import Berth, Visit


def judge_port(r: RulingBuilder, cfg: Configuration, vehicle_type: str, port_id: str, at: Epoch) -> None:
    """Whether a vehicle of a type may use a port at an instant: it exists, is usable, fits and is free."""
    port = next((p for p in cfg.station.port if p.id == port_id), None)
    if port is None:
        r.absent(f"there is no port '{port_id}'; {choice(port_id, [p.id for p in cfg.station.port], 'ports')}", "port")
        return
    if port.element not in cfg.nodes:
        r.absent(f"{port.name} is not part of the station at that time", "port")
        return
    if not port.usable:
        r.never(f"{port.name} cannot be used: {port.note}", tuple(port.source), "port")
    if at < port.available_from.epoch or (port.available_until and at >= port.available_until.epoch):
        r.never(f"{port.name} is not open for vehicles on {at.date}: {port.note}", tuple(port.source), "port")
    kind = type_of(cfg.station, vehicle_type)
    if vehicle_type not in port.fits:
        r.never(
            f"{kind.name} ({', '.join(kind.standards)}) does not fit {port.name} ({port.standard})",
            tuple(port.source + kind.source), "port",
        )  # fmt: skip
    there = cfg.at_port(port_id)
    if there is not None:
        r.absent(f"{port.name} is occupied by {there.name}", "port")
    if not r.ruled_out and not thrusters(cfg.stack_of(port.element)):
        stack = cfg.stack_of(port.element)
        if turns_freely(stack):
            r.unknown(
                f"{stack.name} turns freely, since its gyroscopes are full; no vehicle of this kind has docked to a station that nobody holds"
            )
        else:
            r.unknown(
                f"{stack.name} has no thrusters to hold its attitude while a vehicle docks; whether gyroscopes alone would do is not known"
            )


def attach(cfg: Configuration, visit_id: str, vehicle_type: str, port_id: str, at: Epoch) -> Configuration:
    """The configuration with a known visit's vehicle at a port."""
    visit = next(v for v in cfg.station.visit if v.id == visit_id)
    port = next(p for p in cfg.station.port if p.id == port_id)
    node = vehicle_node(cfg.station, visit, port)
    state, text, source = condition_of(visit, at)
    docked = Docked(visit.id, visit.name, vehicle_type, port_id, at, None, state, text, source)
    tank = vehicle_tank(cfg.station, visit)
    known = {t.id for t in cfg.tanks} | {s.id for s in cfg.stores}
    return cfg.with_(
        epoch=at,
        nodes={**cfg.nodes, node.id: node},
        links=(*cfg.links, vehicle_link(port, visit.id)),
        docked=(*cfg.docked, docked),
        tanks=(*cfg.tanks, tank) if tank and tank.id not in known else cfg.tanks,
        stores=(*cfg.stores, *(s for s in vehicle_stores(cfg.station, visit) if s.id not in known)),
    )


class Dock(AbstractEvent):
    """A vehicle without crew changes docks or is berthed at a port."""

    kind: Literal["dock"]
    visit: Identifier = Field(
        description="id of a visit in the station's data, or of a new one when 'vehicle' is given"
    )
    port: str
    vehicle: str | None = Field(default=None, description="vehicle type, for a visit that the data do not know")
    name: str = ""
    mass_kg: float | None = Field(default=None, gt=0, lt=200_000, description="mass on arrival; else that of the data")

    def title(self, cfg: Configuration) -> str:
        """One line for people."""
        return f"{self.name or name_of(cfg, self.visit)} arrives at {_port_name(cfg, self.port)}"

    def rule(self, cfg: Configuration) -> Ruling:
        """The port must exist, be usable, fit and be free; the operator and the launch site must be there."""
        return self._judge(cfg).build()

    def _judge(self, cfg: Configuration) -> RulingBuilder:
        r = RulingBuilder()
        kind_id, visit = self._type(cfg), find_visit(cfg, self.visit)
        if kind_id is None:
            types = [v.id for v in cfg.station.vehicle]
            if self.vehicle is None:
                r.absent(
                    f"the data know no visit '{self.visit}'; for a new one give vehicle, one of {', '.join(types)}",
                    "visit",
                )
            else:
                r.absent(
                    f"there is no vehicle type '{self.vehicle}'; {choice(self.vehicle, types, 'types')}", "vehicle"
                )
            return r
        kind = type_of(cfg.station, kind_id)
        if visit and self.vehicle not in (None, kind_id):
            r.absent(f"{visit.name} is a {kind_id} in the data; give another visit for a new vehicle", "vehicle")
        if cfg.vehicle(self.visit):
            r.absent(f"{name_of(cfg, self.visit)} is docked already", "visit")
        elif visit is None and self.visit in names_of_parts(cfg):
            r.absent(f"'{self.visit}' is the id of a part of the station", "visit")
        tank = vehicle_tank(cfg.station, visit) if visit else None
        if tank and self.mass_kg is not None and self.mass_kg <= tank.high_kg:
            r.absent(f"it carries up to {tank.high_kg:.0f} kg of propellant", "mass_kg")
        require_operator(r, cfg, kind.operator, kind.name)
        if visit and visit.launch_site in cfg.closed_sites:
            r.never(f"its launch site, {visit.launch_site}, is closed")
        judge_port(r, cfg, kind_id, self.port, self.at)
        return r

    def apply(self, cfg: Configuration) -> Outcome:
        """Adds the vehicle, its tank and its link."""
        kind_id = self._type(cfg) or ""
        cfg = with_new_visit(cfg, self.visit, kind_id, self.name, self.port, self.at, self.mass_kg)
        after = attach(cfg, self.visit, kind_id, self.port, self.at)
        if self.mass_kg is not None:
            stated = replace(
                after.nodes[self.visit], mass_kg=self.mass_kg, mass_low_kg=self.mass_kg, mass_high_kg=self.mass_kg
            )
            after = after.with_(nodes={**after.nodes, self.visit: stated})
        mass = after.nodes[self.visit].mass_kg
        return Outcome(after, (f"{after.nodes[self.visit].name} adds {mass / 1000:.1f} t",))

    def _type(self, cfg: Configuration) -> str | None:
        visit = find_visit(cfg, self.visit)
        if visit:
            return visit.vehicle
        return self.vehicle if any(v.id == self.vehicle for v in cfg.station.vehicle) else None


def with_new_visit(
    cfg: Configuration, visit_id: str, kind_id: str, name: str, port: str, at: Epoch, mass_kg: float | None
) -> Configuration:
    """The configuration whose station knows the visit; a visit that the data do not have is made from its type."""
    if find_visit(cfg, visit_id):
        return cfg
    when = When(at.isoformat())
    kind = type_of(cfg.station, kind_id)
    mass = (
        Quantity(value=mass_kg, source=["scenario"], as_of=when, confidence="derived", note="given by the scenario")
        if mass_kg
        else kind.mass_kg
    )
    visit = Visit(
        id=visit_id, name=name or f"{kind.name} ({visit_id})", vehicle=kind_id, launched=when,
        berths=[Berth(port=port, arrive=when)], mass_kg=mass, source=["scenario"],
    )  # fmt: skip
    return cfg.with_(station=cfg.station.model_copy(update={"visit": [*cfg.station.visit, visit]}))


def names_of_parts(cfg: Configuration) -> set[str]:
    """Ids that a new vehicle cannot have: those of the station's own parts."""
    s = cfg.station
    return {e.id for e in s.element} | {o.id for o in s.outfitting} | {q.id for q in s.equipment} | set(cfg.nodes)


def _port_name(cfg: Configuration, port_id: str) -> str:
    return next((p.name for p in cfg.station.port if p.id == port_id), port_id)
