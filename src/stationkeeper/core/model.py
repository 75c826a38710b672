"""The strict base of everything that is read from a file, and numbers that carry their evidence."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, GetPydanticSchema, model_validator
from pydantic_core import core_schema

from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.errors import Refused, plain


class Model(BaseModel):
    """Strict, closed and frozen: an unknown key, a wrong type or a number that is not finite is an error."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )


def _to_epoch(value: object) -> Epoch:
    if isinstance(value, Epoch):
        return value
    if isinstance(value, str):
        return Epoch.parse(value)
    if isinstance(value, datetime):
        return Epoch.from_datetime(value)
    if isinstance(value, date):
        raise Refused(
            f"'{value}', a day without a time", "a UTC time", f"Write {value}T00:00:00Z for its first moment."
        )
    raise Refused(plain(value), "a UTC time such as 2022-03-30T07:21:00Z")


def _to_when(value: object) -> When:
    if isinstance(value, When):
        return value
    if isinstance(value, str):
        return When(value)
    if isinstance(value, datetime):
        return When(Epoch.from_datetime(value).isoformat())
    if isinstance(value, date):
        return When(value.isoformat())
    raise Refused(plain(value), "a UTC date or time: 2022-03-30T07:21Z, 2022-03-30 or 2022-03")


def _plain(convert: Any, description: str) -> GetPydanticSchema:
    return GetPydanticSchema(
        lambda _source, _handler: core_schema.no_info_plain_validator_function(
            convert,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
            json_schema_input_schema=core_schema.str_schema(
                metadata={"pydantic_js_updates": {"description": description}}
            ),
        )
    )


UtcTime = Annotated[Epoch, _plain(_to_epoch, "UTC time, ISO 8601 with Z, e.g. 2022-03-30T07:21:00Z")]
"""An instant in a file: ISO 8601 with a zone; naive times are refused."""

VagueDate = Annotated[
    When, _plain(_to_when, "UTC time, day (2022-03-30) or month (2022-03); a trailing ? means doubtful")
]
"""A date in a file: to the minute, the day or the month."""


def of_length(count: int, what: str) -> BeforeValidator:
    """A list of exactly so many entries; TOML gives lists, which strict mode would refuse for a tuple."""

    def check(value: object) -> object:
        if not isinstance(value, (list, tuple)) or len(value) != count:
            raise Refused(plain(value), what)
        return tuple(value)

    return BeforeValidator(check)


Triple = Annotated[tuple[float, float, float], of_length(3, "a list of three numbers, such as [1.0, 0.0, 0.0]")]


def like(pattern: str, words: str) -> GetPydanticSchema:
    """Text that matches a pattern from end to end; the message gives the pattern in words."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise Refused(f"'{value}'", words)
        return value

    return GetPydanticSchema(
        lambda _source, handler: core_schema.no_info_after_validator_function(check, handler(str)),
        lambda schema, handler: {**handler(schema), "pattern": f"^{pattern}$", "description": words},
    )


Identifier = Annotated[
    str, like(r"[a-z0-9][a-z0-9.-]{0,63}", "an id of small letters, digits, dots and hyphens, at most 64")
]
Line = Annotated[str, like(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,160}", "one line of text of at most 160 characters")]
Pair = Annotated[tuple[Identifier, Identifier], of_length(2, "a list of two ids")]
Confidence = Literal["high", "medium", "low", "from-memory", "derived", "assumed"]


class Claimed(Model):
    """A rival value that another source gives for the same number."""

    value: float
    source: list[str] = Field(min_length=1)
    note: str = ""


class Quantity(Model):
    """A number with its evidence. The unit is the suffix of the key that holds it (``mass_kg``, ``thrust_n``).

    ``value`` may be left out where only a range is known; ``low`` and ``high`` bound it. ``confidence`` says how it
    is known; ``assumed`` marks what nobody published, and then a range is required. ``conflicts`` keeps rival values.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    source: list[str] = Field(min_length=1)
    as_of: VagueDate
    confidence: Confidence
    note: str = ""
    conflicts: list[Claimed] = Field(default_factory=list)

    @model_validator(mode="after")
    def _ordered(self) -> Quantity:
        if self.value is None and (self.low is None or self.high is None):
            raise Refused("neither a value nor a range", "value, or both low and high")
        known = {k: v for k in ("low", "value", "high") if (v := getattr(self, k)) is not None}
        if list(known.values()) != sorted(known.values()):
            found = ", ".join(f"{k} = {v:g}" for k, v in known.items())
            raise Refused(found, "low <= value <= high", "Swap the ends of the range, or mend the value.")
        if self.confidence == "assumed" and (self.low is None or self.high is None):
            raise Refused("confidence = 'assumed' without a range", "both low and high", "Say how far off it may be.")
        return self

    @property
    def best(self) -> float:
        """The value, or the middle of the range where only a range is known."""
        if self.value is not None:
            return self.value
        return 0.5 * (self.bounds[0] + self.bounds[1])

    @property
    def bounds(self) -> tuple[float, float]:
        """Range over the stated bounds and all rival values."""
        values = [v for v in (self.low, self.value, self.high) if v is not None] + [c.value for c in self.conflicts]
        return min(values), max(values)


def _at_least(q: Quantity, strict: bool) -> Quantity:
    low = q.bounds[0]
    if low < 0.0 or (strict and low == 0.0):
        raise Refused(
            f"{low:g}",
            "a number above zero" if strict else "a number of at least zero",
            "Check the sign and the range.",
        )
    return q


Positive = Annotated[Quantity, AfterValidator(lambda q: _at_least(q, True))]
"""A number with its evidence that is above zero over its whole range."""

NotNegative = Annotated[Quantity, AfterValidator(lambda q: _at_least(q, False))]
"""A number with its evidence that is zero or more over its whole range."""
