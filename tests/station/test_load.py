"""Stations from files: packaged ones, a user's own, and those in fragments."""

from pathlib import Path

import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.toml import parse_toml
from stationkeeper.station.load import load_station, merge_tables, packaged_stations, read_station

HUT = Path(__file__).parent.parent / "hut.toml"


def test_the_packaged_stations_load() -> None:
    assert {"iss", "skylab"} <= set(packaged_stations())
    assert [load_station(s).station.id for s in packaged_stations()] == packaged_stations()


def test_a_station_of_ones_own_loads_by_its_path() -> None:
    hut = load_station(str(HUT))
    assert hut.station.id == "hut"
    assert [e.id for e in hut.element] == ["core", "lab"]


def test_shared_vehicles_come_with_their_sources_and_only_if_used() -> None:
    hut = load_station(str(HUT))
    assert {v.id for v in hut.vehicle} == {"soyuz-ms", "progress-ms"}
    assert {k for v in hut.vehicle for k in v.source} <= {s.key for s in hut.source}


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "hut.toml"
    path.write_text(HUT.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_station(str(path)).station.name == "Hut"
    path.write_text(HUT.read_text(encoding="utf-8").replace('name = "Hut"', 'name = "Cabin"'), encoding="utf-8")
    assert load_station(str(path)).station.name == "Cabin"


def test_fragments_make_the_same_station(tmp_path: Path) -> None:
    head, visits = HUT.read_text(encoding="utf-8").split("[[visit]]", 1)
    (tmp_path / "a.toml").write_text(head, encoding="utf-8")
    (tmp_path / "b.toml").write_text("[[visit]]" + visits, encoding="utf-8")
    assert load_station(str(tmp_path)) == load_station(str(HUT))


def test_the_origin_of_every_entry_is_known() -> None:
    a, b = Path("a.toml"), Path("b.toml")
    merged, origin = merge_tables({a: {"x": [1], "s": {}}, b: {"x": [2, 3]}})
    assert merged == {"x": [1, 2, 3], "s": {}}
    assert origin["x"] == [(a, 0), (b, 0), (b, 1)]


def test_a_folder_without_files_is_no_station(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder without TOML files"):
        read_station(tmp_path)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "hut.toml"
    text = (
        HUT.read_text(encoding="utf-8")
        .replace('owner = "agency"', 'owner = "agenzy"')
        .replace('\nelement = "core"', '\nelement = "kore"')
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as e:
        load_station(str(path))
    assert {p.key for p in e.value.problems} == {"element[0].owner", "element[1].owner", "port[0].element"}
    assert all(p.line > 0 for p in e.value.problems)
    assert parse_toml(text, "x")["port"][0]["element"] == "kore"
