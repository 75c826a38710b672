"""Where the pieces of a planned deorbit fall, over all members."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stationkeeper.reentry.deorbit import Deorbit, fly_plan
from stationkeeper.reentry.deorbit_ground import distance_m, few_pieces
from stationkeeper.reentry.deorbit_zone import Zone, _entries, _lands_between, on_land
from stationkeeper.reentry.footprint import footprint
from stationkeeper.reentry.plan import Plan, load_plan


def with_tables(plan: Plan, **tables: dict[str, Any]) -> Plan:
    """A plan with some keys of its tables changed."""
    f = plan.file
    return replace(plan, file=f.model_copy(update={k: getattr(f, k).model_copy(update=v) for k, v in tables.items()}))


@pytest.fixture(scope="module")
def mir() -> Deorbit:
    """Mir with 60 members."""
    return fly_plan(load_plan("mir-2001"), branches=False, members=60)


def zone(d: Deorbit) -> Zone:
    assert d.zone is not None
    return d.zone


def at(p: Any) -> tuple[float, float]:
    return p.latitude_rad, p.longitude_rad


def test_the_places_are_in_order_and_the_lengths_agree(mir: Deorbit) -> None:
    z, d = zone(mir), mir.descent
    assert d is not None
    start = (d.entry.latitude_rad, d.entry.longitude_rad)
    assert distance_m(start, at(z.heel)) < distance_m(start, at(z.middle)) < distance_m(start, at(z.toe))
    # heel to toe is the length, but for the curve of the track and the ground of an ellipsoid
    assert distance_m(at(z.heel), at(z.toe)) == pytest.approx(z.length_m, rel=0.03)
    assert z.length_m < z.wide_length_m and z.width_m < z.wide_width_m
    assert d.entry.epoch < z.first < z.middle.epoch < z.last


def test_shares_are_shares_and_the_corridor_counts_pieces(mir: Deorbit) -> None:
    z = zone(mir)
    assert 0.0 <= z.members_inside_ratio <= z.inside_ratio <= 1.0
    assert z.on_land_ratio == 0.0 and z.lands == ()  # nothing but ocean for 1,500 km around 40 S 160 W
    # Mir: 22 to 26 % are published (R162); wide as the packaged range of 10 to 40 % of large spacecraft
    assert 0.10 < z.surviving_ratio.best < 0.40
    assert not z.extrapolated
    elsewhere = with_tables(mir.plan, corridor={"south_deg": -37.0, "north_deg": -20.0})
    box = fly_plan(elsewhere, branches=False, members=60)
    assert not box.in_corridor and 0.02 < zone(box).inside_ratio < 0.98
    assert zone(box).members_inside_ratio < 0.5


def test_the_same_seed_gives_the_same_zone(mir: Deorbit) -> None:
    again, other = (fly_plan(mir.plan, branches=False, members=60, seed=s) for s in (0, 1))
    assert zone(again) == zone(mir)
    assert zone(other).length_m != zone(mir).length_m


def test_a_more_doubtful_burn_lengthens_the_zone() -> None:
    plan = load_plan("mir-2001")
    quiet, loud = (
        zone(fly_plan(with_tables(plan, dispersion={"members": 60, "last_burn_percent": p}), branches=False))
        for p in (0.1, 10.0)
    )
    assert loud.length_m > 1.3 * quiet.length_m
    assert loud.burn_moves_m > 20.0 * quiet.burn_moves_m
    assert loud.density_moves_m == pytest.approx(quiet.density_moves_m)


def test_the_linear_entry_is_the_flown_one() -> None:
    """Three standard deviations of thrust: the straight line against a flight of its own."""
    from stationkeeper.reentry.deorbit import _burns
    from stationkeeper.reentry.deorbit_burns import Job
    from stationkeeper.reentry.deorbit_ground import entry_at
    from stationkeeper.reentry.deorbit_zone import Before

    plan = load_plan("mir-2001")
    s = plan.file.station
    mass = s.mass_kg.best
    job = Job(plan, plan.weather(), 1.0, mass, s.cdam_m2_kg.best * mass, plan.parts()[0], lambda _: None)
    flown, before, flight = _burns(job, plan.state())
    nominal = entry_at(job.entry(flight.end_state, flight.end_mass_kg))  # type: ignore[arg-type]
    found = _entries(job, before, nominal, 400, 0)
    assert found is not None
    z = np.clip(np.random.default_rng([0, 0xB0_12]).standard_normal((400, 2)), -3.0, 3.0)
    one = int(np.argmax(np.abs(z[:, 0]) - 2.0 * np.abs(z[:, 1])))  # far out in thrust, near nominal in air
    factor, air = 1.0 + 0.01 * z[one, 0], 1.0 + 0.15 * z[one, 1]
    burn = replace(before.burn, thrust_n=before.burn.thrust_n * factor)
    state = job.fly(before.state, before.mass_kg, before.burn.start).end_state
    cut = job.fly(state, before.mass_kg, burn.end, (burn,), 90_000.0, air=air)
    real = entry_at(job.entry(cut.end_state, cut.end_mass_kg, air=air))  # type: ignore[arg-type]
    away = distance_m((real.latitude_rad, real.longitude_rad), (found.latitude_rad[one], found.longitude_rad[one]))
    moved = distance_m((real.latitude_rad, real.longitude_rad), (nominal.latitude_rad, nominal.longitude_rad))
    assert moved > 40e3
    assert away < 0.1 * moved  # what is of second order
    assert found.angle_rad[one] == pytest.approx(real.flight_path_angle_rad, abs=math.radians(0.01))
    assert found.azimuth_rad[one] == pytest.approx(real.azimuth_rad, abs=math.radians(0.1))
    assert isinstance(before, Before) and len(flown) == 3


def test_land_is_seen_where_it_is() -> None:
    # Wellington, Chatham Island (40 km wide) and the open sea
    lat, lon = np.radians([-41.3, -43.95, -45.0]), np.radians([174.8, -176.5, -140.0])
    assert on_land(lat, lon).tolist() == [True, True, False]


def test_land_between_the_ends_is_named_even_if_no_piece_strikes_it(mir: Deorbit) -> None:
    entry = mir.descent.entry  # type: ignore[union-attr]
    # the same fall turned to the west by 20 degrees of longitude crosses New Zealand or passes it by less than its width
    moved = replace(entry, longitude_rad=entry.longitude_rad - math.radians(22.0))
    s = few_pieces(mir.plan.parts()[0], moved)
    f = footprint(s, share=1.0)
    assert "New Zealand" in _lands_between(s, replace(f, width_m=1_000e3))
