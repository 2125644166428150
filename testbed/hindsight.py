# SPDX-License-Identifier: MIT
"""What a stop at each boundary of a recorded migration would have cost.

    J_i = (t_i - t_start) + (1 + kappa) x D_i         D_i = remaining_i / rate + overhead

The rate is the 80th percentile of the rounds' rates: the link's, not that of a round spent on pages of zeros. The
overhead is what the run's own end took beyond the time for its bytes.
"""
import json
import lzma
import math

RATE_PERCENTILE = 0.8


class Boundary:
    """The moment after a sync of the dirty bitmap: `number` 1 is the one after the first pass."""

    def __init__(self, number, t, ram):
        self.number, self.t = number, t
        self.remaining, self.sent = ram["remaining"], ram["transferred"]


def read(path):
    """The lines of a trace."""
    with (lzma.open if path.endswith(".xz") else open)(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def percentile(values, share):
    """The value that `share` of the others do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


class Hindsight:
    """The boundaries of one migration and what a stop at each would have cost. Needs two boundaries or more."""

    def __init__(self, path, kappa):
        self.kappa = kappa
        self.meta, self.outcome = {}, {}
        self.start, self.boundaries, self.last = None, [], {}
        for line in read(path):
            self.meta = line.get("meta", self.meta)
            self.outcome = line.get("outcome", self.outcome)
            if "ram" in line.get("query-migrate", ()):
                self._sample(line["t"], line["query-migrate"])
        self._forget_what_came_after_the_stop()
        if len(self.boundaries) < 2:
            raise ValueError(f"{path}: fewer than two boundaries")
        self.rate = percentile([(later.sent - early.sent) / (later.t - early.t)
                                for early, later in zip(self.boundaries, self.boundaries[1:])], RATE_PERCENTILE)
        self.overhead = self._overhead()

    def _sample(self, t, reply):
        ram = reply["ram"]
        syncs = ram["dirty-sync-count"]
        if self.start is None:
            self.start = t - reply.get("total-time", 0) / 1e3
            self.first = self.latest = syncs
        if syncs > self.latest and reply["status"] == "active":
            self.boundaries.append(Boundary(syncs - self.first, t, ram))
        self.latest, self.last = max(self.latest, syncs), ram

    def _forget_what_came_after_the_stop(self):
        """QEMU syncs again once the guest stands still, and its monitor answers only after the switchover."""
        stop = self.outcome.get("stopped_t")
        if stop is not None:
            self.boundaries = [boundary for boundary in self.boundaries if boundary.t < stop]

    def _overhead(self):
        downtime = self.outcome.get("downtime_ms")
        if downtime is None:
            return 0.0
        # Older QEMUs do not count the bytes of the downtime; then what the last sync left stands for them.
        sent = self.last.get("downtime-bytes") or self.boundaries[-1].remaining
        return max(downtime / 1e3 - sent / self.rate, 0.0)

    def downtime(self, boundary):
        """Seconds that a stop there would have stopped the guest for."""
        return boundary.remaining / self.rate + self.overhead

    def cost(self, boundary):
        return boundary.t - self.start + (1 + self.kappa) * self.downtime(boundary)

    def best(self):
        return min(self.boundaries, key=self.cost)

    def at(self, t):
        """The last boundary at or before `t`."""
        return max((boundary for boundary in self.boundaries if boundary.t <= t + 1e-6), key=lambda one: one.t,
                   default=None)

    def describe(self, boundary):
        return {"boundary": boundary.number, "t": round(boundary.t - self.start, 3), "remaining": boundary.remaining,
                "downtime_ms": round(self.downtime(boundary) * 1e3, 1), "cost_s": round(self.cost(boundary), 3)}

    def summary(self):
        return {"kappa": self.kappa, "rate_bytes_per_s": round(self.rate), "overhead_ms": round(self.overhead * 1e3, 1),
                "first": self.describe(self.boundaries[0]), "best": self.describe(self.best()),
                "boundaries": [self.describe(boundary) for boundary in self.boundaries]}
