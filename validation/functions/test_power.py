"""Power of the ISS against numbers from outside.

Inputs of the model that do not come from the numbers it is compared with: cells (262,400 of 8 cm square), their efficiency (14.2 %),
loss a year (0.8 % predicted, 0.2 to 0.5 % measured in 2000 to 2003), sunlight, shadow and Sun's angle from the orbit, battery count.
Assumed: what warmth and wiring (0.74 to 0.84), shadows of the station (0.75 to 0.95), distribution (0.87 to 0.93) and batteries (0.80 to
0.92) leave. Not independent: the upper end of the loss a year (2.5 %) is what 240 kW new and 160 kW in 2021 would give.
Compared with nothing, because nobody published it: the loads, and what crosses to the Russian segment.
"""

from __future__ import annotations

import math

import pytest

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.orbit import Orbit
from stationkeeper.core.ranges import Range
from stationkeeper.functions import power
from stationkeeper.functions.arrays import in_the_sun_kw, sunlight_of
from stationkeeper.functions.surroundings import beta_rad, shadow_fraction
from stationkeeper.station.configuration import configuration_at
from stationkeeper.station.load import load_station

ISS = load_station("iss")
ELEMENTS = {e.id: e for e in ISS.element}
WINGS = [q for q in ISS.equipment if q.id.startswith("array-")]
FRONTS = [q for q in ISS.equipment if q.id.startswith("roll-out-array-")]


def at(text: str) -> Epoch:
    return Epoch.parse(f"{text}T00:00:00Z")


def american(text: str, failed: frozenset[str] = frozenset()) -> power.SegmentBalance:
    b = power.balance(configuration_at(ISS, at(text)).with_(failed=failed).stacks()[0]).of("usos")
    assert b is not None
    return b


def wing_kw(date: str, shadows: bool = True) -> list[Range]:
    out = []
    for q in WINGS:
        figures = {k: v for k, v in q.figures.items() if shadows or k != "shading_ratio"}
        kw = in_the_sun_kw(q.model_copy(update={"figures": figures}), ELEMENTS[q.element], at(date), 1.0)
        assert kw is not None
        out.append(kw)
    return out


def test_a_new_wing() -> None:
    """31 kW (R122), 32.8 kW (collectSPACE, a watt for each cell), 33 kW (S. Ryazansky's book): 32.0 kW (29.2 to 35.1)."""
    new = wing_kw("2000-12-01", shadows=False)[0]
    assert new.best == pytest.approx(32.0, abs=1.0)
    assert new.low < 31.0 < 33.0 < new.high


@pytest.mark.parametrize("date", ["2022-01-28", "2022-02-24", "2022-03-05", "2022-03-23"])
def test_usable_average_of_february_2022(date: str) -> None:
    """84 to 120 kW usable on average (R31 Boeing, R122): 111 kW (72 to 165) on 2022-02-24, all days with the Sun below 35 degrees."""
    supply = american(date).supply_kw
    assert 84.0 <= supply.best <= 120.0
    assert supply.low < 84.0 and supply.high > 120.0


def test_a_high_sun_is_an_upper_bound() -> None:
    """A known departure: with the Sun 63 degrees up (2022-02-11) the model gives 150 kW (98 to 219), beyond the 120 kW published, because
    it has no limit of converters, cooling or turning. The assessment says so."""
    stack = configuration_at(ISS, at("2022-02-11")).stacks()[0]
    assert american("2022-02-11").supply_kw.best > 120.0 > american("2022-02-11").supply_kw.low
    assert "upper bound" in power.assess(stack).not_modelled
    assert "upper bound" not in power.assess(configuration_at(ISS, at("2022-02-24")).stacks()[0]).not_modelled


def test_output_in_the_sun_of_2021() -> None:
    """160 kW from eight wings in 2021 (R25, R123): 193 kW (119 to 259), a fifth more at best values. The published number is inside;
    2.0 % loss a year instead of the predicted 0.8 % would give it."""
    total = Range.total(wing_kw("2021-05-01"))
    assert total.low < 160.0 < total.high
    assert abs(total.best / 160.0 - 1.0) < 0.25


def test_six_roll_out_arrays() -> None:
    """160 to 215 kW (R25, R123), +20 to 30 % (R24, R25), 'around ten kW' net for each (R123), 95 kW left of the old wings
    (RFN-IROSA): 193 to 241 kW, +25 %, 8 kW each."""
    old = Range.total(wing_kw("2021-05-01"))
    front = in_the_sun_kw(FRONTS[0], ELEMENTS[FRONTS[0].element], at("2021-06-20"), 1.0)
    assert front is not None
    covered = Range.of(FRONTS[0].figures["covers_ratio"])
    net = front.best - covered.best * old.best / 8.0
    assert 6.0 < net < 12.0
    assert 0.20 <= 6.0 * net / old.best <= 0.30
    left = old.best - 6.0 * covered.best * old.best / 8.0
    assert left == pytest.approx(95.0, rel=0.3), "120 kW of six new and 95 kW of what is not covered are the 215 kW"
    least = old.low + 6.0 * (front.low - covered.high * old.low / 8.0)
    most = old.high + 6.0 * (front.high - covered.low * old.high / 8.0)
    assert least < 215.0 < most


def test_shadow_of_a_low_sun_and_of_a_high_one() -> None:
    """'35 minutes of every 90 minute orbit' (WIKI-EPS): 35.9 of 92.8 minutes. ('About 35 %' in R129 is less: 35 of 90 is 39 %.)
    None above about 70 degrees: the shadow's edge at 418 km is 69.8 degrees, from asin(R/a)."""
    a = 6_796e3
    for raan in range(0, 360, 12):
        o = Orbit(at("2022-02-24"), a, math.radians(51.64), math.radians(raan), 0.0, "test")
        beta, shadow = abs(beta_rad(o)), shadow_fraction(o)
        edge = math.asin(EARTH_EQUATORIAL_RADIUS_M / a)
        by_hand = math.acos(min(1.0, math.cos(edge) / math.cos(beta))) / math.pi if beta < edge else 0.0
        # a flattened Earth and half a penumbra against a ball and a sharp edge: a degree of the turn and its steps
        assert shadow == pytest.approx(by_hand, abs=0.006 if beta < math.radians(65.0) else 0.06)
        if beta > math.radians(71.0):
            assert shadow == 0.0
        if beta < math.radians(5.0):
            assert shadow * o.period_s / 60.0 == pytest.approx(35.0, abs=1.5)


def test_depth_of_discharge_of_the_old_batteries() -> None:
    """48 nickel-hydrogen units of 4 kWh nominal were built for at most 35 % (DALTON-2002, DALTON-2019): what the model draws by night
    is 30 % of them, so loads and night side agree with the batteries that NASA sized; 16 % of the lithium ones."""
    b = american("2022-02-24")
    assert b.battery_kwh is not None and b.depth_of_discharge is not None
    drawn = b.battery_kwh.best * b.depth_of_discharge.best
    assert 0.20 < drawn / (48 * 4.0) < 0.35
    assert 0.10 < b.depth_of_discharge.best < 0.25


def test_three_of_eight_channels_lost() -> None:
    """September 2012: three of eight channels out; the treadmill and second-rank science were switched off, the station went on
    (press of 2012-09-03). The same loss in 2022 sheds experiments first and nothing that must be kept."""
    failed = frozenset({"array-1a", "array-3a", "array-3b"})
    cfg = configuration_at(ISS, at("2022-03-20")).with_(failed=failed)
    a, b = power.assess(cfg.stacks()[0]), power.balance(cfg.stacks()[0])
    assert a.status == "degraded"
    assert b.total.shed and b.total.shed[0].endswith("experiments")
    assert b.total.unmet_kw.best == 0.0
    assert b.total.shortfall_kw.best < 40.0


def test_night_glider_takes_no_power() -> None:
    """Night glider: arrays' drag -30 %, no loss of power (R85); sun slicer: less power (R85)."""
    stack = configuration_at(ISS, at("2022-02-24")).stacks()[0]
    tracking, glider, slicer = (
        power.balance(stack, m).total.supply_kw.best for m in ("sun-tracking", "night-glider", "sun-slicer")
    )
    assert glider == tracking
    assert 0.5 < slicer / tracking < 0.8
    assert power.MODES["night-glider"].array_drag.best == pytest.approx(1.0 - 0.30)


def test_the_halves_of_2022() -> None:
    """No number to compare with: what is printed as the answer. The US half has some 37 kW to spare, the Russian half lacks 8 kW
    (0 to 29). Against it: 1 to 6 kW said in 2012 (TASS-2012-09-03), about 20 kW to end the need (ENERGIA-2015-01): both inside."""
    cfg = configuration_at(ISS, at("2022-02-24"))
    assert sunlight_of(cfg).beta_rad == pytest.approx(math.radians(-21.5), abs=math.radians(1.0))
    parts = cfg.with_(links=tuple(x for x in cfg.links if x.id != "zarya-pma-1")).stacks()
    us, ru = (power.balance(s) for s in parts)
    assert us.total.shed == () and us.total.surplus_kw.best > 20.0
    short = ru.total.shortfall_kw
    assert short.low <= 1.0 < short.best < 20.0 < short.high <= 30.0
    assert ru.total.shed[0].endswith("experiments")
    assert ru.total.unmet_kw.best == 0.0
