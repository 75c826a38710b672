"""What must hold for every function, station, date and loss: losing something never helps, and parts add up to the whole."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationkeeper.core.epoch import Epoch
from stationkeeper.functions import assess_all
from stationkeeper.functions.assessment import Assessment, Margin, providers
from stationkeeper.functions.crew_return import seat_table
from stationkeeper.station.configuration import Configuration, PartnerState, configuration_at, seats_of
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import FUNCTIONS

CASES = [
    ("iss", "2021-08-15T00:00:00Z"),
    ("iss", "2022-03-07T00:00:00Z"),
    ("iss", "2022-03-25T00:00:00Z"),
    ("iss", "2022-06-20T00:00:00Z"),
    ("iss", "2022-12-20T00:00:00Z"),
    ("iss", "2023-03-10T00:00:00Z"),
    ("skylab", "1973-06-15T00:00:00Z"),
    ("skylab", "1974-01-21T00:00:00Z"),
    ("skylab", "1974-06-01T00:00:00Z"),
    ("tiangong", "2022-12-01T00:00:00Z"),
    ("tiangong", "2023-03-01T00:00:00Z"),
    ("tiangong", "2023-06-20T00:00:00Z"),
]
WORSE = {"nominal": 0, "degraded": 1, "lost": 2}
WHOLE = {case: configuration_at(load_station(case[0]), Epoch.parse(case[1])) for case in CASES}
Case = tuple[str, str]
Loss = tuple[str, str]


def losses(cfg: Configuration) -> list[Loss]:
    """Everything that can be taken away one by one from a configuration, with how."""
    out = [("partner", p.id) for p in cfg.station.partner]
    out += [("failed", q.id) for q in cfg.station.equipment if q.element in cfg.nodes]
    out += [("failed", e.id) for e in cfg.station.element if e.id in cfg.nodes]
    out += [(how, d.visit) for d in cfg.docked for how in ("failed", "unsafe", "lost")]
    out += [("store", s.id) for s in cfg.stores]
    out += [("tank", t.id) for t in cfg.tanks]
    out += [("seat", c.person) for c in cfg.crew]
    return out


def without(cfg: Configuration, loss: Loss) -> Configuration:
    """The configuration after one loss; bodies stay where they are, so that mass, orbit and drag are the same."""
    how, what = loss
    if how == "partner":
        return cfg.with_(partners={**cfg.partners, what: PartnerState("gone", cfg.epoch)})
    if how == "failed":
        return cfg.with_(failed=cfg.failed | {what})
    if how in ("unsafe", "lost"):
        state = "unsafe-for-return" if how == "unsafe" else "lost"
        kept = tuple(replace(d, state=state) if d.visit == what and d.state != "lost" else d for d in cfg.docked)
        return cfg.with_(docked=kept)
    if how == "store":
        return cfg.with_(stores=tuple(s.plus_kg(-0.5 * s.content_kg) if s.id == what else s for s in cfg.stores))
    if how == "tank":
        return cfg.with_(tanks=tuple(t.plus_kg(-0.5 * t.content_kg) if t.id == what else t for t in cfg.tanks))
    return cfg.with_(crew=tuple(replace(c, seat=None, seat_kind="none") if c.person == what else c for c in cfg.crew))


@st.composite
def falling(draw: st.DrawFn) -> tuple[Case, list[Loss]]:
    """A station of some date and a few things that it loses one after the other."""
    case = draw(st.sampled_from(CASES))
    cfg = WHOLE[case]
    kinds = sorted({how for how, _ in losses(cfg)})
    chosen = []
    for how in draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4)):
        chosen.append(draw(st.sampled_from([x for x in losses(cfg) if x[0] == how])))
    return case, chosen


NEITHER = re.compile(
    r"shadow|beta|^tea_|^transfer_|^demand_kw|^delta_v|sinking|_year$|_kg_day$|growth|depth_of|^reserve_kg|^water_day$"
)
"""Figures of surroundings, loads and consumption: of those neither more nor less is better for the function. Water lasts longer when
the unit that makes oxygen of it has failed, so its days are no measure either; those of the first good to end are."""
COST = re.compile(r"gap$|gap_s$|shortfall|^short$|_short$")
"""Figures of which less is better. Of all others more is better."""


def goods(a: Assessment) -> dict[str, tuple[float, float, float]]:
    """Margins of an assessment, by key or else by what they count, as best, low and high with more being better."""
    out = {}
    for m in (a.margin, *a.figures):
        key = "" if m is None else m.key or m.what
        if m is not None and not NEITHER.search(key):
            best, low, high = ends(m)
            out[f"{key} [{m.unit}]"] = (-best, -high, -low) if COST.search(key) else (best, low, high)
    # a lost function lasts no more; no figure for how long means no end in sight
    out["lasts [days]"] = (0.0,) * 3 if a.status == "lost" else ends(a.lasts) if a.lasts else (math.inf,) * 3
    return out


def ends(m: Margin) -> tuple[float, float, float]:
    """Best, low and high of a margin; no number, or no upper end, means no end in sight."""
    best = math.inf if m.value is None else m.value
    low = best if m.low is None else m.low
    return best, low, best if m.high is None and m.low is None else math.inf if m.high is None else m.high


def grown(before: Assessment, after: Assessment) -> Iterator[str]:
    """What got better between two assessments of the same function."""
    if WORSE[after.status] < WORSE[before.status]:
        yield f"{after.function}: {before.status} -> {after.status} ({after.reasons})"
    old = goods(before)
    for key, ends_now in goods(after).items():
        for name, was, now in zip(("best", "low", "high"), old.get(key, ends_now), ends_now, strict=True):
            # sums in another order may differ in the last bits
            if now > was + 1e-9 * max(1.0, abs(was)):
                yield f"{after.function}: {name} of '{key}' {was:g} -> {now:g}"


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(falling())
def test_losing_something_never_helps(falls: tuple[Case, list[Loss]]) -> None:
    cfg, chosen = WHOLE[falls[0]], falls[1]
    before = assess_all(cfg.stacks()[0])
    for loss in chosen:
        cfg = without(cfg, loss)
        after = assess_all(cfg.stacks()[0])
        found = [x for f in FUNCTIONS for x in grown(before[f], after[f])]
        assert not found, f"{cfg.station.station.id} {cfg.epoch}: without {loss}: {found}"
        before = after


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1][:10]}")
def test_no_partners_absence_adds_a_function(case: Case) -> None:
    cfg = WHOLE[case]
    stack = cfg.stacks()[0]
    before = assess_all(stack)
    for p in cfg.station.partner:
        gone = without(cfg, ("partner", p.id)).stacks()[0]
        after = assess_all(gone)
        assert not [x for f in FUNCTIONS for x in grown(before[f], after[f])], p.id
        for f in FUNCTIONS:
            assert {x.id for x in providers(gone, f) if x.works} <= {x.id for x in providers(stack, f) if x.works}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(falling(), st.data())
def test_every_function_answers_for_every_part_whatever_is_lost(
    falls: tuple[Case, list[Loss]], data: st.DataObject
) -> None:
    cfg, chosen = WHOLE[falls[0]], falls[1]
    for loss in chosen:
        cfg = without(cfg, loss)
    joints = [x.id for x in cfg.links if x.joint is not None]
    cut = data.draw(st.sampled_from(joints))
    apart = cfg.with_(links=tuple(x for x in cfg.links if x.id != cut))
    assert len(apart.stacks()) == len(cfg.stacks()) + 1
    for s in apart.stacks():
        found: Mapping[str, Assessment] = assess_all(s)
        assert set(found) == set(FUNCTIONS)
        for a in found.values():
            assert a.status in WORSE
            assert a.reasons and all(a.reasons)
            for m in (a.margin, a.lasts, *a.figures):
                if m is not None:
                    best, low, high = ends(m)
                    assert not math.isnan(best + low + high) or math.inf in (best, low, high)
                    assert low <= best <= high, (a.function, m)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1][:10]}")
def test_the_parts_add_up_to_the_whole(case: Case) -> None:
    whole = WHOLE[case]
    for cut in [x.id for x in whole.links if x.joint is not None]:
        parts = whole.with_(links=tuple(x for x in whole.links if x.id != cut)).stacks()
        assert len(parts) == 2
        for total, pieces in (
            (whole.mass_kg, [s.mass_kg for s in parts]),
            (whole.stacks()[0].drag_area_m2, [s.drag_area_m2 for s in parts]),
        ):
            assert math.fsum(pieces) == pytest.approx(total, rel=1e-12)
        for all_of_it, each in (
            ([c.person for c in whole.crew], [[c.person for c in s.crew] for s in parts]),
            ([t.id for t in whole.tanks], [[t.id for t in s.tanks] for s in parts]),
            ([x.id for x in whole.stores], [[x.id for x in s.stores] for s in parts]),
            ([d.visit for d in whole.docked], [[d.visit for d in s.docked] for s in parts]),
            (_arrays(whole), [_arrays_of(s.members, whole) for s in parts]),
        ):
            assert Counter(x for piece in each for x in piece) == Counter(all_of_it), cut


def _arrays_of(members: tuple[str, ...], cfg: Configuration) -> list[str]:
    return [q.id for q in cfg.station.equipment if q.kind == "array" and q.element in members]


def _arrays(cfg: Configuration) -> list[str]:
    return _arrays_of(tuple(cfg.nodes), cfg)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(falling())
def test_nobody_sits_twice_and_no_seat_is_given_twice(falls: tuple[Case, list[Loss]]) -> None:
    cfg, chosen = WHOLE[falls[0]], falls[1]
    for loss in chosen:
        cfg = without(cfg, loss)
    for s in cfg.stacks():
        t = seat_table(s)
        held = Counter(n for v in t.vehicles for n in (*v.holders, *v.emergency_holders))
        assert all(n == 1 for n in held.values())
        for v in t.vehicles:
            assert len(v.holders) <= v.seats == seats_of(cfg.station, v.visit)
        assert t.people - t.seats <= t.short <= t.people
        assert t.short >= 0
