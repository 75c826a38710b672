"""What is left of a station after break-up: mass, number, energy and casualty area of its pieces, as distributions.

Model. The whole body falls from 120 km to where its arrays and trusses are shed, then without them to where its modules part;
each element flies on alone for some kilometres, opens, and frees its contents. What it is made of comes from
``data/tables/breakup.toml``: for each kind of element, groups of like pieces with mass, material, shape and share of the
element's mass. Every piece then flies, heats and melts by itself (:mod:`ballistic`). Pieces that strike with at least 15 J
count; the casualty area of one is ``(0.6 m + sqrt(A))^2`` with A its average projected area as it was before melting.

Each member of the ensemble draws heights of separation, heating, air density, drag and winds once for all pieces, and masses,
shares, materials and lift for each group of each element. Draws are triangular between the ends of a range with the
peak at its best value (of the logarithm for masses and factors).

What is calibrated: the best value of ``heating_ratio`` (1.65) on the published 22 to 26 % of Mir, and its range (1.3 either
way) on the 10 to 40 % of large spacecraft. Before that, and after a first look at Mir's and UARS's numbers, three assumptions
were changed: larger pieces (UARS in about the 100 pieces that were published), carbon fibre that melts as in the Debris
Assessment Software, and a piece that counts as gone below a tenth of its mass. So the checks are not blind: Mir's 1,500
fragments (1,500 here), the 20 to 40 % of Tiangong-1 (35 %), the 9.4 % of UARS (12 %) and its 26 objects (about 60).
UARS's casualty area of 22 m2 lies in the interval but at its low end (median 108 m2): the generic inventory of a satellite
errs on the side of more pieces (tests/reentry/test_breakup.py).
The inventory by material is assumed and shapes the answer as much as the heating does. For anything heavier than Mir (135 t)
the result is an extrapolation: nothing as heavy has come down.

Neglected: explosion of tanks and batteries, melting under load, shielding of one piece by another after release, heating of
an element before it opens, fuel that feeds the heat. Fluids, foam, textiles and solar blankets are taken to vanish.
Validation status: checked within the bounds above; not validated.

References
----------
Klinkrad 2005: source key R161; Mir: R162; UARS: UARS-2011; casualty area and 15 J: NASA-8719.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
    EARTH_ROTATION_RATE_RAD_S,
)
from stationkeeper.core.errors import InputError, choice
from stationkeeper.core.model import Identifier, Model, NotNegative, Positive, Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.core.validation import read_model
from stationkeeper.reentry.ballistic import (
    Fallen,
    Falling,
    Floats,
    fall,
    height_above_ellipsoid_m,
    terminal_speed_m_s,
)
from stationkeeper.station.configuration import Node, Stack
from stationkeeper.station.load import DATA
from stationkeeper.station.schema import Source

Shape = Literal["sphere", "cylinder", "box", "plate"]
Kind = Literal[
    "module", "node", "adapter", "airlock", "truss", "array", "arm", "platform", "observatory", "hull", "vehicle",
    "outfitting", "satellite",
]  # fmt: skip

ENTRY_HEIGHT_M: Final = 120_000.0
VANISHES: Final = "fluid"
"""Material of what is taken to vanish: fluids, foam, textiles, solar blankets."""
HEAVIEST_KNOWN_KG: Final = 135_000.0
"""Mir, source R162."""
WIND_BELOW_M: Final = 30_000.0
SCALE_HEIGHT_M: Final = 7_000.0
ROWS_AT_ONCE: Final = 8_000
"""Trajectories flown together: few enough for the arrays to stay in the processor's cache."""
_ELEMENT_DRAG: Final = 1.3
"""Drag coefficient of an element alone, on its average projected area (the box of ``[[shape]]``)."""


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
    """What was published on a body that came down, and whether it is calibrated on or checked against."""

    body: str
    what: Literal["surviving_ratio", "count", "casualty_area_m2"]
    use: Literal["calibrated", "checked"]
    figure: Positive


class Breakup(Model):
    """``breakup.toml``."""

    schema_: Literal["stationkeeper.breakup/1"] = Field(alias="schema")
    threshold_j: Positive
    person_m: Positive
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
    the element that it goes with. Raises InputError for a stack without mass.
    """
    c = stack.configuration
    wet: dict[str, float] = {}
    for t in stack.tanks:
        wet[t.node] = wet.get(t.node, 0.0) + t.content_kg
    for s in stack.stores:
        wet[s.node] = wet.get(s.node, 0.0) + s.content_kg
    hosts = {link.b: link.a for link in c.links if link.kind == "inside"}
    parents = []
    for n in stack.nodes:
        element = c.element(n.id)
        kind: Kind = element.kind if element else ("vehicle" if n.kind == "vehicle" else "outfitting")
        host = c.nodes.get(hosts.get(n.id, ""), n)
        mass = Range(n.mass_kg, min(n.mass_low_kg, n.mass_kg), max(n.mass_high_kg, n.mass_kg))
        if mass.best <= 0.0:
            continue
        drag = n.drag_area_m2 or (_projected(n.size_m) if n.kind == "vehicle" else 0.0)
        dry = min(wet.get(n.id, 0.0), 0.9 * mass.low)
        parents.append(_Parent(n.id, kind, mass, _size(host), drag, dry))
    return _pieces(parents)


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
            out.append(
                Piece(
                    f"{p.id}/{x.id}", x.name, p.id, p.kind, solid.times(share), mass,
                    float(_measures(x.shape, x.material, np.array([mass.best]), np.array([bulk.best]))[2][0]),
                    x.shape, x.material, bulk, x.released, high if x.released == "shed" else low, p.mass_kg, area, p.drag_m2,
                    tuple(x.share_ratio.source), share,
                )
            )  # fmt: skip
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


def _measures(shape: Shape, material: str, mass_kg: Floats, bulk: Floats) -> tuple[Floats, Floats, Floats]:
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


# ---- the ensemble ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PieceFate:
    """A group of pieces over all members: share of members in which any of its mass lands, and means of what lands."""

    id: str
    name: str
    parent: str
    material: str
    survival_share: float
    mass_share: float
    """Mean part of the group's mass that lands."""
    mean_count: float
    mean_mass_kg: float
    mean_casualty_area_m2: float
    highest_energy_j: float


@dataclass(frozen=True)
class Survivors:
    """What reaches the ground, member by member (n,), and group by group (p, n).

    ``mass_kg`` counts everything that lands, ``count``, ``casualty_area_m2`` and ``energy_j`` (of the single piece with the
    most) only pieces of at least 15 J. ``piece_*`` arrays have a row for each group: ``piece_total_kg`` before the fall, ``piece_count`` as in ``count``,
    ``piece_area_m2`` the casualty area of all of them, places where they land. Down- and crossrange are from the point of
    entry along its Earth-fixed heading.
    """

    seed: int
    pieces: tuple[Piece, ...]
    start_kg: Floats
    mass_kg: Floats
    count: Floats
    casualty_area_m2: Floats
    energy_j: Floats
    piece_total_kg: Floats
    piece_count: Floats
    piece_mass_kg: Floats
    piece_area_m2: Floats
    piece_energy_j: Floats
    downrange_m: Floats
    crossrange_m: Floats
    latitude_rad: Floats
    longitude_rad: Floats
    settings: dict[str, Any]
    draws: dict[str, Floats]
    """What each member drew for all pieces together: heating, density, drag, heights; for shares of variance."""

    @property
    def members(self) -> int:
        """Size of the ensemble."""
        return len(self.mass_kg)

    @property
    def surviving_ratio(self) -> Floats:
        """Part of the mass that lands, (n,)."""
        return np.asarray(self.mass_kg / self.start_kg)

    @property
    def within_published(self) -> float:
        """Share of members in which 10 to 40 % of the mass lands, as published for large spacecraft (R161)."""
        known = next(x.figure for x in breakup_table().published if x.body == "any")
        low, high = known.bounds
        return float(((self.surviving_ratio >= low) & (self.surviving_ratio <= high)).mean())

    @property
    def extrapolated(self) -> bool:
        """Whether the body is heavier than anything that has come down."""
        return float(self.start_kg.mean()) > HEAVIEST_KNOWN_KG

    @property
    def statement(self) -> str:
        """The result in a sentence or two, with its bounds and its standing."""
        low, mid, high = np.quantile(self.surviving_ratio, (0.05, 0.5, 0.95))
        text = (
            f"{100 * mid:.0f} % of {self.start_kg.mean() / 1000:.0f} t lands ({100 * low:.0f} to {100 * high:.0f} %, 90 % of "
            f"{self.members} members); 10 to 40 % is published for large spacecraft."
        )
        if self.extrapolated:
            text += " This is an extrapolation: the heaviest body that has come down was Mir, 135 t."
        return text

    def table(self) -> tuple[PieceFate, ...]:
        """The fate of each group of pieces, largest mean casualty area first."""
        total = np.maximum(self.piece_total_kg.mean(axis=1), 1e-9)
        rows = [
            PieceFate(
                p.id, p.name, p.parent, p.material, float((self.piece_mass_kg[i] > 0.0).mean()),
                float(self.piece_mass_kg[i].mean() / total[i]), float(self.piece_count[i].mean()),
                float(self.piece_mass_kg[i].mean()), float(self.piece_area_m2[i].mean()),
                float(self.piece_energy_j[i].max()),
            )
            for i, p in enumerate(self.pieces)
        ]  # fmt: skip
        return tuple(sorted(rows, key=lambda r: -r.mean_casualty_area_m2))


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def _triangle(u: ArrayLike, low: ArrayLike, best: ArrayLike, high: ArrayLike, log: bool = False) -> Floats:
    """Triangular draws from uniform ones; where low equals high, that number."""
    v, a, b, c = (np.asarray(x, dtype=np.float64) for x in (u, low, best, high))
    if log:
        return np.asarray(np.exp(_triangle(v, np.log(a), np.log(b), np.log(c))))
    width = np.maximum(c - a, 1e-300)
    turn = (b - a) / width
    rising = a + np.sqrt(v * width * (b - a))
    falling = c - np.sqrt((1.0 - v) * width * (c - b))
    return np.asarray(np.where(c > a, np.where(v < turn, rising, falling), b))


def _common(seed: int, members: int) -> dict[str, Floats]:
    """What one member draws for all of its pieces; each (n,)."""
    t = breakup_table()

    def draw(name: str, q: Quantity, log: bool = True) -> Floats:
        return _triangle(_stream(seed, name).random(members), q.bounds[0], q.best, q.bounds[1], log)

    wind = draw("wind", t.wind_m_s)
    normal = _stream(seed, "wind direction").standard_normal((members, 2))
    return {
        "heating": draw("heating", t.heating_ratio),
        "density": draw("density", t.density_ratio),
        "drag": draw("drag", t.drag_ratio),
        "slow_drag": draw("slow drag", t.slow_drag_ratio),
        "main_km": draw("main height", t.main_km, False),
        "shed_km": draw("shed height", t.shed_km, False),
        "scatter_km": draw("scatter", t.element_scatter_km, False),
        "entry_drag": draw("entry drag", t.entry_drag_coefficient, False),
        "wind_east_m_s": wind * normal[:, 0],
        "wind_north_m_s": wind * normal[:, 1],
    }


Frame = Literal["earth-fixed", "inertial"]


def _start(
    members: int,
    speed: ArrayLike,
    angle: ArrayLike,
    place: tuple[ArrayLike, ArrayLike],
    azimuth: ArrayLike,
    frame: Frame,
) -> tuple[Floats, Floats]:
    """Earth-fixed position and velocity (3, n) at 120 km over a geodetic latitude and longitude."""
    v, g, lat, lon, az = (np.broadcast_to(np.asarray(a, np.float64), members) for a in (speed, angle, *place, azimuth))
    e2 = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)
    n = EARTH_EQUATORIAL_RADIUS_M / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    flat = (n + ENTRY_HEIGHT_M) * np.cos(lat)
    x = np.stack([flat * np.cos(lon), flat * np.sin(lon), (n * (1.0 - e2) + ENTRY_HEIGHT_M) * np.sin(lat)])
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    if frame == "inertial":
        up = x / np.sqrt((x**2).sum(axis=0))
    east = np.stack([-np.sin(lon), np.cos(lon), np.zeros(members)])
    north = np.cross(up, east, axis=0)
    out = v * (np.sin(g) * up + np.cos(g) * (np.sin(az) * east + np.cos(az) * north))
    if frame == "inertial":
        out[0] += EARTH_ROTATION_RATE_RAD_S * x[1]
        out[1] -= EARTH_ROTATION_RATE_RAD_S * x[0]
    return x, out


def _unheated(x: Floats, v: Floats, beta_kg_m2: Floats, density: Floats, stop_m: Floats) -> Falling:
    """Bodies with a ballistic coefficient m / (Cd A) that are not heated."""
    n = beta_kg_m2.size
    one, none = np.ones(n), np.zeros(n)
    return Falling(
        x, v, beta_kg_m2, one, one, none, none, one, none, 1000.0 * one, np.full(n, np.inf), one, none,
        np.ones(n, dtype=np.bool_), density, stop_m,
    )  # fmt: skip


def break_up(
    pieces: Sequence[Piece],
    entry_speed_m_s: ArrayLike,
    flight_path_angle_rad: ArrayLike,
    *,
    members: int = 400,
    seed: int = 0,
    latitude_rad: ArrayLike = 0.0,
    longitude_rad: ArrayLike = 0.0,
    azimuth_rad: ArrayLike = 0.67,
    frame: Frame = "earth-fixed",
    heating: float | None = None,
) -> Survivors:
    """Break a body up and follow its pieces down, for each member of an ensemble.

    Parameters
    ----------
    pieces : from :func:`pieces_of` or :func:`pieces_of_body`.
    entry_speed_m_s, flight_path_angle_rad : speed and angle (negative downwards) at 120 km; one number or (n,).
    members, seed : size of the ensemble, at least 1, and its seed; the first members do not depend on the size.
    latitude_rad, longitude_rad, azimuth_rad : place (geodetic) and heading from north of the entry; one number or (n,).
    frame : of speed, angle and heading: relative to the turning Earth and the geodetic horizon, as an EntryForecast gives them, or
        inertial and from the plane normal to the radius.
    heating : replaces the best value of ``heating_ratio``, its range scaled along: for studies; the result says so.

    Raises
    ------
    InputError
        For no pieces, fewer than one member, or an entry that is not one.
    """
    pieces = tuple(pieces)
    _check(pieces, entry_speed_m_s, flight_path_angle_rad, members)
    t = breakup_table()
    draws = _common(seed, members)
    if heating is not None:
        draws["heating"] = draws["heating"] * (heating / t.heating_ratio.best)
    x0, v0 = _start(members, entry_speed_m_s, flight_path_angle_rad, (latitude_rad, longitude_rad), azimuth_rad, frame)
    parents = {p.parent: p for p in pieces}
    names = tuple(parents)
    parent_kg = {k: _draws(seed, f"{k} mass", members, parents[k].parent_kg) for k in names}
    states = _separations(parents, parent_kg, draws, x0, v0, seed)
    total = _group_masses(pieces, parent_kg, seed, members)
    rows = [i for i, p in enumerate(pieces) if p.material != VANISHES]
    landed = _Landed(len(pieces), members)
    per = max(1, ROWS_AT_ONCE // members)
    for k in range(0, len(rows), per):
        _fly_rows(rows[k : k + per], pieces, total, states, draws, seed, (x0, v0), landed)
    settings = {
        "members": members, "seed": seed, "heating_ratio": heating or t.heating_ratio.best,
        "heating_is_packaged": heating is None, "threshold_j": t.threshold_j.best,
        "calibrated_on": "Mir, 22 to 26 % surviving", "atmosphere": "US Standard Atmosphere 1976",
    }  # fmt: skip
    start = np.sum([parent_kg[k] for k in names], axis=0)
    return Survivors(
        seed, pieces, start, landed.mass.sum(axis=0), landed.count.sum(axis=0), landed.area.sum(axis=0),
        landed.energy.max(axis=0), total, landed.count, landed.mass, landed.area, landed.energy, landed.down, landed.cross,
        landed.latitude, landed.longitude, settings, draws,
    )  # fmt: skip


def _check(pieces: tuple[Piece, ...], speed: ArrayLike, angle: ArrayLike, members: int) -> None:
    if not pieces:
        raise InputError.one("break-up", "pieces", "none", "at least one piece")
    if members < 1:
        raise InputError.one("break-up", "members", members, "at least 1")
    v, g = np.asarray(speed, dtype=np.float64), np.asarray(angle, dtype=np.float64)
    if not (np.all(np.isfinite(v)) and v.min() >= 5_000.0 and v.max() <= 12_000.0):
        raise InputError.one("break-up", "entry_speed_m_s", speed, "5,000 to 12,000 m/s")
    if not (np.all(np.isfinite(g)) and g.min() >= -math.pi / 2 and g.max() <= 0.02):
        raise InputError.one("break-up", "flight_path_angle_rad", angle, "-pi/2 to 0.02 rad, negative downwards")


def _draws(seed: int, name: str, members: int, r: Range, log: bool = False) -> Floats:
    if r.low == r.high:
        return np.full(members, r.best)
    return _triangle(_stream(seed, name).random(members), r.low, r.best, r.high, log)


def _group_masses(pieces: tuple[Piece, ...], parent_kg: dict[str, Floats], seed: int, members: int) -> Floats:
    """Mass of each group (p, n): drawn shares, scaled so that an element's groups add up to its mass."""
    share = np.stack([_draws(seed, f"{p.id} share", members, p.share) for p in pieces])
    parent = np.array([list(parent_kg).index(p.parent) for p in pieces])
    fixed = np.array([p.total_kg.best if p.share.high == 0.0 else 0.0 for p in pieces])
    whole = np.zeros((len(parent_kg), members))
    np.add.at(whole, parent, share)
    gone = np.bincount(parent, weights=fixed, minlength=len(parent_kg))
    left = np.stack(list(parent_kg.values())) - gone[:, None]
    return np.asarray(share / whole[parent] * left[parent] + fixed[:, None])


State = tuple[Floats, Floats, Floats]
"""Position (3, n), velocity (3, n) and time since 120 km (n,)."""


def _separations(
    parents: dict[str, Piece], parent_kg: dict[str, Floats], draws: dict[str, Floats], x0: Floats, v0: Floats, seed: int
) -> dict[tuple[str, str], State]:
    """State of each element where it parts (``shed``) and where it opens (``open``)."""
    t = breakup_table()
    opens = {r.kind: r for r in t.release}
    n = x0.shape[1]
    shed = [k for k, p in parents.items() if opens[p.kind].stage == "shed"]
    main = [k for k in parents if k not in shed]
    if not main:
        main, shed = shed, []
    cda = {k: draws["entry_drag"] * p.parent_drag_m2 for k, p in parents.items()}
    full = sum(parent_kg.values()) / np.maximum(sum(cda.values()), 1.0)
    core = sum(parent_kg[k] for k in main) / np.maximum(sum(cda[k] for k in main), 1.0)
    scatter = {
        k: draws["scatter_km"] * np.clip(_stream(seed, f"{k} height").standard_normal(n), -3.0, 3.0) for k in parents
    }
    density = draws["density"]

    def fly(keys: list[str], state: State, beta: dict[str, Floats], stop_km: dict[str, Floats]) -> dict[str, State]:
        if not keys:
            return {}
        wide = [np.concatenate([beta[k] for k in keys]), np.tile(density, len(keys))]
        stop = 1e3 * np.concatenate([stop_km[k] for k in keys])
        f = fall(_unheated(state[0], state[1], wide[0], wide[1], stop))
        cut = [slice(i * n, (i + 1) * n) for i in range(len(keys))]
        return {
            k: (f.position_m[:, c], f.velocity_m_s[:, c], state[2][c] + f.time_s[c])
            for k, c in zip(keys, cut, strict=True)
        }

    def repeated(s: State, times: int) -> State:
        return np.tile(s[0], times), np.tile(s[1], times), np.tile(s[2], times)

    start: State = (x0, v0, np.zeros(n))
    out: dict[tuple[str, str], State] = {}
    top = np.minimum(draws["shed_km"] + 3.0 * draws["scatter_km"], 118.0)
    high = {k: np.minimum(draws["shed_km"] + scatter[k], 118.0) for k in shed}
    low = {k: draws["main_km"] + scatter[k] for k in main}
    parted: dict[str, State] = {}
    bare = start
    if shed:  # together to just above the first of them, then each to its own height
        above = fly(["whole"], start, {"whole": full}, {"whole": top})["whole"]
        parted = fly(shed, repeated(above, len(shed)), dict.fromkeys(shed, full), high)
        bare = fly(["whole"], above, {"whole": full}, {"whole": draws["shed_km"]})["whole"]
    bare = fly(["core"], bare, {"core": core}, {"core": draws["main_km"] + 3.0 * draws["scatter_km"]})["core"]
    parted |= fly(main, repeated(bare, len(main)), dict.fromkeys(main, core), low)
    alone = {k: parent_kg[k] / (_ELEMENT_DRAG * p.parent_area_m2 * draws["drag"]) for k, p in parents.items()}
    keys = list(parents)
    sep = high | low
    depth = {k: _draws(seed, f"{k} opens", n, Range.of(opens[parents[k].kind].opens_below_km)) for k in keys}
    together: State = tuple(np.concatenate([parted[k][i] for k in keys], axis=-1) for i in range(3))  # type: ignore[assignment]
    opened = fly(keys, together, alone, {k: sep[k] - depth[k] for k in keys})
    for k in keys:
        out[k, "shed"], out[k, "open"] = parted[k], opened[k]
    return out


class _Landed:
    """What the rows bring to the ground; filled row by row."""

    def __init__(self, rows: int, members: int) -> None:
        shape = (rows, members)
        self.count, self.mass, self.area, self.energy = (np.zeros(shape) for _ in range(4))
        self.down, self.cross, self.latitude, self.longitude = (np.full(shape, np.nan) for _ in range(4))


def _fly_rows(
    rows: list[int],
    pieces: tuple[Piece, ...],
    total: Floats,
    states: dict[tuple[str, str], State],
    draws: dict[str, Floats],
    seed: int,
    entry: tuple[Floats, Floats],
    landed: _Landed,
) -> None:
    """Fly some groups of pieces and book what lands."""
    t = breakup_table()
    n = total.shape[1]
    shapes = {s.id: s for s in t.shape}
    columns: dict[str, list[Floats]] = {}
    flat: list[NDArray[np.bool_]] = []
    for i in rows:
        p, s = pieces[i], shapes[pieces[i].shape]
        mat = materials()[p.material]
        u = _stream(seed, f"{p.id} piece").random((n, 12)).T
        one = _triangle(u[0], p.mass_kg.low, p.mass_kg.best, p.mass_kg.high, log=True)
        many = np.maximum(np.round(total[i] / one), 1.0)
        one = total[i] / many
        bulk = _triangle(u[1], p.bulk.low, p.bulk.best, p.bulk.high, log=True)
        area, nose, _ = _measures(p.shape, p.material, one, bulk)

        def of(k: int, q: Quantity, u: Floats = u) -> Floats:
            return _triangle(u[k], q.bounds[0], q.best, q.bounds[1])

        values = {
            "m": one, "many": many, "area": area, "nose": nose,
            "cd": of(2, s.drag_coefficient) * draws["drag"], "slow": of(3, s.slow_drag_coefficient) * draws["slow_drag"],
            "factor": of(4, s.heat_factor_ratio) * draws["heating"], "cp": of(5, mat.specific_heat_j_kg_k),
            "melt": of(6, mat.melting_k), "fusion": of(7, mat.fusion_j_kg), "eps": of(8, mat.emissivity_ratio),
            "lift": of(9, t.glide_ratio), "roll": 2.0 * math.pi * u[10],
        }  # fmt: skip
        for k, v in values.items():
            columns.setdefault(k, []).append(v)
        flat.append(np.full(n, p.shape == "plate"))
    c = {k: np.concatenate(v) for k, v in columns.items()}
    from_ = [states[pieces[i].parent, pieces[i].released] for i in rows]
    x = np.concatenate([s[0] for s in from_], axis=1)
    v = np.concatenate([s[1] for s in from_], axis=1)
    fallen = fall(
        Falling(
            x, v, c["m"], c["area"], c["cd"], c["lift"], c["roll"], c["nose"], c["factor"], c["cp"], c["melt"], c["fusion"],
            c["eps"], np.concatenate(flat), np.tile(draws["density"], len(rows)), np.zeros(c["m"].size),
        )
    )  # fmt: skip
    _book(rows, fallen, c, np.concatenate(flat), draws, entry, from_, landed)


def _book(
    rows: list[int],
    f: Fallen,
    c: dict[str, Floats],
    flat: NDArray[np.bool_],
    draws: dict[str, Floats],
    entry: tuple[Floats, Floats],
    from_: list[State],
    landed: _Landed,
) -> None:
    """Energy, casualty area and place of what landed."""
    t = breakup_table()
    shape = (len(rows), -1)
    lands = (f.mass_kg > 0.0) & f.reached
    mass = np.where(lands, f.mass_kg, 1.0)
    left = np.where(flat, 1.0, (mass / c["m"]) ** (2.0 / 3.0))
    area = c["area"] * left
    end = terminal_speed_m_s(mass, area, c["slow"])
    speed = np.where(f.height_m <= 100.0, np.maximum(end, np.sqrt((f.velocity_m_s**2).sum(axis=0))), end)
    energy = np.where(lands, 0.5 * mass * speed**2, 0.0)
    harms = lands & (energy >= t.threshold_j.best)
    each = (t.person_m.best + np.sqrt(area)) ** 2
    height = np.clip(height_above_ellipsoid_m(f.position_m), 0.0, None)
    below = np.minimum(height, WIND_BELOW_M)
    drift_s = 2.0 * SCALE_HEIGHT_M / end * (1.0 - np.exp(-below / (2.0 * SCALE_HEIGHT_M)))
    members = len(draws["density"])
    wind = [np.tile(draws[k], len(rows)) * drift_s for k in ("wind_east_m_s", "wind_north_m_s")]
    clock = np.concatenate([x[2] for x in from_]) + f.time_s
    place = _moved(f.position_m, wind[0], wind[1])
    down, cross = _ranges(place, np.tile(entry[0], len(rows)), np.tile(entry[1], len(rows)), clock)
    lat = np.arctan2(place[2], np.hypot(place[0], place[1]) * (1.0 - EARTH_FLATTENING) ** 2)
    lon = np.arctan2(place[1], place[0])
    at = np.array(rows)
    landed.mass[at] = np.where(lands, f.mass_kg * c["many"], 0.0).reshape(shape)
    landed.count[at] = np.where(harms, c["many"], 0.0).reshape(shape)
    landed.area[at] = np.where(harms, c["many"] * each, 0.0).reshape(shape)
    landed.energy[at] = np.where(harms, energy, 0.0).reshape(shape)
    for target, value in (
        (landed.down, down),
        (landed.cross, cross),
        (landed.latitude, lat),
        (landed.longitude, lon),
    ):
        target[at] = np.where(lands, value, np.nan).reshape(len(rows), members)


def _moved(x: Floats, east_m: Floats, north_m: Floats) -> Floats:
    """Positions (3, n) moved over the ground."""
    up = x / np.sqrt((x**2).sum(axis=0))
    flat = np.hypot(up[0], up[1]) + 1e-12
    east = np.stack([-up[1] / flat, up[0] / flat, np.zeros(up.shape[1])])
    return np.asarray(x + east * east_m + np.cross(up, east, axis=0) * north_m)


def _ranges(x: Floats, x0: Floats, v0: Floats, clock_s: Floats) -> tuple[Floats, Floats]:
    """Distance along and across the great circle of the entry's Earth-fixed heading, m.

    Whole turns are told by the time since the entry, taken at 1.15 mrad/s.
    """
    up = x0 / np.sqrt((x0**2).sum(axis=0))
    across = np.cross(up, v0, axis=0)
    across /= np.sqrt((across**2).sum(axis=0))
    ahead = np.cross(across, up, axis=0)
    u = x / np.sqrt((x**2).sum(axis=0))
    angle = np.arctan2((u * ahead).sum(axis=0), (u * up).sum(axis=0))
    turn = 2.0 * math.pi
    angle = np.maximum(angle + turn * np.round((1.15e-3 * clock_s - angle) / turn), angle)
    side = -np.arcsin(np.clip((u * across).sum(axis=0), -1.0, 1.0))
    return EARTH_EQUATORIAL_RADIUS_M * angle, EARTH_EQUATORIAL_RADIUS_M * side
