"""Writes the gravity field that the engine flies (EGM2008 as compiled into satkit) in the ICGEM format that Orekit reads.

satkit gives accelerations, not coefficients, so each coefficient is taken out of them: the radial acceleration of one
harmonic is -(n + 1) GM / r^2 (R / r)^n P_nm(sin lat) (C cos m lon + S sin m lon), and the harmonic of degree n and order m
is what is left of g(n, m) - g(n, m-1) - g(n-1, m) + g(n-1, m-1). At half the Earth's radius the wanted degree is the
largest of them, so that little is lost in the differences.

    python validation/forces/gravity_field.py FILE.gfc
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import satkit

GM_M3_S2 = 398_600.4415e9
RADIUS_M = 6_378_136.3
DEGREE = 70


def legendre(degree: int, x: float) -> np.ndarray:
    """Fully normalised associated Legendre functions at x = sin(latitude), shape (degree + 1, degree + 1)."""
    p = np.zeros((degree + 1, degree + 1))
    p[0, 0] = 1.0
    u = math.sqrt(1.0 - x * x)
    for m in range(1, degree + 1):
        p[m, m] = u * (math.sqrt(3.0) if m == 1 else math.sqrt((2 * m + 1) / (2 * m))) * p[m - 1, m - 1]
    for m in range(degree):
        p[m + 1, m] = math.sqrt(2 * m + 3) * x * p[m, m]
        for n in range(m + 2, degree + 1):
            a = math.sqrt((2 * n - 1) * (2 * n + 1) / ((n - m) * (n + m)))
            b = math.sqrt((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((n - m) * (n + m) * (2 * n - 3)))
            p[n, m] = a * x * p[n - 1, m] - b * p[n - 2, m]
    return p


def radial(sin_lat: float, lon: float, radius_m: float, degree: int, order: int) -> float:
    """Radial acceleration of the field up to a degree and order."""
    c = math.sqrt(1.0 - sin_lat**2)
    unit = np.array([c * math.cos(lon), c * math.sin(lon), sin_lat])
    g = satkit.gravity(unit * radius_m, model=satkit.gravmodel.egm2008, degree=degree, order=order)
    return float(np.dot(g, unit))


def coefficients() -> dict[tuple[int, int], tuple[float, float]]:
    """C and S, fully normalised, of all degrees from 2."""
    radius_m = 0.5 * RADIUS_M
    grid = np.linspace(0.05, 0.95, 19)
    tables = [legendre(DEGREE, float(x)) for x in grid]
    out = {}
    for n in range(2, DEGREE + 1):
        scale = -(n + 1) * GM_M3_S2 / radius_m**2 * (RADIUS_M / radius_m) ** n
        for m in range(n + 1):
            best = int(np.argmax([abs(t[n, m]) for t in tables]))
            x, p = float(grid[best]), float(tables[best][n, m])
            found = []
            for lon in (0.0,) if m == 0 else (0.0, 0.5 * math.pi / m):
                g = radial(x, lon, radius_m, n, m)
                if n > m:  # a field of degree n - 1 has no order n
                    g -= radial(x, lon, radius_m, n - 1, m)
                if m > 0:
                    g -= radial(x, lon, radius_m, n, m - 1)
                if n > m and m > 0:
                    g += radial(x, lon, radius_m, n - 1, m - 1)
                found.append(g / (scale * p))
            out[n, m] = (found[0], found[1] if m else 0.0)
    return out


def _same_below(c: dict[tuple[int, int], tuple[float, float]]) -> float:
    """Largest relative difference of satkit's 70x70 acceleration from the sum of the coefficients, at 400 km."""
    worst = 0.0
    for sin_lat, lon in ((0.3, 0.4), (-0.6, 2.2), (0.75, 5.0)):
        r = 6_778_137.0
        p = legendre(DEGREE, sin_lat)
        total = -GM_M3_S2 / r**2
        for (n, m), (cc, ss) in c.items():
            total -= (
                (n + 1) * GM_M3_S2 / r**2 * (RADIUS_M / r) ** n * p[n, m]
                * (cc * math.cos(m * lon) + ss * math.sin(m * lon))
            )  # fmt: skip
        worst = max(worst, abs(total / radial(sin_lat, lon, r, DEGREE, DEGREE) - 1.0))
    return worst


def main(path: str) -> None:
    """Write the file and say how well the coefficients give back the accelerations."""
    c = coefficients()
    lines = [
        "product_type gravity_field",
        "modelname EGM2008-as-flown",
        f"earth_gravity_constant {GM_M3_S2:.10E}",
        f"radius {RADIUS_M:.10E}",
        f"max_degree {DEGREE}",
        "errors no",
        "norm fully_normalized",
        "tide_system tide_free",
        "",
        "key L M C S",
        "end_of_head ====",
        "gfc 0 0 1.0 0.0",
        *(f"gfc {n} {m} {cc:.16E} {ss:.16E}" for (n, m), (cc, ss) in c.items()),
    ]
    Path(path).write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"C20 {c[2, 0][0]:.15E}  C22 {c[2, 2][0]:.13E}  sum against satkit: {_same_below(c):.1e}")


if __name__ == "__main__":
    main(sys.argv[1])
