"""What a calibration gives: the drag factor with its uncertainty and its ties, and the burns found on the way.

A fitted Cd * A / m is no property of the station. It is the factor with which one density model, fed with one table of
indices, reproduces one stretch of one orbit: NASA's own Cd runs from 0.75 to 4.90 within thirty months. So a fit
carries the names of its density model and of its feed, and :meth:`DragFit.body` refuses another density model.
Validation status: checked (validation/oem_prediction).

References
----------
NASA/JSC public ISS ephemerides, header comments. Source key: nasa-iss-oem.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, Problem
from stationkeeper.flight.body import Body

SCHEMA: Final = "stationkeeper.drag-fit/1"
NORMAL_90: Final = 1.6448536269514722
"""Half-width of the central 90 % of a normal distribution, in standard deviations."""

_NUMBERS: Final = ("cdam_m2_kg", "sigma_m2_kg", "low_m2_kg", "high_m2_kg", "formal_sigma_m2_kg")
_TEXTS: Final = ("density_model", "weather", "data")


@dataclass(frozen=True)
class DragFit:
    """A fitted Cd * A / m, times nothing: the model's density is used as it comes.

    Parameters
    ----------
    cdam_m2_kg : the product Cd * A / m, m2/kg, above 0.
    sigma_m2_kg : its standard deviation as an estimate for the span of the fit and the days after it: formal error,
        and the air against its model. How it was found stands in ``notes``.
    low_m2_kg, high_m2_kg : central 90 %.
    density_model : the model that it is tied to, as ``nrlmsise00``.
    weather : the table of indices that was fed, one line.
    start, end : span of the data.
    data : what it was fitted to, one line.
    residual : what is left, by name with unit, as ``rms_along_track_m``.
    formal_sigma_m2_kg : what least squares alone says; about ten times too small, because the air does not err at random.
    notes : what a user must know, one line each.

    Raises
    ------
    InputError
        For numbers that are not finite and in range, an interval that does not hold the value, or a span that ends before it starts.
    """

    cdam_m2_kg: float
    sigma_m2_kg: float
    low_m2_kg: float
    high_m2_kg: float
    density_model: str
    weather: str
    start: Epoch
    end: Epoch
    data: str
    residual: Mapping[str, float] = field(default_factory=dict)
    formal_sigma_m2_kg: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = [
            Problem("drag fit", key, repr(getattr(self, key)), "a finite number, 0 or above")
            for key in _NUMBERS
            if not (math.isfinite(getattr(self, key)) and getattr(self, key) >= 0.0)
        ]
        if not problems and not self.cdam_m2_kg > 0.0:
            problems.append(Problem("drag fit", "cdam_m2_kg", repr(self.cdam_m2_kg), "a number above 0"))
        if not problems and not self.low_m2_kg <= self.cdam_m2_kg <= self.high_m2_kg:
            found = f"{self.cdam_m2_kg!r} outside {self.low_m2_kg!r} to {self.high_m2_kg!r}"
            problems.append(Problem("drag fit", "low_m2_kg, high_m2_kg", found, "an interval that holds the value"))
        if self.end < self.start:
            problems.append(Problem("drag fit", "end", str(self.end), f"an epoch after {self.start}"))
        if problems:
            raise InputError(problems)

    def body(self, mass_kg: float, density_model: str) -> Body:
        """A body that this fit describes, for a flight with the density model of the fit.

        The product is given as an area of ``cdam_m2_kg * mass_kg`` with Cd = 1: only the product has a meaning.

        Parameters
        ----------
        mass_kg : mass at the start of the flight; drag per mass is the fitted one at that mass.
        density_model : the model that the flight will use.

        Raises
        ------
        InputError
            For another density model than that of the fit.
        """
        if density_model != self.density_model:
            raise InputError.one(
                "drag fit",
                "density_model",
                f"a flight with {density_model}",
                f"the density model that the drag was fitted with, {self.density_model}",
                f"Fly with {self.density_model}, or fit again: stationkeeper calibrate DATA --density {density_model}.",
            )
        return Body(mass_kg, self.cdam_m2_kg * mass_kg, 1.0)

    def scaled(self, factor: float) -> DragFit:
        """The same fit with all its numbers times a factor (a new mass or area, both known)."""
        values: dict[str, Any] = {k: getattr(self, k) for k in self.__dataclass_fields__}
        return DragFit(**{**values, **{k: values[k] * factor for k in _NUMBERS}})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "schema": SCHEMA,
            **{k: getattr(self, k) for k in (*_NUMBERS, *_TEXTS)},
            "start": self.start.isoformat(6),
            "end": self.end.isoformat(6),
            "residual": dict(self.residual),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """JSON text."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_dict(cls, values: object, where: str = "drag fit") -> DragFit:
        """From what :meth:`to_dict` gave. Raises ``InputError`` with all problems."""
        expected = f"an object of the schema {SCHEMA}"
        remedy = "Make one with: stationkeeper calibrate DATA --out FIT.json."
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            found = values.get("schema", "no schema") if isinstance(values, dict) else type(values).__name__
            raise InputError.one(where, "schema", found, expected, remedy)
        problems: list[Problem] = []
        given: dict[str, Any] = {}
        for key in _NUMBERS:
            number = values.get(key)
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
                problems.append(Problem(where, key, repr(number), "a finite number"))
            else:
                given[key] = float(number)
        for key in _TEXTS:
            if not isinstance(values.get(key), str) or not values[key]:
                problems.append(Problem(where, key, repr(values.get(key)), "text"))
            else:
                given[key] = values[key]
        for key in ("start", "end"):
            try:
                given[key] = Epoch.parse(str(values.get(key)))
            except ValueError:
                problems.append(Problem(where, key, repr(values.get(key)), "a UTC time such as 2022-02-11T12:00:00Z"))
        residual, notes = values.get("residual", {}), values.get("notes", [])
        if not isinstance(residual, dict) or not all(
            isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in residual.values()
        ):
            problems.append(Problem(where, "residual", repr(residual), "names with finite numbers"))
        if not isinstance(notes, list) or not all(isinstance(n, str) for n in notes):
            problems.append(Problem(where, "notes", repr(notes), "a list of lines"))
        if problems:
            raise InputError(problems)
        return cls(**given, residual={str(k): float(v) for k, v in residual.items()}, notes=tuple(notes))

    @classmethod
    def from_json(cls, text: str, where: str = "drag fit") -> DragFit:
        """From JSON text; ``where`` names the file in messages. Raises ``InputError``."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError.one(where, "", error, "well-formed JSON") from None
        return cls.from_dict(values, where)


@dataclass(frozen=True)
class DetectedBurn:
    """A burn that was found in data.

    Parameters
    ----------
    start : ignition, or the middle of the time within which it must have been, as ``method`` says.
    end : cut-off, or ``None`` where only a jump is seen.
    duration_s : length, or ``None`` where only a jump is seen.
    delta_v_m_s : change of speed along the velocity, signed.
    delta_a_m : jump of the mean semi-major axis, signed.
    sigma_m_s : standard deviation of ``delta_v_m_s``.
    method : how it was found, one line.
    """

    start: Epoch
    end: Epoch | None
    duration_s: float | None
    delta_v_m_s: float
    delta_a_m: float
    sigma_m_s: float
    method: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "start": str(self.start),
            "end": None if self.end is None else str(self.end),
            "duration_s": self.duration_s,
            "delta_v_m_s": self.delta_v_m_s,
            "delta_a_m": self.delta_a_m,
            "sigma_m_s": self.sigma_m_s,
            "method": self.method,
        }
