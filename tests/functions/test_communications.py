"""Communications: main radios, reserves, antennas that go with their partner, silences, and stations that say little."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.functions import communications
from stationkeeper.functions.communications import duration, links, percent
from stationkeeper.station.configuration import Configuration, PartnerState, Stack, configuration_at
from stationkeeper.station.load import load_station, read_station
from stationkeeper.station.schema import Equipment, Station

HUT = Path(__file__).parents[1] / "hut.toml"
STATUS = {"nominal": 0, "degraded": 1, "lost": 2}


def without(cfg: Configuration, *partners: str) -> Configuration:
    return cfg.with_(partners={**cfg.partners, **{p: PartnerState("gone", cfg.epoch) for p in partners}})


def test_main_radios_reach_the_ground(lacking) -> None:
    a = communications.assess(lacking())
    assert a.status == "nominal"
    assert "contact times are what the orbit allows" in a.not_modelled
    assert a.margin is not None
    assert (a.margin.key, a.margin.value, a.margin.unit) == ("command_share", 100.0, "%")
    assert a.figure("command_gap").value == 0.0
    assert "NSSDC-TDRS" in a.source


def test_without_radios_it_is_mute(lacking) -> None:
    assert communications.assess(lacking("radio")).status == "lost"


def test_reserves_alone_are_poorer(lacking, iss) -> None:
    stack = lacking()
    backup = [
        q.model_copy(update={"services": [s.model_copy(update={"mode": "backup"}) for s in q.services]})
        if q.kind == "radio"
        else q
        for q in iss.equipment
    ]
    cfg = stack.configuration.with_(station=iss.model_copy(update={"equipment": backup}))
    a = communications.assess(cfg.stacks()[0])
    assert a.status == "degraded"
    assert a.reasons[-1] == "only reserves carry commands, 100 % of the time"


def test_the_us_half_keeps_its_relays_and_the_russian_half_is_left_with_its_own_sites(halves) -> None:
    us, ru = (communications.assess(s) for s in halves)
    assert us.status == "nominal"
    assert us.figure("command_gap").value == 0.0
    # designed with the relays of the other side; its own sites lie in one country
    assert ru.status == "degraded"
    share, gap = ru.figure("command_share"), ru.figure("command_gap")
    assert 7.0 < share.low < share.value < share.high < 13.0
    assert 500.0 < gap.low < gap.value < gap.high < 700.0
    assert ru.figure("voice_partner_nasa_share").value > 0.0
    assert "longest silence lasts 10." in ru.reasons[-1]
    assert {a.operator for a in communications.antennas(halves[1], carries="command")} == {"roscosmos"}


def test_antennas_go_with_their_partner(at) -> None:
    cfg = at("2022-03-07T00:00:00Z")
    both, us, ru = (
        communications.assess(c.stacks()[0]) for c in (cfg, without(cfg, "roscosmos"), without(cfg, "nasa"))
    )
    assert [a.status for a in (both, us, ru)] == ["nominal", "nominal", "degraded"]
    assert "its operator has left" in " ".join(us.reasons)
    assert us.figure("command_partner_roscosmos_share") is None
    none = communications.assess(without(cfg, "nasa", "roscosmos", "esa").stacks()[0])
    assert none.status == "lost"


def test_a_radio_without_anybody_on_the_ground_is_of_no_use(at, iss: Station) -> None:
    """Zvezda's radio works; all sites and relays have ended."""
    cfg = at("2022-03-07T00:00:00Z")
    ended = iss.model_copy(
        update={
            "ground_site": [g.model_copy(update={"until": iss.station.covers_from}) for g in iss.ground_site],
            "relay": [r.model_copy(update={"until": iss.station.covers_from}) for r in iss.relay],
        }
    )
    a = communications.assess(cfg.with_(station=ended).stacks()[0])
    assert a.status == "lost"
    assert a.reasons[-1].endswith("would work, but no ground site or relay is left to talk to")


def test_voice_alone_is_poor(lacking) -> None:
    stack = lacking()
    cfg = stack.configuration.with_(failed=frozenset({"regul", "s-band", "ku-band", "lira", "colka"}))
    a = communications.assess(cfg.stacks()[0])
    assert a.status == "degraded"
    assert a.reasons[-1] == "no command from the ground can reach it; voice can, 16 % (12 to 19) of the time"


def test_what_serves_it_now_and_then_is_no_link_to_rely_on(at, iss: Station) -> None:
    rare = [g.model_copy(update={"use": "occasional"}) for g in iss.ground_site]
    cfg = without(at("2022-03-07T00:00:00Z"), "nasa").with_(station=iss.model_copy(update={"ground_site": rare}))
    a = communications.assess(cfg.stacks()[0])
    assert a.status == "degraded"
    assert a.reasons[-1] == "no antenna that serves it day by day carries commands to it"
    assert a.figure("command_share").value == 0.0
    assert a.figure("command_share").high > 0.0


def test_skylab_was_flown_over_ground_sites() -> None:
    """About a third of the time, and a silence of up to a revolution, which its own rule allows."""
    skylab = load_station("skylab")
    stack = configuration_at(skylab, Epoch.parse("1973-08-01T00:00:00Z")).stacks()[0]
    a = communications.assess(stack)
    assert a.status == "nominal"
    assert 25.0 < a.figure("command_share").value < 40.0
    assert 60.0 < a.figure("command_gap").value < 93.0
    strict = skylab.model_copy(update={"rule": [r for r in skylab.rule if r.kind != "contact-gap"]})
    assert communications.assess(stack.configuration.with_(station=strict).stacks()[0]).status == "degraded"


# ---- stations that say little -----------------------------------------------------------------------------------------


def radio(mode: str) -> Equipment:
    return Equipment.model_validate(
        {
            "id": "radio", "name": "Radio", "element": "core", "kind": "radio", "source": ["ASM"],
            "services": [{"function": "communications", "role": "talks", "mode": mode, "source": ["ASM"]}],
        }
    )  # fmt: skip


@pytest.fixture
def hut() -> Callable[..., Stack]:
    def make(**update: object) -> Stack:
        station = read_station(HUT).model_copy(update=update)
        return configuration_at(station, Epoch.parse("2020-04-01T00:00:00Z")).stacks()[0]

    return make


def test_a_station_without_radios_is_mute(hut) -> None:
    assert communications.assess(hut()).status == "lost"


@pytest.mark.parametrize(("mode", "status"), [("main", "nominal"), ("backup", "degraded"), ("dormant", "lost")])
def test_a_station_that_names_no_antennas_is_judged_by_its_radios(hut, mode: str, status: str) -> None:
    a = communications.assess(hut(equipment=[radio(mode)]))
    assert a.status == status
    assert a.margin is None
    assert ("name no ground sites or relays" in a.not_modelled) == (status != "lost")


def test_without_an_orbit_contact_times_are_not_known(at, iss: Station, halves) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(station=iss.model_copy(update={"orbit": []}))
    a = communications.assess(cfg.stacks()[0])
    assert (a.status, a.margin) == ("nominal", None)
    assert "the data name no orbit" in a.not_modelled
    vhf = cfg.with_(failed=frozenset({"regul", "s-band", "ku-band", "lira", "colka"}))
    assert communications.assess(vhf.stacks()[0]).status == "degraded"


def test_a_date_beyond_every_table_still_has_contacts(at) -> None:
    a = communications.assess(at("2035-03-07T00:00:00Z").stacks()[0])
    assert a.status == "nominal"
    assert a.figure("command_partner_roscosmos_share").value == pytest.approx(10.0, abs=2.0)


def test_a_vehicle_on_its_own_has_what_the_data_say(at) -> None:
    """A free ship has no radio in the data, and is told so rather than given one."""
    cfg = at("2022-03-07T00:00:00Z")
    free = cfg.with_(links=tuple(x for x in cfg.links if "crew-3" not in (x.a, x.b)))
    ship = next(s for s in free.stacks() if s.members == ("crew-3",))
    a = communications.assess(ship)
    assert a.status == "lost"
    assert a.reasons == ("no radio in it reaches the ground",)


# ---- what goes never makes it better ----------------------------------------------------------------------------------

LOSSES = (
    "nasa",
    "roscosmos",
    "esa",
    "ku-band",
    "s-band",
    "regul",
    "vhf",
    "lira",
    "colka",
    "zvezda",
    "p1",
    "z1",
    "columbus",
)


def lost(cfg: Configuration, what: set[str]) -> Stack:
    gone = without(cfg, *(w for w in what if w in cfg.partners))
    return gone.with_(failed=frozenset(w for w in what if w not in cfg.partners)).stacks()[0]


@settings(max_examples=40)
@given(more=st.sets(st.sampled_from(LOSSES)), keep=st.sets(st.sampled_from(LOSSES)))
def test_a_loss_never_helps(iss: Station, more: set[str], keep: set[str]) -> None:
    cfg = configuration_at(iss, Epoch.parse("2022-03-07T00:00:00Z"))
    worse, better = (communications.assess(lost(cfg, s)) for s in (more, more & keep))
    assert STATUS[worse.status] >= STATUS[better.status]
    for m in (worse.margin, *worse.figures):
        if m is None:
            continue
        then = better.figure(m.key)
        # the key names what the link carries: of a partner that can do more, less is not shown
        if then is None:
            continue
        sign = 1.0 if m.unit == "%" else -1.0
        for end in ("value", "low", "high"):
            a, b = (getattr(x, end) for x in (m, then))
            a, b = (math.inf if x is None else x for x in (a, b))
            assert sign * a <= sign * b + 1e-9, (m, then)


def test_links_by_segment_and_partner(lacking) -> None:
    link = links(lacking())
    assert {(s.id, s.carries) for s in link.by_segment} == {("usos", "command"), ("ros", "command")}
    assert {(s.id, s.carries) for s in link.by_partner} == {
        ("nasa", "command"), ("roscosmos", "command"), ("esa", "video"),
    }  # fmt: skip
    assert link.unknown == ()


def test_words_for_people() -> None:
    assert percent(Range(0.1, 0.076, 0.12)) == "10 % (8 to 12)"
    assert percent(Range.exact(1.0)) == "100 %"
    assert duration(Range(5400.0, 5000.0, 5600.0)) == "90 minutes (83 to 93)"
    assert duration(Range(36_000.0, 30_000.0, math.inf)) == "10.0 hours (8.3 to no end)"
    assert duration(Range.exact(math.inf)) == "all the time"
