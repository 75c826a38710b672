"""Life support: oxygen, carbon dioxide, water."""

import pytest

from stationkeeper.functions import life_support


def test_all_three_loops_are_there(lacking) -> None:
    a = life_support.assess(lacking())
    assert a.status == "nominal"
    assert a.reasons[-1] == "7 people live in it"
    assert "nobody published" in a.not_modelled


@pytest.mark.parametrize(
    ("kind", "says"), [("oxygen", "makes oxygen"), ("co2", "removes carbon dioxide"), ("water", "recovers water")]
)
def test_a_missing_loop_is_named(lacking, kind: str, says: str) -> None:
    a = life_support.assess(lacking(kind))
    assert a.status == "degraded"
    assert f"nothing in it {says}" in a.reasons


def test_without_any_only_stores_are_left(lacking) -> None:
    assert life_support.assess(lacking("oxygen", "co2", "water")).status == "lost"


def test_an_empty_part_says_so(at) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(crew=())
    assert life_support.assess(cfg.stacks()[0]).reasons[-1] == "nobody is aboard it"
