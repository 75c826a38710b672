"""What a body is that comes down: from a case, a run, an ephemeris or element sets, with the options that describe it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stationkeeper.cli.common import progress
from stationkeeper.core.errors import InputError, Problem, nearest
from stationkeeper.core.files import read_text

if TYPE_CHECKING:
    from stationkeeper.core.epoch import Epoch
    from stationkeeper.core.ranges import Range
    from stationkeeper.environment.atmosphere.msis import DensityModel
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.reentry.entry import Falling
    from stationkeeper.station.configuration import Stack

_HEAD = 4_000
_FIT_DAYS = 30.0
_ANY_MASS_KG = 1_000.0
"""Stands for a mass that nobody tells; the fall does not depend on it and no answer shows it."""
_SAME_MASS = 0.001
"""Part of a mass below which two of them read the same."""


@dataclass(frozen=True)
class Start:
    """What falls, the parts that it is made of where they are known, and what is to be said of both."""

    falling: Falling
    stack: Stack | None
    weather: SpaceWeather | None
    notes: tuple[str, ...]
    varied: tuple[str, ...] = ()
    mass_known: bool = True
    members: int = 400
    seed: int = 0


@dataclass(frozen=True)
class Given:
    """The options that describe the body."""

    cdam: float | None
    sigma: float | None
    fit: Path | None
    mass_kg: float | None
    density: DensityModel
    known_on: Epoch | None


def check(g: Given) -> None:
    """Refuses options out of range."""
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


def start(what: str, given: Given, stack: str | None) -> Start:
    """What falls, from whatever it is given as. Raises InputError."""
    from stationkeeper.flight.case import packaged_cases

    path = Path(what)
    if stack is not None and not path.is_dir():
        raise InputError.one("--stack", "", f"'{stack}' and no run folder", "a run folder with it")
    if path.is_dir():
        return _from_run(path, given, stack)
    if path.suffix == ".toml" or (what in packaged_cases() and not path.exists()):
        return _from_case(what, given)
    if path.exists() and not path.is_file():
        raise InputError.one(what, "", "a pipe or a device", "a file or a folder", "Write it to a file first.")
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


def _not_later(where: str, state: Epoch, known_on: Epoch | None) -> None:
    """Refuses a state that nobody knew on the day of the prediction."""
    if known_on is not None and state.date > known_on.date:
        raise InputError.one(
            where, "--as-known-on", f"{known_on.date}, before the day of its state, {state.date}", "that day or a later one",
            "On an earlier day nobody knew the state from which it falls.",
        )  # fmt: skip


def _cdam(
    given: Given, own: Range | tuple[float, float] | None, own_model: str, where: str
) -> tuple[Range | tuple[float, float], tuple[str, ...]]:
    """Cd * A / m with its spread: the option's, the fit's, or the input's own."""
    from stationkeeper.flight.calibration.fit import DragFit
    from stationkeeper.reentry.entry import UNCALIBRATED_SIGMA_LN

    if given.fit is not None:
        fit = DragFit.from_json(read_text(given.fit), str(given.fit))
        fit.body(1.0, given.density)  # refuses another density model
        return (fit.cdam_m2_kg, given.sigma if given.sigma is not None else fit.sigma_m2_kg / fit.cdam_m2_kg), ()
    assumed = (
        f"{'--cdam alone' if given.cdam is not None else 'the input'} carries no spread of its drag: 90 % within 20 % is assumed (standard deviation of the logarithm "
        f"{UNCALIBRATED_SIGMA_LN:.3f}); {'--cdam-sigma gives one' if given.cdam is not None else '--cdam-sigma or --fit give one'}"
    )
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


def _from_case(name: str, given: Given) -> Start:
    from stationkeeper.core.ranges import Range
    from stationkeeper.environment.outlook import as_known_on
    from stationkeeper.flight.case import load_case
    from stationkeeper.flight.engines.numerical import fly
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.reentry.entry import AS_FITTED, AttitudePhase, Falling

    case = load_case(name)
    body, state, notes = case.body(), case.state(), tuple[str, ...]()
    _not_later(case.path.name, case.epoch, given.known_on)
    given_weather = case.weather()
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
            weather=as_known_on(given.known_on) if given.known_on else given_weather,
            burns=burns,
            forces=case.forces(),
            drag_profile=case.drag_profile(),
        )
        if flight.stopped is not None:
            raise InputError.one(
                case.path.name, "burns", "it comes down before its last burn", "burns that it lives to see"
            )
        state, body = flight.end_state, body.with_mass(flight.end_mass_kg)
        if given.known_on is not None and end.date > given.known_on.date:
            notes = (f"burns after {given.known_on.date} are taken as planned on that day",)
        notes = (f"flown through the {len(burns)} burn(s) of the case first: the fall starts on {end}", *notes)
    profile = case.drag_profile()
    phases = [AS_FITTED]
    if profile is not None:
        from stationkeeper.core.epoch import Epoch

        phases += [
            AttitudePhase("as fitted", Range.exact(float(f)), since=Epoch(int(t)), why="change of the drag in the case")
            for t, f in zip(profile.times_tai_us, profile.factor, strict=True)
        ]
    progress("mean elements of the start")
    if said and given.cdam is None and body.density_scale != 1.0:
        said = (
            f"{said[0]}. Its density scale of {body.density_scale:g} was measured over some days, whose air the members do not know: windows may be too narrow",
        )
    orbit = _orbit(MeanOrbit.fitted, state)
    falling = Falling(orbit, body.mass_kg, cdam, tuple(phases), given.known_on, given.density, case.name)
    feed = None if given_weather.kind_at(case.epoch) in ("OBS", "INT") else given_weather
    return Start(falling, None, feed, (*notes, *said))


def _orbit(make: Any, state: Any) -> Any:
    from stationkeeper.core.errors import OutOfRangeError

    try:
        return make(state)
    except OutOfRangeError as e:
        raise InputError.one("start", "", str(e), "a near-circular orbit above 80 km") from None


def _no_mass(given: Given, name: str) -> None:
    if given.mass_kg is not None:
        raise InputError.one("--mass-kg", "", f"{given.mass_kg:g} and {name}, which has its own", "one of them")


def _from_run(path: Path, given: Given, stack: str | None) -> Start:
    from stationkeeper.mission.folder import read_run
    from stationkeeper.mission.forecast import falling_of, outlook_of
    from stationkeeper.mission.initial import weather_of

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
    if around is None:
        raise InputError.one(str(path), chosen, "a run that tells no drag of it", "a run with at least one leg")
    _not_later(str(path), flown.trajectory.last_state.epoch, given.known_on)
    falling, varied = falling_of(part, flown.trajectory.last_state, around)
    cdam, said = _cdam(given, falling.cdam_m2_kg, falling.density_model, path.name)
    table, known_on = outlook_of(result.scenario, falling.start.epoch, weather_of(result.scenario))
    falling = replace(
        falling, cdam_m2_kg=cdam, known_on=given.known_on or known_on, density_model=given.density,
        name=f"{flown.name}, {result.scenario.title}",
    )  # fmt: skip
    own_number = result.scenario.reentry
    same = f"as in the run's own report unless said otherwise: {own_number.members} members, seed {own_number.seed}"
    return Start(falling, part, table, (same, *said), varied, members=own_number.members, seed=own_number.seed)


def _from_oem(path: Path, given: Given) -> Start:
    from stationkeeper.flight.mean_elements import MeanOrbit
    from stationkeeper.formats.oem import read_oem
    from stationkeeper.reentry.entry import Falling

    oem = read_oem(path)
    _not_later(path.name, oem.state(0).epoch, given.known_on)
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
    mass = given.mass_kg or oem.mass_kg or _ANY_MASS_KG
    orbit = _orbit(MeanOrbit.fitted, oem.state(0))
    name = f"{oem.object_name or path.name} from its first state, {orbit.epoch}"
    falling = Falling(orbit, mass, cdam, known_on=given.known_on, density_model=given.density, name=name)
    return Start(falling, None, None, (*notes, *said), mass_known=oem.mass_kg is not None or given.mass_kg is not None)


def _from_elements(path: Path, given: Given) -> Start:
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
    orbit, days = None, None
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
        # the fit's own error; that of the air over its days is in the members, which know what the fit has seen
        own = (fit.cdam_m2_kg, fit.formal_sigma_m2_kg / fit.cdam_m2_kg)
        days = fit.end.days_since(fit.start) if given.sigma is None else None
        orbit = _orbit(lambda f: f.last_orbit(), found)
        notes = (f"Cd*A/m {own[0]:.5f} m2/kg is fitted to {fit.data}",)
    cdam, said = _cdam(given, own, given.density, path.name)
    if orbit is None:
        state = osculating_state(last, last.epoch)
        orbit = replace(_orbit(MeanOrbit.analytic, state), semi_major_axis_m=last.mean_altitude_m + 6_378_137.0)
    name = f"{last.name or last.catalog_number} from the element set of {last.epoch}"
    falling = Falling(
        orbit, given.mass_kg or _ANY_MASS_KG, cdam, known_on=given.known_on, density_model=given.density, name=name, calibrated_days=days,
    )  # fmt: skip
    return Start(falling, None, None, (*notes, *said), mass_known=given.mass_kg is not None)


def with_attitude(made: Start, lost_km: str | None, ratio: str | None) -> Start:
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


def with_station(made: Start, station: str | None) -> Start:
    """The parts of a station, for the risk; and where the masses of the fall and of the risk come from."""
    if station is None:
        if made.mass_known:
            return made
        unknown = "the input tells no mass; the fall does not depend on it"
        return replace(made, notes=(*made.notes, unknown))
    if made.stack is not None:
        raise InputError.one("--station", "", f"'{station}' and a run, which has its own", "one of them")
    from stationkeeper.station.configuration import configuration_at
    from stationkeeper.station.load import load_station

    parts = configuration_at(load_station(station), made.falling.start.epoch).stacks()
    if not parts:
        raise InputError.one(
            "--station", "", f"'{station}', of which nothing is up on {made.falling.start.epoch.date}", "a station that is up on that day"
        )  # fmt: skip
    body, whole = made.falling.mass_kg, parts[0].mass_kg
    of = f"the parts of station '{station}' as it was on {made.falling.start.epoch.date}"
    if not made.mass_known:
        made = replace(made, falling=replace(made.falling, mass_kg=whole))
        note = f"the input tells no mass: that of {of} is taken, {whole / 1e3:,.1f} t"
    elif abs(body - whole) <= _SAME_MASS * whole:
        note = f"what breaks up: {of}"
    else:
        note = f"two masses: the fall uses Cd*A/m and the {body / 1e3:,.1f} t of the input, the risk {of}, {whole / 1e3:,.1f} t"
    return replace(made, stack=parts[0], notes=(*made.notes, note))
