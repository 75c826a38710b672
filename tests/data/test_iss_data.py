"""The packaged stations as data: they hang together, and they say what the records of the time say."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.model import Model, Quantity
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import FUNCTIONS, Station, Stay, Visit

SEVEN = {
    "2022-02-24T12:00Z": {"shkaplerov", "dubrov", "vande-hei", "chari", "marshburn", "barron", "maurer"},
    "2022-03-07T12:00Z": {"shkaplerov", "dubrov", "vande-hei", "chari", "marshburn", "barron", "maurer"},
    "2022-03-31T12:00Z": {"artemyev", "matveev", "korsakov", "chari", "marshburn", "barron", "maurer"},
    "2022-07-04T12:00Z": {"artemyev", "matveev", "korsakov", "lindgren", "hines", "watkins", "cristoforetti"},
    "2022-12-20T12:00Z": {"prokopyev", "petelin", "rubio", "mann", "cassada", "wakata", "kikina"},
}
KINDS = (
    "partner", "segment", "element", "outfitting", "joint", "port", "equipment", "vehicle", "visit", "person",
    "burn", "rule",
)  # fmt: skip
BEFORE_LANDING = "2022-03-30T06:00Z"
PORTS = {
    "2022-02-24T12:00Z": {
        "zvezda-aft": "progress-ms-18", "poisk-zenith": "progress-ms-19", "rassvet-nadir": "soyuz-ms-19",
        "harmony-fwd": "crew-3", "unity-nadir": "cygnus-ng-17",
    },
    BEFORE_LANDING: {
        "zvezda-aft": "progress-ms-18", "poisk-zenith": "progress-ms-19", "rassvet-nadir": "soyuz-ms-19",
        "prichal-nadir": "soyuz-ms-21", "harmony-fwd": "crew-3", "unity-nadir": "cygnus-ng-17",
    },
    "2022-03-30T12:00Z": {
        "zvezda-aft": "progress-ms-18", "poisk-zenith": "progress-ms-19",
        "prichal-nadir": "soyuz-ms-21", "harmony-fwd": "crew-3", "unity-nadir": "cygnus-ng-17",
    },
    "2022-07-04T12:00Z": {
        "zvezda-aft": "progress-ms-20", "poisk-zenith": "progress-ms-19", "prichal-nadir": "soyuz-ms-21",
        "harmony-zenith": "crew-4",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def iss() -> Station:
    return load_station("iss")


@pytest.fixture(scope="module")
def skylab() -> Station:
    return load_station("skylab")


def at(text: str) -> Epoch:
    return Epoch.parse(text)


def holds(since: Any, until: Any, when: Epoch) -> bool:
    return (since is None or since.epoch <= when) and (until is None or when < until.epoch)


def elements(s: Station, when: Epoch) -> set[str]:
    return {e.id for e in s.element if holds(e.joined, e.left, when)}


def own_mass_kg(s: Station, when: Epoch) -> float:
    here = elements(s, when)
    parts = [e.mass_kg.best for e in s.element if e.id in here]
    return math.fsum(parts + [o.mass_kg.best for o in s.outfitting if o.element in here])


def docked(s: Station, when: Epoch) -> dict[str, Visit]:
    return {b.port: v for v in s.visit for b in v.berths if holds(b.arrive, b.leave, when)}


def aboard(s: Station, when: Epoch) -> dict[str, Stay]:
    return {y.person: y for y in s.stay if holds(y.aboard_from, y.aboard_until, when)}


def seat(y: Stay, when: Epoch) -> tuple[str, str]:
    held = [h for h in y.seats if h.since.epoch <= when]
    return held[-1].visit, held[-1].kind


def quantities(value: Any, path: str = "") -> Iterator[tuple[str, Quantity]]:
    if isinstance(value, Quantity):
        yield path, value
    elif isinstance(value, Model):
        name = getattr(value, "id", "")
        for key in type(value).model_fields:
            yield from quantities(getattr(value, key), f"{path}.{name}.{key}" if name else f"{path}.{key}")
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from quantities(child, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for child in value:
            yield from quantities(child, path)


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_ids_are_unique_within_their_kind(name: str) -> None:
    s = load_station(name)
    for kind in KINDS:
        counts = Counter(x.id for x in getattr(s, kind))
        assert not [i for i, n in counts.items() if n > 1], kind
    assert max(Counter(x.key for x in s.source).values()) == 1


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_confidence_agrees_with_the_sources_named(name: str) -> None:
    """What is from memory, derived or assumed says so twice: in the confidence and among the sources."""
    for path, q in quantities(load_station(name)):
        if q.confidence == "assumed":
            assert {"ASM", "MEM"} & set(q.source), path
        elif q.confidence == "from-memory":
            assert "MEM" in q.source, path
        elif q.confidence == "derived":
            assert "DER" in q.source, path
        else:
            assert set(q.source) - {"MEM", "ASM", "DER"}, path


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_vehicles_fit_the_ports_they_used(name: str) -> None:
    s = load_station(name)
    ports = {p.id: p for p in s.port}
    types = {t.id: t for t in s.vehicle}
    for v in s.visit:
        assert v.launched.epoch < v.berths[0].arrive.epoch, v.id
        for b in v.berths:
            p = ports[b.port]
            assert p.usable and v.vehicle in p.fits, f"{v.id} at {b.port}"
            assert p.standard in types[v.vehicle].standards, f"{v.id} at {b.port}"
            assert p.available_from.epoch <= b.arrive.epoch, f"{v.id} at {b.port}"
            assert p.available_until is None or (b.leave and b.leave.epoch <= p.available_until.epoch), v.id
    for p in s.port:
        assert math.isclose(math.hypot(*p.direction), 1.0), p.id


@pytest.mark.parametrize("name", ["iss", "skylab", "tiangong"])
def test_no_port_is_doubly_occupied(name: str) -> None:
    s = load_station(name)
    for p in s.port:
        spans = sorted(
            (b.arrive.epoch, b.leave.epoch if b.leave else None, v.id)
            for v in s.visit
            for b in v.berths
            if b.port == p.id
        )
        for (_, leave, first), (arrive, _, second) in pairwise(spans):
            assert leave is not None and leave <= arrive, f"{first} and {second} at {p.id}"


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("iss", "2022-02-24T12:00Z"),
        ("iss", "2021-08-02T00:00Z"),
        ("iss", "2023-04-01T00:00Z"),
        ("skylab", "1974-01-01T00:00Z"),
        ("tiangong", "2023-03-01T00:00Z"),
    ],
)
def test_joints_form_one_tree_over_the_elements_present(name: str, when: str) -> None:
    s = load_station(name)
    here = elements(s, at(when))
    joints = [j.between for j in s.joint if holds(j.made, j.parted, at(when)) and set(j.between) <= here]
    assert len(joints) == len(here) - 1
    reached, edge = {s.station.main_element}, [s.station.main_element]
    while edge:
        n = edge.pop()
        for pair in joints:
            if n in pair:
                other = pair[1] if pair[0] == n else pair[0]
                if other not in reached:
                    reached.add(other)
                    edge.append(other)
    assert reached == here


def test_own_mass_is_nasas_figure(iss: Station) -> None:
    assert own_mass_kg(iss, at("2022-02-11T12:00Z")) == pytest.approx(419_725, abs=50)


def test_mass_by_segment(iss: Station) -> None:
    when = at("2022-02-11T12:00Z")
    here = elements(iss, when)
    segment = {e.id: e.segment for e in iss.element}
    total: Counter[str] = Counter()
    for e in iss.element:
        if e.id in here:
            total[e.segment] += e.mass_kg.best  # type: ignore[assignment]
    for o in iss.outfitting:
        total[segment[o.element]] += o.mass_kg.best  # type: ignore[assignment]
    assert 75_000 < total["ros"] < 85_000
    assert 335_000 < total["usos"] < 345_000
    assert all(o.mass_kg.confidence == "assumed" for o in iss.outfitting)


def test_mass_with_vehicles_matches_every_published_total(iss: Station) -> None:
    """Flight-dynamics headers, August 2021 to March 2023; the sum knows no rubbish or burnt propellant."""
    types = {t.id: t for t in iss.vehicle}
    flown = [m for m in iss.mass_reference if m.what == "with-vehicles"]
    assert len(flown) >= 10
    for m in flown:
        when = m.at.epoch
        vehicles = docked(iss, when).values()
        total = own_mass_kg(iss, when) + math.fsum((v.mass_kg or types[v.vehicle].mass_kg).best for v in vehicles)
        assert total == pytest.approx(m.mass_kg.best, rel=0.01), str(m.at)
    when = at("2022-02-11T12:00Z")
    assert {v.id for v in docked(iss, when).values()} == {"soyuz-ms-19", "progress-ms-18", "crew-3"}


def test_drag_area_adds_up_to_nasas(iss: Station) -> None:
    here = elements(iss, at("2022-02-11T12:00Z"))
    shares = [e.drag_area_m2.best for e in iss.element if e.id in here and e.drag_area_m2]
    assert math.fsum(shares) == pytest.approx(1439.7, abs=0.5)
    wings = math.fsum(e.drag_area_m2.best for e in iss.element if e.id.startswith("wing-") and e.drag_area_m2)
    assert wings > 0.5 * math.fsum(shares)


def test_truss_spans_109_m(iss: Station) -> None:
    ends = [sign * e.place.size_y_m / 2 + e.place.y_m for e in iss.element for sign in (-1, 1)]
    assert max(ends) - min(ends) == pytest.approx(109.0, abs=1.0)


def test_who_was_where(iss: Station) -> None:
    for when, people in SEVEN.items():
        assert set(aboard(iss, at(when))) == people, when
    ten = SEVEN["2022-03-07T12:00Z"] | {"artemyev", "matveev", "korsakov"}
    assert set(aboard(iss, at(BEFORE_LANDING))) == ten


def test_ports_on_the_days_of_the_scenarios(iss: Station) -> None:
    for when, expected in PORTS.items():
        assert {p: v.id for p, v in docked(iss, at(when)).items()} == expected, when


def test_every_day_everyone_holds_one_place_in_a_docked_vehicle_that_has_it(iss: Station) -> None:
    types = {t.id: t for t in iss.vehicle}
    when, end = iss.station.covers_from.epoch, iss.station.covers_until.epoch
    while when < end:
        vehicles = {v.id: types[v.vehicle] for v in docked(iss, when).values()}
        people = aboard(iss, when)
        assert 3 <= len(people) <= 11, "three for two days in November 2021, eleven at the most"
        held = Counter(seat(y, when) for y in people.values())
        for (visit, kind), n in held.items():
            assert visit in vehicles, f"{visit} on {when}"
            room = vehicles[visit].seats if kind == "seat" else vehicles[visit].extra_seats
            assert n <= room, f"{n} in {visit} on {when}"
        when = when.plus_days(1.0)


def test_nobody_is_aboard_twice_and_dates_are_in_order(iss: Station) -> None:
    for y in iss.stay:
        dates = [d.epoch for d in (y.launched, y.aboard_from, y.aboard_until, y.landed) if d is not None]
        assert dates == sorted(dates), y.person
        since = [h.since.epoch for h in y.seats]
        assert since == sorted(since), y.person
        if y.down:
            assert y.seats[-1].visit == y.down, y.person


def test_one_commander_on_every_day(iss: Station) -> None:
    when, end = iss.station.covers_from.epoch, iss.station.covers_until.epoch
    while when < end:
        chiefs = [
            y.person
            for y in aboard(iss, when).values()
            if y.commander_from and holds(y.commander_from, y.commander_until, when)
        ]
        assert len(chiefs) == 1, f"{chiefs} on {when}"
        when = when.plus_days(1.0)
    assert holds(aboard(iss, at("2022-02-24T12:00Z"))["shkaplerov"].commander_from, None, at("2022-02-24T12:00Z"))


def test_seats_on_7_march_2022(iss: Station) -> None:
    types = {t.id: t for t in iss.vehicle}
    when = at("2022-03-07T12:00Z")
    assert sum(types[v.vehicle].seats for v in docked(iss, when).values()) == 7
    assert seat(aboard(iss, when)["vande-hei"], when) == ("soyuz-ms-19", "seat")


def test_vande_heis_days_in_space(iss: Station) -> None:
    y = aboard(iss, at("2022-03-07T12:00Z"))["vande-hei"]
    assert math.floor(at("2022-03-07T12:00Z").days_since(y.launched.epoch)) == 332
    assert y.landed is not None
    assert str(y.landed.epoch)[:16] == "2022-03-30T11:28"
    assert math.floor(y.landed.epoch.days_since(y.launched.epoch)) == 355


def test_leak_of_soyuz_ms_22(iss: Station) -> None:
    visit = next(v for v in iss.visit if v.id == "soyuz-ms-22")
    states = [c.state for c in visit.conditions if holds(c.since, c.until, at("2022-12-20T12:00Z"))]
    assert states == ["unsafe-for-return"]
    assert not [c for c in visit.conditions if holds(c.since, c.until, at("2022-12-14T12:00Z"))]
    rubio = next(y for y in iss.stay if y.person == "rubio")
    assert seat(rubio, at("2022-12-20T12:00Z")) == ("soyuz-ms-22", "seat")
    assert seat(rubio, at("2023-01-20T12:00Z")) == ("crew-5", "emergency")
    assert seat(rubio, at("2023-03-05T12:00Z")) == ("soyuz-ms-23", "seat")
    assert rubio.landed is not None
    assert math.ceil(rubio.landed.epoch.days_since(rubio.launched.epoch)) == 371


def test_joints_between_the_segments_carry_both_sides_of_the_argument(iss: Station) -> None:
    for name in ("zarya-pma-1", "zvezda-zarya", "pma-1-unity"):
        j = next(x for x in iss.joint if x.id == name)
        assert j.separation.ruling == "not_designed"
        assert len({s.who for s in j.separation.statements}) >= 4
        kinds = {s.kind for s in j.separation.steps}
        assert {"agreement", "hatch", "crew", "cable", "spacewalk", "software", "command", "vehicle"} <= kinds
        power = next(c.amount_kw for c in j.crosses if c.what == "power")
        assert power is not None and power.confidence == "assumed" and power.value is None
    zarya = next(e for e in iss.element if e.id == "zarya")
    assert (zarya.owner, zarya.operator, zarya.segment) == ("nasa", "roscosmos", "ros")


def test_every_function_has_providers_of_both_big_partners(iss: Station) -> None:
    operator = {e.id: e.operator for e in iss.element}
    who: dict[str, set[str]] = {f: set() for f in FUNCTIONS}
    for q in iss.equipment:
        for s in q.services:
            who[s.function].add(q.operator or operator[q.element])
    for t in iss.vehicle:
        for s in t.services:
            if s.mode != "dormant":
                who[s.function].add(t.operator)
    for f in ("attitude", "power", "life_support", "communications", "command"):
        assert {"nasa", "roscosmos"} <= who[f], f
    assert who["crew_return"] == {"roscosmos", "spacex"}
    assert {"roscosmos", "northrop-grumman"} <= who["reboost"]
    assert {"esa", "jaxa", "csa"} <= set().union(*who.values())


def test_first_boosts_by_ships_that_are_not_russian(iss: Station) -> None:
    types = {t.id: t for t in iss.vehicle}
    first = {k: [e.reboost_from.text for e in types[k].engines if e.reboost_from] for k in types}
    assert first["cygnus"] == ["2018-07"]
    assert first["cargo-dragon"][0].startswith("2024-11-08")
    assert first["crew-dragon"] == first["starliner"] == first["soyuz-ms"] == []


def test_burns_are_in_order_and_their_engine_was_there(iss: Station) -> None:
    times = [b.at.epoch for b in iss.burn]
    assert times == sorted(times)
    for b in iss.burn:
        if b.visit:
            assert b.visit in {v.id for v in docked(iss, b.at.epoch).values()}, b.id
        else:
            assert "zvezda-aft" not in docked(iss, b.at.epoch), "Zvezda's engines need a free aft port"
    flown = [b for b in iss.burn if b.status == "flown"]
    assert all(b.delta_v_m_s is not None for b in flown)


def test_burns_agree_with_themselves(iss: Station) -> None:
    """Height gained over velocity change near 1.774 km per m/s, within rounding; sign by purpose."""
    for b in iss.burn:
        if b.status != "flown" or b.delta_v_m_s is None:
            continue
        dv = b.delta_v_m_s.best
        assert (dv < 0) == (b.purpose == "lower" or b.id == "2021-12-03"), b.id
        if b.altitude_change_km is not None:
            low, high = sorted(v * 1.774 for v in b.delta_v_m_s.bounds)
            assert low - 0.35 <= b.altitude_change_km.best <= high + 0.35, b.id


def test_burns_by_progress_close_with_roscosmoss_counts(iss: Station) -> None:
    """165 corrections by Progress ships by 2022-02-06, 174 by 2022-09-15, 183 by 2023-03-06."""
    flown = [b.at.epoch for b in iss.burn if b.status == "flown" and b.visit and b.visit.startswith("progress")]

    def between(a: str, z: str) -> int:
        return sum(at(a) < t <= at(z) for t in flown)

    assert between("2022-02-06T12:00Z", "2022-09-15T23:00Z") == 174 - 165 - 1, "one by Progress MS-18 was not found"
    assert between("2022-09-15T23:00Z", "2023-03-06T23:00Z") == 183 - 174


def test_skylab(skylab: Station) -> None:
    assert own_mass_kg(skylab, at("1973-06-01T00:00Z")) == pytest.approx(77_088, abs=100)
    assert set(aboard(skylab, at("1973-12-24T12:00Z"))) == {"carr", "gibson", "pogue"}
    assert set(aboard(skylab, at("1973-08-15T12:00Z"))) == {"bean", "garriott", "lousma"}
    assert set(aboard(skylab, at("1973-06-10T12:00Z"))) == {"conrad", "kerwin", "weitz"}
    assert aboard(skylab, at("1974-02-09T12:00Z")) == {}
    assert elements(skylab, at("1979-07-12T00:00Z")) == set()
    last = next(y for y in skylab.stay if y.person == "carr")
    assert last.landed is not None
    assert math.floor(last.landed.epoch.days_since(last.launched.epoch)) == 84
