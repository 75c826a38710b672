"""The plan file: what is packaged reads and is cited, what is wrong is refused with its line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from stationkeeper.core.errors import InputError
from stationkeeper.core.ranges import Range
from stationkeeper.reentry.plan import CorridorTable, _cited, load_plan, packaged_plans, plan_path


def changed(folder: Path, *swaps: tuple[str, str], name: str = "mir-2001") -> Path:
    """A packaged plan with some text replaced."""
    text = plan_path(name).read_text("utf-8")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", packaged_plans())
def test_every_packaged_plan_reads_and_its_sources_are_named(name: str) -> None:
    plan = load_plan(name)  # refuses a source that is cited and not named
    cited = {k for _, keys in _cited(plan.file) for k in keys}
    assert {s.key for s in plan.file.source} == cited
    assert plan.state().mean_altitude_m == pytest.approx(217e3, abs=6e3)


@pytest.mark.parametrize("name", packaged_plans())
def test_the_parts_of_a_packaged_plan_weigh_what_the_plan_says(name: str) -> None:
    plan = load_plan(name)
    pieces, kg = plan.parts()
    mass = Range.of(plan.file.station.mass_kg)
    assert mass.low <= kg <= mass.high
    # what the pieces have is what the parts weigh, but for the count of groups that is at least one
    assert math.fsum(p.total_kg.best for p in pieces) == pytest.approx(kg, rel=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ('by = ["progress-m1-5/dpo"]', 'by = ["progress-m1-5/dop"]', "burn[0].by"),
        ("start = 2001-03-23T02:00:24Z", "start = 2001-03-22T02:00:24Z", "burn[1].start"),
        ("delta_v_m_s = 9.3", "delta_v_m_s = 9.3\nperigee_km = 100.0", "delta_v_m_s"),
        ("south_deg = -52.0", "south_deg = -10.0", "south_deg"),
        ("inclination_deg = 51.6348", "inclination_deg = 251.6", "inclination_deg"),
        ('parts = { body = "mir" }', 'parts = { body = "mirr" }', "station.parts"),
        ('source = ["SEESAT-MIR"]', 'source = ["SEESAT"]', "elements.source"),
        ('source = ["R193"], as_of', 'source = ["R913"], as_of', "propellant_kg"),
        ('parts = { body = "mir" }', 'parts = { body = "mir", station = "iss" }', "station"),
        ('parts = { body = "mir" }', 'parts = { station = "issy", on = 2022-08-20T00:00:00Z }', "station.parts"),
        (
            'parts = { body = "mir" }',
            'parts = { station = "iss", on = 1990-08-20T00:00:00Z }',
            "station.parts: found on 1990-08-20",
        ),
        ('parts = { body = "mir" }', 'parts = { station = "iss", on = 2022-08-20T00:00:00Z }', "station.mass_kg"),
        (
            "value = 135000.0, low = 130000.0, high = 140000.0",
            "value = 135.0, low = 130.0, high = 140.0",
            "Write kg, not t",
        ),
        (
            "value = 135000.0, low = 130000.0, high = 140000.0",
            "value = 170e3, low = 169e3, high = 171e3",
            "station.mass_kg",
        ),
        ("value = 1000.0, low = 900.0, high = 1090.0", "value = 1e6, low = 900.0, high = 1e7", "7.4 m/s2"),
        ("latitude_deg = -40.0\n", "", "published[0].latitude_deg"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_line(tmp_path: Path, old: str, new: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        load_plan(changed(tmp_path, (old, new)))
    assert part in str(caught.value)
    assert "line" in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = changed(
        tmp_path, ('by = ["progress-m1-5/dpo"]', 'by = ["progress-m1-5/dop"]'), ('body = "mir"', 'body = "mirr"'),
        ("start = 2001-03-23T02:00:24Z", "start = 2001-03-22T02:00:24Z"),
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        load_plan(path)
    assert len(caught.value.problems) == 3
    assert str(caught.value).count("line") >= 3


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("aim_longitude_deg = -128.0", "aim_longitude_deg = 100.0", "aim_longitude_deg"),
        ("aim_argument_of_latitude_deg = 265.0", "aim_argument_of_latitude_deg = 10.0", "aim_argument_of_latitude_deg"),
        # 51.64 degrees geocentric are 51.83 geodetic, as the edges are: an aim at the turn of the track lies south of this edge
        ("south_deg = -60.0", "south_deg = -51.7", "aim_argument_of_latitude_deg"),
    ],
)
def test_an_aim_outside_its_corridor_is_refused(tmp_path: Path, old: str, new: str, key: str) -> None:
    swaps = [(old, new), ("aim_argument_of_latitude_deg = 265.0", "aim_argument_of_latitude_deg = 270.0")]
    path = changed(tmp_path, *swaps[: 2 if old.startswith("south") else 1], name="iss-2022-rfi")
    with pytest.raises(InputError, match=rf"line \d+: corridor\.{key}: .*inside the corridor"):
        load_plan(path)


def test_an_unknown_plan_names_those_that_there_are() -> None:
    with pytest.raises(InputError, match="iss-usdv"):
        load_plan("iss-usdw")


def test_a_corridor_over_the_date_line_holds_what_lies_in_it() -> None:
    box = CorridorTable(name="box", south_deg=-60.0, north_deg=-20.0, west_deg=175.0, east_deg=-130.0, source=["x"])
    inside = np.radians([(-40.0, 180.0), (-40.0, -160.0), (-40.0, 176.0), (-60.0, 175.0)])
    outside = np.radians([(-40.0, 170.0), (-40.0, -120.0), (-10.0, -160.0), (np.nan, np.nan)])
    assert box.holds(inside[:, 0], inside[:, 1]).all()
    assert not box.holds(outside[:, 0], outside[:, 1]).any()
