"""CZML, NetCDF, and the comparison of two ephemerides."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from stationkeeper.core.epoch import Epoch
from stationkeeper.core.errors import InputError, OutOfRangeError
from stationkeeper.core.frames import gcrf_to_itrf, rtn_basis
from stationkeeper.flight.burns import FiniteBurn
from stationkeeper.flight.trajectory import Trajectory
from stationkeeper.formats.compare import compare
from stationkeeper.formats.czml import write_czml
from stationkeeper.formats.netcdf import read_netcdf, write_netcdf
from stationkeeper.formats.oem import read_oem, write_oem


def shifted(path: Trajectory, radial: float, along: float, cross: float) -> Trajectory:
    basis = rtn_basis(path.position_gcrf_m, path.velocity_gcrf_m_s)
    move = np.einsum("nij,i->nj", basis, np.array([radial, along, cross]))
    return Trajectory.build(
        path.times_tai_us, path.position_gcrf_m + move, path.velocity_gcrf_m_s, None, path.breaks_tai_us
    )


def test_differences_are_found_in_their_own_direction(path: Trajectory) -> None:
    found = compare(path, shifted(path, 30.0, -500.0, 7.0), step_s=240.0)
    assert found.radial_m == pytest.approx(np.full(len(found.radial_m), 30.0), abs=0.1)
    assert found.along_track_m == pytest.approx(np.full(len(found.radial_m), -500.0), abs=0.1)
    assert found.cross_track_m == pytest.approx(np.full(len(found.radial_m), 7.0), abs=0.1)
    assert found.largest_m == pytest.approx((30.0, 500.0, 7.0), abs=0.1)
    assert [d for d, _ in found.table((0.0, 0.1, 5.0))] == [0.0, 0.1]
    radial, along, cross = found.at_day(0.1)
    assert (radial, along, cross) == pytest.approx((30.0, -500.0, 7.0), abs=0.1)
    assert (found.start, found.end) == (path.start, path.end)
    with pytest.raises(OutOfRangeError, match="common span"):
        found.at_day(1.0)


def test_a_file_can_be_compared_with_a_trajectory(path: Trajectory, tmp_path: Path) -> None:
    write_oem(path, tmp_path / "a.oem", object_name="A", object_id="B", originator="C", created=path.start)
    assert max(compare(path, read_oem(tmp_path / "a.oem")).largest_m) < 1e-3


def test_spans_that_do_not_meet_are_refused(path: Trajectory) -> None:
    later = Trajectory.build(path.times_tai_us + 86_400_000_000, path.position_gcrf_m, path.velocity_gcrf_m_s)
    with pytest.raises(InputError, match="two spans that overlap"):
        compare(path, later)
    with pytest.raises(InputError, match="1 s or more"):
        compare(path, path, step_s=0.0)


def test_netcdf_there_and_back(path: Trajectory, tmp_path: Path) -> None:
    write_netcdf(path, tmp_path / "a.nc")
    back = read_netcdf(tmp_path / "a.nc")
    assert np.array_equal(back.position_gcrf_m, path.position_gcrf_m)
    assert np.array_equal(back.times_tai_us, path.times_tai_us)
    assert np.array_equal(back.breaks_tai_us, path.breaks_tai_us)
    assert back.mass_kg is not None
    with xr.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as plain:
        assert plain.attrs["frame"] == "GCRF"
        assert plain.attrs["Conventions"].startswith("CF-")
        assert plain["position_gcrf_m"].attrs["units"] == "m"


def test_what_is_no_trajectory_is_refused(path: Trajectory, tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_text("not netcdf")
    with pytest.raises(InputError, match="NetCDF-4 file"):
        read_netcdf(tmp_path / "a.nc")
    for name, change, says in (
        ("b.nc", lambda d: d.drop_vars("velocity_gcrf_m_s"), "velocity_gcrf_m_s: found missing"),
        ("c.nc", lambda d: d.assign_attrs(frame="ITRF"), "expected GCRF"),
        ("d.nc", lambda d: d.assign_attrs(start_epoch="now"), "start_epoch"),
    ):
        change(path.dataset).to_netcdf(tmp_path / name, engine="h5netcdf")
        with pytest.raises(InputError, match=says):
            read_netcdf(tmp_path / name)


@pytest.mark.parametrize("frame", ["FIXED", "INERTIAL"])
def test_czml_says_its_frame_and_marks_events(
    path: Trajectory, reboost: FiniteBurn, tmp_path: Path, frame: str
) -> None:
    for name in ("a", "b"):
        write_czml(path, tmp_path / name, name="ISS", frame=frame, events=[(reboost.start, "reboost", "<b>1 m/s</b>")])  # type: ignore[arg-type]
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    document, body, event = json.loads((tmp_path / "a").read_text(), parse_constant=lambda c: pytest.fail(c))
    assert document["id"] == "document"
    assert body["position"]["referenceFrame"] == frame
    first = np.array(body["position"]["cartesian"][1:4])
    expected = path.position_gcrf_m[0] if frame == "INERTIAL" else gcrf_to_itrf(path.start, path.position_gcrf_m[0])[0]
    assert first == pytest.approx(expected, abs=0.001)
    assert body["position"]["cartesian"][-4] == 10_800.0
    assert "&lt;b&gt;" in event["description"]
    assert event["name"] == "reboost"


def test_czml_refuses_what_does_not_fit(path: Trajectory, tmp_path: Path) -> None:
    file = tmp_path / "a.czml"
    with pytest.raises(InputError, match="FIXED or INERTIAL"):
        write_czml(path, file, name="ISS", frame="MOON")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"events\[0\] late"):
        write_czml(path, file, name="ISS", events=[(Epoch.parse("2030-01-01T00:00:00Z"), "late", "")])
    with pytest.raises(InputError, match="500000 samples"):
        write_czml(path, file, name="ISS", step_s=0.01)
