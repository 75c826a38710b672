"""Attitude: what can point this stack and hold it.

Model: gyroscopes work while at least the needed number of them does; they must be unloaded by thrusters of the same
stack. Thrusters alone hold attitude at a cost in propellant.
Neglected here: torques, momentum growth, equilibrium attitude, so no time to saturation is given.
Validation status: checked against the ISS of 2022 (NASA gyroscopes, Russian thrusters).
"""

from __future__ import annotations

from stationkeeper.functions.assessment import Assessment, Provider, providers
from stationkeeper.station.configuration import Stack

NOT_MODELLED = (
    "how fast momentum grows, and so the number of days until the gyroscopes are full, needs torques from the air "
    "and from gravity that this version does not model"
)

NOT_MODELLED_JETS = (
    "how much propellant holding it by thrusters takes each day needs torques that this version does not model; the few "
    "published figures run from about 20 to 220 kg a day for the whole station"
)


def thrusters(stack: Stack) -> list[Provider]:
    """Working providers that can turn the stack by jets."""
    return [
        p for p in providers(stack, "attitude") if p.works and p.mode != "dormant" and p.kind in ("thruster", "engine", "vehicle")
    ]  # fmt: skip


def gyroscopes(stack: Stack) -> list[Provider]:
    """Working sets of gyroscopes with enough units."""
    return [
        p for p in providers(stack, "attitude")
        if p.works and p.kind == "gyroscope" and (p.needed is None or p.count >= p.needed)
    ]  # fmt: skip


def assess(stack: Stack) -> Assessment:
    """Nominal with gyroscopes and thrusters; degraded with one of the two; lost with neither."""
    found = providers(stack, "attitude")
    jets, gyros = thrusters(stack), gyroscopes(stack)
    if gyros and jets:
        reasons: tuple[str, ...] = (
            f"{gyros[0].name} hold it and {', '.join(dict.fromkeys(j.name for j in jets[:3]))} can unload them",
        )
        return Assessment("attitude", stack.id, "nominal", reasons, found)
    if gyros:
        reasons = (
            f"{gyros[0].name} can hold it only until they are full of momentum",
            "it has no thrusters to unload them, none for dockings, debris avoidance or large turns",
        )
        return Assessment("attitude", stack.id, "degraded", reasons, found, not_modelled=NOT_MODELLED)
    if jets:
        reasons = (
            f"{', '.join(dict.fromkeys(j.name for j in jets[:3]))} hold it and burn propellant for every correction",
            "it has no large gyroscopes to store momentum",
        )
        return Assessment("attitude", stack.id, "degraded", reasons, found, not_modelled=NOT_MODELLED_JETS)
    return Assessment("attitude", stack.id, "lost", ("it has neither gyroscopes nor thrusters, so it tumbles",), found)
