"""``stationkeeper dependence``: who keeps a station going, and what is lost without somebody or something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from stationkeeper.cli.common import parse_when, print_json, progress, progress_done, writable
from stationkeeper.core.errors import InputError

if TYPE_CHECKING:
    from stationkeeper.functions.joint import JointWork
    from stationkeeper.mission.dependence import FunctionCuts, FunctionLoss, StackStudy, Study

SHOWN, REASONS = 8, 3
LINE = 110


def dependence(
    station: str = typer.Argument(
        help="Id of a packaged station (see 'station list'), or the path of a station file or folder."
    ),
    at: str = typer.Option(help="UTC date (its noon) or time, such as 2022-03-07 or 2022-03-30T07:21:00Z."),
    without: list[str] = typer.Option(
        [],
        help="What is lost: id or name of a partner, vehicle, element, piece of equipment or joint; may be given several times.",
    ),
    cuts: int = typer.Option(2, min=0, max=4, help="Largest set of losses that is looked for; 0 looks for none."),
    function: list[str] = typer.Option(
        [], help="Only this function, such as attitude or crew_return; may be given several times."
    ),
    joint: str = typer.Option("", help="Instead show the work that it takes to open this joint."),
    json: bool = typer.Option(False, "--json", help="Print JSON instead of text."),
    svg: Path | None = typer.Option(None, help="Also draw who needs whom into this SVG file."),
) -> None:
    """Who provides what, what is lost without somebody or something, when and why, and what would bring it back."""
    from stationkeeper.station.configuration import configuration_at
    from stationkeeper.station.load import load_station

    cfg = configuration_at(load_station(station), parse_when(at, "--at"))
    header = cfg.station.station
    if not cfg.nodes:
        raise InputError.one(
            "--at", "", cfg.epoch.date, f"a date on which {header.name} was there", f"Its data cover {header.covers_from} to {header.covers_until}."
        )  # fmt: skip
    if not header.covers_from.span()[0] <= cfg.epoch <= header.covers_until.span()[1]:
        typer.echo(
            f"note: its visits and crew are complete only from {header.covers_from} to {header.covers_until}", err=True
        )
    if joint:
        from stationkeeper.functions.joint import maintenance

        work = maintenance(cfg, joint)
        if json:
            print_json(_joint_json(work))
        else:
            _print_joint(work, {p.id: p.short for p in cfg.station.partner})
        if not without and svg is None:
            return
    from stationkeeper.mission.dependence import study, study_json

    found = study(cfg, without, most=cuts, functions=function, progress=progress)
    progress_done()
    if svg is not None:
        from stationkeeper.core.files import write_text
        from stationkeeper.report.graph_drawing import draw_graph

        write_text(writable(svg), draw_graph(found))
        typer.echo(f"drawing: {svg}", err=True)
    if json:
        if not joint:
            print_json(study_json(found))
    else:
        _print_study(found, function)


def _wrapped(words: str, head: str) -> None:
    import textwrap

    typer.echo(
        textwrap.fill(words, LINE, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False)
    )


def _print_study(s: Study, only: list[str]) -> None:
    lost = f", without {', '.join(t.name for t in s.lost)}" if s.lost else ""
    _wrapped(f"{s.before.station.station.name} on {s.before.epoch}{lost}", "")
    for x in s.stacks:
        if len(s.stacks) > 1:
            typer.echo(f"\n{x.stack.name.upper()} ({x.stack.mass_kg / 1000:.0f} t, {len(x.stack.crew)} people)")
        _print_matrix(x, {p.id: p.short for p in s.before.station.partner})
        if s.lost:
            typer.echo("\nWhat is lost, when and why")
            for loss in x.losses:
                if not only or loss.function in only:
                    _print_loss(loss)
        if s.lost or x.additions:
            _print_additions(x, only)
        if x.cuts:
            typer.echo("\nWhat would end it at once, the smallest and likeliest first")
            for c in x.cuts:
                _print_cuts(c)
    typer.echo("\nNot modelled: repairs, and what people would do about it. Delays that nobody published are ranges.")


def _print_matrix(x: StackStudy, short: dict[str, str]) -> None:
    from stationkeeper.mission.dependence import matrix

    rows = matrix(x.stack)
    partners = list(dict.fromkeys(p for row in rows.values() for p in row))
    width = {p: max(9, len(short[p]) + 2) for p in partners}
    typer.echo("\nWho provides what: units in use + in reserve, !out of work")
    typer.echo(f"  {'':<16}" + "".join(f"{short[p]:<{width[p]}}" for p in partners))
    for f, row in rows.items():
        cells = []
        for p in partners:
            found = row.get(p, [])
            main, other = (sum(y.works and (y.mode == "main") == m for y in found) for m in (True, False))
            out = sum(not y.works for y in found)
            cell = f"{main}+{other}" + (f" !{out}" if out else "") if found else "-"
            cells.append(f"{cell:<{width[p]}}")
        typer.echo(f"  {f.replace('_', ' '):<16}" + "".join(cells).rstrip())


def _print_loss(x: FunctionLoss) -> None:
    from stationkeeper.functions.graph import hours

    name = x.function.replace("_", " ")
    if not x.hit:
        typer.echo(f"  {name}: {x.after.replace('_', ' ')}, no change")
        return
    words = x.before if x.after == x.before else f"{x.before}, {x.after} at once"
    only_end = x.worse_h is not None and x.lost_h is not None and x.worse_h == x.lost_h
    if x.worse_h is not None and x.worse_h.best > 0.0 and not only_end:
        words += f"; worse: {hours(x.worse_h)}"
    if x.lost_h is not None and x.after != "lost":
        words += f"; lost: {hours(x.lost_h)}"
        if x.anyway_h is not None:
            words += ", as without the loss" if x.as_anyway else f"; without the loss: {hours(x.anyway_h)}"
    _wrapped(words, f"  {name}: ")
    shown = x.why if len(x.why) <= REASONS else (*x.why[: REASONS - 1], x.why[-1])
    for r in shown:
        _wrapped(r, "      - ")


def _print_cuts(c: FunctionCuts) -> None:
    name = c.function.replace("_", " ")
    if c.sets == ((),):
        typer.echo(f"  {name}: it is lost already")
        return
    if not c.sets:
        typer.echo(f"  {name}: no {c.most} losses end it" + ("" if c.complete else ", as far as was searched"))
        return
    typer.echo(f"  {name}:")
    for some in c.sets[:SHOWN]:
        _wrapped(" + ".join(t.name for t in some), "      ")
    if len(c.sets) > SHOWN:
        typer.echo(f"      and {len(c.sets) - SHOWN} more sets of up to {c.most}")
    if not c.complete:
        typer.echo(f"      stopped after {c.asked} questions: there may be more")


def _print_additions(x: StackStudy, only: list[str]) -> None:
    asked = [y for y in x.losses if not only or y.function in only]
    typer.echo("\nThe smallest addition that helps")
    said = False
    for y in asked:
        mine = [a for a in x.additions if a.function == y.function]
        name = y.function.replace("_", " ")
        for a in mine:
            _wrapped(f"{a.text} (then {a.after}{'; ' + a.note if a.note else ''})", f"  {name}: ")
        if not mine and y.hit and y.after != y.before:
            most = "one or two vehicles" if y.after == "lost" else "vehicle"
            typer.echo(f"  {name}: no {most} at free ports that fit, and no repair of what was named")
        said = said or bool(mine) or (y.hit and y.after != y.before)
    if not said:
        typer.echo("  nothing is needed, or no vehicle or repair would help")


def _print_joint(w: JointWork, short: dict[str, str]) -> None:
    typer.echo(f"{w.name} ({w.kind}), closed for {w.in_place_days / 365.25:.1f} years")
    for side in w.sides:
        run = "" if side.owner == side.operator else f", run by {short[side.operator]}"
        typer.echo(f"  {side.name}: owned by {short[side.owner]}{run}")
    _wrapped(w.reason, "  ")
    if not w.parts:
        typer.echo("  Other joints would still hold the two sides together.")
    typer.echo("\nWhat crosses it")
    for c in w.crosses:
        kw = f", {c.amount_kw.low:g} to {c.amount_kw.high:g} kW" if c.amount_kw else ""
        kw += " (assumed)" if c.assumed else ""
        _wrapped(f"{c.what}, {c.direction}{kw}" + (f": {c.note}" if c.note else ""), "  ")
    _print_steps(w, short)
    if w.views:
        typer.echo("\nWho says what")
        for v in w.views:
            held = f" [{v.view}]" if v.view else ""
            extra = f" ({_low_high(v.spacewalks.low, v.spacewalks.high)} spacewalks)" if v.spacewalks else ""
            _wrapped(f"{v.who}, {v.when}{held}: {v.text}{extra}", "  ")
    if w.cut:
        typer.echo("\nNeeds that would no longer be met")
        for n in {c.why: c for c in w.cut}.values():
            _wrapped(n.why, "  - ")


def _print_steps(w: JointWork, short: dict[str, str]) -> None:
    from stationkeeper.functions.graph import hours

    typer.echo("\nWhat must be done, by whom, how long (* assumed: nobody published it)")
    for s in w.steps:
        numbers = []
        if s.count is not None:
            numbers.append(
                f"{_low_high(s.count.low, s.count.high)} times"
                if s.kind != "spacewalk"
                else _low_high(s.count.low, s.count.high)
            )
        if s.work_h is not None:
            numbers.append(f"{_low_high(s.work_h.low, s.work_h.high)} hours of work")
        if s.span_day is not None:
            numbers.append(hours(s.span_day.scaled(24.0)))
        by = f" [{', '.join(short[p] for p in s.by)}]" if s.by else ""
        said = f": {', '.join(numbers)}{'*' if s.assumed else ''}" if numbers else ": nobody said how long"
        _wrapped(f"{s.text}{by}{said}", f"  {s.kind:<10} ")
    if w.span_day is not None:
        rest = f", {w.without_span} steps not counted" if w.without_span else ""
        typer.echo(f"  in all     {hours(w.span_day.scaled(24.0))} from the decision{rest}")
    if not any(s.kind == "robotics" for s in w.steps) and any(s.arms for s in w.sides):
        typer.echo("  No source names work with the arms; there are:")
    for side in w.sides:
        if side.arms or side.airlocks:
            _wrapped(", ".join((*side.airlocks, *side.arms)), f"  on the side of {side.name}: ")


def _low_high(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _joint_json(w: JointWork) -> dict[str, Any]:
    def span(r: Any) -> dict[str, float] | None:
        return None if r is None else {"best": r.best, "low": r.low, "high": r.high}

    return {
        "schema": "stationkeeper.joint-work/1", "joint": w.joint, "name": w.name, "kind": w.kind, "in_place_days": w.in_place_days,
        "ruling": w.ruling, "reason": w.reason, "parts_the_station": w.parts, "owners": list(w.owners),
        "sides": [
            {
                "element": s.element, "name": s.name, "owner": s.owner, "operator": s.operator, "airlocks": list(s.airlocks),
                "arms": list(s.arms), "people": s.people,
            }
            for s in w.sides
        ],
        "crosses": [
            {"what": c.what, "direction": c.direction, "amount_kw": span(c.amount_kw), "assumed": c.assumed, "note": c.note, "sources": list(c.source)}
            for c in w.crosses
        ],
        "steps": [
            {
                "kind": s.kind, "text": s.text, "count": span(s.count), "each_h": span(s.each_h), "work_h": span(s.work_h),
                "span_day": span(s.span_day), "by": list(s.by), "assumed": s.assumed, "notes": list(s.notes), "sources": list(s.source),
            }
            for s in w.steps
        ],
        "statements": [
            {
                "who": v.who, "when": v.when, "text": v.text, "view": v.view, "spacewalks": span(v.spacewalks),
                "span_day": span(v.span_day), "sources": list(v.source),
            }
            for v in w.views
        ],
        "spacewalks": span(w.spacewalks), "spacewalk_h": span(w.spacewalk_h), "span_day": span(w.span_day),
        "steps_without_span": w.without_span, "cut": [{"of": n.of, "on": list(n.on), "why": n.why} for n in w.cut],
    }  # fmt: skip
