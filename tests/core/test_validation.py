"""What pydantic finds, in words."""

from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from stationkeeper.core.errors import InputError, Refused
from stationkeeper.core.model import Identifier, Line, Model, NotNegative, Positive, Triple, UtcTime, VagueDate
from stationkeeper.core.validation import validate


class Cat(Model):
    kind: Literal["cat"]
    at: UtcTime
    lives: int = Field(default=9, ge=1, le=9)


class Dog(Model):
    kind: Literal["dog"]
    leash_m: float = Field(gt=0)


class Zoo(Model):
    schema_: Literal["zoo/1"] = Field(alias="schema")
    id: Identifier
    title: Line = "A zoo"
    place_m: Triple = (0.0, 0.0, 0.0)
    opened: VagueDate | None = None
    mass_kg: Positive | None = None
    rest_kg: NotNegative | None = None
    animal: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(default_factory=list, max_length=2)

    @model_validator(mode="after")
    def _named(self) -> "Zoo":
        if self.id == "nowhere":
            raise Refused("'nowhere'", "a place", "Name one.", "id")
        return self


GOOD = {"schema": "zoo/1", "id": "x"}
CAT = {"kind": "cat", "at": "2022-03-30T07:21:00Z"}
MASS = {"source": ["A"], "as_of": "2022-03", "confidence": "low"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"id": "nowhere"}, "id: found 'nowhere'; expected a place. Name one."),
        ({"id": "Not an id"}, "id: found 'Not an id'; expected an id of small letters"),
        ({"id": 3}, "id: found 3; expected text in quotes"),
        ({"title": "two\nlines"}, "title: found 'two\\nlines'; expected one line"),
        ({"animals": []}, "animals: found the unknown key 'animals'"),
        ({"animals": []}, "Did you mean 'animal'?"),
        ({"place_m": [1.0, 2.0]}, "place_m: found [1.0, 2.0]; expected a list of three numbers"),
        ({"place_m": [1.0, 2.0, "3"]}, "place_m[2]: found '3'; expected a number. Write the bare number"),
        ({"place_m": [1.0, 2.0, float("nan")]}, "place_m[2]: found nan; expected a finite number"),
        ({"opened": 2022}, "opened: found 2022; expected a UTC date or time"),
        ({"mass_kg": {**MASS, "value": 0.0}}, "mass_kg: found 0; expected a number above zero"),
        ({"rest_kg": {**MASS, "value": -1.0}}, "rest_kg: found -1; expected a number of at least zero"),
        ({"mass_kg": 3.0}, "mass_kg: found 3.0; expected a table with source, as_of, confidence"),
        ({"animal": 1}, "animal: found 1; expected a list"),
        ({"animal": [CAT] * 3}, "animal: found 3 entries; expected at most 2"),
        ({"animal": [{"kind": "cta"}]}, "animal[0].kind: found 'cta'; expected one of cat, dog. Did you mean 'cat'?"),
        ({"animal": [{}]}, "animal[0].kind: found nothing; expected one of cat, dog"),
        ({"animal": [{**CAT, "at": "2022-03-30"}]}, "animal[0].at: found '2022-03-30', which is not a time"),
        (
            {"animal": [{**CAT, "lives": 10}]},
            "animal[0].lives: found 10; expected a number of at least 1 and at most 9",
        ),
        ({"animal": [{**CAT, "lives": 1.5}]}, "animal[0].lives: found 1.5; expected a whole number"),
        ({"animal": [CAT, {"kind": "dog"}]}, "animal[1].leash_m: found nothing; expected this key"),
        ({"animal": [{"kind": "dog", "leash_m": 0}]}, "animal[0].leash_m: found 0; expected a number above 0"),
        ({"animal": [{"kind": "dog", "leash_m": 1, "leash_ft": 3}]}, "Did you mean 'leash_m'? Convert the number"),
        ({"schema": "zoo/2"}, "schema: found 'zoo/2'; expected 'zoo/1'"),
        ({"schema": "farm/1"}, "a file of another kind"),
    ],
)
def test_the_message(data: dict[str, object], says: str) -> None:
    with pytest.raises(InputError) as e:
        validate(Zoo, {**GOOD, **data}, "zoo.toml")
    assert says in str(e.value)
    assert str(e.value).startswith("zoo.toml: ")


def test_what_is_right_passes() -> None:
    zoo = validate(Zoo, {**GOOD, "animal": [CAT], "mass_kg": {**MASS, "value": 1.0}, "opened": "2022-03"}, "zoo.toml")
    assert zoo.animal[0].kind == "cat"
    assert validate(Zoo, {**GOOD, "place_m": [1, 2, 3]}, "zoo.toml").place_m == (1.0, 2.0, 3.0)
