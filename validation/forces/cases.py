"""The cases that both programs fly: plain data, read by the engine's side and by Orekit's side alike.

State: the ISS orbit of GMAT's validation paper (Hughes, Qureshi, Cooley, Parker and Grubb, "Verification and validation of
the General Mission Analysis Tool", AIAA 2014-4151, table 5), here taken as GCRF and UTC. The paper does not print mass, area
and coefficients; an old GMAT script with this state has Cd 2.2, Cr 1.2, 20 m2 and 1,000 kg. That is ten times an
ISS-like area per mass, so drag is also flown with Cd * A / m = 0.004 m2/kg.
"""

from __future__ import annotations

EPOCH = "2004-06-01T12:00:00Z"
POSITION_M = (-4_453_783.59, -5_038_203.76, -426_384.456)
VELOCITY_M_S = (3_831.888, -2_887.221, -6_018.232)
MASS_KG = 1_000.0
AREA_M2 = 20.0
CR = 1.2
CD = 2.2
CD_ISS = 0.2  # 0.2 * 20 m2 / 1,000 kg = 0.004 m2/kg
DAYS = (1.0, 10.0)
STORM_EPOCH = "2003-10-29T00:00:00Z"

# name: (degree, drag, options). Options: sun_moon, tides, relativity, radiation; cd; weather; convention of Orekit's side
CASES: dict[str, dict[str, object]] = {
    "two-body": {"degree": 0},
    "harmonics 36x36": {"degree": 36},
    "harmonics 70x70": {"degree": 70},
    "Sun and Moon": {"degree": 36, "sun_moon": True},
    "tides, step 1": {"degree": 36, "sun_moon": True, "tides": "step1"},
    "tides, steps 1 and 2 and pole tide": {"degree": 36, "sun_moon": True, "tides": "full"},
    "relativity": {"degree": 36, "relativity": True},
    "radiation pressure": {"degree": 36, "radiation": "sphere"},
    "radiation pressure, shadow of the ellipsoid": {"degree": 36, "radiation": "ellipsoid"},
    "drag, constant weather": {"degree": 36, "cd": CD_ISS, "weather": "fixed"},
    "drag, measured weather": {"degree": 36, "cd": CD_ISS, "weather": "observed"},
    "drag, measured weather, true Sun": {"degree": 36, "cd": CD_ISS, "weather": "observed", "sun_time": "APPARENT"},
    "drag, measured weather, daily Ap": {"degree": 36, "cd": CD_ISS, "weather": "observed", "ap": "daily"},
    "drag, measured weather, storm of 2003": {"degree": 36, "cd": CD_ISS, "weather": "observed", "storm": True},
    "drag, constant weather, 0.044 m2/kg": {"degree": 36, "cd": CD, "weather": "fixed"},
    "drag, measured weather, 0.044 m2/kg": {"degree": 36, "cd": CD, "weather": "observed"},
    "all forces": {
        "degree": 36, "sun_moon": True, "tides": "step1", "relativity": True, "radiation": "sphere", "cd": CD_ISS,
        "weather": "observed",
    },
    "all forces, 70x70": {
        "degree": 70, "sun_moon": True, "tides": "step1", "relativity": True, "radiation": "sphere", "cd": CD_ISS,
        "weather": "observed",
    },
    "all forces, Orekit's own tides": {
        "degree": 36, "sun_moon": True, "tides": "full", "relativity": True, "radiation": "sphere", "cd": CD_ISS,
        "weather": "observed",
    },
}  # fmt: skip
