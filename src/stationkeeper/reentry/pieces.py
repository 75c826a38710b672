"""What a station is made of, as re-entry sees it: groups of like pieces of each element.

Model: ``data/tables/breakup.toml`` has, for each kind of element, groups of pieces with their share of its mass, the mass of one,
material, shape, and whether they come free where the element parts (``shed``) or where it opens (``open``). Materials are in
``materials.toml``. No agency has published the inventory of a station by material and piece: the shares are assumptions with
ranges, and they shape the answer as much as the heating does.

Propellant, water, gas, food, foam, textiles and solar blankets are taken to vanish. Validation status: checked through
:mod:`breakup` (validation/reentry_risk).

References
----------
``breakup.toml`` and ``materials.toml`` name the source of every number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from stationkeeper.core.errors import InputError, choice
from stationkeeper.core.model import Identifier, Model, NotNegative, Positive
from stationkeeper.core.ranges import Range
from stationkeeper.core.validation import read_model
from stationkeeper.station.configuration import Node, Stack
from stationkeeper.station.load import DATA
from stationkeeper.station.schema import Source

Floats = NDArray[np.float64]
Shape = Literal["sphere", "cylinder", "box", "plate"]
Kind = Literal[
    "module", "node", "adapter", "airlock", "truss", "array", "arm", "platform", "observatory", "hull", "vehicle",
    "outfitting", "satellite",
]  # fmt: skip

FEW_GROUPS: Final = 120
MOST_PARTS: Final = 6
"""A body of few groups has them parted, so that the pieces of one are not all alike: up to six parts, where there are as many pieces."""
WETTEST: Final = 0.9
"""Most of an element's mass that propellant and stores can be (assumed)."""
VANISHES: Final = "fluid"
"""Material of what is taken to vanish: fluids, foam, textiles, solar blankets."""


# ---- the tables -----------------------------------------------------------------------------------------------------


class Material(Model):
    """A material as re-entry sees it."""

    id: Identifier
    name: str
    density_kg_m3: Positive
    specific_heat_j_kg_k: Positive
    melting_k: Positive
    fusion_j_kg: Positive
    emissivity_ratio: Positive


class Materials(Model):
    """``materials.toml``."""

    schema_: Literal["stationkeeper.materials/1"] = Field(alias="schema")
    material: list[Material]
    source: list[Source]


class ShapeData(Model):
    """Drag and heating of a tumbling shape."""

    id: Shape
    drag_coefficient: Positive
    slow_drag_coefficient: Positive
    heat_factor_ratio: Positive
    gone_below_ratio: Positive


class Release(Model):
    """When an element of a kind parts (``stage``) and how far below it opens."""

    kind: Kind
    stage: Literal["main", "shed"]
    opens_below_km: NotNegative


class Template(Model):
    """A group of like pieces of the elements of some kinds."""

    kinds: list[Kind]
    id: Identifier
    name: str
    material: str
    shape: Shape
    released: Literal["shed", "open"]
    share_ratio: Positive
    piece_kg: Positive
    areal_kg_m2: Positive | None = None
    solidity_ratio: Positive | None = None


class BodyElement(Model):
    """A part of a body that no station file describes."""

    id: Identifier
    kind: Kind
    mass_kg: float = Field(gt=0)
    size_m: list[float] = Field(min_length=3, max_length=3)


class Body(Model):
    """A body that came down and serves as a check."""

    id: Identifier
    name: str
    inclination_deg: float
    drag_area_m2: Positive
    element: list[BodyElement]
    source: list[str]


class Published(Model):
    """What was published on a body that came down.

    ``use``: ``checked`` only where nothing was set or changed after it was looked at, else ``calibrated``.
    """

    body: str
    what: Literal["surviving_ratio", "count", "casualty_area_m2"]
    use: Literal["calibrated", "checked"]
    figure: Positive


class Breakup(Model):
    """``breakup.toml``."""

    schema_: Literal["stationkeeper.breakup/1"] = Field(alias="schema")
    threshold_j: Positive
    person_m: Positive
    checked_area_ratio: Positive
    heating_ratio: Positive
    density_ratio: Positive
    drag_ratio: Positive
    slow_drag_ratio: Positive
    glide_ratio: NotNegative
    entry_drag_coefficient: Positive
    wind_m_s: NotNegative
    main_km: Positive
    shed_km: Positive
    element_scatter_km: NotNegative
    shape: list[ShapeData]
    release: list[Release]
    template: list[Template]
    body: list[Body]
    published: list[Published]
    source: list[Source]


@cache
def breakup_table() -> Breakup:
    """The packaged table of break-up."""
    return read_model(DATA / "tables" / "breakup.toml", Breakup)


@cache
def materials() -> dict[str, Material]:
    """The packaged materials by id."""
    return {m.id: m for m in read_model(DATA / "tables" / "materials.toml", Materials).material}


# ---- pieces ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """A group of like pieces of one element.

    ``total_kg`` is the group's mass, ``mass_kg`` that of one piece, ``count`` their quotient. ``bulk`` is kg/m2 for a plate, else
    the bulk density over that of the material. ``release_km`` is the height at which it comes free. ``parent_area_m2`` is the
    element's average projected area, ``parent_drag_m2`` its share of the whole body's drag area.
    """

    id: str
    name: str
    parent: str
    kind: Kind
    total_kg: Range
    mass_kg: Range
    size_m: float
    shape: Shape
    material: str
    bulk: Range
    released: Literal["shed", "open"]
    release_km: Range
    parent_kg: Range
    parent_area_m2: float
    parent_drag_m2: float
    source: tuple[str, ...]
    share: Range = field(default=Range(1.0, 1.0, 1.0))

    @property
    def group(self) -> str:
        """The kind of group, whatever the element: what is not known of one is not known of all of them alike."""
        return self.id.rpartition("/")[2].partition(".")[0]

    @property
    def count(self) -> Range:
        """How many pieces the group has; at least one."""
        return self.total_kg.over(self.mass_kg).at_least(1.0)


@dataclass(frozen=True, slots=True)
class _Parent:
    id: str
    kind: Kind
    mass_kg: Range
    size_m: tuple[float, float, float]
    drag_m2: float
    vanishing_kg: float = 0.0


def pieces_of(stack: Stack) -> tuple[Piece, ...]:
    """The pieces of a stack of any station: elements by their kind, vehicles and outfitting as such.

    Propellant in tanks and stores of water, gas and food are taken out first and vanish. Outfitting (racks, cargo) falls with
    the element that it goes with. A node of negative mass (a balance that makes the parts add up to the whole's known mass) has no
    pieces of its own: the others are scaled so that all add up to the mass of the stack. Raises InputError for a stack without mass.
    """
    c = stack.configuration
    wet: dict[str, float] = {}
    for t in stack.tanks:
        wet[t.node] = wet.get(t.node, 0.0) + t.content_kg
    for s in stack.stores:
        wet[s.node] = wet.get(s.node, 0.0) + s.content_kg
    hosts = {link.b: link.a for link in c.links if link.kind == "inside"}
    parents = []
    above = math.fsum(max(n.mass_kg, 0.0) for n in stack.nodes)
    whole = stack.mass_kg / above if above > 0.0 else 0.0  # below 1 where a balance is negative
    for n in stack.nodes if whole > 0.0 else ():
        element = c.element(n.id)
        kind: Kind = element.kind if element else ("vehicle" if n.kind == "vehicle" else "outfitting")
        host = c.nodes.get(hosts.get(n.id, ""), n)
        if n.mass_kg <= 0.0:
            continue
        low = max(0.0, min(n.mass_low_kg, n.mass_kg))
        mass = Range(n.mass_kg, low, max(n.mass_high_kg, n.mass_kg)).scaled(whole)
        drag = n.drag_area_m2 or (_projected(n.size_m) if n.kind == "vehicle" else 0.0)
        inside = min(wet.get(n.id, 0.0), WETTEST * mass.best)
        parents.append(_Parent(n.id, kind, mass, _size(host), drag, inside))
    return _pieces(_spread(parents, math.fsum(wet.get(n.id, 0.0) for n in stack.nodes if n.mass_kg <= 0.0)))


def _spread(parents: list[_Parent], over: float) -> list[_Parent]:
    """Fluids and stores (``over`` kg) of nodes of negative mass are taken from all others, by what is solid in them."""
    if over <= 0.0:
        return parents
    solid = math.fsum(p.mass_kg.best - p.vanishing_kg for p in parents)
    part = min(over / solid, WETTEST)
    return [replace(p, vanishing_kg=p.vanishing_kg + part * (p.mass_kg.best - p.vanishing_kg)) for p in parents]


def _size(n: Node) -> tuple[float, float, float]:
    return n.size_m


def bodies() -> tuple[str, ...]:
    """Ids of the packaged bodies that came down: the checks."""
    return tuple(b.id for b in breakup_table().body)


def pieces_of_body(body_id: str) -> tuple[Piece, ...]:
    """The pieces of a packaged body such as ``mir``. Raises InputError for an unknown id."""
    known = {b.id: b for b in breakup_table().body}
    if body_id not in known:
        raise InputError.one("body", "", body_id, "a body that came down", choice(body_id, known, "bodies"))
    b = known[body_id]
    sizes = {e.id: (e.size_m[0], e.size_m[1], e.size_m[2]) for e in b.element}
    outside = [e for e in b.element if e.kind != "outfitting"]
    whole = math.fsum(_projected(sizes[e.id]) for e in outside)
    return _pieces(
        _Parent(
            e.id, e.kind, Range.exact(e.mass_kg), sizes[e.id],
            b.drag_area_m2.best * _projected(sizes[e.id]) / whole if e in outside else 0.0,
        )
        for e in b.element
    )  # fmt: skip


def _projected(size: Sequence[float]) -> float:
    """Average projected area of a box: a quarter of its surface (Cauchy), m2."""
    x, y, z = size
    return 0.5 * (x * y + y * z + z * x)


def _pieces(parents: Iterable[_Parent]) -> tuple[Piece, ...]:
    t = breakup_table()
    opens = {r.kind: r for r in t.release}
    out: list[Piece] = []
    parents = tuple(parents)
    most = FEW_GROUPS // max(1, sum(p.kind in x.kinds for p in parents for x in t.template))
    for p in parents:
        release = opens[p.kind]
        high = Range.of(t.main_km if release.stage == "main" else t.shed_km)
        low = high - Range.of(release.opens_below_km)
        area = _projected(p.size_m)
        solid = p.mass_kg - Range.exact(p.vanishing_kg)
        groups = [x for x in t.template if p.kind in x.kinds]
        whole = math.fsum(x.share_ratio.best for x in groups)
        for x in groups:
            share = Range.of(x.share_ratio).scaled(1.0 / whole)
            mass, bulk = Range.of(x.piece_kg), _bulk(x)
            parts = max(1, min(MOST_PARTS, most, int(solid.best * share.best / mass.best)))
            share = share.scaled(1.0 / parts)
            out += [
                Piece(
                    f"{p.id}/{x.id}" + (f".{k + 1}" if parts > 1 else ""), x.name, p.id, p.kind, solid.times(share), mass,
                    float(measures(x.shape, x.material, np.array([mass.best]), np.array([bulk.best]))[2][0]),
                    x.shape, x.material, bulk, x.released, high if x.released == "shed" else low, p.mass_kg, area, p.drag_m2,
                    tuple(x.share_ratio.source), share,
                )
                for k in range(parts)
            ]  # fmt: skip
        if p.vanishing_kg > 0.0:
            wet = Range.exact(p.vanishing_kg)
            out.append(
                Piece(
                    f"{p.id}/stores", "Propellant, water, gas, food", p.id, p.kind, wet, wet, 1.0, "box", VANISHES,
                    Range.exact(1.0), "open", low, p.mass_kg, area, p.drag_m2, ("DER",), Range.exact(0.0),
                )
            )  # fmt: skip
    if not out:
        raise InputError.one("break-up", "pieces", "nothing that has mass", "a stack with at least one element")
    return tuple(out)


def _bulk(x: Template) -> Range:
    q = x.areal_kg_m2 if x.shape == "plate" else x.solidity_ratio
    if q is None:
        key = "areal_kg_m2" if x.shape == "plate" else "solidity_ratio"
        raise InputError.one("breakup.toml", f"template.{x.id}", f"a {x.shape} without {key}", f"the key {key}")
    return Range.of(q)


def measures(shape: Shape, material: str, mass_kg: Floats, bulk: Floats) -> tuple[Floats, Floats, Floats]:
    """Average projected area (m2), nose radius (m) and length (m) of pieces, shape of ``mass_kg``."""
    if shape == "plate":
        area = mass_kg / bulk
        side = np.sqrt(area)
        return 0.5 * area, 0.5 * side, side
    known = materials().get(material)
    volume = mass_kg / (bulk * (known.density_kg_m3.best if known else 1000.0))
    if shape == "sphere":
        d = np.cbrt(6.0 * volume / math.pi)
        return 0.25 * math.pi * d**2, 0.5 * d, d
    if shape == "cylinder":  # twice as long as wide
        d = np.cbrt(2.0 * volume / math.pi)
        return 0.625 * math.pi * d**2, 0.5 * d, 2.0 * d
    side = np.cbrt(volume)
    return 1.5 * side**2, 0.5 * side, side
