"""``stationkeeper reentry``: when and where a body comes down by itself, and with what risk to people."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import parse_when, print_json, progress, progress_done
from stationkeeper.core.errors import InputError, Problem, StationkeeperError, nearest
from stationkeeper.core.files import read_text

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.core.ranges import Range
    from stationkeeper.environment.atmosphere.msis import DensityModel
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.reentry.entry import AttitudePhase, EntryForecast, Falling
    from stationkeeper.station.configuration import Stack

_HEAD = 4_000
_QUANTILES = ((0.05, "p05_utc"), (0.25, "p25_utc"), (0.5, "median_utc"), (0.75, "p75_utc"), (0.95, "p95_utc"))
_SHARES = (0.5, 0.9, 0.99)
_MODELS = ("nrlmsise00", "nrlmsis21")
_FIT_DAYS = 30.0


@dataclass(frozen=True)
class _Start:
    """What falls, the parts that it is made of where they are known, and what is to be said of both."""

    falling: Falling
    stack: Stack | None
    weather: SpaceWeather | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Given:
    """The options that describe the body."""

    cdam: float | None
    sigma: float | None
    fit: Path | None
    mass_kg: float | None
    density: DensityModel
    known_on: Epoch | None


def reentry(
    what: str = typer.Argument(
        help="A case file or packaged case, a run folder, an ephemeris (OEM), or element sets (TLE, OMM)."
    ),
    as_known_on: str | None = typer.Option(
        None, help="UTC date of the prediction: space weather and element sets after it are not used."
    ),
    members: int = typer.Option(400, min=1, max=20_000, help="How many flights."),
    seed: int = typer.Option(0, min=0, help="Seed of the random numbers."),
    cdam: float | None = typer.Option(None, help="Cd*A/m in m2/kg, of the density model, instead of the input's own."),
    cdam_sigma: float | None = typer.Option(
        None, help="Standard deviation of its logarithm; 0.12 (90 % within 20 %) where nothing else is known."
    ),
    fit: Path | None = typer.Option(None, help="A fit by 'stationkeeper calibrate --out': Cd*A/m and its spread."),
    mass_kg: float | None = typer.Option(None, help="Mass, where the input has none."),
    density: str = typer.Option("nrlmsise00", help="Density model: nrlmsise00 or nrlmsis21."),
    control_lost_km: str | None = typer.Option(
        None, help="Height, or LOW,HIGH, below which nobody holds its attitude any more; about 220 without thrusters."
    ),
    drag_ratio: str | None = typer.Option(
        None, help="With --control-lost-km: its drag area from then on over the one before, BEST or BEST,LOW,HIGH."
    ),
    station: str | None = typer.Option(None, help="Station whose parts break up, for the risk; a run has its own."),
    stack: str | None = typer.Option(None, help="Which part of a run's station; the heaviest that flies by default."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """When and where it comes down by itself: entry at 120 km with windows, ground track, latitudes, and the risk to people."""
    from stationkeeper.reentry.entry import predict

    if density not in _MODELS:
        raise InputError.one("--density", "", f"'{density}'", " or ".join(_MODELS), nearest(density, _MODELS))
    known_on = parse_when(as_known_on, "--as-known-on") if as_known_on else None
    given = _Given(cdam, cdam_sigma, fit, mass_kg, density, known_on)  # type: ignore[arg-type]
    _check(given)
    try:
        made = _start(what, given, stack)
        made = _with_station(_with_attitude(made, control_lost_km, drag_ratio), station)
        forecast = predict(
            made.falling, members=members, seed=seed, weather=None if known_on else made.weather, progress=progress
        )
        if not len(forecast.entry_tai_us):
            track: dict[str, Any] = {"basis": "none: no member has come down", "points": []}
            risk = _unknown("no member has come down")
        else:
            track = ground_track(forecast)
            progress("risk to people")
            risk = risk_of(forecast, made.stack, seed)
    finally:
        progress_done()
    for note in (*made.notes, *forecast.notes):
        typer.echo(f"note: {note}", err=True)
    if json:
        print_json(as_dict(forecast, track, risk))
    else:
        _print(made.falling, forecast, track, risk)


def _check(g: _Given) -> None:
    problems = []
    for option, value, low, high in (
        ("--cdam", g.cdam, 1e-6, 10.0), ("--cdam-sigma", g.sigma, 0.0, 1.0), ("--mass-kg", g.mass_kg, 1e-3, 1e8)
    ):  # fmt: skip
        if value is not None and not low <= value <= high:
            problems.append(Problem(option, "", f"{value:g}", f"{low:g} to {high:g}"))
    if g.cdam is not None and g.fit is not None:
        problems.append(Problem("--cdam", "", "both it and --fit", "one of them", "The fit has its own Cd*A/m."))
    if problems:
        raise InputError(problems)


# ---- where it comes from --------------------------------------------------------------------------------------------


def _start(what: str, given: _Given, stack: str | None) -> _Start:
    from stationkeeper.flight.case import packaged_cases

    path = Path(what)
    if stack is not None and not path.is_dir():
        raise InputError.one("--stack", "", f"'{stack}' and no run folder", "a run folder with it")
    if path.is_dir():
        return _from_run(path, given, stack)
    if path.suffix == ".toml" or (what in packaged_cases() and not path.exists()):
        return _from_case(what, given)
    if not path.is_file():
        known = packaged_cases()
        raise InputError.one(
            what, "", "no such file or folder", f"a case, a run folder, an OEM, element sets, or a packaged case: {', '.join(known)}",
            nearest(what, known),
        )  # fmt: skip
    from stationkeeper.formats.oem import read_text as read_data

    head = read_data(path)[:_HEAD]
    if "CCSDS_OEM_VERS" in head or "<oem" in head.lower():
        return _from_oem(path, given)
    return _from_elements(path, given)


def _cdam(
    given: _Given, own: Range | tuple[float, float] | None, own_model: str, where: str
) -> tuple[Range | tuple[float, float], tuple[str, ...]]:
    """Cd * A / m with its spread: the option's, the fit's, or the input's own."""
    from stationkeeper.flight.calibration.fit import DragFit
    from stationkeeper.reentry.entry import UNCALIBRATED_SIGMA_LN

    if given.fit is not None:
        fit = DragFit.from_json(read_text(given.fit), str(given.fit))
        fit.body(1.0, given.density)  # refuses another density model
        return (fit.cdam_m2_kg, given.sigma if given.sigma is not None else fit.sigma_m2_kg / fit.cdam_m2_kg), ()
    assumed = f"nobody measured the spread of its drag: 90 % within 20 % is assumed (standard deviation of the logarithm {UNCALIBRATED_SIGMA_LN:.3f})"
    if given.cdam is not None:
        if given.sigma is not None:
            return (given.cdam, given.sigma), ()
        return (given.cdam, UNCALIBRATED_SIGMA_LN), (assumed,)
    if own is None:
        raise InputError.one(
            where, "Cd*A/m", "nothing that tells its drag", "--cdam or --fit",
            "Give --cdam, or fit it with 'stationkeeper calibrate'.",
        )  # fmt: skip
    if own_model != given.density:
        raise InputError.one(
            where,
            "Cd*A/m",
            f"a drag that belongs to {own_model}",
            f"--density {own_model}, or --cdam of {given.density}",
        )
    if not isinstance(own, tuple):
        return own, ()
    best, spread = own
    if given.sigma is not None:
        return (best, given.sigma), ()
    return ((best, spread), ()) if spread > 0.0 else ((best, UNCALIBRATED_SIGMA_LN), (assumed,))


def _from_case(name: str, given: _Given) -> _Start:
    from stationkeeper.core.ranges import Range
    from stationkeeper.flight.case import load_case
    from stationkeeper.flight.engines.numerical import fly
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.reentry.entry import AS_FITTED, AttitudePhase, Falling

    case = load_case(name)
    body, state, notes = case.body(), case.state(), tuple[str, ...]()
    _no_mass(given, case.name)
    cdam, said = _cdam(
        given,
        (body.drag_m2_kg, 0.0) if body.drag_m2_kg > 0.0 else None,
        body.density_model or given.density,
        case.path.name,
    )
    burns = case.burns()
    if burns:
        end = max(b.end for b in burns).plus_s(1.0)
        progress("the burns of the case with the numerical engine")
        flight = fly(
            state,
            body,
            end,
            weather=case.weather(),
            burns=burns,
            forces=case.forces(),
            drag_profile=case.drag_profile(),
        )
        if flight.stopped is not None:
            raise InputError.one(
                case.path.name, "burns", "it comes down before its last burn", "burns that it lives to see"
            )
        state, body = flight.end_state, body.with_mass(flight.end_mass_kg)
        notes = (f"flown through the {len(burns)} burn(s) of the case first: the fall starts on {end}",)
    profile = case.drag_profile()
    phases = [AS_FITTED]
    if profile is not None:
        from stationkeeper.core.epoch import Epoch

        phases += [
            AttitudePhase("as fitted", Range.exact(float(f)), since=Epoch(int(t)), why="change of the drag in the case")
            for t, f in zip(profile.times_tai_us, profile.factor, strict=True)
        ]
    progress("mean elements of the start")
    orbit = _orbit(MeanOrbit.fitted, state)
    falling = Falling(orbit, body.mass_kg, cdam, tuple(phases), given.known_on, given.density, case.name)
    feed = None if case.weather().kind_at(case.epoch) in ("OBS", "INT") else case.weather()
    return _Start(falling, None, feed, (*notes, *said))


def _orbit(make: Any, state: Any) -> Any:
    from stationkeeper.core.errors import OutOfRangeError

    try:
        return make(state)
    except OutOfRangeError as e:
        raise InputError.one("start", "", str(e), "a near-circular orbit above 80 km") from None


def _no_mass(given: _Given, name: str) -> None:
    if given.mass_kg is not None:
        raise InputError.one("--mass-kg", "", f"{given.mass_kg:g} and {name}, which has its own", "one of them")


def _from_run(path: Path, given: _Given, stack: str | None) -> _Start:
    from stationkeeper.core.ranges import Range
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.functions import attitude
    from stationkeeper.mission.folder import read_run
    from stationkeeper.reentry.entry import AS_FITTED, CONTROL_LOST_M, AttitudePhase, Falling

    result = read_run(path)
    _no_mass(given, "a run")
    there = {s.id: s for s in result.end.stacks()}
    flying = {f.stack: f for f in result.flown if f.stopped is None and f.stack in there}
    if not flying:
        raise InputError.one(str(path), "", "no part that still flies at its end", "a run whose station is still up")
    chosen = stack or next(s for s in there if s in flying)
    if chosen not in flying:
        raise InputError.one(
            "--stack", "", f"'{chosen}'", f"a part that flies at the end: {', '.join(flying)}", nearest(chosen, flying)
        )
    part, flown = there[chosen], flying[chosen]
    around = next((x.leg.around[chosen] for x in reversed(result.lived) if chosen in x.leg.around), None)
    drag = around.drag_area_cd_m2 if around is not None else None
    own = None if drag is None else drag.over(Range.exact(part.mass_kg))
    cdam, said = _cdam(given, own, "nrlmsise00", path.name)
    phases: tuple[AttitudePhase, ...] = (AS_FITTED,)
    if attitude.turns_freely(part):
        said = (*said, "it turns freely at the end of the run already")
    else:
        ratio = attitude.tumbling(part).drag_area_ratio
        phases += (
            AttitudePhase(
                "tumbling", ratio, CONTROL_LOST_M,
                why="nobody holds it below about 220 km; the area of boxes in all directions, the range over spins (assumed shadowing)",
            ),
        )  # fmt: skip
    orbit = _orbit(MeanOrbit.fitted, flown.trajectory.last_state)
    falling = Falling(
        orbit, part.mass_kg, cdam, phases, given.known_on, given.density, f"{flown.name}, {result.scenario.title}"
    )
    return _Start(falling, part, None, said)


def _from_oem(path: Path, given: _Given) -> _Start:
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.formats.oem import read_oem
    from stationkeeper.reentry.entry import Falling

    oem = read_oem(path)
    own: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    if given.cdam is None and given.fit is None:
        from stationkeeper.environment.outlook import as_known_on, continued
        from stationkeeper.flight.calibration.ephemeris import fit_span

        progress("fitting the drag to the ephemeris")
        table = as_known_on(given.known_on) if given.known_on else continued()
        found = fit_span(oem, table).overall
        own = (found.cdam_m2_kg, found.sigma_m2_kg / found.cdam_m2_kg)
        notes = (
            f"Cd*A/m {own[0]:.5f} m2/kg (spread {100 * own[1]:.0f} %) is fitted to the ephemeris: what its maker foresaw, where it is a forecast",
        )
    cdam, said = _cdam(given, own, "nrlmsise00", path.name)
    if oem.mass_kg is None and given.mass_kg is None:
        said = (*said, "no mass in the ephemeris: 1,000 kg is written, which the fall does not depend on")
    mass = given.mass_kg or oem.mass_kg or 1_000.0
    orbit = _orbit(MeanOrbit.fitted, oem.state(0))
    name = f"{oem.object_name or path.name} from its first state, {orbit.epoch}"
    falling = Falling(orbit, mass, cdam, known_on=given.known_on, density_model=given.density, name=name)
    return _Start(falling, None, None, (*notes, *said))


def _from_elements(path: Path, given: _Given) -> _Start:
    from stationkeeper.environment.outlook import as_known_on, continued
    from stationkeeper.flight.calibration.elements import fit_elements
    from stationkeeper.flight.engines.sgp4 import osculating_state
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.formats.elements import read_elements
    from stationkeeper.reentry.entry import Falling

    sets = read_elements(path)
    known = [s for s in sets if given.known_on is None or s.epoch <= given.known_on]
    if not known:
        first = min(s.epoch for s in sets)
        raise InputError.one(
            str(path), "", f"no element set by {given.known_on}", f"a day after the first set, {first}"
        )
    if len({s.catalog_number for s in known}) > 1:
        raise InputError.one(str(path), "catalogue number", "several objects", "the sets of one object")
    last = max(known, key=lambda s: s.epoch)
    recent = [s for s in known if s.epoch >= last.epoch.plus_days(-_FIT_DAYS)]
    table = as_known_on(given.known_on) if given.known_on else continued()
    own: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    orbit = None
    if given.cdam is None and given.fit is None:
        progress(f"fitting the drag to {len(recent)} element sets")
        try:
            found = fit_elements(recent, table, density_model=given.density)
        except InputError as e:
            raise InputError.one(
                str(path), "Cd*A/m", f"{len(recent)} element sets of the last {_FIT_DAYS:g} days, which tell no drag ({e.problems[0].found})",
                "enough sets, or --cdam or --fit", "Give --cdam.",
            ) from None  # fmt: skip
        fit = found.overall
        own = (fit.cdam_m2_kg, fit.sigma_m2_kg / fit.cdam_m2_kg)
        orbit = _orbit(lambda f: f.last_orbit(), found)
        notes = (f"Cd*A/m {own[0]:.5f} m2/kg (spread {100 * own[1]:.0f} %) is fitted to {fit.data}",)
    cdam, said = _cdam(given, own, given.density, path.name)
    if orbit is None:
        state = osculating_state(last, last.epoch)
        orbit = replace(_orbit(MeanOrbit.analytic, state), semi_major_axis_m=last.mean_altitude_m + 6_378_137.0)
    if given.mass_kg is None:
        said = (*said, "element sets tell no mass: 1,000 kg is written, which the fall does not depend on")
    name = f"{last.name or last.catalog_number} from the element set of {last.epoch}"
    falling = Falling(
        orbit, given.mass_kg or 1_000.0, cdam, known_on=given.known_on, density_model=given.density, name=name,
    )  # fmt: skip
    return _Start(falling, None, None, (*notes, *said))


def _with_attitude(made: _Start, lost_km: str | None, ratio: str | None) -> _Start:
    """A phase without control below a height."""
    from stationkeeper.core.ranges import Range
    from stationkeeper.reentry.entry import AttitudePhase

    if (lost_km is None) != (ratio is None):
        missing = "--control-lost-km" if lost_km is None else "--drag-ratio"
        raise InputError.one(
            missing, "", "nothing", "--control-lost-km and --drag-ratio together", "Add what is missing."
        )
    if lost_km is None or ratio is None:
        return made
    heights, ratios = _numbers(lost_km, "--control-lost-km", (1, 2)), _numbers(ratio, "--drag-ratio", (1, 3))
    low, high = heights[0], heights[-1]
    if not 155.0 <= low <= high <= 800.0:
        raise InputError.one("--control-lost-km", "", f"'{lost_km}'", "heights from 155 to 800 km, the lower one first")
    best, least, most = ratios if len(ratios) == 3 else (ratios[0],) * 3
    if not 0.01 <= least <= best <= most <= 100.0:
        raise InputError.one("--drag-ratio", "", f"'{ratio}'", "BEST,LOW,HIGH from 0.01 to 100, LOW <= BEST <= HIGH")
    phase = AttitudePhase(
        "tumbling",
        Range(best, least, most),
        Range(500.0 * (low + high), 1e3 * low, 1e3 * high),
        why="given with --drag-ratio",
    )
    kept = tuple(p for p in made.falling.attitude if p.below_m is None)
    return replace(made, falling=replace(made.falling, attitude=(*kept, phase)))


def _numbers(text: str, option: str, counts: tuple[int, ...]) -> list[float]:
    try:
        out = [float(x) for x in text.split(",")]
    except ValueError:
        out = []
    if len(out) not in counts or not all(math.isfinite(x) for x in out):
        raise InputError.one(option, "", f"'{text}'", f"{' or '.join(map(str, counts))} numbers, parted by commas")
    return out


def _with_station(made: _Start, station: str | None) -> _Start:
    """The parts of a station, for the risk."""
    if station is None:
        return made
    if made.stack is not None:
        raise InputError.one("--station", "", f"'{station}' and a run, which has its own", "one of them")
    from stationkeeper.station.configuration import configuration_at
    from stationkeeper.station.load import load_station

    parts = configuration_at(load_station(station), made.falling.start.epoch).stacks()
    note = f"the parts of the risk are those of station '{station}' on {made.falling.start.epoch.date}"
    return replace(made, stack=parts[0], notes=(*made.notes, note))


# ---- the ground track and the risk ----------------------------------------------------------------------------------


def ground_track(forecast: EntryForecast, share: float = 0.9, step_s: float = 60.0) -> dict[str, Any]:
    """Places under the median member's orbit over the window, or three revolutions on either side where it is longer than a day."""
    from stationkeeper.reentry.entry import track

    t = track(forecast, share, step_s)
    return {
        "basis": t.basis, "from_utc": t.start.isoformat(0), "to_utc": t.end.isoformat(0),
        "points": [
            {"utc": e.isoformat(0), "latitude_deg": round(math.degrees(lat), 3), "longitude_deg": round(math.degrees(lon), 3)}
            for e, lat, lon in zip(t.epochs, t.latitude_rad.tolist(), t.longitude_rad.tolist(), strict=True)
        ],
    }  # fmt: skip


def _unknown(why: str) -> dict[str, Any]:
    return {"casualty_expectation": None, "low": None, "high": None, "members": 0, "statement": f"not assessed: {why}"}


def risk_of(forecast: EntryForecast, stack: Stack | None, seed: int) -> dict[str, Any]:
    """Casualty expectation with its bounds, or why there is none."""
    if stack is None:
        return _unknown("the parts of the body are not known; name a station with --station, or give a run")
    try:
        from stationkeeper.reentry.breakup import break_up, pieces_of
        from stationkeeper.reentry.risk import casualty_expectation
    except ImportError:
        return _unknown("this version has no model of the break-up")
    from stationkeeper.core.epoch import Epoch

    try:
        survivors = break_up(
            pieces_of(stack), forecast.speed_m_s, forecast.flight_path_angle_rad, members=len(forecast.entry_tai_us), seed=seed,
            latitude_rad=forecast.latitude_rad, longitude_rad=forecast.longitude_rad, azimuth_rad=forecast.azimuth_rad,
        )  # fmt: skip
        median = Epoch(int(forecast.entry_tai_us[forecast.median_row]))
        year = 2000.0 + median.days_since(Epoch.parse("2000-01-01T00:00:00Z")) / 365.25
        found = casualty_expectation(
            survivors.casualty_area_m2, year=year, inclination_rad=forecast.inclination_rad, seed=seed
        )
    except StationkeeperError as e:
        return _unknown(str(e))
    return found.as_dict()


# ---- what is printed ------------------------------------------------------------------------------------------------


def _utc(epoch: Epoch | None) -> str | None:
    return None if epoch is None else epoch.isoformat(0)


def as_dict(f: EntryForecast, track: dict[str, Any], risk: dict[str, Any]) -> dict[str, Any]:
    """The whole answer for JSON."""
    median = f.quantile_or_none(0.5)
    yardstick = f.yardstick() if median is not None else (None, None)
    windows = [(s, f.quantile_or_none(0.5 - 0.5 * s), f.quantile_or_none(0.5 + 0.5 * s)) for s in _SHARES]
    heights = [
        {"altitude_km": h / 1e3, "p05_utc": _utc(f.height_quantile(h, 0.05)), "median_utc": _utc(f.height_quantile(h, 0.5)), "p95_utc": _utc(f.height_quantile(h, 0.95))}
        for h in f.heights_m.tolist()
    ]  # fmt: skip
    return {
        "schema": "stationkeeper.reentry/1", "name": f.name, "start_utc": f.start.isoformat(0), "members": f.members, "not_down": f.not_down,
        "entry": {
            "altitude_km": 120.0, **{key: _utc(f.quantile_or_none(p)) for p, key in _QUANTILES},
            "remaining_days": None if median is None else median.days_since(f.start),
            "windows": [{"share": s, "from_utc": _utc(a), "to_utc": _utc(b)} for s, a, b in windows],
            "yardstick": {"part_of_remaining": 0.2, "from_utc": _utc(yardstick[0]), "to_utc": _utc(yardstick[1])},
            **_state_words(f),
        },
        "heights": heights, "track": track, "latitude_band_deg": list(f.latitude_band_deg), "risk": risk,
        "notes": list(f.notes), "settings": f.settings,
    }  # fmt: skip


def _state_words(f: EntryForecast) -> dict[str, Any]:
    import numpy as np

    def middle(x: Any) -> list[float]:
        return [float(v) for v in np.quantile(x, (0.05, 0.5, 0.95))]

    if not len(f.entry_tai_us):
        return {"speed_km_s": None, "flight_path_angle_deg": None}
    return {
        "speed_km_s": middle(f.speed_m_s / 1e3),
        "flight_path_angle_deg": middle(np.degrees(f.flight_path_angle_rad)),
    }


def _print(falling: Falling, f: EntryForecast, track: dict[str, Any], risk: dict[str, Any]) -> None:
    from stationkeeper.reentry.entry import ENTRY_M

    say = typer.echo
    say(f"{f.name}: entry at {ENTRY_M / 1e3:g} km, {f.members} members")
    median = f.quantile_or_none(0.5)
    if median is None:
        say(f"  {f.not_down} of {f.members} members are still up on {f.until.date}: no median")
    else:
        say(f"  median   {median.isoformat(0)}  ({median.days_since(f.start):.1f} days after {f.start})")
    for share in _SHARES:
        a, b = f.quantile_or_none(0.5 - 0.5 * share), f.quantile_or_none(0.5 + 0.5 * share)
        late = b.isoformat(0) if b else f"after {f.until.date}"
        say(f"  {100 * share:g} %".ljust(11) + f"{a.isoformat(0) if a else 'after ' + f.until.date} to {late}")
    if median is not None:
        low, high = f.yardstick()
        say(f"  beside it, 20 % of the remaining time either way: {low.isoformat(0)} to {high.isoformat(0)}")
        for h in f.heights_m.tolist():
            e, m, late_e = (f.height_quantile(h, p) for p in (0.05, 0.5, 0.95))
            if m is not None:
                say(
                    f"  {h / 1e3:g} km".ljust(11)
                    + f"{m.date}  (90 %: {e.date if e else '?'} to {late_e.date if late_e else 'after ' + f.until.date})"
                )
        south, north = f.latitude_band_deg
        say(f"  latitudes {abs(south):.1f} S to {north:.1f} N; {track['basis']}")
        check = f.settings.get("median_member")
        if check:
            say(f"  the numerical engine brings the median member down {check['difference_s'] / 60:+.0f} min from this")
    for p in falling.attitude:
        if p.below_m is not None or p.since is not None:
            when = f"below {p.below_m.low / 1e3:g} to {p.below_m.high / 1e3:g} km" if p.below_m else f"from {p.since}"
            say(
                f"  {p.kind} {when}: {p.drag_ratio.best:.2f} times the drag ({p.drag_ratio.low:.2f} to {p.drag_ratio.high:.2f})"
            )
    say(f"  risk: {risk['statement']}")
