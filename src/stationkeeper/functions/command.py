"""Command: which computers run this stack, and whether people of the agencies that know it are aboard.

Model: a main computer that works; the agencies that each segment of the stack needs among its crew.
Neglected here: the software that the segments share; re-hosting it is a step of opening the joint, not a rate.
Validation status: unvalidated (providers only).
"""

from __future__ import annotations

from stationkeeper.functions.assessment import Assessment, Status, out_of_service, providers
from stationkeeper.station.configuration import Stack, names

NOT_MODELLED = "how long either side flies on its own computers without the shared software is not known"


def missing_agencies(stack: Stack) -> list[str]:
    """Agencies of which somebody must be aboard to run a segment of this stack, and nobody is."""
    aboard = {c.agency for c in stack.crew}
    needed = [a for s in stack.configuration.station.segment if s.id in stack.segments for a in s.needs_aboard]
    return [a for a in dict.fromkeys(needed) if a not in aboard]


def assess(stack: Stack) -> Assessment:
    """Lost without a computer; degraded when nobody aboard is trained on a segment or the halves are apart."""
    cfg = stack.configuration
    found = providers(stack, "command")
    work = [p for p in found if p.works and p.mode == "main"]
    if not work:
        return Assessment("command", stack.id, "lost", ("no main computer in it works",), found)
    reasons = [f"it is run by {', '.join(dict.fromkeys(p.name for p in work[:3]))}"]
    missing = missing_agencies(stack)
    if missing:
        who = ", ".join(names(missing, cfg.station))
        reasons.append(f"nobody of {who} is aboard, so a segment would be run from the ground only")
    apart = stack.siblings > 1 and len(cfg.station.segment) > 1
    if apart:
        reasons.append("the two segments' computers were built to exchange commands and data, and no longer can")
    broken = out_of_service(found)
    status: Status = "degraded" if missing or apart or broken else "nominal"
    return Assessment(
        "command",
        stack.id,
        status,
        tuple(r for r in (*reasons, broken) if r),
        found,
        not_modelled=NOT_MODELLED if apart else "",
    )
