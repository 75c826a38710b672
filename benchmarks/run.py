"""Races stationkeeper against other programs on this machine, in turn, and prints seconds and ratios.

Every contender is a process of its own, started once a round; the rounds take the contenders in turn, so that a machine that
changes its speed does so for all of them. A figure is the median of its rounds. The results go to
benchmarks/results/latest.json and latest.md; with ``--publish`` also into docs/validation/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "validation" / "speed.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
SUBJECTS = ("numerical", "averaged", "density", "startup")
LIFETIME, SPANS, FEW = 1_400, (120, 240, 480), 10_000
"""Days that let nearly all members come down, shorter spans, and the most members that are flown in every round."""
Row = dict[str, Any]
Key = tuple[Any, ...]


def contend(script: str, contender: str, *options: object, timeout_s: float = 900.0) -> dict[str, Any]:
    """The answer of one contender in a process of its own, or ``{"skipped": reason}``."""
    command = [sys.executable, str(HERE / f"{script}.py"), contender, *map(str, options)]
    print(f"  {script}: {contender} {' '.join(map(str, options))}", flush=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        return {"skipped": f"not done after {timeout_s:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"skipped": reason.removeprefix("skipped: ")}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer


class Race:
    """Answers of all rounds, and the median of each figure."""

    def __init__(self) -> None:
        self.rows: dict[Key, list[Row]] = {}
        self.skipped: dict[str, str] = {}
        self.versions: dict[str, str] = {}

    def take(self, contender: str, answer: dict[str, Any], key: Sequence[str]) -> None:
        """Books one answer; rows of one key are rounds of one figure."""
        if "skipped" in answer:
            self.skipped[contender] = answer["skipped"]
            return
        self.versions.update(answer.get("versions", {}))
        for row in answer["rows"]:
            row["peak_mib"] = answer.get("peak_mib")
            self.rows.setdefault(tuple(row.get(k) for k in key), []).append(row)

    def medians(self) -> list[Row]:
        """One row for each key: numbers by their median, the rest from the first round."""
        return [
            {name: _median(r.get(name) for r in rounds) for name in {k: 0 for r in rounds for k in r}}
            | {"rounds": len(rounds)}
            for rounds in self.rows.values()
        ]

    def result(self) -> dict[str, Any]:
        """For the file."""
        return {"rows": self.medians(), "skipped": self.skipped, "versions": self.versions}


def _median(values: Iterable[Any]) -> Any:
    there = [v for v in values if v is not None]
    numbers = [v for v in there if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if numbers and len(numbers) == len(there):
        middle = statistics.median(numbers)
        return numbers[0] if all(n == numbers[0] for n in numbers) else middle
    return there[0] if there else None


# ---- subjects --------------------------------------------------------------------------------------------------------


def numerical(a: argparse.Namespace) -> dict[str, Any]:
    """Ours and bare satkit (one process), brahe, Orekit, heyoka; the tight runs in the first round only."""
    race = Race()
    for k in range(a.rounds):
        for contender in ("ours", "brahe", "orekit", "heyoka"):
            options = ["--repeats", 2 if contender == "ours" else 1, "--degrees", *a.degrees, "--days", *a.days]
            if contender not in race.skipped:
                answer = contend("numerical", contender, *options, *(["--reference"] if k == 0 else []))
                race.take(contender, answer, ("name", "setting", "degree", "days"))
    return race.result()


def averaged(a: argparse.Namespace) -> dict[str, Any]:
    """One lifetime by each peer; ours for more and more members, and for spans of time, each in its own process."""
    race = Race()
    key = ("name", "members", "horizon_days", "own_weather")
    for k in range(a.rounds):
        for contender in ("orekit", "satkit"):
            if contender not in race.skipped:
                race.take(contender, contend("averaged", contender), key)
        jobs: list[tuple[object, ...]] = [(m, "--days", LIFETIME) for m in a.members if k == 0 or m <= FEW]
        jobs += [(1_000, "--days", days) for days in SPANS if k == 0]
        jobs += [(m, "--days", LIFETIME, "--mixed") for m in a.members if k == 0 and m == FEW]
        jobs += [(m, "--days", LIFETIME, "--own-weather") for m in a.members if k == 0 and 1_000 <= m <= FEW]
        for job in jobs:
            label = f"stationkeeper, members {' '.join(map(str, job))}"
            if label not in race.skipped:
                race.take(label, contend("averaged", "ours", "--members", *job), key)
    return race.result()


def density(a: argparse.Namespace) -> dict[str, Any]:
    """Density evaluations."""
    race = Race()
    for _ in range(a.rounds):
        race.take("density", contend("density", "ours", "--points", a.points), ("name", "setting"))
    return race.result()


def startup(a: argparse.Namespace) -> dict[str, Any]:
    """Start of the program."""
    race = Race()
    race.take("startup", contend("startup", "ours", "--repeats", a.rounds + 1), ("name", "setting"))
    return race.result()


# ---- tables ----------------------------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(r) + " |" for r in rows)])


def _number(value: float | None, digits: int = 3) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"


def numerical_table(result: dict[str, Any]) -> str:
    """Seconds per trajectory-day, ratio to ours (fast), own error."""
    rows = result["rows"]
    mine = {(r["degree"], r["days"]): r["seconds_per_day"] for r in rows if r["setting"].startswith("fast")}
    out = []
    for r in sorted(rows, key=lambda r: (r["degree"], r["days"])):
        case = f"{r['degree']}x{r['degree']}, {r['days']:g} d"
        ratio = r["seconds_per_day"] / mine.get((r["degree"], r["days"]), float("nan"))
        out.append(
            (
                case,
                r["name"],
                r["setting"],
                _number(r["seconds_per_day"]),
                f"{ratio:.2f}",
                _number(r["own_error_m"], 2),
                _number(r["peak_mib"]),
            )
        )
    over = [
        f"{r['overhead']:+.1%} at {r['degree']}x{r['degree']}, {r['days']:g} d"
        for r in rows
        if r.get("overhead") is not None
    ]
    head = ("case", "program", "setting", "s per trajectory-day", "ratio to ours", "own error, m", "peak MiB")
    return (
        table(head, out)
        + f"\n\nOur interface over bare satkit with the same integrator, step and samples (shortest CPU times): {'; '.join(over)}."
    )


def averaged_table(result: dict[str, Any]) -> str:
    """Seconds for N lifetimes, the peers' by multiplication, shared by the cores; then ours by span and with own weather."""
    cores = os.cpu_count() or 1
    mine = [r for r in result["rows"] if r["name"] == "stationkeeper"]
    ours = {r["members"]: r for r in mine if r["horizon_days"] == LIFETIME and not r["own_weather"]}
    out = []
    for r in result["rows"]:
        if r["name"] != "stationkeeper":
            for n in (1, *(m for m in ours if m == FEW)):
                seconds = r["seconds"] * n / min(n, cores)
                ratio = f"{seconds / ours[n]['seconds']:,.0f}" if n in ours else "-"
                how = "" if n == 1 else f" (one, times {n:,} on {cores} cores)"
                out.append((r["name"], r["setting"] + how, n, seconds, "", ratio, r))
    out += [
        (r["name"], r["setting"], r["members"], r["seconds"], f"{r['seconds'] / r['member_days'] * 1e6:.2f}", "", r)
        for r in mine
    ]
    head = (
        "program",
        "setting",
        "members",
        "s",
        "microseconds per member-day",
        "ratio to ours",
        "error of the date",
        "peak MiB",
    )
    return table(
        head,
        [
            (name, setting, f"{n:,}", _number(s), each, ratio, _percent(r.get("error")), _number(r["peak_mib"]))
            for name, setting, n, s, each, ratio, r in out
        ],
    )


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{part:+.2%}"


def density_table(result: dict[str, Any]) -> str:
    """Evaluations per second and error."""
    truth = next((r["per_second"] for r in result["rows"] if r["name"] == "pymsis"), float("nan"))
    rows = [
        (
            r["name"],
            r["setting"],
            f"{r['per_second']:,.0f}",
            f"{r['per_second'] / truth:.2f}",
            f"{r['error_rms']:.2%}" if r["error_rms"] else "-",
        )
        for r in result["rows"]
    ]
    return table(
        ("program", "setting", "points per second", "ratio to pymsis in bulk", "rms from pymsis NRLMSISE-00"), rows
    )


def startup_table(result: dict[str, Any]) -> str:
    """Seconds from the start of the process."""
    return table(("command", "what", "s"), [(r["name"], r["setting"], _number(r["seconds"])) for r in result["rows"]])


WORK: dict[str, tuple[str, Callable[[argparse.Namespace], dict[str, Any]], Callable[[dict[str, Any]], str]]] = {
    "numerical": ("Numerical engine", numerical, numerical_table),
    "averaged": ("Averaged engine, 415 km to 120 km", averaged, averaged_table),
    "density": ("Air density, one core", density, density_table),
    "startup": ("From the start of the process, caches warm", startup, startup_table),
}


def markdown(results: dict[str, Any]) -> str:
    """All tables."""
    m = results["machine"]
    parts = [
        f"{results['date']}, {m['cores']} cores, {m['processor']}, {m['system']}, Python {m['python']}; load at the start "
        f"{m['load_before']}, at the end {m['load_after']}; {results['rounds']} rounds, medians."
    ]
    for subject, (title, _, show) in WORK.items():
        if subject not in results:
            continue
        result = results[subject]
        parts.append(f"### {title}\n")
        if result["rows"]:
            parts.append(show(result))
        parts += [f"Skipped: {who}: {why}." for who, why in result["skipped"].items()]
        parts.append("Versions: " + ", ".join(f"{k} {v}" for k, v in sorted(result["versions"].items())) + ".")
    return "\n\n".join(p.strip() for p in parts) + "\n"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known"


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main() -> None:
    """Run the subjects, print the tables and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SUBJECTS, nargs="+", default=list(SUBJECTS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--degrees", type=int, nargs="+", default=[8, 20, 36])
    parser.add_argument("--days", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--members", type=int, nargs="+", default=[1, 10, 100, 1_000, 10_000, 100_000])
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--publish", action="store_true", help="put the tables into docs/validation/speed.md")
    a = parser.parse_args()
    machine = {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "load_before": _load(),
    }
    results: dict[str, Any] = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": machine,
        "rounds": a.rounds,
    }
    begin = time.perf_counter()
    for subject in a.only:
        print(WORK[subject][0], flush=True)
        results[subject] = WORK[subject][1](a)
    machine["load_after"] = _load()
    results["seconds"] = round(time.perf_counter() - begin, 1)
    text = markdown(results)
    print(f"\n{text}\n{results['seconds']:.0f} s in all")
    RESULTS.mkdir(exist_ok=True)
    data = json.dumps(results, indent=1)
    (RESULTS / "latest.json").write_text(data + "\n", encoding="utf-8")
    (RESULTS / "latest.md").write_text(text, encoding="utf-8")
    if a.publish:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")
        (RESULTS / "published.json").write_text(data + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
