"""The daemon's numbers for Prometheus. Labels are names from the configuration, never tickets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sync_service.core.guard import CODES
from sync_service.core.values import Side
from sync_service.core.ways import label
from sync_service.engine.link import Tally
from sync_service.scheduling.opening import Opened
from sync_service.store import LinkStatus
from sync_service.web.readiness import statuses_of

_WRITES = ("created", "updated", "commented")


async def metrics(opened: Opened | None, totals: Mapping[str, Tally]) -> bytes:
    """Give all numbers in the text format."""
    registry = CollectorRegistry()
    if opened is not None:
        registry.register(_Numbers(opened, await statuses_of(opened), totals))
    return generate_latest(registry)


class _Numbers(Collector):
    """One reading of the store, as metric families."""

    def __init__(
        self, opened: Opened, statuses: Mapping[str, LinkStatus], totals: Mapping[str, Tally]
    ) -> None:
        self._opened, self._statuses, self._totals = opened, statuses, totals

    def collect(self) -> Iterator[Metric]:
        """Give one family a number."""
        yield self._per_link("problems", "Open problems.", lambda one: one.problems)
        yield self._by_code()
        yield self._stopped()
        yield self._hosts()
        yield self._per_link("conflicts", "Open conflicts.", lambda one: one.conflicts)
        yield self._per_link("unsettled", "Pairs with an open note.", lambda one: one.open_notes)
        yield self._pairs()
        yield self._backlog()
        yield self._age()
        yield self._writes()
        yield self._sweep_age()
        yield self._sweep_found()

    def _per_link(self, name: str, what: str, count: Callable[[LinkStatus], int]) -> Metric:
        family = GaugeMetricFamily(f"sync_{name}", what, labels=["link"])
        for link, status in self._statuses.items():
            family.add_metric([link], count(status))
        return family

    def _by_code(self) -> Metric:
        """Codes are a closed list, so the labels are bounded."""
        what = "Open problems by kind; kinds without one are left out."
        family = GaugeMetricFamily("sync_problems_by_code", what, labels=["link", "code"])
        for link, status in self._statuses.items():
            counts: Counter[str] = Counter()
            for code, count in status.codes.items():
                counts[label(code)] += count
            for code, count in sorted(counts.items()):
                family.add_metric([link, code], count)
        return family

    def _stopped(self) -> Metric:
        what = "What a guard has stopped and a person must look at (docs/guards.md); 0 for nothing."
        family = GaugeMetricFamily("sync_guard_stopped", what, labels=["link", "guard"])
        for link, status in self._statuses.items():
            for code in CODES:
                family.add_metric([link, code], status.codes.get(code, 0))
        return family

    def _hosts(self) -> Metric:
        what = "Whether a host is left alone because it fails call after call."
        family = GaugeMetricFamily("sync_host_resting", what, labels=["system"])
        for name, adapter in self._opened.service.adapters.items():
            rest = getattr(getattr(adapter, "http", None), "rest", None)
            if rest is not None:
                family.add_metric([name], int(rest.resting))
        return family

    def _pairs(self) -> Metric:
        family = GaugeMetricFamily("sync_pairs", "Pairs by state.", labels=["link", "state"])
        for link, status in self._statuses.items():
            for state, count in status.pairs.items():
                family.add_metric([link, str(state)], count)
        return family

    def _backlog(self) -> Metric:
        family = GaugeMetricFamily("sync_backlog", "Pairs to look at.", labels=["link", "when"])
        for link, status in self._statuses.items():
            family.add_metric([link, "due"], status.backlog.due)
            family.add_metric([link, "later"], status.backlog.later)
        return family

    def _age(self) -> Metric:
        what = "Since the last good pull of a side."
        family = GaugeMetricFamily("sync_last_pull_age_seconds", what, labels=["link", "system"])
        now = self._opened.service.clock()
        for link, status in self._statuses.items():
            systems = self._opened.service.config.links[link].systems
            for side in Side:
                feed = status.feeds.get(side)
                if feed is not None and feed.pulled_at is not None:
                    age = (now - feed.pulled_at).total_seconds()
                    family.add_metric([link, systems.of(side)], age)
        return family

    def _sweep_age(self) -> Metric:
        what = "Since the last whole sweep ended."
        family = GaugeMetricFamily("sync_last_sweep_age_seconds", what, labels=["link"])
        now = self._opened.service.clock()
        for link, status in self._statuses.items():
            if status.sweep.last is not None:
                family.add_metric([link], (now - status.sweep.last[1]).total_seconds())
        return family

    def _sweep_found(self) -> Metric:
        what = "What the last whole sweep found, by kind."
        family = GaugeMetricFamily("sync_sweep_found", what, labels=["link", "system", "kind"])
        for link, status in self._statuses.items():
            systems = self._opened.service.config.links[link].systems
            for (kind, side), count in (
                status.sweep.last[0].found.items() if status.sweep.last else ()
            ):
                family.add_metric([link, systems.of(side), str(kind)], count)
        return family

    def _writes(self) -> Metric:
        what = "Remote writes that landed, since the start."
        family = CounterMetricFamily("sync_writes", what, labels=["link", "kind"])
        for link, tally in self._totals.items():
            for kind in _WRITES:
                family.add_metric([link, kind], getattr(tally, kind))
        return family
