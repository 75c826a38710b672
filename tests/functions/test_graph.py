"""The service graph: what stops when something else does, when, and why."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.ranges import Range
from stationkeeper.functions import assess_all
from stationkeeper.functions.assessment import providers
from stationkeeper.functions.graph import ESSENTIAL, hours, lasting_stops, service_graph
from stationkeeper.station.configuration import Configuration, Stack, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import FUNCTIONS, Dependency, Station

WHEN = Epoch.parse("2022-03-07T00:00:00Z")


def need(
    of: str, on: list[str], needed: int = 1, hours_: tuple[float, float, float] | None = None, **more: object
) -> Dependency:
    """A dependency as the data would have it."""
    lasts = None
    if hours_ is not None:
        value, low, high = hours_
        lasts = {
            "value": value, "low": low, "high": high, "source": ["ASM"], "as_of": "2022-01-01", "confidence": "assumed",
        }  # fmt: skip
    return Dependency.model_validate(
        {"of": of, "on": on, "needed": needed, "lasts_h": lasts, "why": f"{of} lives on it", "source": ["ASM"], **more}
    )


@pytest.fixture
def wired(iss: Station) -> Callable[..., Stack]:
    """The ISS with dependencies of the test's own, and some things failed."""

    def make(needs: list[Dependency], *failed: str) -> Stack:
        cfg = configuration_at(iss.model_copy(update={"dependency": needs}), WHEN)
        return cfg.with_(failed=frozenset(failed)).stacks()[0]

    return make


def test_nothing_stops_while_nothing_is_lost(at: Callable[[str], Configuration]) -> None:
    graph = service_graph(at("2022-03-07T00:00:00Z").stacks()[0])
    assert graph.stops == {}
    assert all(n.met for n in graph.needs)
    assert {n.of for n in graph.needs if n.between_partners} >= {"cmg", "ros", "canadarm2-arm"}


def test_without_zvezdas_computers_the_russian_thrusters_cannot_be_used(at: Callable[[str], Configuration]) -> None:
    """As in June 2007, when all of them failed: the gyroscopes held the station, and a docked ship helped (from memory)."""
    stack = at("2022-03-07T00:00:00Z").with_(failed=frozenset({"dms-r"})).stacks()[0]
    found = {p.id: p for p in providers(stack, "attitude")}
    for part in ("zvezda-thrusters", "nauka-thrusters", "progress-ms-18"):
        assert not found[part].works
        assert "needs Zvezda's central computers" in found[part].reason
    assert found["cmg"].works
    assert assess_all(stack)["attitude"].status == "degraded"
    assert all(p.works for p in providers(stack, "crew_return"))


def test_without_arrays_what_runs_on_power_stops_when_the_batteries_are_empty(lacking: Callable[..., Stack]) -> None:
    graph = service_graph(lacking("array"))
    assert graph.stops["power"].after_h == Range(0.0, 0.0, 0.0)
    assert graph.stops["cc-mdm"].after_h == Range(1.0, 0.5, 3.0)
    # what needs that stops with it, and no later
    assert graph.stops["s-band"].after_h == Range(1.0, 0.5, 3.0)
    assert "power" in graph.stops["cc-mdm"].because
    assert "lioh" not in graph.stops and "soyuz-ms-19" not in graph.stops


def test_equipment_stops_with_its_element_and_its_segment(wired: Callable[..., Stack]) -> None:
    graph = service_graph(wired([], "zvezda"))
    assert graph.stops["elektron"].because == "Zvezda (Service Module): failed"
    graph = service_graph(wired([need("usos", ["zvezda"], hours_=(2.0, 1.0, 5.0))], "zvezda"))
    assert graph.stops["ogs"].after_h == Range(2.0, 1.0, 5.0)
    assert "tranquility" in graph.stops and "elektron" in graph.stops
    assert "vozdukh" not in service_graph(wired([need("usos", ["zvezda"])])).stops


def test_so_many_of_a_list_must_work(wired: Callable[..., Stack]) -> None:
    two_of_three = [need("cmg", ["array-1a", "array-1b", "array-2a"], 2)]
    assert "cmg" not in service_graph(wired(two_of_three, "array-1a")).stops
    stop = service_graph(wired(two_of_three, "array-1a", "array-2a")).stops["cmg"]
    assert stop.after_h == Range(0.0, 0.0, 0.0)
    assert "2 of" in stop.because
    assert "cmg" in service_graph(wired([need("cmg", ["array-1a"], 2)])).stops  # more than there are


def test_parts_that_keep_each_other_alive_stay_alive_until_one_fails(wired: Callable[..., Stack]) -> None:
    circle = [need("cmg", ["ogs"]), need("ogs", ["wpa"], hours_=(3.0, 2.0, 4.0)), need("wpa", ["cmg"])]
    assert service_graph(wired(circle)).stops == {}
    graph = service_graph(wired(circle, "wpa"))
    assert graph.stops["ogs"].after_h == Range(3.0, 2.0, 4.0) == graph.stops["cmg"].after_h
    assert service_graph(wired([need("cmg", ["cmg"])])).stops == {}


def test_delays_add_up_along_a_chain_and_the_last_of_several_counts(wired: Callable[..., Stack]) -> None:
    chain = [
        need("ogs", ["wpa"], hours_=(10.0, 5.0, 20.0)),
        need("cmg", ["ogs", "upa"], hours_=(1.0, 1.0, 1.0)),
        need("upa", ["wpa"], hours_=(30.0, 2.0, 40.0)),
    ]
    assert service_graph(wired(chain, "wpa")).stops["cmg"].after_h == Range(31.0, 6.0, 41.0)


def test_what_a_function_times_itself_is_shown_and_stops_nothing(wired: Callable[..., Stack]) -> None:
    graph = service_graph(wired([need("cmg", ["zvezda-thrusters"], timed_by="attitude")], "zvezda-thrusters"))
    assert "cmg" not in graph.stops
    assert [(n.of, n.met, n.timed_by) for n in graph.needs] == [("cmg", False, "attitude")]


def test_what_goes_on_for_days_still_works_today(wired: Callable[..., Stack]) -> None:
    stack = wired(
        [need("cmg", ["ogs"], hours_=(48.0, 24.0, 96.0)), need("gnc-mdm", ["ogs"], hours_=(2.0, 1.0, 3.0))], "ogs"
    )
    works = {p.id: p.works for p in providers(stack, "attitude")}
    assert works["cmg"] and not works["gnc-mdm"]
    assert set(lasting_stops(stack)) == {"gnc-mdm"}


def test_a_function_that_is_used_up_takes_what_needs_it(at: Callable[[str], Configuration]) -> None:
    graph = service_graph(at("2022-03-07T00:00:00Z").stacks()[0], {"attitude": Range(50.0, 10.0, 100.0)})
    assert graph.stops["ku-band"].after_h == Range(50.0, 10.0, 100.0)
    assert "s-band" not in graph.stops


def test_an_open_joint_leaves_needs_unmet_on_both_sides(halves: tuple[Stack, Stack]) -> None:
    us, ru = (service_graph(s) for s in halves)
    assert {n.of for n in us.needs if not n.met} == {"cmg", "gnc-mdm", "cc-mdm"}
    assert {n.of for n in ru.needs if not n.met} >= {"ros", "elektron", "dms-r"}
    # but what flies on with its own computers and power works on
    assert not [k for k, s in {**us.stops, **ru.stops}.items() if s.what]


def test_what_a_study_has_worked_out_in_time_goes_before_the_needs(at: Callable[[str], Configuration]) -> None:
    cfg = at("2022-03-07T00:00:00Z").with_(failed=frozenset({"dms-r"}))
    early = cfg.with_(stopped={}).stacks()[0]
    assert all(p.works for p in providers(early, "attitude") if p.id == "zvezda-thrusters")
    later = cfg.with_(stopped={"cmg": "full", "communications": "silent"}).stacks()[0]
    assert [p.reason for p in providers(later, "attitude") if p.id == "cmg"] == ["full"]
    assert not any(p.works for p in providers(later, "communications"))


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_packaged_needs_are_all_met_in_the_whole_station(name: str) -> None:
    station = load_station(name)
    h = station.station
    middle = Epoch((h.covers_from.epoch.tai_us + h.covers_until.epoch.tai_us) // 2)
    for stack in configuration_at(station, middle).stacks():
        graph = service_graph(stack)
        assert not {k: s.because for k, s in graph.stops.items() if s.what and k not in FUNCTIONS}


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_every_essential_kind_is_a_kind_that_serves_the_function(name: str) -> None:
    station = load_station(name)
    kinds = {(s.function, q.kind) for q in station.equipment for s in q.services}
    for function in ("power", "communications", "command", "life_support"):
        assert any((function, k) in kinds for k in ESSENTIAL[function])


PARTS = (
    "cmg",
    "gnc-mdm",
    "cc-mdm",
    "dms-r",
    "ogs",
    "wpa",
    "upa",
    "array-1a",
    "zvezda-arrays",
    "power",
    "zvezda",
    "usos",
)
EDGE = st.tuples(
    st.sampled_from([p for p in PARTS if p != "power"]), st.lists(st.sampled_from(PARTS), min_size=1, max_size=3, unique=True),
    st.integers(1, 2), st.floats(0.0, 100.0), st.floats(0.0, 1.0), st.floats(1.0, 3.0),
)  # fmt: skip
FAIL = st.sets(st.sampled_from([p for p in PARTS if p not in ("power", "usos")]), max_size=3)


@settings(max_examples=60)
@given(edges=st.lists(EDGE, max_size=10), failed=FAIL, more=FAIL)
def test_losing_more_stops_nothing_later(edges: list[tuple[object, ...]], failed: set[str], more: set[str]) -> None:
    needs = [
        need(str(of), list(on), min(int(k), len(on)), (h, h * low, h * high))  # type: ignore[call-overload, operator]
        for of, on, k, h, low, high in edges
    ]
    station = load_station("iss").model_copy(update={"dependency": needs})
    cfg = configuration_at(station, WHEN)
    few = service_graph(cfg.with_(failed=frozenset(failed)).stacks()[0]).stops
    many = service_graph(cfg.with_(failed=frozenset(failed | more)).stacks()[0]).stops
    for part, stop in few.items():
        assert many[part].after_h.best <= stop.after_h.best
        assert many[part].after_h.low <= stop.after_h.low
        assert many[part].after_h.high <= stop.after_h.high


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Range(0.0, 0.0, 0.0), "at once"),
        (Range(1.0, 0.5, 3.0), "60 minutes (30 to 180)"),
        (Range(88.0, 4.0, 1200.0), "3.7 days (0.2 to 50)"),
        (Range(10.0, 10.0, 10.0), "10 hours"),
        (Range(0.0, 0.0, 4400.0), "at once, at the latest after 6 months"),
        (Range(math.inf, 7200.0, math.inf), "no end in sight, at the earliest after 9.9 months"),
        (Range(math.inf, math.inf, math.inf), "no end in sight"),
        (Range(20_000.0, 9000.0, math.inf), "2.3 years (1 to no end in sight)"),
    ],
)
def test_spans_in_words(span: Range, words: str) -> None:
    assert hours(span) == words
