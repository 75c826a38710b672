"""Things that many tests share."""

import os

os.environ.setdefault("SATKIT_OFFLINE", "1")
# newer data files of whoever runs the tests must not change them: a folder that is not there
os.environ["STATIONKEEPER_DATA"] = os.path.join(os.path.dirname(__file__), "no-user-data")  # noqa: PTH118, PTH120

import pytest
from hypothesis import settings

from stationkeeper.core.epoch import Epoch
from stationkeeper.station.configuration import Configuration, configuration_at
from stationkeeper.station.load import load_station
from stationkeeper.station.schema import Station

# speed is measured in benchmarks, never asserted in tests; the same examples on every run
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")


@pytest.fixture(scope="session")
def iss() -> Station:
    """The packaged ISS."""
    return load_station("iss")


@pytest.fixture(scope="session")
def at(iss: Station):  # type: ignore[no-untyped-def]
    """The ISS at a UTC text."""

    def make(text: str) -> Configuration:
        return configuration_at(iss, Epoch.parse(text))

    return make
