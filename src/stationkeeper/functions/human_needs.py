"""What a person takes in and gives off in a day, and the chemistry of the loops that make it up.

Model: food and oxygen in; carbon dioxide, water and solids out, all averages of a crew. The water that a body makes is not read
but follows from conservation of mass (oxygen and dry food in, carbon dioxide and solids out), and so does the moisture in breath
and sweat: what goes in as water, and is made, and leaves by no other way. With the best values this gives 0.35 kg of water made
and 2.29 kg of moisture, against 0.35 and 2.28 published. Water for washing dries into the air.
Neglected: age, work, spacewalks, that a hungry or thirsty body changes.
Validation status: checked (validation/functions/test_life_support.py).

References
----------
R130 (NASA RP-1324), R131 (baseline values and assumptions, 2004), SMITHSONIAN-2008; ``data/tables/human_needs.toml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import Field

from stationkeeper.core.model import Model, Positive, Quantity
from stationkeeper.core.validation import read_model
from stationkeeper.station.load import DATA
from stationkeeper.station.schema import Source

Case = Literal["best", "low", "low_dry", "high", "high_wet"]
"""Which ends of the ranges are taken: ``low`` leaves the crew worse off, ``high`` better. What is eaten goes both ways, as it
empties the food store but brings water: much in ``low`` and ``high_wet``, little in ``low_dry`` and ``high``."""
CASES: tuple[Case, ...] = ("best", "low", "low_dry", "high", "high_wet")

# kg per kmol, from the standard atomic masses H 1.008, C 12.011, O 15.999, Li 6.94 (IUPAC, abridged)
O2, H2, H2O, CO2, CH4, LIOH, LI2CO3 = 31.998, 2.016, 18.015, 44.009, 16.043, 23.947, 73.888
WATER_PER_OXYGEN = 2 * H2O / O2
"""Electrolysis, 2 H2O -> O2 + 2 H2: kg of water for a kg of oxygen (1.126)."""
HYDROGEN_PER_OXYGEN = 2 * H2 / O2
CO2_PER_OXYGEN = 0.5 * CO2 / O2
"""Sabatier, CO2 + 4 H2 -> CH4 + 2 H2O: kg of carbon dioxide that the hydrogen of a kg of oxygen can take up (0.688)."""
HYDROGEN_PER_CO2 = 4 * H2 / CO2
WATER_PER_CO2 = 2 * H2O / CO2
METHANE_PER_CO2 = CH4 / CO2
LIOH_PER_CO2 = 2 * LIOH / CO2
"""Absorption, 2 LiOH + CO2 -> Li2CO3 + H2O: kg of lithium hydroxide for a kg of carbon dioxide (1.088); R130 prints 0.71,
which is less than chemistry asks for."""
CARBONATE_PER_CO2 = LI2CO3 / CO2
WATER_PER_ABSORBED = H2O / CO2
"""Water that absorption makes; it stays in the canister, as waste."""

GAS_CONSTANT_J_KMOL_K = 8314.462618
CABIN_TEMPERATURE_K = 295.0
"""Assumed for every station; five degrees change the days by 1.7 %."""


class HumanNeeds(Model):
    """The table of needs: kg per person and day, and limits of the air in Pa."""

    schema_: Literal["stationkeeper.human-needs/1"] = Field(alias="schema")
    oxygen_kg_day: Positive
    co2_kg_day: Positive
    food_solids_kg_day: Positive
    food_water_kg_day: Positive
    packaging_kg_day: Positive
    food_preparation_kg_day: Positive
    drink_kg_day: Positive
    hygiene_kg_day: Positive
    flush_kg_day: Positive
    urine_water_kg_day: Positive
    urine_solids_kg_day: Positive
    faeces_water_kg_day: Positive
    faeces_solids_kg_day: Positive
    sweat_solids_kg_day: Positive
    co2_limit_pa: Positive
    co2_emergency_pa: Positive
    oxygen_limit_pa: Positive
    oxygen_emergency_pa: Positive
    source: list[Source]


@dataclass(frozen=True, slots=True)
class Diet:
    """One person's day in one case, kg. In: ``oxygen``, ``food`` (packed), ``water`` from the stores. Out: the rest.

    ``oxygen + food + water = co2 + moisture + urine_water + urine_solids + refuse`` to rounding.
    """

    oxygen: float
    food: float
    drink: float
    wash: float
    co2: float
    made_water: float
    moisture: float
    urine_water: float
    urine_solids: float
    refuse: float

    @property
    def water(self) -> float:
        """Water from the stores: for drinking and food, washing and flushing."""
        return self.drink + self.wash


@cache
def human_needs() -> HumanNeeds:
    """The packaged table."""
    return read_model(DATA / "tables" / "human_needs.toml", HumanNeeds)


@cache
def diet(case: Case = "best") -> Diet:
    """A person's day. ``low`` takes the high end of what is needed, ``high`` the low end; bodily waste keeps its best values."""
    n = human_needs()

    def need(q: Quantity) -> float:
        return q.best if case == "best" else q.bounds[1 if case.startswith("low") else 0]

    def eaten(q: Quantity) -> float:
        return q.best if case == "best" else q.bounds[1 if case in ("low", "high_wet") else 0]

    oxygen, co2 = need(n.oxygen_kg_day), need(n.co2_kg_day)
    solids, in_food, packaging = (eaten(q) for q in (n.food_solids_kg_day, n.food_water_kg_day, n.packaging_kg_day))
    drink = need(n.drink_kg_day) + need(n.food_preparation_kg_day)
    hygiene, flush = need(n.hygiene_kg_day), need(n.flush_kg_day)
    urine, urine_solids = n.urine_water_kg_day.best, n.urine_solids_kg_day.best
    faeces, other_solids = n.faeces_water_kg_day.best, n.faeces_solids_kg_day.best + n.sweat_solids_kg_day.best
    made = oxygen + solids - co2 - urine_solids - other_solids
    moisture = drink + in_food + made - urine - faeces + hygiene
    return Diet(
        oxygen, solids + in_food + packaging, drink, hygiene + flush, co2, made, moisture, urine + flush, urine_solids,
        faeces + other_solids + packaging,
    )  # fmt: skip
