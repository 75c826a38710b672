"""Power: which arrays feed this stack, and what it loses when a joint opens.

Model: arrays in the stack that work; whether power used to come across a joint that is now open. Neglected here:
beta angle, eclipse, batteries, loads, so no balance in kilowatts is given.
Validation status: unvalidated (providers only).
"""

from __future__ import annotations

from stationkeeper.functions.assessment import Assessment, Status, out_of_service, providers
from stationkeeper.station.configuration import Stack, joint_links

NOT_MODELLED = (
    "the balance of arrays, batteries and loads over an orbit is not modelled in this version, "
    "and nobody published how many kilowatts crossed the joint"
)


def lost_feeds(stack: Stack) -> list[str]:
    """Names of joints that fed power into this stack in the flown configuration and are open now."""
    cfg = stack.configuration
    now = {link.id for link in cfg.links}
    out = []
    for link in joint_links(cfg.station, cfg.nodes, cfg.epoch):
        if link.joint is None or link.id in now or (link.a in stack.members) == (link.b in stack.members):
            continue
        inside = link.a if link.a in stack.members else link.b
        for c in link.joint.crosses:
            if c.what == "power" and (c.direction == "both" or c.direction.endswith(f"to {inside}")):
                out.append(link.joint.name or link.id)
    return out


def assess(stack: Stack) -> Assessment:
    """Lost without arrays; degraded when a feed from the other side is gone; else nominal."""
    found = providers(stack, "power")
    arrays = [p for p in found if p.works and p.kind == "array" and p.mode != "dormant"]
    if not arrays:
        return Assessment("power", stack.id, "lost", ("no solar array in it works",), found)
    names = ", ".join(p.name for p in arrays[:4]) + (f" and {len(arrays) - 4} more" if len(arrays) > 4 else "")
    gone = lost_feeds(stack)
    if gone:
        reasons = (
            f"it keeps its own arrays ({names})",
            f"the feed across {gone[0]} is gone, and it was built to rely on it",
        )
        return Assessment("power", stack.id, "degraded", reasons, found, not_modelled=NOT_MODELLED)
    reasons = (f"its own arrays feed it: {names}", out_of_service(found))
    status: Status = "degraded" if reasons[1] else "nominal"
    return Assessment("power", stack.id, status, tuple(r for r in reasons if r), found, not_modelled=NOT_MODELLED)
