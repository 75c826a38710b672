"""What a station must do, one file per function: who can do it, in which state it is, with which margin."""

from collections.abc import Callable

from stationkeeper.functions import (
    attitude,
    command,
    communications,
    crew_return,
    life_support,
    power,
    reboost,
)
from stationkeeper.functions.assessment import Assessment
from stationkeeper.station.configuration import Stack

BUILT_IN: dict[str, Callable[[Stack], Assessment]] = {
    "reboost": reboost.assess,
    "attitude": attitude.assess,
    "power": power.assess,
    "life_support": life_support.assess,
    "communications": communications.assess,
    "command": command.assess,
    "crew_return": crew_return.assess,
}
"""Every function by name; a new one is one file and one line here."""


def assess_all(stack: Stack) -> dict[str, Assessment]:
    """All functions of a stack at its configuration's instant."""
    return {name: assess(stack) for name, assess in BUILT_IN.items()}
