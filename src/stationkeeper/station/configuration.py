"""The station at an instant: an immutable graph of elements, joints, vehicles at ports, people and tanks.

Events return a new :class:`Configuration`; nothing here changes in place. A :class:`Stack` is a connected part of
the graph and flies as one rigid body.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.model import Quantity
from stationkeeper.core.orbit import Surroundings
from stationkeeper.core.ranges import Range
from stationkeeper.station.schema import Element, Joint, Port, Station, Stay, VehicleType, Visit

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A body in the graph: an element, a docked vehicle, or outfitting that goes with an element.

    ``centre_m`` and ``size_m`` are in the station frame (x forward, y starboard, z nadir).
    """

    id: str
    name: str
    kind: Literal["element", "vehicle", "outfitting"]
    owner: str
    operator: str
    segment: str
    mass_kg: float
    mass_low_kg: float
    mass_high_kg: float
    centre_m: Vector
    size_m: Vector
    drag_area_m2: float = 0.0
    habitable: bool = False

    def plus_kg(self, kg: float) -> Node:
        """The body with mass added (or taken away, when negative); its range moves along."""
        return replace(
            self,
            mass_kg=self.mass_kg + kg,
            mass_low_kg=self.mass_low_kg + kg,
            mass_high_kg=self.mass_high_kg + kg,
        )


@dataclass(frozen=True, slots=True)
class Link:
    """An edge: a joint between elements, a vehicle at its port, or outfitting inside its element."""

    id: str
    a: str
    b: str
    kind: str
    crosses: tuple[str, ...]
    joint: Joint | None = None
    port: str | None = None


@dataclass(frozen=True, slots=True)
class Docked:
    """A vehicle at a port."""

    visit: str
    name: str
    vehicle: str
    port: str
    since: Epoch
    leaves: Epoch | None = None
    state: str = "good"
    state_text: str = ""
    state_source: tuple[str, ...] = ()

    @property
    def safe_for_return(self) -> bool:
        """Whether people may come home in it."""
        return self.state in ("good", "degraded")


@dataclass(frozen=True, slots=True)
class Aboard:
    """A person aboard, with the place home that is held for him or her."""

    person: str
    name: str
    agency: str
    nationality: str
    launched: Epoch
    aboard_since: Epoch
    seat: str | None
    seat_kind: str
    location: str
    commander: bool = False

    def days(self, at: Epoch) -> float:
        """Days in space since lift-off."""
        return at.days_since(self.launched)


@dataclass(frozen=True, slots=True)
class Tank:
    """Propellant of one owner in one place; part of the mass of ``node``."""

    id: str
    name: str
    owner: str
    node: str
    content_kg: float
    low_kg: float
    high_kg: float
    basis: str

    def plus_kg(self, kg: float) -> Tank:
        """The tank with propellant added (or taken, when negative); its range moves along and stops at empty."""
        return replace(
            self,
            content_kg=self.content_kg + kg,
            low_kg=max(0.0, self.low_kg + kg),
            high_kg=max(0.0, self.high_kg + kg),
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """Goods for people in one place; part of the mass of ``node``."""

    id: str
    name: str
    good: str
    owner: str
    node: str
    content_kg: float
    low_kg: float
    high_kg: float
    usable_by: tuple[str, ...] = ()
    capacity_kg: float | None = None
    basis: str = ""
    source: tuple[str, ...] = ()

    def plus_kg(self, kg: float) -> Stored:
        """The store with goods added (or taken, when negative); its range moves along and stops at empty."""
        return replace(
            self,
            content_kg=self.content_kg + kg,
            low_kg=max(0.0, self.low_kg + kg),
            high_kg=max(0.0, self.high_kg + kg),
        )


@dataclass(frozen=True, slots=True)
class PartnerState:
    """Standing of a partner: present, announced, notified or gone."""

    state: str
    since: Epoch
    note: str = ""


@dataclass(frozen=True)
class Configuration:
    """The station at ``epoch``. Mappings are read-only by convention: use :meth:`with_`."""

    station: Station
    epoch: Epoch
    nodes: Mapping[str, Node]
    links: tuple[Link, ...]
    docked: tuple[Docked, ...]
    crew: tuple[Aboard, ...]
    tanks: tuple[Tank, ...]
    partners: Mapping[str, PartnerState]
    failed: frozenset[str] = frozenset()
    closed_sites: frozenset[str] = frozenset()
    stopped_services: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    stores: tuple[Stored, ...] = ()
    surroundings: Surroundings | None = None
    filled: Mapping[str, Range] = field(default_factory=dict)
    """Part of the momentum of each set of gyroscopes that is taken, where nothing unloads them; 1 is full."""
    stopped: Mapping[str, str] | None = None
    """Parts that have stopped for want of something, and functions used up, with the reason, where that was worked out in
    time; ``None``: the needs of the parts say."""

    @cached_property
    def memo(self) -> dict[object, Any]:
        """What was worked out once for this instant and may be asked for again; a copy begins with none."""
        return {}

    def with_(self, **changes: object) -> Configuration:
        """A copy with some fields replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def mass_kg(self) -> float:
        """Mass of everything, all stacks together."""
        return math.fsum(n.mass_kg for n in self.nodes.values())

    def port(self, port_id: str) -> Port | None:
        """The port of that id, where its element is still part of the graph."""
        return next((p for p in self.station.port if p.id == port_id and p.element in self.nodes), None)

    def at_port(self, port_id: str) -> Docked | None:
        """The vehicle at a port."""
        return next((d for d in self.docked if d.port == port_id), None)

    def body_of(self, id_: str) -> str:
        """The body that equipment sits in; the id itself for a vehicle or an element."""
        return next((q.element for q in self.station.equipment if q.id == id_), id_)

    def vehicle(self, visit_id: str) -> Docked | None:
        """The docked vehicle of a visit."""
        return next((d for d in self.docked if d.visit == visit_id), None)

    def vehicle_type(self, visit_id: str) -> VehicleType:
        """The type of a docked vehicle."""
        d = self.vehicle(visit_id)
        type_id = d.vehicle if d else visit_of(self.station, visit_id).vehicle
        return type_of(self.station, type_id)

    def person(self, person_id: str) -> Aboard | None:
        """A person aboard."""
        return next((c for c in self.crew if c.person == person_id), None)

    def element(self, element_id: str) -> Element | None:
        """The data of an element that is present."""
        return next((e for e in self.station.element if e.id == element_id and e.id in self.nodes), None)

    def stacks(self) -> tuple[Stack, ...]:
        """The connected parts, the heaviest first."""
        return self._stacks

    @cached_property
    def _stacks(self) -> tuple[Stack, ...]:
        neighbours: dict[str, list[str]] = {n: [] for n in self.nodes}
        for link in self.links:
            neighbours[link.a].append(link.b)
            neighbours[link.b].append(link.a)
        left, parts = set(self.nodes), []
        while left:
            seed = next(n for n in self.nodes if n in left)
            part, edge = {seed}, [seed]
            while edge:
                for n in neighbours[edge.pop()]:
                    if n not in part:
                        part.add(n)
                        edge.append(n)
            left -= part
            parts.append(tuple(n for n in self.nodes if n in part))
        parts.sort(key=lambda p: -math.fsum(self.nodes[n].mass_kg for n in p))
        return tuple(Stack(self, p, len(parts)) for p in parts)

    def stack_of(self, node_id: str) -> Stack:
        """The stack that holds a node."""
        return next(s for s in self.stacks() if node_id in s.members)


@dataclass(frozen=True)
class Stack:
    """A connected part of a configuration that flies as one rigid body."""

    configuration: Configuration
    members: tuple[str, ...]
    siblings: int

    @property
    def nodes(self) -> list[Node]:
        """Its bodies."""
        return [self.configuration.nodes[m] for m in self.members]

    @property
    def _main(self) -> Node:
        """The body that names it: the heaviest element, or the heaviest body of a free vehicle."""
        elements = [n for n in self.nodes if n.kind == "element"]
        return max(elements or self.nodes, key=lambda n: (n.kind == "element", n.mass_kg))

    @property
    def segments(self) -> tuple[str, ...]:
        """Segments of which it holds elements, by falling mass."""
        total: dict[str, float] = {}
        for n in self.nodes:
            if n.kind == "element":
                total[n.segment] = total.get(n.segment, 0.0) + n.mass_kg
        return tuple(sorted(total, key=lambda k: -total[k]))

    @property
    def id(self) -> str:
        """``station`` while whole, else the segment that it is made of."""
        if self.siblings == 1 or self._holds_all_segments:
            return "station"
        if not self.segments:
            return self._main.id
        return self.segments[0] if self._holds_most_of_its_segment else f"{self.segments[0]}-{self._main.id}"

    @property
    def _holds_all_segments(self) -> bool:
        """Whether it is what is left of the station: it has elements of each of several segments, and the most mass."""
        there = {n.segment for n in self.configuration.nodes.values() if n.kind == "element"}
        return len(there) > 1 and there == set(self.segments) and self.configuration.stacks()[0].members == self.members

    @property
    def _holds_most_of_its_segment(self) -> bool:
        mine = [n.mass_kg for n in self.nodes if n.kind == "element" and n.segment == self.segments[0]]
        all_ = [
            n.mass_kg
            for n in self.configuration.nodes.values()
            if n.kind == "element" and n.segment == self.segments[0]
        ]
        return math.fsum(mine) > 0.5 * math.fsum(all_)

    @property
    def name(self) -> str:
        """Its name for people."""
        station = self.configuration.station
        if self.id == "station":
            return station.station.short
        if not self.segments:
            return self._main.name
        segment = next(s for s in station.segment if s.id == self.segments[0])
        return segment.name if self.id == segment.id else f"{self._main.name} and what is attached"

    @property
    def mass_kg(self) -> float:
        """Its mass."""
        return math.fsum(n.mass_kg for n in self.nodes)

    @property
    def mass_bounds_kg(self) -> tuple[float, float]:
        """Its mass with every part at the low, and at the high end of its range."""
        return math.fsum(n.mass_low_kg for n in self.nodes), math.fsum(n.mass_high_kg for n in self.nodes)

    @property
    def drag_area_m2(self) -> float:
        """Sum of its parts' shares of the area that meets the air."""
        return math.fsum(n.drag_area_m2 for n in self.nodes)

    @property
    def docked(self) -> list[Docked]:
        """Vehicles at its ports."""
        return [d for d in self.configuration.docked if d.visit in self.members]

    @property
    def crew(self) -> list[Aboard]:
        """People in it."""
        return [c for c in self.configuration.crew if c.location in self.members]

    @property
    def stores(self) -> list[Stored]:
        """Goods for people in it."""
        return [s for s in self.configuration.stores if s.node in self.members]

    @property
    def tanks(self) -> list[Tank]:
        """Propellant in it."""
        return [t for t in self.configuration.tanks if t.node in self.members]


# ---- the station of a date ------------------------------------------------------------------------------------------


def type_of(station: Station, type_id: str) -> VehicleType:
    """The vehicle type of that id."""
    return next(v for v in station.vehicle if v.id == type_id)


def visit_of(station: Station, visit_id: str) -> Visit:
    """The visit of that id."""
    return next(v for v in station.visit if v.id == visit_id)


def seats_of(station: Station, visit_id: str) -> int:
    """Seats of a visit's vehicle in which people may ride: the visit's own number, else the type's."""
    visit = visit_of(station, visit_id)
    return type_of(station, visit.vehicle).seats if visit.seats is None else visit.seats


def joint_links(station: Station, there: Container[str], at: Epoch) -> list[Link]:
    """The joints between elements that are there, closed at an instant."""
    return [
        Link(j.id, j.between[0], j.between[1], j.kind, tuple(c.what for c in j.crosses), j)
        for j in station.joint
        if present(j.made, j.parted, at) and j.between[0] in there and j.between[1] in there
    ]


def element_node(e: Element) -> Node:
    """The body of an element."""
    low, high = e.mass_kg.bounds
    p = e.place
    return Node(
        e.id, e.name, "element", e.owner, e.operator, e.segment, e.mass_kg.best, low, high,
        (p.x_m, p.y_m, p.z_m), (p.size_x_m, p.size_y_m, p.size_z_m),
        e.drag_area_m2.best if e.drag_area_m2 else 0.0, e.habitable,
    )  # fmt: skip


def vehicle_node(station: Station, visit: Visit, port: Port) -> Node:
    """The body of a vehicle at a port; it touches the port's element and points along the port's direction."""
    kind = type_of(station, visit.vehicle)
    element = next(e for e in station.element if e.id == port.element)
    p, d = element.place, port.direction
    half = 0.5 * (abs(d[0]) * p.size_x_m + abs(d[1]) * p.size_y_m + abs(d[2]) * p.size_z_m)
    reach = half + 0.5 * kind.length_m
    mass: Quantity = visit.mass_kg or kind.mass_kg
    low, high = mass.bounds
    width = 2.9
    size = tuple(kind.length_m if abs(c) > 0.5 else width for c in d)
    return Node(
        visit.id, visit.name, "vehicle", kind.owner, kind.operator, element.segment, mass.best, low, high,
        (p.x_m + reach * d[0], p.y_m + reach * d[1], p.z_m + reach * d[2]), (size[0], size[1], size[2]),
    )  # fmt: skip


def vehicle_link(port: Port, visit_id: str) -> Link:
    """The edge between a docked vehicle and its port's element."""
    return Link(f"{visit_id}@{port.id}", port.element, visit_id, port.standard, ("structure", "crew"), port=port.id)


def condition_of(visit: Visit, at: Epoch) -> tuple[str, str, tuple[str, ...]]:
    """State, text and sources of a vehicle's condition at an instant."""
    held = [c for c in visit.conditions if c.since.epoch <= at and (c.until is None or at < c.until.epoch)]
    if not held:
        return "good", "", ()
    return held[-1].state, held[-1].text, tuple(held[-1].source)


def home_of(nodes: Mapping[str, Node], station: Station, agency: str, seat: str | None) -> str:
    """Where a person is taken to live: the segment that needs the agency's people, else that of the seat.

    The heaviest habitable element of that segment; an assumption that only matters when the station parts.
    """
    segments = [s.id for s in station.segment if agency in s.needs_aboard]
    if not segments and seat is not None and seat in nodes:
        segments = [nodes[seat].segment]
    rooms = [n for n in nodes.values() if n.habitable] or list(nodes.values())
    own = [n for n in rooms if n.segment in segments] or rooms
    return max(own, key=lambda n: n.mass_kg).id


def _seat_of(stay: Stay, at: Epoch) -> tuple[str | None, str]:
    held = [h for h in stay.seats if h.since.epoch <= at]
    return (held[-1].visit, held[-1].kind) if held else (None, "none")


def aboard(station: Station, nodes: Mapping[str, Node], stay: Stay, at: Epoch) -> Aboard:
    """The person of a stay at an instant."""
    p = next(x for x in station.person if x.id == stay.person)
    seat, kind = _seat_of(stay, at)
    commander = bool(
        stay.commander_from
        and stay.commander_from.epoch <= at
        and (stay.commander_until is None or at < stay.commander_until.epoch)
    )
    return Aboard(
        p.id, p.name, p.agency, p.nationality, stay.launched.epoch, stay.aboard_from.epoch,
        seat, kind, home_of(nodes, station, p.agency, seat), commander,
    )  # fmt: skip


def tank_body(station: Station, element_id: str) -> str:
    """The body whose mass holds the propellant of an element: its outfitting, else that of its segment."""
    element = next(e for e in station.element if e.id == element_id)
    by_element = {e.id: e.segment for e in station.element}
    for o in station.outfitting:
        if o.element == element_id:
            return o.id
    for o in station.outfitting:
        if by_element[o.element] == element.segment:
            return o.id
    return element_id


def station_tanks(station: Station, nodes: Mapping[str, Node], at: Epoch) -> list[Tank]:
    """Propellant in the station's own tanks, from the ``content_kg`` of its equipment."""
    out = []
    for q in station.equipment:
        content = q.figures.get("content_kg")
        if q.kind != "tank" or content is None or q.element not in nodes or not present(q.installed, q.removed, at):
            continue
        owner = q.owner or next(e.owner for e in station.element if e.id == q.element)
        low, high = content.bounds
        body = tank_body(station, q.element)
        node = body if body in nodes else q.element
        out.append(Tank(q.id, q.name, owner, node, content.best, low, high, content.confidence))
    return out


def station_stores(station: Station, nodes: Mapping[str, Node]) -> list[Stored]:
    """Goods in the station's own stores, as its data state them."""
    out = []
    for x in station.store:
        if x.element not in nodes:
            continue
        owner = x.owner or next(e.owner for e in station.element if e.id == x.element)
        low, high = x.content_kg.bounds
        body = tank_body(station, x.element)
        out.append(
            Stored(
                x.id, x.name, x.good, owner, body if body in nodes else x.element, x.content_kg.best, low, high,
                tuple(x.usable_by), x.capacity_kg.best if x.capacity_kg else None, x.content_kg.confidence, tuple(x.source),
            )
        )  # fmt: skip
    return out


def vehicle_tank(station: Station, visit: Visit) -> Tank | None:
    """Propellant that a vehicle brought for the station or for pushing it."""
    load = visit.cargo.get("propellant_kg")
    if load is None:
        return None
    low, high = load.bounds
    owner = type_of(station, visit.vehicle).owner
    return Tank(
        f"{visit.id}-propellant", f"{visit.name} propellant", owner, visit.id, load.best, low, high, load.confidence
    )


UNLOADED_AFTER_DAY = 180.0
"""Assumed: a ship's goods are used, or moved to the station's own stores, evenly over half a year (see ``Stored.low_kg``)."""


def vehicle_stores(station: Station, visit: Visit, at: Epoch | None = None) -> list[Stored]:
    """Goods for people that a vehicle brought, in the vehicle: water, gas, and the food in its dry cargo.

    What a visit does not state is taken from its type's ``cargo_water_kg``, ``cargo_gas_kg`` and ``cargo_dry_kg``.
    The share of food in dry cargo is the type's ``food_ratio`` (nobody publishes it: a range). Gas that is not named is
    taken as air, between none and all of it oxygen. Some time after the docking, ``at``, anything between nothing and
    all is left; the best guess falls evenly over ``UNLOADED_AFTER_DAY``.
    """
    kind = type_of(station, visit.vehicle)
    if kind.purpose != "cargo":
        return []
    stated: dict[str, Quantity] = {str(k): q for k, q in visit.cargo.items()}
    load = {k: stated.get(k) for k in ("water_kg", "gas_kg", "dry_kg", "food_kg", "oxygen_kg", "nitrogen_kg")}
    total = stated.get("total_kg")
    if load["dry_kg"] is None and load["water_kg"] is None and "cargo_water_kg" not in kind.figures:
        load["dry_kg"] = total  # a ship without tanks for water or gas: all of its cargo is dry
    for k in ("water_kg", "gas_kg", "dry_kg"):
        load[k] = load[k] or kind.figures.get(f"cargo_{k}")
    goods: dict[str, tuple[Quantity, float, float, float]] = {}
    dry, gas, ratio = load["dry_kg"], load["gas_kg"], kind.figures.get("food_ratio")
    if load["food_kg"]:
        goods["food"] = (load["food_kg"], 1.0, 1.0, 1.0)
    elif dry is not None and ratio is not None:
        goods["food"] = (dry, ratio.best, *ratio.bounds)
    if load["water_kg"]:
        goods["water"] = (load["water_kg"], 1.0, 1.0, 1.0)
    for good, part in (("oxygen", 0.23), ("nitrogen", 0.77)):
        named = load[f"{good}_kg"]
        if named is not None:
            goods[good] = (named, 1.0, 1.0, 1.0)
        elif gas is not None and load["oxygen_kg"] is None and load["nitrogen_kg"] is None:
            goods[good] = (gas, part, 0.0, 1.0)
    arrived = visit.berths[0].arrive.epoch
    days = max(0.0, at.days_since(arrived)) if at is not None else 0.0
    left = max(0.0, 1.0 - days / UNLOADED_AFTER_DAY)
    owner, out = kind.owner, []
    for good, (q, best, low, high) in goods.items():
        bottom = 0.0 if days > 0.0 else low * q.bounds[0]
        out.append(
            Stored(
                f"{visit.id}-{good}", f"{good} in {visit.name}", good, owner, visit.id, left * best * q.best, bottom,
                max(high * q.bounds[1], left * best * q.best), (), None,
                "assumed" if days > 0.0 or best != 1.0 else q.confidence, tuple(q.source),
            )
        )  # fmt: skip
    return out


def present(since: When | None, until: When | None, at: Epoch) -> bool:
    """Whether ``at`` lies in the span of two optional vague dates."""
    after = since is None or since.epoch <= at
    before = until is None or at < until.epoch
    return after and before


def berth_at(visit: Visit, at: Epoch) -> tuple[str, Epoch, Epoch | None] | None:
    """Port, arrival and departure of the berth that a visit holds at an instant."""
    for b in visit.berths:
        if present(b.arrive, b.leave, at):
            return b.port, b.arrive.epoch, b.leave.epoch if b.leave else None
    return None


def partner_states(station: Station, at: Epoch) -> dict[str, PartnerState]:
    """Standing of every partner at an instant."""
    out = {}
    for p in station.partner:
        held = [s for s in p.status if s.since.epoch <= at] or p.status[:1]
        out[p.id] = PartnerState(held[-1].state, held[-1].since.epoch, held[-1].note)
    return out


def configuration_at(station: Station, at: Epoch) -> Configuration:
    """The station as its data say it was at an instant.

    Vague dates act at the middle of their span. Raises nothing: outside the station's covered span the visits and
    crew are simply those that the data know; callers show ``covers_from`` and ``covers_until``.
    """
    nodes = {e.id: element_node(e) for e in station.element if present(e.joined, e.left, at)}
    links = joint_links(station, nodes, at)
    for o in station.outfitting:
        if o.element in nodes:
            host = nodes[o.element]
            low, high = o.mass_kg.bounds
            centre, size = _spread(nodes, host.segment)
            nodes[o.id] = Node(
                o.id,
                o.name,
                "outfitting",
                host.owner,
                host.operator,
                host.segment,
                o.mass_kg.best,
                low,
                high,
                centre,
                size,
            )
            links.append(Link(f"{o.id}-in", o.element, o.id, "inside", ("structure",)))
    docked, tanks = [], station_tanks(station, nodes, at)
    stores = station_stores(station, nodes)
    ports = {p.id: p for p in station.port}
    for v in station.visit:
        held = berth_at(v, at)
        if held is None or ports[held[0]].element not in nodes:
            continue
        port = ports[held[0]]
        nodes[v.id] = vehicle_node(station, v, port)
        links.append(vehicle_link(port, v.id))
        state, text, source = condition_of(v, at)
        # docked life counts from the first port, whatever it moved to since
        docked.append(
            Docked(
                v.id, v.name, v.vehicle, port.id, min(b.arrive.epoch for b in v.berths), held[2], state, text, source
            )
        )
        tank = vehicle_tank(station, v)
        if tank:
            tanks.append(tank)
        stores += vehicle_stores(station, v, at)
    crew = tuple(
        aboard(station, nodes, y, at) for y in station.stay if nodes and present(y.aboard_from, y.aboard_until, at)
    )
    return Configuration(
        station, at, nodes, tuple(links), tuple(docked), crew, tuple(tanks), partner_states(station, at),
        stores=tuple(stores),
    )  # fmt: skip


def _spread(nodes: Mapping[str, Node], segment: str) -> tuple[Vector, Vector]:
    """Centre of mass and extent of a segment's habitable elements: where racks, cargo and water are taken to be."""
    rooms = [n for n in nodes.values() if n.segment == segment and n.kind == "element" and n.habitable]
    rooms = rooms or [n for n in nodes.values() if n.segment == segment and n.kind == "element"]
    total = math.fsum(n.mass_kg for n in rooms)
    centre = tuple(math.fsum(n.mass_kg * n.centre_m[k] for n in rooms) / total for k in range(3))
    size = tuple(
        max(n.centre_m[k] + n.size_m[k] / 2 for n in rooms) - min(n.centre_m[k] - n.size_m[k] / 2 for n in rooms)
        for k in range(3)
    )
    return (centre[0], centre[1], centre[2]), (size[0], size[1], size[2])


def names(ids: Iterable[str], station: Station) -> list[str]:
    """Short names of partners."""
    short = {p.id: p.short for p in station.partner}
    return [short.get(i, i) for i in ids]
