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


def lost_feeds(stack: Stack, *, outward: bool = False) -> list[str]:
    """Names of joints, open now, that fed power into this stack (or out of it) in the flown configuration."""
    cfg = stack.configuration
    now = {link.id for link in cfg.links}
    out = []
    for link in joint_links(cfg.station, cfg.nodes, cfg.epoch):
        if link.joint is None or link.id in now or (link.a in stack.members) == (link.b in stack.members):
            continue
        receiver = link.a if (link.a in stack.members) != outward else link.b
        for c in link.joint.crosses:
            if c.what == "power" and (c.direction == "both" or c.direction.endswith(f"to {receiver}")):
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
        loss = f"the feed across {gone[0]} is gone, and it was built to rely on it, so loads would have to be shed"
        reasons = [f"it keeps its own arrays ({names})", loss]
        return Assessment("power", stack.id, "degraded", tuple(reasons), found, not_modelled=NOT_MODELLED)
    spared = lost_feeds(stack, outward=True)
    reasons = [
        f"its own arrays feed it: {names}",
        f"it no longer feeds the other side across {spared[0]}, so more is left for itself" if spared else "",
        out_of_service(found),
    ]
    status: Status = "degraded" if reasons[-1] else "nominal"
    return Assessment("power", stack.id, status, tuple(r for r in reasons if r), found, not_modelled=NOT_MODELLED)
