"""``stationkeeper lifetime``: how long a body or a station stays up."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import parse_when, print_json, progress, progress_done
from stationkeeper.cli.weather import WEATHER_HELP, parse_weather, weather_notes
from stationkeeper.core.errors import InputError, Problem, nearest
from stationkeeper.core.files import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.flight.body import Body
    from stationkeeper.flight.burns import FiniteBurn
    from stationkeeper.flight.drag_profile import DragProfile
    from stationkeeper.flight.engines.numerical import Forces
    from stationkeeper.flight.lifetime import Crossing, KeepBand, Lifetime
    from stationkeeper.flight.state import StateVector

_MODELS = ("nrlmsise00", "nrlmsis21")
_ENGINES = ("averaged", "numerical")
_SCENARIO, _HEAD = "stationkeeper.scenario/", 2_000


@dataclass(frozen=True)
class _Start:
    """What is to be flown, wherever it came from."""

    name: str
    state: StateVector
    body: Body
    weather: SpaceWeather
    forces: Forces
    drag_range: tuple[float, float] | None = None
    drag_source: str = ""
    method: str = "auto"
    engine: str = "averaged"
    burns: Sequence[FiniteBurn] = ()
    drag_profile: DragProfile | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Given:
    """The options that describe a bare body."""

    altitude_km: float | None
    inclination_deg: float | None
    cdam: float | None
    start: str | None
    raan_deg: float | None

    def named(self) -> dict[str, object]:
        return {
            "--altitude-km": self.altitude_km, "--inclination-deg": self.inclination_deg, "--cdam": self.cdam, "--start": self.start,
            "--raan-deg": self.raan_deg,
        }  # fmt: skip


def lifetime(
    case: str | None = typer.Argument(
        None,
        help="Path of a case file or the name of a packaged case; or a scenario, for its station from the start on.",
    ),
    altitude_km: float | None = typer.Option(None, help="Bare body: circular orbit, km above 6,378.137 km."),
    inclination_deg: float | None = typer.Option(None, help="Bare body: inclination to the equator of GCRF."),
    cdam: float | None = typer.Option(None, help="Bare body: Cd*A/m in m2/kg, of the density model."),
    start: str | None = typer.Option(None, help="Bare body: UTC date (its noon) or time of the start."),
    raan_deg: float | None = typer.Option(None, help="Bare body: right ascension of the ascending node; 0."),
    fit: Path | None = typer.Option(
        None, help="A fit by 'stationkeeper calibrate --out': drag, its 90 % interval, and its density model."
    ),
    mass_kg: float | None = typer.Option(None, help="Mass at the start, for reboosts; 1,000 kg for a bare body."),
    density: str | None = typer.Option(
        None, help="Density model: nrlmsise00 or nrlmsis21; that of the fit by default."
    ),
    weather: str | None = typer.Option(None, help=WEATHER_HELP),
    engine: str | None = typer.Option(None, help="averaged (numerical below 200 km), or numerical from the start."),
    until: str | None = typer.Option(None, help="Stop at this UTC date or time; else when the space weather ends."),
    keep_km: str | None = typer.Option(
        None, help="LOW,HIGH: raise the mean altitude to HIGH whenever it is below LOW, while propellant lasts."
    ),
    propellant_kg: float | None = typer.Option(None, help="Usable propellant, with --keep-km."),
    isp_s: float | None = typer.Option(None, help="Specific impulse of the engines, with --keep-km."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """How long it stays up: dates of 330, 280, 220, 200, 150 and 120 km with bounds, altitude over time, reboosts."""
    given = _Given(altitude_km, inclination_deg, cdam, start, raan_deg)
    model, chosen = _words(density, engine)
    made = _start(case, given, fit, mass_kg, model, weather)
    used = chosen or made.engine
    band = _band(keep_km, propellant_kg, isp_s)
    end = parse_when(until, "--until") if until else None
    for note in made.notes:
        typer.echo(f"note: {note}", err=True)
    from stationkeeper.flight import lifetime as flight

    try:
        result = flight.lifetime(
            made.state, made.body, weather=made.weather, model=model or made.body.density_model or _MODELS[0],  # type: ignore[arg-type]
            engine=used, until=end, forces=made.forces, method=made.method, keep=band, drag_range=made.drag_range,  # type: ignore[arg-type]
            burns=made.burns, drag_profile=made.drag_profile, progress=progress,
        )  # fmt: skip
    finally:
        progress_done()
    for note in (*result.notes, *weather_notes(made.weather, made.state.epoch, result.end)):
        typer.echo(f"note: {note}", err=True)
    if json:
        print_json(_as_dict(made, result, band))
    else:
        _print(made, result, band)


def _words(density: str | None, engine: str | None) -> tuple[str | None, str | None]:
    """The two options with few words."""
    problems = [
        Problem(option, "", f"'{text}'", " or ".join(known), nearest(text, known))
        for option, text, known in (("--density", density, _MODELS), ("--engine", engine, _ENGINES))
        if text is not None and text not in known
    ]
    if problems:
        raise InputError(problems)
    return density, engine


def _band(keep_km: str | None, propellant_kg: float | None, isp_s: float | None) -> KeepBand | None:
    """The reboost policy."""
    from stationkeeper.flight.lifetime import KeepBand

    parts = {"--keep-km": keep_km, "--propellant-kg": propellant_kg, "--isp-s": isp_s}
    missing = [k for k, v in parts.items() if v is None]
    if len(missing) == len(parts):
        return None
    if missing:
        raise InputError.one(missing[0], "", "nothing", f"{', '.join(parts)} together", "Add what is missing.")
    assert keep_km is not None  # noqa: S101 - just checked
    assert propellant_kg is not None  # noqa: S101
    assert isp_s is not None  # noqa: S101
    try:
        low, high = (float(x) for x in keep_km.split(","))
    except ValueError:
        raise InputError.one("--keep-km", "", f"'{keep_km}'", "two heights in km", "Write --keep-km 410,420.") from None
    if not 150.0 <= low < high <= 780.0:
        raise InputError.one("--keep-km", "", f"'{keep_km}'", "two heights from 150 to 780 km, the lower one first")
    return KeepBand(1e3 * low, 1e3 * high, propellant_kg, isp_s)


# ---- where the start comes from -------------------------------------------------------------------------------------


def _start(
    case: str | None, given: _Given, fit: Path | None, mass_kg: float | None, model: str | None, weather: str | None
) -> _Start:
    named = [k for k, v in given.named().items() if v is not None]
    if case is None:
        return _bare(given, fit, mass_kg, model, weather)
    if named:
        raise InputError.one(
            "lifetime", "", f"the case '{case}' and {', '.join(named)}", "a case, or the options of a bare body",
            "Leave one of them out.",
        )  # fmt: skip
    if _is_scenario(case):
        return _station(case, fit, mass_kg, weather)
    return _case(case, fit, mass_kg, model, weather)


def _bare(given: _Given, fit: Path | None, mass_kg: float | None, model: str | None, weather: str | None) -> _Start:
    """A circular orbit and a drag."""
    from stationkeeper.flight.engines.numerical import Forces
    from stationkeeper.flight.lifetime import start_body
    from stationkeeper.flight.state import StateVector

    needed = {k: v for k, v in given.named().items() if k != "--raan-deg" and (k != "--cdam" or fit is None)}
    missing = [k for k, v in needed.items() if v is None]
    problems = []
    if missing:
        what = "a case, or --altitude-km, --inclination-deg, --start and --cdam (or --fit)"
        problems.append(Problem("lifetime", "", f"no {' and no '.join(missing)}", what, "Add what is missing."))
    for option, value, low, high in (
        ("--altitude-km", given.altitude_km, 121.0, 800.0), ("--inclination-deg", given.inclination_deg, 0.1, 179.9),
        ("--cdam", given.cdam, 1e-6, 100.0), ("--raan-deg", given.raan_deg, -360.0, 360.0), ("--mass-kg", mass_kg, 1e-3, 1e8),
    ):  # fmt: skip
        if value is not None and not low <= value <= high:
            problems.append(Problem(option, "", f"{value:g}", f"{low:g} to {high:g}"))
    if problems:
        raise InputError(problems)
    epoch = parse_when(given.start or "", "--start")
    altitude_km, inclination_deg, raan_deg = (
        given.altitude_km or 0.0,
        given.inclination_deg or 0.0,
        given.raan_deg or 0.0,
    )
    mass = mass_kg or 1_000.0
    if fit is None:
        body, drag_range, source = start_body(given.cdam or 0.0, mass), None, "given"
    else:
        if given.cdam is not None:
            raise InputError.one("--cdam", "", "both it and --fit", "one of them", "The fit has its own Cd*A/m.")
        body, drag_range, source = _fitted(fit, mass, model)
    state = StateVector.circular(epoch, 1e3 * altitude_km, math.radians(inclination_deg), math.radians(raan_deg))
    table = parse_weather(weather or "observed", epoch)
    name = f"a body of {body.drag_m2_kg:g} m2/kg from {altitude_km:g} km at {inclination_deg:g} deg"
    forces = Forces(gravity_degree=8, tides=False, relativity=False)
    return _Start(name, state, body, table, forces, drag_range, source)


def _fitted(path: Path, mass_kg: float, model: str | None) -> tuple[Body, tuple[float, float], str]:
    """Body, its drag's interval as factors, and its source, from a fit; refused with another density model than its own."""
    from stationkeeper.flight.calibration.fit import DragFit

    fit = DragFit.from_json(read_text(path), str(path))
    body = replace(fit.body(mass_kg, model or fit.density_model), density_model=fit.density_model)
    drag_range = (max(fit.low_m2_kg, 1e-9) / fit.cdam_m2_kg, fit.high_m2_kg / fit.cdam_m2_kg)
    return body, drag_range, f"{path.name}: fitted to {fit.data}, {fit.start.date} to {fit.end.date}, 90 % interval"


def _is_scenario(name: str) -> bool:
    """Whether a name or a file is a scenario rather than a case."""
    from stationkeeper.flight.case import packaged_cases

    if name in packaged_cases():
        return False
    from stationkeeper.scenario.load import packaged_scenarios

    if name in packaged_scenarios():
        return True
    path = Path(name)
    try:
        if path.is_file():
            return _SCENARIO in path.read_text("utf-8", "replace")[:_HEAD]
    except (OSError, ValueError):
        pass
    if path.suffix == ".toml":
        return False
    known = [*packaged_cases(), *packaged_scenarios()]
    remedy = f"{nearest(name, known)} Or give the path of a case or scenario file.".strip()
    raise InputError.one("lifetime", "", f"'{name}'", f"a case or a scenario: {', '.join(known)}", remedy)


def _case(name: str, fit: Path | None, mass_kg: float | None, model: str | None, weather: str | None) -> _Start:
    """A case file with all that it sets."""
    from stationkeeper.flight.case import load_case

    case = load_case(name)
    if mass_kg is not None:
        raise InputError.one("--mass-kg", "", f"{mass_kg:g} and a case, which has its own", "one of them")
    body, drag_range, source = case.body(), None, case.path.name
    if fit is not None:
        fitted, drag_range, source = _fitted(fit, body.mass_kg, model)
        body = replace(
            fitted, radiation_area_m2=body.radiation_area_m2, radiation_coefficient=body.radiation_coefficient
        )
    table = case.weather() if weather is None else parse_weather(weather, case.epoch)
    engine, notes = str(case.engine.name), tuple[str, ...]()
    if "name" not in case.engine.model_fields_set:
        engine = "averaged"
        if case.burns() or case.drag_profile():
            engine = "numerical"
            notes = ("the case has burns or changes of the drag, which the numerical engine alone flies",)
    return _Start(
        case.name, case.state(), body, table, case.forces(), drag_range, source, case.engine.method,
        engine, case.burns(), case.drag_profile(), notes,
    )  # fmt: skip


def _station(name: str, fit: Path | None, mass_kg: float | None, weather: str | None) -> _Start:
    """A scenario's station, as it is at the scenario's start: nothing of what the scenario lets happen is flown."""
    from stationkeeper.flight.body import Body
    from stationkeeper.mission.initial import forces_of, start_of, weather_of
    from stationkeeper.scenario.load import load_scenario
    from stationkeeper.scenario.walk import initial_configuration

    if fit is not None or mass_kg is not None:
        option = "--fit" if fit is not None else "--mass-kg"
        raise InputError.one(option, "", "a scenario, which has its own drag and mass", "a case or a bare body with it")
    scenario, station, path = load_scenario(name)
    table = weather_of(scenario) if weather is None else parse_weather(weather, scenario.start)
    start = start_of(scenario, path, table)
    cfg = initial_configuration(scenario, station, start.mass_kg)
    scale = scenario.flight.density_scale
    low, high = scale.bounds
    body = Body(cfg.mass_kg, start.drag_area_m2, start.drag_coefficient, scale.best)
    return _Start(
        f"{station.station.name}, {scenario.title}", start.state, body, table, forces_of(scenario), (low / scale.best, high / scale.best),
        f"{path.name}: density_scale {scale.best:g}, {low:g} to {high:g}", notes=(*start.notes, "the station as it is at the start; nothing of what the scenario lets happen is flown"),
    )  # fmt: skip


# ---- what is printed ------------------------------------------------------------------------------------------------


def _utc(epoch: Epoch | None) -> str | None:
    return None if epoch is None else epoch.isoformat(0)


def _days(epoch: Epoch | None, start: Epoch) -> float | None:
    return None if epoch is None else round(epoch.days_since(start), 4)


def _crossing(c: Crossing, result: Lifetime) -> dict[str, Any]:
    start = result.start.epoch
    early, late = result.bounds(c.altitude_m)
    return {
        "altitude_km": c.altitude_m / 1e3, "utc": _utc(c.epoch), "days": _days(c.epoch, start), "earliest_utc": _utc(early),
        "latest_utc": _utc(late), "engine": c.engine or None, "at_start": c.at_start, "mean_altitude_utc": _utc(c.mean_epoch),
        "mean_altitude_days": _days(c.mean_epoch, start),
    }  # fmt: skip


def _as_dict(made: _Start, result: Lifetime, band: KeepBand | None) -> dict[str, Any]:
    from stationkeeper.flight.lifetime import thin

    start = result.start
    rows = thin(result)
    utc = [_utc(type(start.epoch)(int(t))) for t in result.times_tai_us[rows]]
    return {
        "schema": "stationkeeper.lifetime/1",
        "name": made.name,
        "start": {
            "utc": start.epoch.isoformat(3), "mean_altitude_km": start.mean_altitude_m / 1e3, "perigee_km": start.perigee_altitude_m / 1e3,
            "apogee_km": start.apogee_altitude_m / 1e3, "inclination_deg": math.degrees(start.inclination_rad),
            "mass_kg": made.body.mass_kg, "cdam_m2_kg": made.body.drag_m2_kg, "drag_source": made.drag_source,
        },
        "status": result.status,
        "end": {"utc": _utc(result.end), "days": _days(result.end, start.epoch), "reason": result.end_reason, "mass_kg": result.end_mass_kg},
        "hand_over_utc": _utc(result.hand_over),
        "crossings": [_crossing(c, result) for c in result.crossings],
        "bounds": result.bounds_basis,
        "members": [
            {
                "name": m.name, "cdam_m2_kg": m.drag_m2_kg, "density_model": m.density_model,
                "crossings": [
                    {"altitude_km": c.altitude_m / 1e3, "utc": _utc(c.epoch), "days": _days(c.epoch, start.epoch)} for c in m.crossings
                ],
            }
            for m in result.members
        ],
        "reboosts": None if band is None else {
            "keep_km": [band.low_m / 1e3, band.high_m / 1e3], "isp_s": band.specific_impulse_s, "propellant_kg": band.propellant_kg,
            "propellant_used_kg": result.used_kg, "propellant_gone_utc": _utc(result.dry),
            "delta_v_m_s": sum(b.delta_v_m_s for b in result.boosts),
            "burns": [
                {"utc": _utc(b.epoch), "delta_v_m_s": round(b.delta_v_m_s, 4), "propellant_kg": round(b.propellant_kg, 3)} for b in result.boosts
            ],
        },
        "history": {
            "utc": utc, "mean_altitude_km": (result.mean_altitude_m[rows] / 1e3).round(3).tolist(),
            "lowest_height_km": [round(float(h) / 1e3, 3) if math.isfinite(h) else None for h in result.lowest_height_m[rows]],
        },
        "notes": [*made.notes, *result.notes, *weather_notes(made.weather, start.epoch, result.end)],
        "settings": result.settings,
    }  # fmt: skip


def _print(made: _Start, result: Lifetime, band: KeepBand | None) -> None:
    say, start = typer.echo, result.start
    say(f"{made.name}\n")
    say(
        f"start  {start.epoch}  mean altitude {start.mean_altitude_m / 1e3:.1f} km, "
        f"{math.degrees(start.inclination_rad):.2f} deg, Cd*A/m {made.body.drag_m2_kg:.5f} m2/kg ({made.drag_source})"
    )
    s = result.settings
    say(f"engine {s['engine']}, {s['density_model']}\n")
    say("height km  first reached         days      earliest    latest      mean altitude passes it")
    for c in result.crossings:
        early, late = result.bounds(c.altitude_m)
        if c.epoch is None:
            say(f"{c.altitude_m / 1e3:9.0f}  {'below it at the start' if c.at_start else 'not reached'}")
            continue
        late_words = "still up" if late is None else late.date
        mean = "-" if c.mean_epoch is None else c.mean_epoch.isoformat(0)
        early_words = "-" if early is None else early.date
        days = c.epoch.days_since(start.epoch)
        say(f"{c.altitude_m / 1e3:9.0f}  {c.epoch}  {days:8.2f}  {early_words}  {late_words:<10}  {mean}")
    say("")
    if result.status == "up":
        say(
            f"still up on {result.end.date}, at a mean altitude of {result.mean_altitude_m[-1] / 1e3:.1f} km: {result.end_reason}"
        )
    else:
        say(
            f"down at {result.crossings[-1].altitude_m / 1e3:g} km on {result.end}, {result.end.days_since(start.epoch):.1f} days after the start"
        )
    say(f"earliest and latest: {result.bounds_basis}")
    for m in result.members:
        c = m.crossings[-1]
        words = "still up at the end" if c.epoch is None else f"{c.altitude_m / 1e3:g} km on {c.epoch.date}"
        say(f"  {m.name} ({m.drag_m2_kg:.5f} m2/kg): {words}")
    if band is not None:
        used, count = result.used_kg, len(result.boosts)
        gone = f"; gone on {result.dry.date}" if result.dry else f"; {band.propellant_kg - used:,.0f} kg left"
        say(
            f"reboosts: {count}, {sum(b.delta_v_m_s for b in result.boosts):.1f} m/s, {used:,.1f} of {band.propellant_kg:,.0f} kg{gone}"
        )
    say(str(s["space_weather"]))
