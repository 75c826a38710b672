"""What the flight engine needs to know about a body: mass, and how the air and sunlight push it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from stationkeeper.core.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Body:
    """A body as drag sees it: one product, density_scale * Cd * A / m.

    Parameters
    ----------
    mass_kg : mass, above 0.
    drag_area_m2 : reference area, 0 (no drag) or above.
    drag_coefficient : Cd on that area, above 0. For a real station it is fitted together with the density model and the
        index feed, and is not a physical constant: NASA's own values for one station run from 0.75 to 4.90.
    density_scale : factor on the model's density (calibration), above 0.
    radiation_area_m2, radiation_coefficient : for solar radiation pressure, where the forces ask for it.
    density_model : name of the density model that Cd and scale were fitted with, such as ``nrlmsise00``; None where
        they were not fitted. An engine refuses a body that was fitted with another model than it flies.
    """

    mass_kg: float
    drag_area_m2: float
    drag_coefficient: float
    density_scale: float = 1.0
    radiation_area_m2: float = 0.0
    radiation_coefficient: float = 1.5
    density_model: str | None = None

    def __post_init__(self) -> None:
        problems = []
        for key, value, above_zero in (
            ("mass_kg", self.mass_kg, True),
            ("drag_area_m2", self.drag_area_m2, False),
            ("drag_coefficient", self.drag_coefficient, True),
            ("density_scale", self.density_scale, True),
            ("radiation_area_m2", self.radiation_area_m2, False),
            ("radiation_coefficient", self.radiation_coefficient, False),
        ):
            if not math.isfinite(value) or value < 0.0 or (above_zero and value == 0.0):
                expected = "a finite number above 0" if above_zero else "a finite number, 0 or above"
                problems.append(Problem("body", key, repr(value), expected))
        if problems:
            raise InputError(problems)

    @property
    def drag_m2_kg(self) -> float:
        """density_scale * Cd * A / m, m2/kg."""
        return self.density_scale * self.drag_coefficient * self.drag_area_m2 / self.mass_kg

    @property
    def radiation_m2_kg(self) -> float:
        """Cr * A / m, m2/kg."""
        return self.radiation_coefficient * self.radiation_area_m2 / self.mass_kg

    def check_model(self, density_model: str) -> None:
        """Raises ``InputError`` when the drag was fitted with another density model than the one that is to fly it."""
        if self.density_model is not None and self.density_model != density_model:
            raise InputError.one(
                "body", "density_model", f"{self.density_model!r}: its drag was fitted with that model",
                f"{density_model!r}, the model that the engine flies",
                "Fit Cd or density_scale anew with the engine's model, or choose an engine that has the other.",
            )  # fmt: skip

    def with_mass(self, mass_kg: float) -> Body:
        """The same body with another mass."""
        return replace(self, mass_kg=mass_kg)

    def with_density_scale(self, density_scale: float) -> Body:
        """The same body with another factor on the air density."""
        return replace(self, density_scale=density_scale)
