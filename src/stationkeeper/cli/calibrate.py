"""``stationkeeper calibrate``: fit the drag to what flew, and find the burns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from stationkeeper.cli.common import parse_when, print_json, progress, progress_done, writable
from stationkeeper.cli.weather import WEATHER_HELP, parse_weather
from stationkeeper.core.errors import InputError, choice
from stationkeeper.core.files import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stationkeeper.core.epoch import Epoch
    from stationkeeper.environment.space_weather import SpaceWeather
    from stationkeeper.flight.calibration.fit import DetectedBurn, DragFit

_MODELS = ("nrlmsise00", "nrlmsis21")
_HEAD = 4_000
_WHAT = {
    "span": "the states of one ephemeris, span by span between its burns. A NASA file is a few hours of tracking and then "
    "NASA's own forecast: this fit says what drag that forecast holds, not what the air did",
    "legs": "the passage from the first state of each ephemeris to the first state of the next: both are determinations, so "
    "this is the drag of the air that came",
    "elements": "the decay of the mean semi-major axis of the element sets, span by span between burns",
}


def calibrate(
    data: list[Path] = typer.Argument(help="OEM files, or files of element sets (TLE, OMM); plain or .gz."),
    station: str = typer.Option("iss", help="Station whose mass turns Cd*A/m into an area."),
    density: str = typer.Option("nrlmsise00", help="Density model: nrlmsise00, or nrlmsis21 for element sets."),
    weather: str = typer.Option("observed", help=WEATHER_HELP),
    start: str | None = typer.Option(None, "--from", help="Use data from this UTC date (its noon) or time on."),
    end: str | None = typer.Option(None, "--to", help="Use data up to this UTC date or time."),
    out: Path | None = typer.Option(None, help="File for the fit, JSON; it carries its density model."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
) -> None:
    """Fit Cd*A/m and its uncertainty to one ephemeris, to a set of them, or to element sets; list the burns found."""
    if density not in _MODELS:
        raise InputError.one("--density", "", f"'{density}'", " or ".join(_MODELS), choice(density, _MODELS, "They"))
    first, last = (parse_when(t, o) if t else None for t, o in ((start, "--from"), (end, "--to")))
    if first and last and last <= first:
        raise InputError.one("--to", "", str(last), f"a time after --from, {first}")
    if out is not None:
        writable(out)
    kinds = {path: _is_oem(path) for path in data}
    if len(set(kinds.values())) > 1:
        named = ", ".join(f"{p.name} ({'ephemeris' if oem else 'element sets'})" for p, oem in kinds.items())
        raise InputError.one("DATA", "", named, "files of one kind", "Fit them one kind at a time.")
    fit = _fit_oem if kinds[data[0]] else _fit_elements
    try:
        found = fit(data, density, weather, first, last)
    finally:
        progress_done()
    if out is not None:
        write_text(out, found.overall.to_json() + "\n")
    mass_kg, mass_words = _mass(station, found.overall.end)
    if json:
        print_json(
            {
                "schema": "stationkeeper.calibrate/1", "kind": found.kind, "meaning": _WHAT[found.kind],
                "overall": found.overall.to_dict(), "fits": [f.to_dict() for f in found.fits],
                "burns": [b.to_dict() for b in found.burns], "left_out": list(found.left_out),
                "station": station, "station_mass_kg": mass_kg, "out": str(out) if out else None,
            }
        )  # fmt: skip
        return
    _print(found, mass_kg, mass_words, out)


class _Found:
    """One shape for the three kinds of fits."""

    def __init__(
        self,
        kind: str,
        overall: DragFit,
        fits: Sequence[DragFit],
        burns: Sequence[DetectedBurn],
        left_out: Sequence[str],
    ) -> None:
        self.kind, self.overall, self.fits, self.burns, self.left_out = kind, overall, fits, burns, left_out


def _is_oem(path: Path) -> bool:
    """Whether a file is an ephemeris rather than element sets, by its first lines."""
    from stationkeeper.formats.oem import read_text

    head = read_text(path)[:_HEAD]
    return "CCSDS_OEM_VERS" in head or "<oem" in head.lower()


def _table(words: str, first: Epoch) -> SpaceWeather:
    return parse_weather(words, first)


def _fit_oem(data: list[Path], density: str, weather: str, first: Epoch | None, last: Epoch | None) -> _Found:
    from stationkeeper.flight.calibration.ephemeris import fit_legs, fit_span
    from stationkeeper.formats.oem import read_oem

    if density != _MODELS[0]:
        raise InputError.one(
            "--density", "", density, f"{_MODELS[0]}, the density model of the numerical engine that flies ephemerides",
            "Fit element sets with the other model.",
        )  # fmt: skip
    files = [read_oem(path) for path in data]
    begin = min(f.epochs[0] for f in files)
    table = _table(weather, begin)
    progress(f"fitting the drag to {len(files)} ephemeris{'' if len(files) == 1 else ' files'}")
    if len(files) == 1:
        fit = fit_span(files[0], table, density_model=density, start=first, end=last)
    else:
        fit = fit_legs(files, table, density_model=density, start=first, end=last)
    return _Found(fit.kind, fit.overall, fit.fits, fit.burns, fit.left_out)


def _fit_elements(data: list[Path], density: str, weather: str, first: Epoch | None, last: Epoch | None) -> _Found:
    from stationkeeper.flight.calibration.elements import fit_elements
    from stationkeeper.formats.elements import read_elements

    sets = [s for path in data for s in read_elements(path)]
    table = _table(weather, min(s.epoch for s in sets))
    progress(f"fitting the drag to {len(sets)} element sets")
    fit = fit_elements(sets, table, density_model=density, start=first, end=last)  # type: ignore[arg-type]
    return _Found("elements", fit.overall, fit.fits, fit.burns, fit.notes)


def _mass(station: str, at: Epoch) -> tuple[float | None, str]:
    """Mass of the station at a time, and words for it; a date that its data do not cover is no error."""
    from stationkeeper.station.configuration import configuration_at
    from stationkeeper.station.load import load_station

    loaded = load_station(station)
    try:
        mass_kg = configuration_at(loaded, at).mass_kg
    except InputError:
        return None, f"the data of station '{station}' do not cover {at.date}, so no area is given"
    return mass_kg, f"at the {mass_kg / 1e3:.1f} t of station '{station}' on {at.date}"


def _print(found: _Found, mass_kg: float | None, mass_words: str, out: Path | None) -> None:
    fit = found.overall
    say = typer.echo
    say(
        f"Cd*A/m = {fit.cdam_m2_kg:.5f} m2/kg, +/- {fit.sigma_m2_kg:.5f} (one sigma); 90 %: {fit.low_m2_kg:.5f} to {fit.high_m2_kg:.5f}"
    )
    if mass_kg is None:
        say(f"  {mass_words}")
    else:
        say(f"  {mass_words}: Cd*A = {fit.cdam_m2_kg * mass_kg:,.0f} m2")
    say(f"  fitted to {fit.data}, {fit.start} to {fit.end}")
    say(f"  that is: {_WHAT[found.kind]}")
    say(f"  density model {fit.density_model}: the value means nothing with another one, and is refused there")
    say(f"  space weather: {fit.weather}")
    if fit.residual:
        say("  left over: " + ", ".join(f"{_words(k)} {v:.1f}" for k, v in fit.residual.items()))
    say(f"  least squares alone would say +/- {fit.formal_sigma_m2_kg:.6f}")
    for note in fit.notes:
        say(f"  {note}")
    if len(found.fits) > 1:
        say("fits, one by one:")
        for f in found.fits:
            say(f"  {f.start} to {f.end}  {f.cdam_m2_kg:.5f} +/- {f.sigma_m2_kg:.5f}  {f.data}")
    say(f"burns found: {len(found.burns)}" if found.burns else "no burn found")
    for b in found.burns:
        length = f"{b.duration_s:.1f} s" if b.duration_s is not None else "length not seen"
        say(
            f"  {b.start}  {length}  {b.delta_v_m_s:+.3f} +/- {b.sigma_m_s:.3f} m/s  "
            f"{b.delta_a_m:+.0f} m of mean semi-major axis  ({b.method})"
        )
    for line in found.left_out:
        say(f"left out: {line}")
    if out is not None:
        say(f"written: {out}")


def _words(key: str) -> str:
    """``rms_along_track_m`` as ``rms along track, m:``."""
    name, _, unit = key.rpartition("_")
    return f"{name.replace('_', ' ')} ({unit})"
