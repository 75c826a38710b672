"""What came down in every member of a break-up, and how to say it.

Validation status: as :mod:`breakup`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stationkeeper.reentry.ballistic import Floats
from stationkeeper.reentry.pieces import Piece, breakup_table

HEAVIEST_KNOWN_KG: Final = 135_000.0
"""Mir, source R162."""


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
    ``piece_area_m2`` the casualty area of all of them, places where they land, ``time_s`` from 120 km until they do. Down- and crossrange
    are from the point of entry along its Earth-fixed heading.
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
    time_s: Floats
    settings: dict[str, Any]
    draws: dict[str, Floats]
    """What each member drew for all pieces alike, (n,) by name in words: for the shares of the variance of the casualty area."""

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
        known = breakup_table().checked_area_ratio
        low, high = known.bounds
        text += (
            f" Of four casualty areas to hold it against (one published, one from memory, two worked back from published odds) "
            f"ours are {low:g} to {high:g} times as large, in the middle {known.best:g}."
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
