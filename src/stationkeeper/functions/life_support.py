"""Life support: which units make oxygen, remove carbon dioxide and recover water in this stack.

Model: the three loops each need one working unit; people without a loop live from stores. Neglected here: rates,
stores and cabin volumes, so no days of cover are given (nobody published the stores of 2022).
Validation status: unvalidated (providers only).
"""

from __future__ import annotations

from stationkeeper.functions.assessment import Assessment, Status, out_of_service, providers
from stationkeeper.station.configuration import Stack

LOOPS = (
    ("oxygen", "oxygen is made by", "makes oxygen"),
    ("co2", "carbon dioxide is removed by", "removes carbon dioxide"),
    ("water", "water is recovered by", "recovers water"),
)
NOT_MODELLED = "days of cover need the stores of food, water and gas aboard, which nobody published for 2022"


def assess(stack: Stack) -> Assessment:
    """Nominal with all three loops, degraded with some, lost with none while people are aboard."""
    found = providers(stack, "life_support")
    have = {k: [p for p in found if p.works and p.kind == k and p.mode in ("main", "backup")] for k, _, _ in LOOPS}
    reasons = [
        f"{by} {', '.join(dict.fromkeys(p.name for p in have[k]))}" if have[k] else f"nothing in it {alone}"
        for k, by, alone in LOOPS
    ]
    people = len(stack.crew)
    reasons.append(
        f"{people} {'person lives' if people == 1 else 'people live'} in it" if people else "nobody is aboard it"
    )
    missing = [k for k, _, _ in LOOPS if not have[k]]
    broken = out_of_service(found)
    status: Status = "lost" if len(missing) == len(LOOPS) else "degraded" if missing or broken else "nominal"
    return Assessment(
        "life_support", stack.id, status, tuple(r for r in (*reasons, broken) if r), found, not_modelled=NOT_MODELLED
    )
