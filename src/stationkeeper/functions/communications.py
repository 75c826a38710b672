"""Communications: which radios of this stack can reach the ground.

Model: radios that work. Neglected here: contact times over ground sites and relays.
Validation status: unvalidated (providers only).
"""

from __future__ import annotations

from stationkeeper.functions.assessment import Assessment, Status, out_of_service, providers
from stationkeeper.station.configuration import Stack

NOT_MODELLED = "contact times and gaps over ground sites and relay satellites are not modelled in this version"


def assess(stack: Stack) -> Assessment:
    """Nominal with a main radio, degraded with reserves only, lost without any."""
    found = providers(stack, "communications")
    work = [p for p in found if p.works and p.mode != "dormant"]
    if not work:
        return Assessment("communications", stack.id, "lost", ("no radio in it reaches the ground",), found)
    mains = [p for p in work if p.mode == "main"]
    broken = out_of_service(found)
    reasons = (f"the ground is reached by {', '.join(dict.fromkeys(p.name for p in (mains or work)[:3]))}", broken)
    status: Status = "nominal" if mains and not broken else "degraded"
    return Assessment(
        "communications", stack.id, status, tuple(r for r in reasons if r), found, not_modelled=NOT_MODELLED
    )
