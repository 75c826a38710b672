"""Events: found where closed forms say, to a millisecond, and in the right direction."""

import math

import numpy as np
import pytest

from stationkeeper.core.constants import GM_EARTH_M3_S2
from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError
from stationkeeper.core.frames import gcrf_to_itrf, geodetic
from stationkeeper.environment.sun import sunlit_fraction
from stationkeeper.flight.events import (
    AltitudeCrossing,
    Apsis,
    Event,
    MeanAltitudeReached,
    NodeCrossing,
    OsculatingAltitudeReached,
    Shadow,
    find_events,
)
from stationkeeper.flight.trajectory import Trajectory

START = Epoch.parse("2022-02-24T00:00:00Z")


def ellipse(days: float = 0.25, a: float = 6_900e3, e: float = 0.02) -> Trajectory:
    """A Kepler orbit that starts at perigee on the ascending node, samples of 60 s."""
    n = math.sqrt(GM_EARTH_M3_S2 / a**3)
    t = np.arange(0.0, days * 86_400.0, 60.0)
    anomaly = n * t
    for _ in range(50):
        anomaly = anomaly - (anomaly - e * np.sin(anomaly) - n * t) / (1.0 - e * np.cos(anomaly))
    b, rate = a * math.sqrt(1.0 - e * e), n / (1.0 - e * np.cos(anomaly))
    x, y = a * (np.cos(anomaly) - e), b * np.sin(anomaly)
    vx, vy = -a * np.sin(anomaly) * rate, b * np.cos(anomaly) * rate
    c, s = math.cos(0.9), math.sin(0.9)
    return Trajectory.build(
        START.tai_us + np.round(t * 1e6).astype(np.int64),
        np.stack([x, c * y, s * y], axis=1),
        np.stack([vx, c * vy, s * vy], axis=1),
    )


def test_apsides_come_at_half_periods() -> None:
    path = ellipse()
    period = math.tau * math.sqrt(6_900e3**3 / GM_EARTH_M3_S2)
    found = find_events(path, [Apsis()])
    assert [f.name for f in found[:3]] == ["apogee", "perigee", "apogee"]
    for k, f in enumerate(found, 1):
        assert f.epoch - START == pytest.approx(0.5 * k * period, abs=0.003)  # flat at the apsis: r.v is 1 mm/s there


def test_heights_nodes_and_shadow_are_true_at_the_instants_that_are_found() -> None:
    path = ellipse()
    events: list[Event] = [AltitudeCrossing(520e3), NodeCrossing(), Shadow("umbra"), Shadow("penumbra")]
    found = find_events(path, events)
    assert [f.epoch for f in found] == sorted(f.epoch for f in found)
    for f in found:
        t = f.epoch
        r = path.at(t).position_gcrf_m
        before, after = (sunlit_fraction(t.plus_s(s), path.at(t.plus_s(s)).position_gcrf_m)[0] for s in (-0.01, 0.01))
        if isinstance(f.event, AltitudeCrossing):
            assert geodetic(gcrf_to_itrf(t, r)).height_m[0] == pytest.approx(520e3, abs=1.0)
        elif isinstance(f.event, NodeCrossing):
            assert abs(gcrf_to_itrf(t, r)[0, 2]) < 10.0  # 6 km/s for a millisecond
        elif f.name == "enters umbra":
            assert before > 0.0 == after
        elif f.name == "leaves penumbra":
            assert before < 1.0 == after
    names = [f.name for f in found if isinstance(f.event, Shadow)]
    assert names[:4] in (
        ["enters penumbra", "enters umbra", "leaves umbra", "leaves penumbra"],
        ["leaves umbra", "leaves penumbra", "enters penumbra", "enters umbra"],
    )
    assert {f.name for f in found} >= {"ascending node", "descending node", "rises above 520 km", "falls below 520 km"}


def test_one_direction_gives_every_other_event() -> None:
    path = ellipse()
    both, up, down = (find_events(path, [NodeCrossing(d)]) for d in (0, 1, -1))  # type: ignore[arg-type]
    assert {f.name for f in up} == {"ascending node"}
    assert {f.name for f in down} == {"descending node"}
    assert sorted(f.epoch for f in (*up, *down)) == [f.epoch for f in both]
    assert len(both) >= 6


def test_an_altitude_that_is_never_reached_is_no_event() -> None:
    path = ellipse()
    assert (
        find_events(path, [AltitudeCrossing(2_000e3), OsculatingAltitudeReached(100e3), MeanAltitudeReached(0.0)]) == ()
    )
    assert find_events(path, []) == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: AltitudeCrossing(math.nan),
        lambda: Shadow("dusk"),  # type: ignore[arg-type]
        lambda: NodeCrossing(2),  # type: ignore[arg-type]
        lambda: find_events(ellipse(), [Apsis()], step_s=0.0),
    ],
)
def test_questions_without_meaning_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        make()
