"""Pieces: stations and bodies fall apart into groups whose mass, material and source are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.reentry.pieces import bodies, breakup_table, materials, measures, pieces_of, pieces_of_body
from stationkeeper.station.configuration import Stack, configuration_at
from stationkeeper.station.load import load_station


def stack(station: str, at: str) -> Stack:
    return configuration_at(load_station(station), Epoch.parse(at)).stacks()[0]


def test_skylab_and_the_bodies_have_pieces() -> None:
    assert len(pieces_of(stack("skylab", "1979-07-01T00:00:00Z"))) > 20
    for b in bodies():
        assert pieces_of_body(b)


def test_arrays_come_off_first() -> None:
    pieces = pieces_of_body("mir")
    shed = [p.release_km for p in pieces if p.kind == "array" and p.released == "shed"]
    main = [p.release_km for p in pieces if p.kind == "module" and p.released == "shed"]
    assert min(r.low for r in shed) == 95.0
    assert {(r.low, r.high) for r in main} == {(75.0, 84.0)}


def test_every_source_of_the_tables_is_listed() -> None:
    t = breakup_table()
    known = {s.key for s in t.source}
    for p in t.template:
        assert set(p.share_ratio.source) <= known
        assert p.material == "fluid" or p.material in materials()
    for x in t.published:
        assert set(x.figure.source) <= known
    for b in t.body:
        assert set(b.source) <= known


def test_groups_of_an_element_add_up_to_its_mass() -> None:
    for body in bodies():
        by: dict[str, float] = {}
        pieces = pieces_of_body(body)
        for p in pieces:
            by[p.parent] = by.get(p.parent, 0.0) + p.total_kg.best
        for p in pieces:
            assert by[p.parent] == pytest.approx(p.parent_kg.best, rel=1e-9)


def test_what_is_in_the_tanks_vanishes_and_is_taken_from_the_rest() -> None:
    iss = stack("iss", "2022-03-07T00:00:00Z")
    pieces = pieces_of(iss)
    wet = sum(p.total_kg.best for p in pieces if p.group == "stores")
    known = sum(t.content_kg for t in iss.tanks) + sum(s.content_kg for s in iss.stores)
    assert wet == pytest.approx(known)
    assert all(p.material == "fluid" for p in pieces if p.group == "stores")


def test_a_negative_balance_counts_in_the_whole() -> None:
    """Outfitting that makes the parts add up to the whole's mass: without pieces of its own, and taken from the others."""
    iss = stack("iss", "2022-03-07T00:00:00Z")
    node = iss.configuration.nodes["outfitting-ros"]
    nodes = dict(iss.configuration.nodes) | {node.id: node.plus_kg(-10_600.0)}
    less = replace(iss, configuration=replace(iss.configuration, nodes=nodes))
    assert less.configuration.nodes[node.id].mass_kg < 0.0
    pieces = pieces_of(less)
    whole = {p.parent: p.parent_kg for p in pieces}
    assert node.id not in whole
    assert sum(r.best for r in whole.values()) == pytest.approx(iss.mass_kg - 10_600.0)
    assert all(0.0 <= r.low <= r.best <= r.high for r in whole.values())
    # what is in its tanks vanishes all the same
    known = sum(t.content_kg for t in less.tanks) + sum(s.content_kg for s in less.stores)
    assert sum(p.total_kg.best for p in pieces if p.group == "stores") == pytest.approx(known)
    assert sum(p.total_kg.best for p in pieces) == pytest.approx(sum(r.best for r in whole.values()))


@pytest.mark.parametrize(
    ("shape", "bulk", "area"),
    # a sphere of 1 m3, a cube of 1 m3, a cylinder of 1 m3 twice as long as wide, a plate of 2 m2: a quarter of their surfaces
    [("sphere", 1.0, 1.2090), ("box", 1.0, 1.5), ("cylinder", 1.0, 1.4529), ("plate", 1375.0, 1.0)],
)
def test_areas_of_shapes(shape: str, bulk: float, area: float) -> None:
    kg = materials()["aluminium"].density_kg_m3.best
    found, nose, length = measures(shape, "aluminium", np.array([kg]), np.array([bulk]))  # type: ignore[arg-type]
    assert float(found[0]) == pytest.approx(area, rel=1e-3)
    assert 0.0 < float(nose[0]) <= float(length[0])


def test_an_unknown_body_is_refused() -> None:
    with pytest.raises(InputError, match="mir"):
        pieces_of_body("mire")
