"""A configuration as data and as text."""

import json
from pathlib import Path

from stationkeeper.core.epoch import Epoch
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.describe import as_dict, as_text, attachment, outside, walk_tree
from stationkeeper.station.load import read_station

HUT = read_station(Path(__file__).parent.parent / "hut.toml")
CFG = configuration_at(HUT, Epoch.parse("2020-04-10T00:00:00Z"))


def test_the_tree_starts_at_the_main_element() -> None:
    assert list(walk_tree(CFG)) == [("core", None, 0), ("lab", "core", 1), ("soyuz-1", "core", 1)]
    assert attachment(CFG) == {"lab": "core", "soyuz-1": "core"}


def test_a_part_that_floats_free_has_a_root_of_its_own() -> None:
    apart = CFG.with_(links=tuple(x for x in CFG.links if x.joint is None))
    assert [(n, above) for n, above, _ in walk_tree(apart)] == [("core", None), ("soyuz-1", "core"), ("lab", None)]


def test_the_data_are_plain_json() -> None:
    shown = json.loads(json.dumps(as_dict(CFG), allow_nan=False))
    assert shown["at"] == "2020-04-10T00:00:00Z"
    assert [e["id"] for e in shown["elements"]] == ["core", "lab"]
    assert shown["elements"][1]["mass"]["confidence"] == "assumed"
    assert shown["ports"][0]["occupied_by"] == "soyuz-1"
    person = shown["crew"][0]
    assert (person["days_aboard"], person["days_in_space"], person["seat_vehicle"]) == (38, 39, "soyuz-1")
    assert shown["mass_range_kg"][0] < shown["mass_kg"] < shown["mass_range_kg"][1]
    assert {s["key"] for s in shown["sources"]} == {"ASM"}


def test_the_text_says_the_same() -> None:
    text = as_text(CFG)
    assert text.startswith("Hut on 2020-04-10T00:00:00Z\n")
    assert "  == ring == Laboratory  [AA]  10.00 t" in text
    assert "Soyuz 1" in text.split("Ports")[1].split("People")[0]
    assert "First Person" in text
    assert "nobody" in as_text(CFG.with_(crew=()))
    assert "NO SEAT" in as_text(CFG.with_(docked=()))


def test_a_day_outside_the_span_is_marked() -> None:
    assert outside(HUT, CFG.epoch) == []
    late = configuration_at(HUT, Epoch.parse("2022-01-01T00:00:00Z"))
    assert "2020-01-01 to 2021-01-01" in outside(HUT, late.epoch)[0]
    assert f"! {outside(HUT, late.epoch)[0]}" in as_text(late)


def test_a_day_before_the_station_shows_nothing() -> None:
    before = configuration_at(HUT, Epoch.parse("2019-01-01T00:00:00Z"))
    assert as_dict(before)["elements"] == []
    assert "mass 0.0 t" in as_text(before)
