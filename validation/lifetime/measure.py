"""Lifetimes: this project beside other programs, and its averaged engine beside its numerical one.

Run from the root of the project; it writes ``own.csv``, ``results.csv`` and the tables of the README:

    python validation/lifetime/measure.py             # about ten minutes on one core
    python validation/lifetime/measure.py --averaged  # flies the averaged engine alone, beside the numerical results as they stand
    python validation/lifetime/measure.py --density   # the expansion's density beside the model's along five numerical flights: density.csv
    python validation/lifetime/measure.py --draw      # draws the starts anew: starts.csv
"""

from __future__ import annotations

import csv
import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stationkeeper.core.constants import EARTH_EQUATORIAL_RADIUS_M, EARTH_ROTATION_RATE_RAD_S
from stationkeeper.core.epoch import Epoch
from stationkeeper.environment.atmosphere import msis, surrogate
from stationkeeper.environment.outlook import continued
from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.engines.numerical import Forces, fly
from stationkeeper.flight.lifetime import EngineName, Lifetime, lifetime, start_body
from stationkeeper.flight.mean_elements import MeanOrbit
from stationkeeper.flight.state import StateVector

HERE = Path(__file__).parent
SEED = 20_220_224
STARTS = 20
LONGEST_DAYS = 350.0
KEYS_M = (200_000.0, 120_000.0)
FIGURES = ("200_days", "mean_200_days", "120_days", "s")
COLUMNS = (
    "set", "case", "start", "mean_altitude_km", "eccentricity", "perigee_deg", "inclination_deg", "raan_deg", "latitude_deg", "f107",
    "ap", "cdam_m2_kg", "gravity", "averaged_200_days", "numerical_200_days", "error_200_percent", "averaged_mean_200_days",
    "numerical_mean_200_days", "error_mean_200_percent", "averaged_120_days", "numerical_120_days", "error_120_percent",
    "averaged_s", "numerical_s",
)  # fmt: skip


@dataclass(frozen=True)
class Start:
    """One start for both engines; f107 0: the weather as it was observed."""

    set: str
    case: str
    epoch: str
    altitude_km: float
    eccentricity: float
    perigee_deg: float
    inclination_deg: float
    raan_deg: float
    latitude_deg: float
    f107: float
    ap: float
    cdam_m2_kg: float
    degree: int = 12

    def state(self) -> StateVector:
        """The osculating state of the mean elements."""
        w = math.radians(self.perigee_deg)
        return MeanOrbit(
            Epoch.parse(self.epoch), EARTH_EQUATORIAL_RADIUS_M + 1e3 * self.altitude_km, self.eccentricity * math.cos(w),
            self.eccentricity * math.sin(w), math.radians(self.inclination_deg), math.radians(self.raan_deg),
            math.radians(self.latitude_deg),
        ).to_state()  # fmt: skip

    def weather(self) -> SpaceWeather:
        """Constant, or as observed."""
        return SpaceWeather.fixed(self.f107, self.ap) if self.f107 else continued()

    def fly(self, engine: EngineName, cdam_m2_kg: float | None = None) -> Lifetime:
        """Down to 120 km."""
        state = self.state()
        return lifetime(
            state, start_body(cdam_m2_kg or self.cdam_m2_kg), weather=self.weather(), engine=engine, method="fast",
            until=state.epoch.plus_days(20_000.0) if self.f107 else None,
            forces=Forces(gravity_degree=self.degree, tides=False, relativity=False),
        )  # fmt: skip


def drawn() -> list[Start]:
    """Twenty starts from a fixed seed; where the body would stay up longer than 350 days its drag is raised until it does not."""
    rng = np.random.default_rng(SEED)
    out = []
    for k in range(STARTS):
        day = int(rng.integers(0, 365))
        epoch = Epoch.parse(f"{int(rng.integers(2005, 2024))}-01-01T00:00:00Z").plus_days(day)
        s = Start(
            "fixed", f"{k + 1}", str(epoch), round(float(rng.uniform(300, 420)), 2), round(float(rng.uniform(0, 0.003)), 5),
            round(float(rng.uniform(0, 360)), 1), round(float(rng.uniform(28, 58)), 2), round(float(rng.uniform(0, 360)), 1),
            round(float(rng.uniform(0, 360)), 1), round(float(rng.uniform(70, 220)), 1), round(float(rng.uniform(4, 20)), 1),
            round(float(np.exp(rng.uniform(np.log(0.003), np.log(0.01)))), 5),
        )  # fmt: skip
        days = s.fly("averaged").days(KEYS_M[0])
        assert days is not None
        out.append(Start(**{**vars(s), "cdam_m2_kg": round(s.cdam_m2_kg * max(1.0, days / LONGEST_DAYS), 5)}))
    return out


def starts() -> list[Start]:
    """The starts as drawn, and those in observed weather."""
    texts = ("set", "case", "epoch")
    rows = read(HERE / "starts.csv")
    return [
        Start(**{k: v if k in texts else int(v) if k == "degree" else float(v) for k, v in r.items()})  # type: ignore[arg-type]
        for r in rows
    ] + list(OBSERVED)


OBSERVED = (
    Start("observed", "storms of 2003", "2003-06-01T00:00:00Z", 385.0, 0.0010, 90.0, 51.64, 40.0, 0.0, 0.0, 0.0, 0.009, 20),
    Start("observed", "quiet Sun of 2008", "2008-03-01T00:00:00Z", 330.0, 0.0020, 200.0, 51.64, 250.0, 90.0, 0.0, 0.0, 0.009, 20),
    Start("observed", "maximum of 2014", "2014-02-01T00:00:00Z", 390.0, 0.0005, 30.0, 42.78, 120.0, 200.0, 0.0, 0.0, 0.010, 20),
    Start("observed", "maximum of 2024", "2024-01-15T00:00:00Z", 410.0, 0.0015, 300.0, 51.64, 10.0, 300.0, 0.0, 0.0, 0.010, 20),
)  # fmt: skip


DENSITY_CASES = ("1", "4", "10", "13", "17")


def density_rows() -> list[dict[str, object]]:
    """By how much the expansion's drag is above NRLMSISE-00's, as the mean over time of whole numerical flights to 200 km."""
    table = surrogate.density_table("nrlmsise00")
    out: list[dict[str, object]] = []
    written = {(r["set"], r["case"]): r for r in read(HERE / "results.csv")}
    spin = np.array([0.0, 0.0, EARTH_ROTATION_RATE_RAD_S])
    for s in (s for s in starts() if s.set == "fixed" and s.case in DENSITY_CASES):
        r, state, weather = written[s.set, s.case], s.state(), s.weather()
        forces = Forces(gravity_degree=s.degree, tides=False, relativity=False)
        until = state.epoch.plus_days(float(r["numerical_200_days"]))
        # samples that are no part of a revolution, so that they meet all places alike
        flight = fly(
            state, start_body(s.cdam_m2_kg), until, weather=weather, forces=forces, output_step_s=397.0, method="fast"
        )
        t, path = flight.trajectory.times_tai_us, flight.trajectory
        places, v = path.geodetic(), path.velocity_gcrf_m_s
        relative = v - np.cross(spin, path.position_gcrf_m)
        weight = np.linalg.norm(relative, axis=1) * np.einsum("ni,ni->n", relative, v)
        ours, model = (f(t, *places, weather) * weight for f in (table.density_kg_m3, msis.density_kg_m3))
        parts = zip(np.array_split(ours, 12), np.array_split(model, 12), strict=True)
        excess = [100.0 * (a.sum() / b.sum() - 1.0) for a, b in parts]
        error = float(r["error_200_percent"])
        out.append(
            {"case": s.case, "error_200_percent": f"{error:.3f}", "density_excess_percent": f"{np.mean(excess):.3f}", "sum_percent": f"{error + np.mean(excess):.3f}"}
        )  # fmt: skip
    return out


def percent(ours: float, truth: float) -> float:
    """Error in percent of the remaining life."""
    return 100.0 * (ours / truth - 1.0)


def row(s: Start, numerical: dict[str, str] | None = None) -> dict[str, object]:
    """Both engines from one start, or the averaged one beside a row of numerical results."""
    out: dict[str, object] = {
        "set": s.set, "case": s.case, "start": s.epoch, "mean_altitude_km": s.altitude_km, "eccentricity": s.eccentricity,
        "perigee_deg": s.perigee_deg, "inclination_deg": s.inclination_deg, "raan_deg": s.raan_deg, "latitude_deg": s.latitude_deg,
        "f107": s.f107 or "observed", "ap": s.ap if s.f107 else "observed", "cdam_m2_kg": s.cdam_m2_kg, "gravity": f"{s.degree}x{s.degree}",
    }  # fmt: skip
    averaged = figures(s, "averaged")
    truth = figures(s, "numerical") if numerical is None else {k: float(numerical[f"numerical_{k}"]) for k in FIGURES}
    for k in FIGURES[:-1]:
        out |= {f"averaged_{k}": f"{averaged[k]:.4f}", f"numerical_{k}": f"{truth[k]:.4f}"}
        out[f"error_{k.removesuffix('_days')}_percent"] = f"{percent(averaged[k], truth[k]):.3f}"
    return out | {"averaged_s": f"{averaged['s']:.2f}", "numerical_s": f"{truth['s']:.1f}"}


def figures(s: Start, engine: EngineName) -> dict[str, float]:
    """Days of one flight, and the seconds it took."""
    begin = time.perf_counter()
    f = s.fly(engine)
    assert f.status == "down"
    seconds = time.perf_counter() - begin
    found = [f.days(KEYS_M[0]), mean_days(f, KEYS_M[0]), f.days(KEYS_M[1])]
    return {k: v for k, v in zip(FIGURES, [*found, seconds], strict=True) if v is not None}


def mean_days(f: Lifetime, altitude_m: float) -> float:
    """Days until the mean altitude passes a height."""
    epoch = f.crossing(altitude_m).mean_epoch
    assert epoch is not None
    return epoch.days_since(f.start.epoch)


def peers_start() -> StateVector:
    """415 km above the equatorial radius, circular speed, 51.64 degrees, 24 February 2022: in GCRF, as the others flew it."""
    return StateVector.circular(Epoch.parse("2022-02-24T00:00:00Z"), 415_000.0, math.radians(51.64))


def own_rows(engines: Iterable[str], cdams: Iterable[float] = (0.004, 0.007)) -> list[dict[str, str]]:
    """The peers' case by this project."""
    weather, out = continued(), []
    forces = Forces(gravity_degree=8, tides=False, relativity=False)
    for engine, model in (("averaged", "nrlmsise00"), ("numerical", "nrlmsise00"), ("averaged", "nrlmsis21")):
        for cdam in cdams if engine in engines else ():
            f = lifetime(
                peers_start(), start_body(cdam), weather=weather, engine=engine, model=model, method="fast", forces=forces,  # type: ignore[arg-type]
            )  # fmt: skip
            d200, d120 = f.days(200_000.0), f.days(120_000.0)
            assert d200 is not None
            assert d120 is not None
            setting = f"{engine} engine" + (", numerical below 200 km" if f.hand_over else "")
            density = {"nrlmsise00": "NRLMSISE-00, 7-value ap", "nrlmsis21": "NRLMSIS 2.1, 7-value ap"}[model]
            out.append(
                {"program": "stationkeeper", "version": "", "setting": setting, "density": density, "cdam_m2_kg": f"{cdam:g}", "days_200_km": f"{d200:.3f}", "days_120_km": f"{d120:.3f}"}
            )  # fmt: skip
    return out


def read(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """The same the other way."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def peers_table(own: list[dict[str, str]]) -> str:
    """Own figures and the others', side by side."""
    rows: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for r in [*own, *read(HERE / "peers.csv")]:
        name = f"{r['program']} {r['version']}".strip()
        rows.setdefault((name, r["setting"], r["density"]), {})[r["cdam_m2_kg"]] = r
    lines = [
        "| program | setting | density | 0.004: days to 200 km | to 120 km | 0.007: days to 200 km | to 120 km |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, by in rows.items():
        figures = [by[c][f"days_{h}_km"] for c in ("0.004", "0.007") for h in ("200", "120")]
        lines.append(f"| {' | '.join([*key, *figures])} |")
    return "\n".join(lines)


def engines_table(rows: list[dict[str, str]]) -> str:
    """One line for each start."""
    lines = [
        "| set | case | start | mean altitude km | e | inclination | F10.7 | ap | Cd*A/m | numerical: days to 200 km | averaged | error % | mean altitude: error % | to 120 km: error % |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    keys = (
        "set", "case", "start", "mean_altitude_km", "eccentricity", "inclination_deg", "f107", "ap", "cdam_m2_kg", "numerical_200_days",
        "averaged_200_days", "error_200_percent", "error_mean_200_percent", "error_120_percent",
    )  # fmt: skip
    lines += [f"| {' | '.join(r[k][:10] if k == 'start' else r[k] for k in keys)} |" for r in rows]
    return "\n".join(lines)


def summary(rows: list[dict[str, str]]) -> str:
    """Bias, scatter and largest error of each set."""
    lines = [
        "| set | starts | height | mean error % | standard deviation % | largest % |",
        "|---|---|---|---|---|---|",
    ]
    for name in ("fixed", "observed"):
        for words, key in (
            ("200 km, first reached", "error_200_percent"), ("200 km, mean altitude", "error_mean_200_percent"), ("120 km, first reached", "error_120_percent"),
        ):  # fmt: skip
            e = np.array([float(r[key]) for r in rows if r["set"] == name])
            lines.append(
                f"| {name} | {len(e)} | {words} | {e.mean():+.3f} | {e.std(ddof=1):.3f} | {np.abs(e).max():.3f} |"
            )
    return "\n".join(lines)


def put(name: str, text: str) -> None:
    """Replaces what stands between two marks of the README."""
    path = HERE / "README.md"
    old = path.read_text(encoding="utf-8")
    a, b = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    head, tail = old.index(a) + len(a), old.index(b)
    path.write_text(old[:head] + text + old[tail:], encoding="utf-8")


def main(words: list[str]) -> None:
    """All of it, or the averaged half."""
    if words == ["--draw"]:
        write(HERE / "starts.csv", [dict(vars(s)) for s in drawn()])
        return
    if words == ["--density"]:
        write(HERE / "density.csv", density_rows())
        lines = [
            "| case | date of 200 km: error % | drag of the expansion above the model's % | sum |",
            "|---|---|---|---|",
        ]
        put("density", "\n".join([*lines, *(f"| {' | '.join(r.values())} |" for r in read(HERE / "density.csv"))]))
        return
    again = words == ["--averaged"]
    done = {(r["set"], r["case"]): r for r in read(HERE / "results.csv")} if again else {}
    own = own_rows(("averaged",) if again else ("averaged", "numerical"))
    if again:
        own += [r for r in read(HERE / "own.csv") if r["setting"].startswith("numerical")]
    write(HERE / "own.csv", list(own))  # type: ignore[arg-type]
    put("peers", peers_table(own))
    rows: list[dict[str, object]] = []
    for s in starts():
        r = row(s, done.get((s.set, s.case)))
        rows.append({k: r[k] for k in COLUMNS})
        sys.stderr.write(f"{s.set} {s.case}: {r['numerical_200_days']} days, error {r['error_200_percent']} %\n")
    write(HERE / "results.csv", rows)
    texts = read(HERE / "results.csv")
    put("summary", summary(texts))
    put("engines", engines_table(texts))


if __name__ == "__main__":
    main(sys.argv[1:])
