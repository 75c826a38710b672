"""Legs between events: what they use up, that every ledger closes, and that a broken one is named."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import ConservationError
from stationkeeper.functions import attitude
from stationkeeper.functions.surroundings import surroundings_of
from stationkeeper.mission import legs
from stationkeeper.mission.answers import Evidence, answer_all
from stationkeeper.mission.conclude import snapshot
from stationkeeper.mission.folder import answer_json
from stationkeeper.mission.ledgers import book
from stationkeeper.mission.legs import leg_json, leg_of, live
from stationkeeper.mission.result import LedgerRow, Leg
from stationkeeper.scenario.load import load_scenario
from stationkeeper.scenario.walk import rehearse
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.load import load_station

START = Epoch.parse("2022-03-31T00:00:00Z")


def whole(station: str = "iss", at: Epoch = START) -> Configuration:
    return configuration_at(load_station(station), at)


def parted() -> Configuration:
    cfg = whole()
    return cfg.with_(links=tuple(x for x in cfg.links if x.id != "zarya-pma-1"))


def leg(cfg: Configuration, days: float) -> Leg:
    s = surroundings_of(cfg)
    assert s is not None
    return Leg(cfg.epoch, cfg.epoch.plus_days(days), {x.id: s for x in cfg.stacks()})


def gap(r: LedgerRow) -> float:
    return abs(r.gap) / max(1.0, abs(r.opening), abs(r.closing))


@settings(max_examples=15, deadline=None)
@given(days=st.floats(0.01, 120.0), split=st.booleans())
def test_every_row_of_a_leg_closes_and_mass_only_leaves(days: float, split: bool) -> None:
    cfg = parted() if split else whole()
    done = live(cfg, leg(cfg, days))
    assert all(gap(r) < 1e-9 for r in done.rows)
    assert done.after.mass_kg <= cfg.mass_kg
    assert len(done.after.crew) == len(cfg.crew)
    for before, after in ((cfg.tanks, done.after.tanks), (cfg.stores, done.after.stores)):
        assert [x.id for x in before] == [x.id for x in after]
        assert all(x.content_kg >= 0.0 for x in after)
    # what left the bodies is what the ledgers of mass say
    removed = math.fsum(r.removed for r in done.rows if r.ledger == "mass")
    assert cfg.mass_kg - done.after.mass_kg == pytest.approx(removed, abs=1e-6)


def test_the_ledgers_name_every_good_and_who_owns_a_tank() -> None:
    cfg = whole()
    rows = book([], [live(cfg, leg(cfg, 10.0))])
    assert {r.ledger for r in rows} >= {
        "propellant",
        "oxygen",
        "water",
        "food",
        "waste",
        "energy",
        "crew-days",
        "mass",
        "carbon dioxide",
    }
    assert all("(roscosmos)" in r.account for r in rows if r.ledger == "propellant")
    days = next(r for r in rows if r.ledger == "crew-days")
    assert days.added == pytest.approx(10.0 * len(cfg.crew))


def test_counters_go_on_from_leg_to_leg() -> None:
    cfg = whole()
    first = live(cfg, leg(cfg, 10.0))
    second = live(first.after, leg(first.after, 5.0))
    rows = [r for r in book([], [first, second]) if r.ledger == "crew-days"]
    assert rows[1].opening == rows[0].closing
    assert rows[1].closing == pytest.approx(15.0 * len(cfg.crew))


def test_a_ledger_that_does_not_close_is_named_with_its_leg(monkeypatch: pytest.MonkeyPatch) -> None:
    true = legs.live_on

    def leaks(stack: object, days: float) -> object:
        living = true(stack, days)  # type: ignore[arg-type]
        key = next(k for k, kg in living.stores.items() if k.startswith("") and kg > 1.0)
        return dataclasses.replace(living, stores={**living.stores, key: living.stores[key] - 1e-3})

    monkeypatch.setattr(legs, "live_on", leaks)
    cfg = whole()
    done = live(cfg, leg(cfg, 10.0))
    with pytest.raises(ConservationError) as e:
        book([], [done])
    assert "leg to 2022-04-10" in str(e.value)


def test_gyroscopes_without_thrusters_fill_and_the_stack_turns_freely() -> None:
    cfg = parted()
    usos = next(s for s in cfg.stacks() if s.id == "usos")
    h = attitude.hold(usos)
    assert h is not None
    assert h.hours_to_saturation is not None
    half = live(cfg, leg(cfg, 0.5 * h.hours_to_saturation.best / 24.0)).after
    there = next(s for s in half.stacks() if s.id == "usos")
    again = attitude.hold(there)
    assert again is not None
    assert again.hours_to_saturation is not None
    # half of it is taken; the air of the later date differs by a few percent
    assert again.hours_to_saturation.best == pytest.approx(0.5 * h.hours_to_saturation.best, rel=0.1)
    done = live(half, leg(half, 1.1 * again.hours_to_saturation.best / 24.0))
    full = next(s for s in done.after.stacks() if s.id == "usos")
    assert attitude.turns_freely(full)
    assert attitude.assess(full).status == "lost"
    assert any("turns freely" in n for n in done.notes)
    # the other half holds itself with thrusters and never does
    assert not attitude.turns_freely(next(s for s in done.after.stacks() if s.id == "ros"))


def test_thrusters_empty_the_gyroscopes() -> None:
    cfg = whole()
    assert all(r.best == 0.0 for r in live(cfg, leg(cfg, 30.0)).after.filled.values())


def test_a_leg_comes_back_from_its_file_with_every_digit() -> None:
    cfg = whole()
    one = leg(cfg, 7.0)
    two = leg_of(json.loads(json.dumps(leg_json(one))))
    assert (two.start, two.end) == (one.start, one.end)
    a, b = one.around["station"], two.around["station"]
    assert (a.density_kg_m3, a.drag_area_cd_m2) == (b.density_kg_m3, b.drag_area_cd_m2)
    assert a.orbit.semi_major_axis_m == b.orbit.semi_major_axis_m
    assert live(cfg, one).rows == live(cfg, two).rows


@pytest.mark.parametrize("station", ["skylab", "tiangong"])
def test_other_stations_live_too(station: str) -> None:
    data = load_station(station)
    at = {"skylab": "1973-12-15T00:00:00Z", "tiangong": "2023-01-15T00:00:00Z"}[station]
    cfg = configuration_at(data, Epoch.parse(at))
    done = live(cfg, leg(cfg, 10.0))
    assert all(gap(r) < 1e-9 for r in done.rows)
    assert any(r.ledger == "food" for r in done.rows)


def test_people_who_wait_behind_a_closed_hatch_are_not_counted_twice() -> None:
    """Shenzhou-16 docked on 2023-05-30 at 08:29, its crew came aboard at 10:22: the ledger of their days closes."""
    scenario, station, _ = load_scenario("tiangong-2022-wentian-lost")
    waiting = [
        h.after
        for h in rehearse(scenario, station)
        if any(c.aboard_since > h.at for c in h.after.crew) and h.after.epoch == h.at
    ]
    assert waiting
    cfg = waiting[-1]
    rows = live(cfg, leg(cfg, 2.0)).rows
    days = next(r for r in rows if r.ledger == "crew-days")
    assert days.removed > 0.1
    assert gap(days) < 1e-9


def test_answers_of_a_station_with_open_ends_are_json() -> None:
    """Tiangong's removal of carbon dioxide may last without end: no infinity in the files of a run."""
    scenario, station, _ = load_scenario("tiangong-2022-wentian-lost")
    log = rehearse(scenario, station)
    shots = [snapshot(log[-1].after, "end")]
    answers = answer_all(Evidence(scenario, log, shots, (), ()))
    assert any(a.value is not None and a.value.high is None for a in answers if a.question == "Q4")
    for a in answers:
        json.dumps(answer_json(a), allow_nan=False)
