"""Two predictions of NASA's next files are made again, and the stored medians are counted again.

The reference files may not be redistributed: what needs them is skipped where the folder is absent.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from beside import load

from stationkeeper.environment.space_weather import SpaceWeather
from stationkeeper.flight.calibration.fit import DragFit
from stationkeeper.formats.oem import read_oem

HERE = Path(__file__).parent


measure = load(__file__)
FOLDER = measure.reference_folder()
here = pytest.mark.skipif(
    FOLDER is None,
    reason="NASA's ephemerides are not here: put them in ../shared/reference/iss_oem, or set STATIONKEEPER_REFERENCE",
)


def _rows() -> list[dict[str, str]]:
    with (HERE / "results.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_table_of_the_readme_is_that_of_the_results() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    match = re.search(r"<!-- results -->\n(.*)\n<!-- /results -->", text, re.DOTALL)
    assert match is not None
    assert match[1] == measure.tables(_rows())


def test_the_medians_against_nasas_own() -> None:
    found = {name: (nasa, ours) for name, _, nasa, ours, _ in measure.medians(_rows())}
    assert set(found) == {"1.3 to 3.7", "4.4 to 8.7", "10 to 14"}
    nasa, ours = found["1.3 to 3.7"]
    assert ours <= nasa
    # in the longer buckets ours stands above NASA's (45.6 against 35.6 and 80.2 against 78.4 km, see the README): this holds
    # it there, within a third, until a better way to foretell the drag is found
    for name in ("4.4 to 8.7", "10 to 14"):
        nasa, ours = found[name]
        assert ours <= 1.34 * nasa


@here
@pytest.mark.parametrize(
    ("older", "newer"), [("20220214T231900Z", "20220221T012040Z"), ("20211209T050625Z", "20211217T182850Z")]
)
def test_a_prediction_is_made_again(older: str, newer: str) -> None:
    assert FOLDER is not None
    a, b = (read_oem(FOLDER / "iss_oem" / f"iss_oem_created_{x}.xml.gz") for x in (older, newer))
    row = next(r for r in _rows() if (r["from"], r["to"]) == (older[:8], newer[:8]))
    cdam = float(row["happened_cdam_m2_kg"])
    fit = DragFit(cdam, 0.0, cdam, cdam, "nrlmsise00", "observed", a.epochs[0], a.epochs[0], "results.csv")
    assert row["burns_flown"] == ""
    _, along, _ = measure.predicted(a, b.state(0), fit, SpaceWeather.observed(), ())
    # the stored factor has five digits: 0.1 % of the drag, 0.1 km here
    assert along / 1e3 == pytest.approx(float(row["happened_along_km"]), abs=0.2)
    assert measure.nasa_miss_m(a, b.state(0))[1] / 1e3 == pytest.approx(float(row["nasa_along_km"]), abs=0.02)
