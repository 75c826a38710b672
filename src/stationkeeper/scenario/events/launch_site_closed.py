"""A launch site closes: vehicles that would start there do not come."""

from __future__ import annotations

from typing import Literal

from stationkeeper.core.errors import choice
from stationkeeper.scenario.events.base import AbstractEvent
from stationkeeper.scenario.ruling import Outcome, Ruling, RulingBuilder
from stationkeeper.station.configuration import Configuration


class LaunchSiteClosed(AbstractEvent):
    """From this moment nothing is launched from a site."""

    kind: Literal["launch_site_closed"]
    site: str

    def title(self, cfg: Configuration) -> str:  # noqa: ARG002  (every event is told where it stands)
        """One line for people."""
        return f"{self.site.replace('-', ' ').title()} closes for launches"

    def rule(self, cfg: Configuration) -> Ruling:
        """Possible; a site that no visit uses is an error of the scenario."""
        r = RulingBuilder()
        sites = sorted({v.launch_site for v in cfg.station.visit if v.launch_site})
        if self.site not in sites:
            r.absent(f"no visit starts from '{self.site}'; {choice(self.site, sites, 'sites')}", "site")
        return r.build()

    def apply(self, cfg: Configuration) -> Outcome:
        """Later arrivals from the site are ruled out."""
        later = [v.name for v in cfg.station.visit if v.launch_site == self.site and v.launched.epoch > self.at]
        effects = (f"{len(later)} later visits of the history start there: {', '.join(later[:6])}",) if later else ()
        return Outcome(cfg.with_(epoch=self.at, closed_sites=cfg.closed_sites | {self.site}), effects)
