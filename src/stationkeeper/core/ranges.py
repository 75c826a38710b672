"""A number with its range, and arithmetic that keeps the range: for sums, products and quotients of numbers above zero."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stationkeeper.core.model import Quantity


@dataclass(frozen=True, slots=True)
class Range:
    """Best value with the low and high end of what it may be; ``low <= best <= high``.

    Ends are combined as if all errors pulled the same way, so ranges are bounds, not standard deviations.
    """

    best: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.best <= self.high:
            raise ValueError(f"not a range: {self.low} <= {self.best} <= {self.high}")

    @classmethod
    def exact(cls, value: float) -> Range:
        """A number without a range."""
        return cls(value, value, value)

    @classmethod
    def of(cls, quantity: Quantity) -> Range:
        """The best value of a quantity and the range over its bounds and all rival values."""
        low, high = quantity.bounds
        return cls(quantity.best, low, high)

    @classmethod
    def total(cls, parts: Iterable[Range]) -> Range:
        """Sum; zero for nothing."""
        parts = list(parts)
        return cls(*(math.fsum(getattr(p, end) for p in parts) for end in ("best", "low", "high")))

    def __add__(self, other: Range) -> Range:
        return Range(self.best + other.best, self.low + other.low, self.high + other.high)

    def __sub__(self, other: Range) -> Range:
        return Range(self.best - other.best, self.low - other.high, self.high - other.low)

    def scaled(self, k: float) -> Range:
        """Times a number; a negative one swaps the ends."""
        ends = sorted((k * self.low, k * self.high))
        return Range(k * self.best, ends[0], ends[1])

    def times(self, other: Range) -> Range:
        """Product of two ranges at or above zero."""
        return Range(self.best * other.best, self.low * other.low, self.high * other.high)

    def over(self, other: Range) -> Range:
        """Quotient of two ranges at or above zero; infinite where the divisor reaches zero."""
        return Range(_ratio(self.best, other.best), _ratio(self.low, other.high), _ratio(self.high, other.low))

    def at_least(self, floor: float) -> Range:
        """Cut off below."""
        return Range(max(self.best, floor), max(self.low, floor), max(self.high, floor))

    def at_most(self, ceiling: float) -> Range:
        """Cut off above."""
        return Range(min(self.best, ceiling), min(self.low, ceiling), min(self.high, ceiling))


def _ratio(a: float, b: float) -> float:
    if b == 0.0:
        return math.inf if a > 0.0 else 0.0
    return a / b
