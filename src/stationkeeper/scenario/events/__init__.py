"""What can happen to a station: one file per kind of event, each with its feasibility ruling."""

from typing import Annotated

from pydantic import Field

from stationkeeper.scenario.events.assign_seat import AssignSeat
from stationkeeper.scenario.events.base import AbstractEvent
from stationkeeper.scenario.events.crew_launch import CrewLaunch
from stationkeeper.scenario.events.crew_return import CrewReturn
from stationkeeper.scenario.events.delivery import Delivery
from stationkeeper.scenario.events.detach import Detach
from stationkeeper.scenario.events.dock import Dock
from stationkeeper.scenario.events.function_failed import FunctionFailed
from stationkeeper.scenario.events.install import Install
from stationkeeper.scenario.events.launch_site_closed import LaunchSiteClosed
from stationkeeper.scenario.events.partner_withdraws import PartnerWithdraws
from stationkeeper.scenario.events.reboost import Reboost
from stationkeeper.scenario.events.relocate import Relocate
from stationkeeper.scenario.events.skip_reboost import SkipReboost
from stationkeeper.scenario.events.undock import Undock
from stationkeeper.scenario.events.vehicle_lost import VehicleLost

BUILT_IN: tuple[type[AbstractEvent], ...] = (
    Dock, Undock, Relocate, CrewLaunch, CrewReturn, Reboost, SkipReboost, Detach, PartnerWithdraws, VehicleLost,
    Delivery, LaunchSiteClosed, FunctionFailed, AssignSeat, Install,
)  # fmt: skip
"""Every kind of event; a new one is one file, one line here and one in ``Event``."""

Event = Annotated[
    Dock | Undock | Relocate | CrewLaunch | CrewReturn | Reboost | SkipReboost | Detach | PartnerWithdraws
    | VehicleLost | Delivery | LaunchSiteClosed | FunctionFailed | AssignSeat | Install,
    Field(discriminator="kind"),
]  # fmt: skip
"""Any event as it stands in a scenario file; ``kind`` tells which."""

__all__ = [
    "BUILT_IN",
    "AbstractEvent",
    "AssignSeat",
    "CrewLaunch",
    "CrewReturn",
    "Delivery",
    "Detach",
    "Dock",
    "Event",
    "FunctionFailed",
    "Install",
    "LaunchSiteClosed",
    "PartnerWithdraws",
    "Reboost",
    "Relocate",
    "SkipReboost",
    "Undock",
    "VehicleLost",
]
