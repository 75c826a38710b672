"""A station from which equipment of some kind has gone."""

from collections.abc import Callable

import pytest

from stationkeeper.core.epoch import Epoch
from stationkeeper.station.configuration import Configuration, Stack, configuration_at
from stationkeeper.station.schema import Station

Lacking = Callable[..., Stack]


@pytest.fixture
def lacking(iss: Station) -> Lacking:
    """The whole ISS of 7 March 2022 in which all equipment of some kinds, and named vehicles, have failed."""

    def make(*kinds: str, vehicles: tuple[str, ...] = ()) -> Stack:
        cfg = configuration_at(iss, Epoch.parse("2022-03-07T00:00:00Z"))
        failed = {q.id for q in iss.equipment if q.kind in kinds} | set(vehicles)
        return cfg.with_(failed=frozenset(failed)).stacks()[0]

    return make


@pytest.fixture
def halves(at: Callable[[str], Configuration]) -> tuple[Stack, Stack]:
    """The US and the Russian segment after the joint between them has opened."""
    cfg = at("2022-03-07T00:00:00Z")
    apart = cfg.with_(links=tuple(x for x in cfg.links if x.id != "zarya-pma-1"))
    us, ru = apart.stacks()
    return us, ru
