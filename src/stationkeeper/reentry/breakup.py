"""What is left of a station after break-up: mass, number, energy and casualty area of its pieces, as distributions.

Model. The whole body falls from 120 km to where its arrays and trusses are shed, then without them to where its modules part;
each element flies on alone for some kilometres, opens, and frees its contents (:mod:`pieces`). Every piece then flies, heats and
melts by itself (:mod:`ballistic`). Pieces that strike with at least 15 J count; the casualty area of one is ``(0.6 m + sqrt(A))^2``
with A its average projected area.

Each member of the ensemble draws once for the whole body what nobody knows: heating, air, drag, heights of separation, properties of
each material, and for each kind of group its share and the size of its pieces. Drag, lift, shape, and the height where it opens
differ from element to element. Draws are triangular between the ends of a range with the peak at its best value (of the
logarithm for masses, factors and heats of melting). The mass and density of a piece are the geometric mean of a draw for all
elements alike and one of the element's own.

The mass of the whole is known far better than those of its parts: in every member the parts are scaled to add up to it.

What is calibrated: the best value of ``heating_ratio``, so that 24 % of Mir lands, the middle of the 22 to 26 % of R162 (LAT-2001 has
20 %), from the entry of the packaged plan mir-2001. What was looked at: three assumptions were changed after a first look at Mir's and UARS's
numbers (larger pieces, so that UARS has about the 100 of the press; a piece counts as gone below a tenth of its mass; carbon fibre), and two once
more when UARS's casualty area came out five times NASA's: a thin plate counts as gone when about half of it has melted, and
carbon fibre is drawn between vanishing at 700 K, as agencies took it then, and charring like a heat shield, as wind tunnels
have since shown. So nothing of Mir and UARS is a check. Hubble, EUVE, Skylab and Tiangong-1 came after that; since then three things
were changed, none for their numbers: how alike pieces are (footprints of satellites were too short), the entry that Mir is calibrated on, the mass of the whole.

How good it is (validation/reentry_risk): what was published of mass, number, casualty area and odds of Hubble, EUVE, Skylab and Tiangong-1 lies
inside the 90 % of members but for one: EUVE was to leave nine objects, fewer than the fewest of ours. Casualty areas are 2.0 to 2.4
times those of others, Hubble's six tenths: the generic inventory is good to a factor of two to three, no better. Footprints come out
too short. For anything heavier than Mir (135 t) the result is an extrapolation: nothing as heavy has come down.

Neglected: explosion of tanks and batteries, melting under load, shielding of one piece by another after release, heating of
an element before it opens, fuel that feeds the heat, single objects of more than half a ton.
Validation status: checked within the bounds above; not validated.

References
----------
Klinkrad 2005: source key R161; Mir: R162; UARS: UARS-2011; casualty area and 15 J: NASA-8719.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Final, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stationkeeper.core.constants import (
    EARTH_EQUATORIAL_RADIUS_M,
    EARTH_FLATTENING,
)
from stationkeeper.core.errors import InputError
from stationkeeper.core.model import Quantity
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.ballistic import (
    START_K,
    Fallen,
    Falling,
    Floats,
    fall,
    height_above_ellipsoid_m,
    terminal_speed_m_s,
)
from stationkeeper.reentry.entry_state import Frame, entry_state
from stationkeeper.reentry.pieces import (
    VANISHES,
    WETTEST,
    Piece,
    bodies,
    breakup_table,
    materials,
    measures,
    pieces_of,
    pieces_of_body,
)
from stationkeeper.reentry.survivors import HEAVIEST_KNOWN_KG, PieceFate, Survivors

__all__ = [
    "HEAVIEST_KNOWN_KG", "Frame", "Piece", "PieceFate", "Survivors", "bodies", "break_up", "breakup_table", "materials", "pieces_of", "pieces_of_body",
]  # fmt: skip

WIND_BELOW_M: Final = 30_000.0
SCALE_HEIGHT_M: Final = 7_000.0
ROWS_AT_ONCE: Final = 8_000
"""Trajectories flown together: few enough for the arrays to stay in the processor's cache."""
_ELEMENT_DRAG: Final = 1.3
"""Drag coefficient of an element alone, on its average projected area (the box of ``[[shape]]``)."""


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


_WORDS: Final = {
    "heating": "heat flux", "density": "air below 120 km", "drag": "drag in fast flight", "slow_drag": "drag in the last fall",
    "main_km": "height where modules part", "shed_km": "height where arrays and trusses part",
    "scatter_km": "scatter of the heights", "entry_drag": "drag of the whole body",
}  # fmt: skip


def _levers(pieces: tuple[Piece, ...], draws: dict[str, Floats], seed: int, members: int) -> dict[str, Floats]:
    """What one member drew for all of its pieces and what can move the result, by name in words."""
    out = {word: draws[key] for key, word in _WORDS.items()}
    used = {p.material for p in pieces} - {VANISHES}
    for m in ("composite", "aluminium"):
        if m in used:
            stuff = _material(m, seed, members)
            name = {"composite": "carbon fibre", "aluminium": "aluminium"}[m]
            out[f"whether {name} vanishes or chars" if m == "composite" else f"heat that melts {name}"] = np.log(
                stuff["fusion"] + stuff["cp"] * (stuff["melt"] - START_K)
            )
            out[f"heat that {name} radiates"] = stuff["eps"]
    panels = next((p for p in pieces if p.group == "shell"), None)
    if panels is not None:
        out["size of shell panels"] = np.log(_piece_kg(panels, seed, members))
    return out


def _material(name: str, seed: int, members: int) -> dict[str, Floats]:
    """What one member draws for a material, wherever it is."""
    m = materials()[name]
    u = _stream(seed, f"{name} material").random((members, 4)).T
    return {
        "cp": _between(u[0], m.specific_heat_j_kg_k), "melt": _between(u[1], m.melting_k),
        "fusion": _between(u[2], m.fusion_j_kg, log=True), "eps": _between(u[3], m.emissivity_ratio),
    }  # fmt: skip


def _piece_kg(p: Piece, seed: int, members: int) -> Floats:
    """What one member draws for the mass of a piece of a group, in whichever element."""
    u = _stream(seed, f"{p.group} piece").random((members, 2))[:, 0]
    return _triangle(u, p.mass_kg.low, p.mass_kg.best, p.mass_kg.high, log=True)


def _between(u: Floats, q: Quantity, log: bool = False) -> Floats:
    return _triangle(u, q.bounds[0], q.best, q.bounds[1], log)


_LIMITS: Final = {
    "entry_speed_m_s": (5_000.0, 12_000.0, "5,000 to 12,000 m/s"),
    "flight_path_angle_rad": (-math.pi / 2, 0.02, "-pi/2 to 0.02 rad, negative downwards"),
    "latitude_rad": (-math.pi / 2, math.pi / 2, "-pi/2 to pi/2 rad"),
}


def _unheated(x: Floats, v: Floats, beta_kg_m2: Floats, density: Floats, stop_m: Floats) -> Falling:
    """Bodies with a ballistic coefficient m / (Cd A) that are not heated."""
    n = beta_kg_m2.size
    one, none = np.ones(n), np.zeros(n)
    return Falling(
        x, v, beta_kg_m2, one, one, none, none, one, none, 1000.0 * one, np.full(n, np.inf), one, none,
        np.ones(n, dtype=np.bool_), density, stop_m, none,
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
    frame: Frame = "inertial",
    heating: float | None = None,
) -> Survivors:
    """Break a body up and follow its pieces down, for each member of an ensemble.

    Parameters
    ----------
    pieces : from :func:`pieces_of` or :func:`pieces_of_body`.
    entry_speed_m_s, flight_path_angle_rad : speed and angle (negative downwards) at 120 km; one number or (n,).
    members, seed : size of the ensemble, at least 1, and its seed; the first members do not depend on the size.
    latitude_rad, longitude_rad, azimuth_rad : place (geodetic) and heading from north of the entry; one number or (n,).
    frame : of speed, angle and heading, see :data:`Frame`; ``inertial`` against the geodetic horizon, as an EntryForecast gives
        them. A speed that no orbit gives in this frame is refused, and so is an entry that does not come down.
    heating : replaces the best value of ``heating_ratio``, its range scaled along: for studies; the result says so.

    Raises
    ------
    InputError
        For no pieces, fewer than one member, or an entry that is not one: from no orbit, or back out of the air.
    """
    pieces = tuple(pieces)
    entry: dict[str, ArrayLike] = {
        "entry_speed_m_s": entry_speed_m_s, "flight_path_angle_rad": flight_path_angle_rad, "latitude_rad": latitude_rad,
        "longitude_rad": longitude_rad, "azimuth_rad": azimuth_rad,
    }  # fmt: skip
    _check(pieces, members, seed, frame, heating, entry)
    t = breakup_table()
    draws = _common(seed, members)
    if heating is not None:
        draws["heating"] = draws["heating"] * (heating / t.heating_ratio.best)
    x0, v0 = entry_state(
        members, entry_speed_m_s, flight_path_angle_rad, (latitude_rad, longitude_rad), azimuth_rad, frame
    )
    parents = {p.parent: p for p in pieces}
    parent_kg = _parent_masses(parents, seed, members)
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
        "calibrated_on": "Mir: 24 % lands", "atmosphere": "US Standard Atmosphere 1976",
    }  # fmt: skip
    start = np.sum(list(parent_kg.values()), axis=0)
    return Survivors(
        seed, pieces, start, landed.mass.sum(axis=0), landed.count.sum(axis=0), landed.area.sum(axis=0),
        landed.energy.max(axis=0), total, landed.count, landed.mass, landed.area, landed.energy, landed.down, landed.cross,
        landed.latitude, landed.longitude, landed.time, settings, _levers(pieces, draws, seed, members),
    )  # fmt: skip


def _check(
    pieces: tuple[Piece, ...], members: int, seed: int, frame: str, heating: float | None, entry: dict[str, ArrayLike]
) -> None:
    """Refuse what is no entry; the values of ``entry`` are one number, or one for each member."""
    if not pieces:
        raise InputError.one("break-up", "pieces", "none", "at least one piece")
    if members < 1 or seed < 0:
        raise InputError.one(
            "break-up", "members, seed", f"{members}, {seed}", "at least 1 member, a seed of at least 0"
        )
    if frame not in get_args(Frame):
        raise InputError.one("break-up", "frame", frame, ", ".join(get_args(Frame)))
    if heating is not None and not 0.0 < heating < 100.0:
        raise InputError.one("break-up", "heating", heating, "a factor above 0")
    for key, value in entry.items():
        given = np.asarray(value, dtype=np.float64)
        low, high, words = _LIMITS.get(key, (-10.0, 10.0, "radians"))
        if given.size not in (1, members) or not np.all((given >= low) & (given <= high)):
            shown = f"{given.size} values from {given.min():g} to {given.max():g}" if given.size > 1 else value
            raise InputError.one("break-up", key, shown, f"{words}; one number or one for each of {members} members")


def _draws(seed: int, name: str, members: int, r: Range, log: bool = False) -> Floats:
    if r.low == r.high:
        return np.full(members, r.best)
    return _triangle(_stream(seed, name).random(members), r.low, r.best, r.high, log)


def _parent_masses(parents: dict[str, Piece], seed: int, members: int) -> dict[str, Floats]:
    """Mass of each element (n,): drawn, then scaled, as the mass of the whole is known far better than those of its parts."""
    drawn = {k: _draws(seed, f"{k} mass", members, p.parent_kg) for k, p in parents.items()}
    scale = math.fsum(p.parent_kg.best for p in parents.values()) / np.sum(list(drawn.values()), axis=0)
    return {k: kg * scale for k, kg in drawn.items()}


def _group_masses(pieces: tuple[Piece, ...], parent_kg: dict[str, Floats], seed: int, members: int) -> Floats:
    """Mass of each group (p, n): drawn shares, scaled so that an element's groups add up to its mass."""
    share = np.stack([_draws(seed, f"{p.group} share", members, p.share) for p in pieces])
    parent = np.array([list(parent_kg).index(p.parent) for p in pieces])
    fixed = np.array([p.total_kg.best if p.share.high == 0.0 else 0.0 for p in pieces])
    whole = np.zeros((len(parent_kg), members))
    np.add.at(whole, parent, share)
    drawn = np.stack(list(parent_kg.values()))
    gone = np.bincount(parent, weights=fixed, minlength=len(parent_kg))[:, None]
    wet = np.minimum(gone, WETTEST * drawn)
    part = fixed[:, None] / np.maximum(gone, 1e-9)[parent]
    return np.asarray(share / whole[parent] * (drawn - wet)[parent] + part * wet[parent])


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
        if not f.reached.all():
            up = len({i % n for i in np.flatnonzero(~f.reached)})
            raise InputError.one(
                "break-up", "entry", f"{up} of {n} members leave the air again", "an entry that comes down",
                "Give inertial speed and angle at 120 km, or say frame=\"earth-fixed\" if they are relative to the ground.",
            )  # fmt: skip
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
    inside = [k for k, p in parents.items() if p.kind == "outfitting"]
    around = [k for k in main if k not in inside] or main
    shell = sum(parent_kg[k] for k in main) / sum(
        _ELEMENT_DRAG * parents[k].parent_area_m2 * draws["drag"] for k in around
    )
    alone |= dict.fromkeys(inside, np.asarray(shell))  # racks and cargo fall in the elements that they are in
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
        self.down, self.cross, self.latitude, self.longitude, self.time = (np.full(shape, np.nan) for _ in range(5))


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
    stuff = {m: _material(m, seed, n) for m in {pieces[i].material for i in rows}}
    columns: dict[str, list[Floats]] = {}
    flat: list[NDArray[np.bool_]] = []
    for i in rows:
        p, s = pieces[i], shapes[pieces[i].shape]
        own = _stream(seed, f"{p.id} piece").random((n, 8)).T
        # what is alike in all elements, and what is this one's own, to equal parts
        one = np.sqrt(
            _piece_kg(p, seed, n) * _triangle(own[6], p.mass_kg.low, p.mass_kg.best, p.mass_kg.high, log=True)
        )
        many = np.maximum(np.round(total[i] / one), 1.0)
        one = total[i] / many
        bulk = np.sqrt(
            _triangle(
                _stream(seed, f"{p.group} piece").random((n, 2))[:, 1], p.bulk.low, p.bulk.best, p.bulk.high, log=True
            )
            * _triangle(own[7], p.bulk.low, p.bulk.best, p.bulk.high, log=True)
        )
        area, nose, _ = measures(p.shape, p.material, one, bulk)

        values = {
            "m": one, "many": many, "area": area, "nose": nose,
            "cd": _between(own[0], s.drag_coefficient) * draws["drag"],
            "slow": _between(own[1], s.slow_drag_coefficient) * draws["slow_drag"],
            "factor": _between(own[2], s.heat_factor_ratio) * draws["heating"],
            "lift": _between(own[3], t.glide_ratio), "roll": 2.0 * math.pi * own[4],
            "gone": _between(own[5], s.gone_below_ratio), **stuff[p.material],
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
            c["eps"], np.concatenate(flat), np.tile(draws["density"], len(rows)), np.zeros(c["m"].size), c["gone"],
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
    fall_s = 2.0 * SCALE_HEIGHT_M / end * (1.0 - np.exp(-height / (2.0 * SCALE_HEIGHT_M)))
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
        (landed.time, clock + fall_s),
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
