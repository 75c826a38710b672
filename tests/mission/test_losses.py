"""What may be lost, how it is named, and the station without it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.functions.assessment import providers
from stationkeeper.mission.losses import LIKELIHOOD, find, things, without, without_partner
from stationkeeper.station.configuration import Configuration

DATE = "2022-03-07T12:00:00Z"


def test_everything_has_a_name_a_kind_and_a_class(at: Callable[[str], Configuration]) -> None:
    known = things(at(DATE))
    kinds = {t.kind for t in known.values()}
    assert kinds == {"partner", "vehicle", "element", "equipment", "joint"}
    assert {t.likelihood for t in known.values()} <= set(LIKELIHOOD)
    assert known["progress-ms-18"].likelihood < known["ogs"].likelihood < known["cmg"].likelihood
    assert known["cmg"].likelihood < known["roscosmos"].likelihood < known["zvezda"].likelihood


def test_a_partner_that_has_announced_its_leaving_is_likelier_to_go(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    state = cfg.partners["roscosmos"]
    said = cfg.with_(partners={**cfg.partners, "roscosmos": type(state)("announced", state.since)})
    assert things(said)["roscosmos"].likelihood < things(cfg)["roscosmos"].likelihood


@pytest.mark.parametrize(
    ("word", "ids"),
    [
        ("roscosmos", ["roscosmos"]),
        ("Roscosmos", ["roscosmos"]),
        ("National Aeronautics and Space Administration", ["nasa"]),
        ("soyuz ms-19", ["soyuz-ms-19"]),
        ("Control moment gyroscopes", ["cmg"]),
        ("zvezda", ["zvezda"]),
        ("zarya-pma-1", ["zarya-pma-1"]),
        ("progress-ms", ["progress-ms-18", "progress-ms-19"]),
        ("Progress MS", ["progress-ms-18", "progress-ms-19"]),
    ],
)
def test_names_and_ids_find_the_same(at: Callable[[str], Configuration], word: str, ids: list[str]) -> None:
    assert sorted(t.id for t in find(at(DATE), word)) == ids


@pytest.mark.parametrize(
    ("word", "says"),
    [("zwezda", "Did you mean 'zvezda'"), ("soyuz-ms-22", "there on 2022-03-07"), ("", "found ''"), ("x\x1b[2J", "x")],
)
def test_what_is_not_there_is_refused(at: Callable[[str], Configuration], word: str, says: str) -> None:
    with pytest.raises(InputError) as e:
        find(at(DATE), word)
    assert says in str(e.value)
    assert "\x1b" not in str(e.value)


def test_a_lost_vehicle_stays_as_dead_mass_without_its_tank(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    gone = without(cfg, find(cfg, "progress-ms-18"))
    assert gone.mass_kg == cfg.mass_kg
    assert {t.id for t in cfg.tanks} - {t.id for t in gone.tanks} == {"progress-ms-18-propellant"}
    assert not any(p.works for p in providers(gone.stacks()[0], "reboost") if p.id == "progress-ms-18")


def test_a_lost_element_takes_its_equipment_tanks_and_stores(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    gone = without(cfg, find(cfg, "zvezda"))
    assert "zvezda-tanks" not in {t.id for t in gone.tanks}
    held = {x.id for x in cfg.station.store if x.element == "zvezda"}
    assert held and not held & {x.id for x in gone.stores}
    assert not any(p.works for p in providers(gone.stacks()[0], "life_support") if p.place == "zvezda")


def test_a_joint_opens_and_nothing_else_changes(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    apart = without(cfg, find(cfg, "zarya-pma-1"))
    assert len(apart.stacks()) == 2
    assert apart.mass_kg == cfg.mass_kg and apart.tanks == cfg.tanks


def test_nothing_lost_is_the_same_and_a_partner_is_one_of_the_losses(at: Callable[[str], Configuration]) -> None:
    cfg = at(DATE)
    assert without(cfg, []) is cfg
    assert without(cfg, find(cfg, "spacex")) == without_partner(cfg, "spacex")
    assert {d.visit for d in without_partner(cfg, "spacex").docked if d.state == "lost"} == {"crew-3"}
