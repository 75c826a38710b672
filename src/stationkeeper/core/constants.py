"""Physical constants: SI, unit in the name, source beside each."""

from typing import Final

# Earth, WGS 84 / EGM2008 values (NIMA TR8350.2; Pavlis et al. 2012)
GM_EARTH_M3_S2: Final = 3.986004415e14
EARTH_EQUATORIAL_RADIUS_M: Final = 6_378_137.0
EARTH_FLATTENING: Final = 1.0 / 298.257223563
EARTH_ROTATION_RATE_RAD_S: Final = 7.292115e-5
# J2 of EGM2008, unnormalised
J2_EARTH: Final = 1.082626e-3
# Standard gravity, exact (CGPM 1901): turns specific impulse in seconds into exhaust speed
STANDARD_GRAVITY_M_S2: Final = 9.80665
# Sun
ASTRONOMICAL_UNIT_M: Final = 1.495978707e11
SUN_RADIUS_M: Final = 6.957e8

SECONDS_PER_DAY: Final = 86_400.0
