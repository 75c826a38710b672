"""What a station's data files may say. The one table from which checks, JSON Schema and reference pages come.

A station is a folder ``data/stations/<id>/`` of TOML files whose lists are joined, or a single file of the same
content. Vehicles that visit several stations live in ``data/vehicles/*.toml``. Units are key suffixes.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from stationkeeper.core.errors import Refused
from stationkeeper.core.model import (
    Identifier,
    Model,
    NotNegative,
    Pair,
    Positive,
    Quantity,
    Triple,
    UtcTime,
    VagueDate,
    like,
)

FUNCTIONS = (
    "reboost",
    "attitude",
    "power",
    "life_support",
    "communications",
    "command",
    "crew_return",
)
"""The functions that a station must perform, in the order in which they are shown."""

CargoKey = Literal["propellant_kg", "water_kg", "gas_kg", "dry_kg", "total_kg", "food_kg", "oxygen_kg", "nitrogen_kg"]
Good = Literal["oxygen", "nitrogen", "water", "food", "waste", "waste_water", "co2_absorbent"]
"""Goods that people need and make; propellant has its tanks."""


def _unit_vector(v: tuple[float, float, float]) -> tuple[float, float, float]:
    if not 0.99 <= math.hypot(*v) <= 1.01:
        raise Refused(
            f"a direction of length {math.hypot(*v):g}",
            "a unit vector, such as [0.0, 0.0, 1.0]",
            "Divide it by its length.",
        )
    return v


Direction = Annotated[Triple, AfterValidator(_unit_vector)]
FunctionName = Literal["reboost", "attitude", "power", "life_support", "communications", "command", "crew_return"]
Carried = Literal["voice", "telemetry", "command", "video", "data"]
"""What a radio link carries."""
Use = Literal["regular", "occasional"]
"""Whether an antenna serves the station day by day, or only now and then: such a one counts in upper bounds only."""
UNIT_SUFFIXES = (
    "_kg", "_m", "_m2", "_m3", "_s", "_n", "_w", "_kw", "_kwh", "_m_s", "_km", "_deg", "_day", "_nms", "_kg_day",
    "_kg_m2", "_count", "_ratio", "_pa", "_nm", "_m2_kg", "_deg_s", "_mbit_s",
)  # fmt: skip


class Source(Model):
    """Where a number or a statement comes from."""

    key: str = Field(min_length=1, max_length=40)
    title: str
    publisher: str = ""
    where: str = Field(default="", description="address, report number or archive")
    note: str = ""


class PartnerStatus(Model):
    """The standing of a partner from a date on."""

    since: VagueDate
    state: Literal["present", "announced", "notified", "gone"]
    note: str = ""
    source: list[str] = Field(min_length=1)


class Partner(Model):
    """An agency, company or state that owns or operates something."""

    id: Identifier
    name: str
    short: str = Field(max_length=16)
    country: str
    colour: Annotated[str, like(r"#[0-9a-f]{6}", "a colour such as #0b3d91")]
    kind: Literal["agency", "company"] = "agency"
    status: list[PartnerStatus] = Field(min_length=1)
    notice_day: NotNegative | None = Field(default=None, description="notice that the agreement demands before leaving")


class Segment(Model):
    """A part of the station that is run as one, such as the Russian Orbital Segment."""

    id: Identifier
    name: str
    short: str = Field(max_length=16)
    operator: Identifier
    needs_aboard: list[Identifier] = Field(
        default_factory=list, description="agencies of which at least one crew member must be aboard to run it"
    )
    source: list[str] = Field(default_factory=list)


class Place(Model):
    """Centre of an element in the station frame: x forward, y starboard, z nadir; metres; origin stated by the station."""

    x_m: float
    y_m: float
    z_m: float
    size_x_m: float = Field(gt=0, description="extent along x")
    size_y_m: float = Field(gt=0)
    size_z_m: float = Field(gt=0)
    source: list[str] = Field(min_length=1)
    confidence: Literal["high", "medium", "low", "from-memory", "derived", "assumed"]


class Element(Model):
    """A module, truss segment or other built-in part: a node of the station graph."""

    id: Identifier
    name: str
    aliases: list[str] = Field(default_factory=list)
    owner: Identifier
    operator: Identifier
    builder: str = ""
    segment: Identifier
    kind: Literal["module", "node", "adapter", "airlock", "truss", "array", "arm", "platform", "observatory", "hull"]
    launched: VagueDate
    flight: str = ""
    joined: VagueDate = Field(description="when it became part of the station")
    left: VagueDate | None = None
    mass_kg: Positive
    place: Place
    drag_area_m2: Positive | None = Field(
        default=None, description="its share of the area that meets the air in flight attitude, arrays included"
    )
    habitable: bool = False
    volume_m3: Positive | None = Field(default=None, description="volume under pressure")
    note: str = ""
    source: list[str] = Field(min_length=1)


class Outfitting(Model):
    """Mass that is aboard but in no element's launch mass: racks, cargo, propellant. Shown as such, never smeared."""

    id: Identifier
    name: str
    element: Identifier = Field(description="the element that it goes with when the station parts")
    mass_kg: NotNegative
    note: str = ""


class Crossing(Model):
    """Something that crosses a joint."""

    what: Literal["structure", "power", "air", "data", "propellant", "water", "cooling", "crew"]
    direction: str = Field(default="both", description="'both', or '<element> to <element>'")
    amount_kw: Quantity | None = None
    note: str = ""
    source: list[str] = Field(min_length=1)


StepKind = Literal[
    "hatch", "crew", "spacewalk", "robotics", "cable", "fluid", "software", "command", "agreement", "vehicle"
]


class Step(Model):
    """Something that must be done first, before a joint can be opened."""

    kind: StepKind
    text: str
    count: Quantity | None = Field(default=None, description="how many, where a source or an assumption gives it")
    each_h: Positive | None = Field(default=None, description="hours of work for one of them")
    span_day: NotNegative | None = Field(
        default=None, description="calendar days from the start of its preparation to its end, for all of them"
    )
    by: list[Identifier] = Field(default_factory=list, description="partners who would do it")
    source: list[str] = Field(min_length=1)


class Statement(Model):
    """What somebody said, with the day on which it was said."""

    who: str
    when: VagueDate
    text: str
    view: Literal["not-feasible", "not-designed", "with-work", "feasible"] | None = Field(
        default=None, description="of a joint: whether the speaker holds that it can be opened"
    )
    spacewalks: NotNegative | None = Field(default=None, description="how many spacewalks the speaker names for it")
    span_day: NotNegative | None = Field(default=None, description="how long the speaker says that it takes")
    source: list[str] = Field(min_length=1)


class Separation(Model):
    """Whether a joint can be opened, and what that takes."""

    ruling: Literal["routine", "after_steps", "not_designed", "impossible", "not_known"]
    reason: str
    steps: list[Step] = Field(default_factory=list)
    statements: list[Statement] = Field(default_factory=list)
    axis: Direction = Field(
        default=(1.0, 0.0, 0.0), description="direction in the station frame in which the second element departs"
    )
    separation_speed_m_s: NotNegative | None = None


class Joint(Model):
    """What holds two elements together: an edge of the station graph."""

    id: Identifier
    name: str = ""
    between: Pair
    kind: str = Field(description="standard of the joint, such as APAS-95, CBM, SSVP-M8000, MTSAS")
    made: VagueDate
    parted: VagueDate | None = None
    crosses: list[Crossing] = Field(min_length=1)
    separation: Separation
    source: list[str] = Field(min_length=1)


class Port(Model):
    """A place where a vehicle may dock or be berthed."""

    id: Identifier
    name: str
    element: Identifier
    standard: str
    fits: list[Identifier] = Field(description="ids of the vehicle types that may use it; empty: none does")
    usable: bool = True
    available_from: VagueDate
    available_until: VagueDate | None = None
    direction: Direction = Field(description="outward unit vector in the station frame")
    refuelling: bool = Field(
        default=False, description="whether propellant passes through it between a tanker and the tanks of the station"
    )
    reboosts: list[Identifier] = Field(
        default_factory=list, description="vehicle types that have raised the orbit of the station from here"
    )
    note: str = ""
    source: list[str] = Field(min_length=1)


class Service(Model):
    """A part that something plays in one of the station's functions."""

    function: FunctionName
    role: str = Field(description="what it does for the function, in a few plain words")
    mode: Literal["main", "backup", "reserve", "dormant"] = "main"
    needs: list[str] = Field(default_factory=list, description="what it needs to work, in a few plain words")
    source: list[str] = Field(min_length=1)


LifeProcess = Literal[
    "electrolysis", "candles", "gas-store", "co2-removal", "co2-absorbent", "sabatier", "condensate", "water", "urine",
    "brine", "water-store",
]  # fmt: skip
"""What a life-support unit does. ``condensate`` takes moisture from the air, ``water`` also distillate of ``urine``."""


class Equipment(Model):
    """Tanks, thrusters, arrays, gyroscopes, life-support units, computers, radios of an element."""

    id: Identifier
    name: str
    element: Identifier
    kind: Literal[
        "engine", "thruster", "tank", "gyroscope", "array", "battery", "oxygen", "co2", "water", "computer", "radio",
        "airlock", "robotics", "radiator", "docking",
    ]  # fmt: skip
    owner: Identifier | None = Field(default=None, description="when other than the element's owner")
    operator: Identifier | None = None
    count: int = Field(default=1, ge=1)
    needed: int | None = Field(default=None, ge=1, description="how many of the count must work")
    installed: VagueDate | None = None
    removed: VagueDate | None = None
    services: list[Service] = Field(default_factory=list)
    figures: dict[str, Quantity] = Field(default_factory=dict, description="keys end in a unit suffix")
    process: LifeProcess | None = Field(
        default=None,
        description="of a life-support unit; none: electrolysis for oxygen, co2-removal for co2, water for water",
    )
    carries: list[Carried] = Field(
        default_factory=list, description="what a radio can carry; empty: whatever the antenna at the other end does"
    )
    commands: list[FunctionName] = Field(
        default_factory=list, description="functions of its segment that a computer commands; empty: all of them"
    )
    shades: list[Identifier] = Field(
        default_factory=list,
        description="arrays that it stands in front of; covers_ratio is the part of each that it covers",
    )
    thrust_direction: Direction | None = Field(
        default=None, description="of an engine: in which direction of the station frame it pushes the station"
    )
    blocked_by: list[Identifier] = Field(
        default_factory=list, description="ports at which a docked vehicle keeps it from being used"
    )
    propellant: Literal["storable", "xenon", "gas"] = Field(
        default="storable",
        description="what a tank holds, or an engine or thruster burns; vehicles burn storable propellant",
    )
    note: str = ""
    source: list[str] = Field(min_length=1)

    @field_validator("figures")
    @classmethod
    def _unit_in_key(cls, figures: dict[str, Quantity]) -> dict[str, Quantity]:
        for key, q in figures.items():
            if not key.endswith(UNIT_SUFFIXES):
                found = f"the key '{key}', which has no unit"
                raise Refused(found, f"a key that ends in {', '.join(UNIT_SUFFIXES[:8])} or the like", "", key)
            if q.bounds[0] < 0.0 and key in ("content_kg", "thrust_n", "specific_impulse_s"):
                raise Refused(f"{q.bounds[0]:g}", "a number of at least zero", "Check the sign and the range.", key)
        return figures


class Engine(Model):
    """An engine, or a set of thrusters used together, that can push the whole stack."""

    id: Identifier
    name: str
    thrust_n: Positive
    specific_impulse_s: Positive
    reboost_from: VagueDate | None = Field(
        default=None, description="date of the first reboost of a station with it; none: never shown"
    )
    reboost_note: str = ""
    standard_from: VagueDate | None = Field(
        default=None, description="first burn as a service; between reboost_from and this it was only tested"
    )
    gimbal_deg: Positive | None = Field(
        default=None, description="how far it can swing to push through the mass centre"
    )
    statements: list[Statement] = Field(
        default_factory=list, description="what was said about raising a station with it, where that is disputed"
    )
    source: list[str] = Field(min_length=1)


class LandingZone(Model):
    """Where vehicles of a kind come down."""

    id: Identifier
    name: str
    latitude_deg: float = Field(ge=-90.0, le=90.0)
    longitude_deg: float = Field(ge=-180.0, le=180.0)
    reach_km: Positive = Field(description="how far across the track from its centre a landing may be")
    passes: Literal["ascending", "descending", "either"] = Field(
        default="either", description="on which passes: northbound, southbound or both"
    )
    daylight: bool = Field(default=False, description="landings are planned for daylight")
    since: VagueDate | None = None
    until: VagueDate | None = None
    note: str = ""
    source: list[str] = Field(min_length=1)


class VehicleType(Model):
    """A kind of visiting vehicle."""

    id: Identifier
    name: str
    owner: Identifier
    operator: Identifier
    purpose: Literal["crew", "cargo", "crew-test", "service"]
    standards: list[str] = Field(min_length=1, description="docking standards that it can use")
    seats: int = Field(ge=0)
    extra_seats: int = Field(default=0, ge=0, description="emergency places, shown but never counted as seats")
    extra_seats_note: str = ""
    tanker: bool = Field(default=False, description="whether it can exchange propellant with a station")
    mass_kg: Positive
    length_m: float = Field(gt=0)
    docked_life_day: Positive | None = None
    suit: str = Field(
        default="", description="kind of pressure suit that connects to it; none: no suit is needed or known"
    )
    liner: str = Field(
        default="", description="kind of seat liner, moulded for one person, that its seats need; none: no liner"
    )
    landing: list[LandingZone] = Field(default_factory=list, description="where it brings people down")
    engines: list[Engine] = Field(default_factory=list)
    services: list[Service] = Field(default_factory=list)
    figures: dict[str, Quantity] = Field(default_factory=dict)
    note: str = ""
    source: list[str] = Field(min_length=1)


class Berth(Model):
    """A stay of a vehicle at one port; a relocation is a second berth."""

    port: Identifier
    arrive: VagueDate
    leave: VagueDate | None = None


class Condition(Model):
    """From a date on, a vehicle is degraded or lost as a way home."""

    since: VagueDate
    until: VagueDate | None = None
    state: Literal["degraded", "unsafe-for-return", "lost"]
    text: str
    source: list[str] = Field(min_length=1)


class Visit(Model):
    """One vehicle's visit to the station."""

    id: Identifier
    name: str
    vehicle: Identifier
    designation: str = ""
    launched: VagueDate
    launch_site: str = ""
    berths: list[Berth] = Field(min_length=1)
    landed: VagueDate | None = None
    mass_kg: Positive | None = Field(default=None, description="on arrival; else that of the type")
    seats: int | None = Field(default=None, ge=0, description="when other than the type's, such as an uncrewed test: 0")
    cargo: dict[CargoKey, NotNegative] = Field(default_factory=dict)
    conditions: list[Condition] = Field(default_factory=list)
    note: str = ""
    source: list[str] = Field(min_length=1)


class Person(Model):
    """Somebody who was aboard."""

    id: Identifier
    name: str
    aliases: list[str] = Field(default_factory=list)
    agency: Identifier
    nationality: str = Field(description="ISO 3166 two letters")
    source: list[str] = Field(min_length=1)


class SeatHeld(Model):
    """A place home: a seat with its own liner, or an emergency place."""

    visit: Identifier
    since: VagueDate
    kind: Literal["seat", "emergency"] = "seat"
    source: list[str] = Field(default_factory=list)


class Stay(Model):
    """One person's stay aboard."""

    person: Identifier
    launched: VagueDate = Field(description="lift-off: days in space count from here")
    up: Identifier = Field(description="visit that brought the person")
    aboard_from: VagueDate
    aboard_until: VagueDate | None = None
    landed: VagueDate | None = None
    down: Identifier | None = None
    seats: list[SeatHeld] = Field(min_length=1, description="in order of date; the last begun holds")
    commander_from: VagueDate | None = None
    commander_until: VagueDate | None = None
    source: list[str] = Field(min_length=1)


class Burn(Model):
    """A change of the orbit by an engine, flown, aborted or only planned."""

    id: Identifier
    at: VagueDate
    visit: Identifier | None = Field(default=None, description="the vehicle that burned")
    equipment: Identifier | None = Field(default=None, description="or the station's own engine")
    purpose: Literal["raise", "lower", "debris-avoidance", "phasing", "test"]
    status: Literal["flown", "aborted", "planned", "predicted"]
    duration_s: Positive | None = None
    delta_v_m_s: Quantity | None = Field(default=None, description="along the velocity; negative lowers the orbit")
    altitude_change_km: Quantity | None = None
    note: str = ""
    source: list[str] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_engine(self) -> Burn:
        if (self.visit is None) == (self.equipment is None):
            found = "neither visit nor equipment" if self.visit is None else "both visit and equipment"
            raise Refused(found, "the one of the two that burned", "Give one of them.")
        if self.delta_v_m_s is not None and not 0.0 < abs(self.delta_v_m_s.best) <= 50.0:
            raise Refused(f"{self.delta_v_m_s.best:g} m/s", "up to 50 m/s either way, and not zero", "", "delta_v_m_s")
        if self.duration_s is not None and self.duration_s.best > 14_400.0:
            raise Refused(f"{self.duration_s.best:g} s", "at most 14,400 s", "", "duration_s")
        return self


class Rule(Model):
    """A rule that the partners fly by, and that a scenario may break."""

    id: Identifier
    kind: Literal["lifeboat", "crew-mix", "reserve", "attitude-floor", "orbit-keeping", "contact-gap"]
    text: str
    agencies: list[Identifier] = Field(default_factory=list)
    figures: dict[str, Quantity] = Field(default_factory=dict)
    source: list[str] = Field(min_length=1)


class MassReference(Model):
    """A total mass that somebody published, to check the sum against."""

    at: VagueDate
    what: Literal["without-vehicles", "with-vehicles"]
    mass_kg: Positive


class Cabin(Model):
    """The air aboard when all is well: pressures of the whole and of its parts."""

    pressure_pa: Positive
    oxygen_pa: Positive
    co2_pa: NotNegative


class Header(Model):
    """The station itself."""

    id: Identifier
    name: str
    short: str = Field(max_length=24)
    summary: str
    covers_from: VagueDate = Field(description="first date for which visits and crew are complete")
    covers_until: VagueDate
    frame_origin: str = Field(description="origin of the station frame in words")
    main_element: Identifier = Field(description="the element that the attachment tree is printed from")
    drag_coefficient: Positive | None = Field(
        default=None, description="of the drag areas of its elements, with NRLMSISE-00; none where nobody knows"
    )
    cabin: Cabin | None = None


class ReferenceOrbit(Model):
    """Where the station flew on a date: for its functions where no flight is at hand. Mean circular orbit, GCRF."""

    at: UtcTime
    mean_altitude_km: Positive = Field(description="mean semi-major axis less 6378.137 km")
    inclination_deg: float = Field(ge=0.0, le=180.0)
    raan_deg: float = Field(ge=0.0, lt=360.0, description="right ascension of the ascending node")
    argument_of_latitude_deg: float = Field(ge=0.0, lt=360.0)
    source: list[str] = Field(min_length=1)


class Store(Model):
    """Goods for the people aboard, in one place. Part of the mass of its element's outfitting, as propellant in tanks is."""

    id: Identifier
    name: str
    element: Identifier
    owner: Identifier | None = Field(default=None, description="when other than the element's owner")
    good: Good
    content_kg: NotNegative
    capacity_kg: Positive | None = None
    usable_by: list[Identifier] = Field(default_factory=list, description="segments that can draw on it; empty: all")
    since: VagueDate | None = Field(default=None, description="the date for which the content is stated")
    note: str = ""
    source: list[str] = Field(min_length=1)


class Load(Model):
    """Something that draws electric power in a segment."""

    id: Identifier
    name: str
    segment: Identifier
    demand_kw: NotNegative = Field(description="averaged over an orbit")
    shed_order: int = Field(ge=0, description="0 is never shed; then 1 last, the largest number first")
    serves: list[FunctionName] = Field(default_factory=list, description="functions that stop or suffer without it")
    note: str = ""
    source: list[str] = Field(min_length=1)


class FarEnd(Model):
    """What a radio aboard can talk to."""

    id: Identifier
    name: str
    operator: Identifier
    longitude_deg: float = Field(ge=-180.0, le=180.0)
    radios: list[Identifier] = Field(min_length=1, description="equipment aboard that it can talk to")
    carries: list[Carried] = Field(min_length=1)
    use: Use = "regular"
    since: VagueDate | None = None
    until: VagueDate | None = None
    note: str = ""
    source: list[str] = Field(min_length=1)


class GroundSite(FarEnd):
    """An antenna on the ground that can talk to the station."""

    latitude_deg: float = Field(ge=-90.0, le=90.0)
    height_m: float = 0.0
    lowest_elevation_deg: NotNegative


class Relay(FarEnd):
    """A relay satellite in geostationary orbit."""


class Dependency(Model):
    """What something needs to work: an edge of the service graph."""

    of: Identifier = Field(description="equipment, element, vehicle type or segment that needs it")
    on: list[Identifier] = Field(min_length=1, description="equipment, elements, vehicle types, segments or functions")
    needed: int = Field(default=1, ge=1, description="how many of the list must work")
    also: list[Identifier] = Field(default_factory=list, description="others that need the same in the same way")
    lasts_h: NotNegative | None = Field(default=None, description="how long it goes on without; none: not at all")
    timed_by: FunctionName | None = Field(
        default=None,
        description="the function whose own figures say how long it goes on without; shown then, never a stop by itself",
    )
    why: str
    source: list[str] = Field(min_length=1)


class Station(Model):
    """Everything known about a station over its life."""

    schema_: Literal["stationkeeper.station/1"] = Field(alias="schema")
    station: Header
    source: list[Source] = Field(default_factory=list)
    partner: list[Partner] = Field(min_length=1)
    segment: list[Segment] = Field(min_length=1)
    element: list[Element] = Field(min_length=1)
    outfitting: list[Outfitting] = Field(default_factory=list)
    joint: list[Joint] = Field(default_factory=list)
    port: list[Port] = Field(default_factory=list)
    equipment: list[Equipment] = Field(default_factory=list)
    vehicle: list[VehicleType] = Field(
        default_factory=list, description="types used only here; shared ones live in data/vehicles"
    )
    visit: list[Visit] = Field(default_factory=list)
    person: list[Person] = Field(default_factory=list)
    stay: list[Stay] = Field(default_factory=list)
    burn: list[Burn] = Field(default_factory=list)
    rule: list[Rule] = Field(default_factory=list)
    orbit: list[ReferenceOrbit] = Field(default_factory=list)
    store: list[Store] = Field(default_factory=list)
    load: list[Load] = Field(default_factory=list)
    ground_site: list[GroundSite] = Field(default_factory=list)
    relay: list[Relay] = Field(default_factory=list)
    dependency: list[Dependency] = Field(default_factory=list)
    mass_reference: list[MassReference] = Field(default_factory=list)
