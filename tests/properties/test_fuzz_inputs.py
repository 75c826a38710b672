"""Damaged files are valid or refused with a message: nothing else ever comes out of a reader.

The mutations are those of ``scripts/fuzz.py``, which tries many more of them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.cli.common import parse_when
from stationkeeper.core.epoch import Epoch, When
from stationkeeper.core.errors import InputError
from stationkeeper.core.toml import line_of, parse_toml, toml_string
from stationkeeper.core.validation import validate
from stationkeeper.scenario.schema import Scenario

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("fuzz", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


def test_a_damaged_file_is_valid_or_refused(fuzz: ModuleType, tmp_path: Path) -> None:
    odd = []
    for seed in range(300):
        kind, said, _ = fuzz.try_one(seed, tmp_path)
        if said not in ("valid", "refused"):
            odd.append(f"seed {seed}, {kind}: {said}")
    assert not odd, "\n".join(odd)


def test_the_mutations_still_make_both(fuzz: ModuleType, tmp_path: Path) -> None:
    said = {fuzz.try_one(seed, tmp_path)[1] for seed in range(60)}
    assert said == {"valid", "refused"}


@settings(max_examples=200)
@given(
    st.text(max_size=40)
    | st.from_regex(r"[0-9]{1,5}-[0-9]{1,3}(-[0-9]{1,3})?(T[0-9:.]{1,14})?(Z|[+-][0-9:]{1,6}|\\?)?", fullmatch=True)
)
def test_any_text_is_a_date_or_is_refused(text: str) -> None:
    try:
        assert isinstance(parse_when(text, "--at"), Epoch)
    except InputError as e:
        assert "--at: found" in str(e)
        assert str(e).isprintable()
    try:
        a, b = When(text).span()
        assert a <= When(text).epoch <= b
        assert str(a) <= str(b)
    except ValueError as e:
        assert str(e)


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_text_survives_toml(text: str) -> None:
    written = toml_string(text)
    assert "\n" not in written
    read = parse_toml(f"x = {written}\ny = 1", "x.toml")
    assert read["y"] == 1
    if text.isprintable():
        assert read["x"] == text


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["id", "title", "start", "end", "initial", "policies", "outlook", "flight", "event", "questions", "source", "x"]
)


@settings(max_examples=200)
@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_data_are_a_scenario_or_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"any\.toml"):
        validate(Scenario, {"schema": "stationkeeper.scenario/1", **data}, "any.toml")


@settings(max_examples=200)
@given(st.text(max_size=200), st.text(alphabet="abc[]01.", max_size=12))
def test_a_line_is_always_one_of_the_file(text: str, key: str) -> None:
    assert 0 <= line_of(text, key) <= len(text.splitlines())
