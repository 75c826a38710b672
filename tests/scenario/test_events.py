"""Rulings and effects of events in the ISS of 2022."""

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.scenario.events import (
    AssignSeat,
    CrewLaunch,
    CrewReturn,
    Delivery,
    Detach,
    Dock,
    FunctionFailed,
    LaunchSiteClosed,
    PartnerWithdraws,
    Reboost,
    Relocate,
    Undock,
    VehicleLost,
)
from stationkeeper.scenario.walk import happen


def on(text: str) -> Epoch:
    return Epoch.parse(text)


def test_one_seat_is_short_when_ms19_leaves_with_its_two_cosmonauts(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    assert (len(cfg.crew), seat_table(cfg.stacks()[0]).seats) == (7, 7)
    h = happen(
        cfg,
        CrewReturn(
            kind="crew_return", at=on("2022-03-07T12:00:00Z"), visit="soyuz-ms-19", crew=["shkaplerov", "dubrov"]
        ),
    )
    assert h.ruling.verdict == "possible"
    assert any("no seat home (Mark Vande Hei)" in b for b in h.ruling.breaks)
    t = seat_table(h.after.stacks()[0])
    assert (t.people, t.seats, t.short, t.without) == (5, 4, 1, ("Mark Vande Hei",))


def test_the_joint_between_the_segments_does_not_open_without_steps(at) -> None:
    cfg = at("2022-03-30T06:00:00Z")
    h = happen(cfg, Detach(kind="detach", at=on("2022-03-30T12:00:00Z"), joint="zarya-pma-1"))
    assert h.ruling.verdict == "possible_after_steps"
    assert not h.applied
    kinds = {s.kind for s in h.ruling.steps}
    assert {"spacewalk", "hatch", "agreement"} <= kinds
    assert h.ruling.said
    assert h.ruling.source


def test_a_forced_cut_gives_two_stacks_that_share_everything_out(at) -> None:
    cfg = at("2022-03-30T06:00:00Z")
    h = happen(cfg, Detach(kind="detach", at=on("2022-03-30T12:00:00Z"), joint="zarya-pma-1", force=True))
    assert h.forced
    stacks = h.after.stacks()
    assert [s.id for s in stacks] == ["usos", "ros"]
    assert sum(s.mass_kg for s in stacks) == pytest.approx(cfg.mass_kg, rel=1e-12)
    assert sorted(m for s in stacks for m in s.members) == sorted(cfg.nodes)
    assert sorted(c.name for s in stacks for c in s.crew) == sorted(c.name for c in cfg.crew)
    assert sorted(t.id for s in stacks for t in s.tanks) == sorted(t.id for t in cfg.tanks)
    # NASA and others put the Russian segment without vehicles at 75 to 85 t; here with two Soyuz and two Progress
    assert (
        75e3 < stacks[1].mass_kg - sum(stacks[1].configuration.nodes[d.visit].mass_kg for d in stacks[1].docked) < 85e3
    )


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (Dock(kind="dock", at=on("2022-03-07T00:00:00Z"), visit="cygnus-x", vehicle="cygnus", port="zvezda-aft"), "does not fit"),
        (Dock(kind="dock", at=on("2022-03-07T00:00:00Z"), visit="p", vehicle="progress-ms", port="poisk-zenith"), "is occupied by Progress MS-19"),
        (Dock(kind="dock", at=on("2022-03-07T00:00:00Z"), visit="p", vehicle="progress-ms", port="prichal-fwd"), "cannot be used"),
        (Dock(kind="dock", at=on("2022-03-07T00:00:00Z"), visit="p", vehicle="progress-ms", port="nowhere"), "there is no port"),
        (Undock(kind="undock", at=on("2022-03-07T00:00:00Z"), visit="soyuz-ms-22"), "is not docked"),
        (Relocate(kind="relocate", at=on("2022-03-07T00:00:00Z"), visit="soyuz-ms-19", port="harmony-zenith"), "does not fit"),
        (CrewLaunch(kind="crew_launch", at=on("2022-03-07T00:00:00Z"), visit="s", vehicle="soyuz-ms", port="prichal-nadir", crew=["chari"]), "aboard already"),
        (CrewReturn(kind="crew_return", at=on("2022-03-07T00:00:00Z"), visit="soyuz-ms-19", crew=["rubio"]), "not aboard"),
        (Reboost(kind="reboost", at=on("2022-03-07T00:00:00Z"), by="crew-3-endurance-x", delta_v_m_s=1.0), "no engine"),
        (Reboost(kind="reboost", at=on("2022-03-07T00:00:00Z"), by="progress-ms-18", delta_v_m_s=50.0), "hold at most"),
        (Detach(kind="detach", at=on("2022-03-07T00:00:00Z"), joint="no-such-joint"), "no closed joint"),
        (PartnerWithdraws(kind="partner_withdraws", at=on("2022-03-07T00:00:00Z"), partner="atlantis"), "no partner"),
        (VehicleLost(kind="vehicle_lost", at=on("2022-03-07T00:00:00Z"), visit="mir"), "not docked"),
        (Delivery(kind="delivery", at=on("2022-03-07T00:00:00Z"), from_tank="a", to_tank="b", propellant_kg=1.0), "no tank"),
        (LaunchSiteClosed(kind="launch_site_closed", at=on("2022-03-07T00:00:00Z"), site="plesetsk-x"), "no visit starts"),
        (FunctionFailed(kind="function_failed", at=on("2022-03-07T00:00:00Z"), what="warp-core"), "there is no equipment"),
        (AssignSeat(kind="assign_seat", at=on("2022-03-07T00:00:00Z"), person="rubio", visit="soyuz-ms-19"), "not aboard"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_ruled_out_with_the_reason(at, event, says) -> None:
    h = happen(at("2022-03-07T00:00:00Z"), event)
    assert h.ruling.verdict == "impossible"
    assert any(says in r for r in h.ruling.reasons), h.ruling.reasons
    assert not h.applied
    assert h.after.nodes == h.before.nodes


def test_dragon_had_not_raised_a_station_in_2022(at) -> None:
    h = happen(
        at("2022-07-20T00:00:00Z"), Reboost(kind="reboost", at=on("2022-07-20T00:00:00Z"), by="crs-25", delta_v_m_s=0.3)
    )
    assert h.ruling.verdict == "not_known"
    assert any("had not been used" in r for r in h.ruling.reasons)


def test_leaving_the_partnership_takes_notice(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    h = happen(cfg, PartnerWithdraws(kind="partner_withdraws", at=on("2022-03-07T00:00:00Z"), partner="roscosmos"))
    assert h.ruling.verdict == "possible_after_steps"
    assert h.ruling.steps[0].kind == "agreement"
    forced = happen(
        cfg, PartnerWithdraws(kind="partner_withdraws", at=on("2022-03-07T00:00:00Z"), partner="roscosmos", force=True)
    )
    assert any("attitude" in e for e in forced.outcome.effects)
    announced = happen(
        cfg,
        PartnerWithdraws(
            kind="partner_withdraws", at=on("2022-03-07T00:00:00Z"), partner="roscosmos", stage="announced"
        ),
    )
    assert announced.ruling.verdict == "possible"
    assert announced.outcome.effects == ("nothing changes aboard",)


def test_a_burn_books_its_propellant_once(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    h = happen(cfg, Reboost(kind="reboost", at=on("2022-03-07T12:00:00Z"), by="progress-ms-18", delta_v_m_s=0.41))
    burned = cfg.mass_kg - h.after.mass_kg
    tanks = sum(t.content_kg for t in cfg.tanks) - sum(t.content_kg for t in h.after.tanks)
    assert burned == pytest.approx(tanks, rel=1e-9)
    # rocket equation by hand: 460 t, 0.41 m/s, specific impulse near 285 s
    assert burned == pytest.approx(460_600 * 0.41 / (285 * 9.80665), rel=0.1)


def test_ms22_leak_leaves_three_without_a_safe_seat(at) -> None:
    cfg = at("2022-12-20T00:00:00Z")
    t = seat_table(cfg.stacks()[0])
    assert (t.people, t.seats, t.short) == (7, 4, 3)
    assert set(t.without) == {"Sergey Prokopyev", "Dmitry Petelin", "Francisco Rubio"} or len(t.without) == 3


def test_july_2022_has_a_seat_for_each(at) -> None:
    t = seat_table(at("2022-07-04T00:00:00Z").stacks()[0])
    assert (t.people, t.seats, t.short, t.without) == (7, 7, 0, ())
