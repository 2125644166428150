# SPDX-License-Identifier: MIT
"""What to collect: plans of varied runs. A plan is a pure function of its name and seed.

Every run has an id, a split and all its choices before anything is run, so that which runs were finished cannot
depend on what they measured. The order is random: a collection that ends early is a fair sample of the plan.
"""
import random

import plan_live

TRAIN_SHARE = 0.65
LINKS = (("1gbit", 5), ("800mbit", 2), ("600mbit", 2), ("400mbit", 1), ("vary", 4))
LINK_MIB = {"1gbit": 114.0, "800mbit": 91.0, "600mbit": 68.5, "400mbit": 45.6, "vary": 100.0}
# Mostly early stops; the late ones show what a long wait brings.
PASSES = ((1, 3), (2, 4), (3, 4), (4, 4), (5, 3), (6, 3), (7, 2), (8, 2), (10, 1), (12, 1), (15, 1))
STRESS_METHODS = ("all", "zero-one", "flip", "rand-set", "rand-sum", "inc-nybble", "walk-0d", "galpat-0", "swap",
                  "modulo-x", "prime-0", "write64", "mscan", "rowhammer")
STRESS_ZERO_LEAVING = ("zero-one", "all", "walk-0d", "prime-0", "galpat-0")
FORCED = {"idle": 8, "memtester": 24, "stress": 36, "sysbench-cpu": 6, "sysbench-memory": 18, "writer-steady": 52,
          "writer-hotcold": 28, "settling": 20}
# More of the same, fewer of the kinds that end by themselves.
EXTENSION = {"idle": 4, "memtester": 40, "stress": 70, "sysbench-cpu": 4, "sysbench-memory": 34, "writer-steady": 70,
             "writer-hotcold": 40, "settling": 18}
# Guests that the link cannot follow for a minute, whatever QEMU's limit: of the unstopped runs of the standard plan
# most converge below even 1 ms.
PLATEAUS = {"stress": 5, "sysbench-memory": 5, "writer-steady": 9, "writer-hotcold": 6, "settling": 5}
# Stopped by our own program at limits drawn here: what its bounds are made from, and tested on.
CALIBRATION = {"idle": 4, "memtester": 16, "stress": 24, "sysbench-cpu": 4, "sysbench-memory": 14, "writer-steady": 26,
               "writer-hotcold": 18, "settling": 14}
CALIBRATION_SHARE = 0.55
LIMIT_MS = (100.0, 3000.0)  # where the plan does not know that the guest cannot reach the lower end
DEADLINE_S = 60  # a limit out of reach ends here; such a stop is no score
THRESHOLD_SHARE = 0.6  # of the calibration's runs; the others are `optimal`
# A promise made before the run: the downtime is within this limit, with this confidence.
SLO = {"idle": 4, "memtester": 10, "stress": 14, "sysbench-cpu": 4, "sysbench-memory": 8, "writer-steady": 16,
       "writer-hotcold": 12, "settling": 8}
SLO_LIMITS_MS = (300, 1000, 3000)
SLO_CONFIDENCE = 0.95
SLO_DEADLINE_S = 30
# Throttled by a fixed percentage after one free round: how guests answer to it.
THROTTLED = {"writer-steady": 14, "writer-hotcold": 4, "stress": 3, "memtester": 3}
PERCENTAGES = (30, 50, 70, 80, 90, 95, 97, 99)
WAIT_WRITTEN_S = 60  # the biggest guest's program needs about ten
UNSTOPPED = {"memtester": 3, "stress": 4, "sysbench-memory": 3, "writer-steady": 6, "writer-hotcold": 4, "settling": 3}


def weighted(rng, pairs):
    return rng.choices([value for value, _ in pairs], [weight for _, weight in pairs])[0]


class Choice:
    """The random choices of one run: they depend on the plan's seed and the run's id only."""

    def __init__(self, seed, identifier, kind, least_rate):
        self.least_rate = least_rate
        self.rng = random.Random(f"{seed} {identifier}")
        self.ram = weighted(self.rng, ((512, 10), (1024, 8), (2048, 3), (4096, 1)))
        self.link = weighted(self.rng, LINKS)
        # Emulated processors, the migration and the destination share the host's: more would starve each other.
        self.vcpus = weighted(self.rng, ((1, 6), (2, 1)))
        self.workload = getattr(self, kind.replace("-", "_"))()

    def size(self, low, high):
        """A size in MiB, log-uniform, that leaves the guest room to run in."""
        most = min(high, self.ram - (260 if self.ram > 512 else 190))
        return round(low * (most / low) ** self.rng.random())

    def pages(self, low, high):
        """A dirty rate in pages a second, log-uniform in terms of what the link can send."""
        factor = low * (high / low) ** self.rng.random()
        return round(factor * LINK_MIB[self.link] * 256)

    def idle(self):
        return "idle"

    def memtester(self):
        return f"memtester {self.size(30, 400)}"

    def stress(self):
        methods = STRESS_ZERO_LEAVING if self.rng.random() < 0.3 else STRESS_METHODS
        return f"stress {self.size(30, 500)} {self.rng.choice(methods)}"

    def sysbench_cpu(self):
        return f"sysbench cpu {self.rng.choice((2000, 10000, 30000))}"

    def sysbench_memory(self):
        block = self.rng.choice(("1M", "16M", "64M", "128M", "256M"))
        return f"sysbench memory {block} {self.rng.choice(('global', 'global', 'local'))}"

    def _rate(self):
        return "max" if self.rng.random() < 0.25 else str(self.pages(self.least_rate, 4.0))

    def _order(self):
        return self.rng.choice(("sweep", "random"))

    def writer_steady(self):
        return f"writer steady {self.size(50, 600)} {self._rate()} {self._order()}"

    def writer_hotcold(self):
        cold = self.size(60, 500)
        hot = max(8, round(cold * self.rng.uniform(0.05, 0.5)))
        return f"writer hotcold {hot} {max(cold - hot, 20)} {self.pages(0.05, 1.0)} {self._order()}"

    def settling(self):
        """A big set is written for a while and then only a small one: waiting pays."""
        cold = self.size(80, 500)
        hot = max(4, round(cold * self.rng.uniform(0.03, 0.15)))
        after = round(self.rng.uniform(3.0, 20.0), 1)
        return f"writer hotcold {hot} {max(cold - hot, 40)} {self.pages(0.5, 4.0)} {self._order()} settle {after}"


def plateau_ms(run):
    """What a steady writer that outruns the link leaves at any boundary; 0 where the plan cannot know."""
    words = run["workload"].split()
    if words[:2] != ["writer", "steady"] or words[3] != "max" and int(words[3]) < LINK_MIB[run["link"]] * 256:
        return 0
    return 1e3 * int(words[2]) / LINK_MIB[run["link"]]


def our_program(policy, limit_ms, deadline_s, *words):
    # QEMU's own rule is held far below any limit drawn, so that the stop is ours.
    return " ".join(("program:{precopyml} qmp --socket {socket} --json --hold 10 --policy", policy, "--downtime-limit",
                     str(limit_ms), "--deadline", str(deadline_s), *words))


def decided(seed, run):
    """Our own program with a policy and a limit, log-uniform over what the guest could reach, before anything runs."""
    rng = random.Random(f"{seed} {run['id']} limit")
    low = max(LIMIT_MS[0], 1.1 * plateau_ms(run))
    high = max(LIMIT_MS[1], 3 * low)
    limit = round(low * (high / low) ** rng.random())
    return our_program("threshold" if rng.random() < THRESHOLD_SHARE else "optimal", limit, DEADLINE_S)


def promised(seed, run):
    """Our own program, promising one of the limits that the guest could reach; the greatest where it could reach none."""
    rng = random.Random(f"{seed} {run['id']} limit")
    # What a bound half as long again as the forecast lets the guest meet.
    within_reach = [limit for limit in SLO_LIMITS_MS if limit > 1.5 * plateau_ms(run)] or SLO_LIMITS_MS[-1:]
    return our_program("slo", rng.choice(within_reach), SLO_DEADLINE_S, "--confidence", str(SLO_CONFIDENCE))


def runs_of(seed, purpose, counts, splits, decide, least_rate=0.1, train_share=None):
    """The runs of one purpose; `splits` are dealt out within each kind of workload.

    `least_rate`: no steady writer is slower than this share of the link.
    `train_share`: what the first split gets; half if not given, and chance decides over an odd one.
    """
    runs = []
    for kind, count in counts.items():
        rng = random.Random(f"{seed} {purpose} {kind} split")
        first = round(count * train_share) if train_share else (count + rng.randrange(2)) // 2
        dealt = [splits[0]] * first + [splits[1]] * (count - first)
        rng.shuffle(dealt)
        for number, split in enumerate(dealt):
            # Runs of other seeds have other names, so that they can lie in one folder.
            identifier = f"{purpose}-{kind}-{number:02d}" + ("" if seed == 1 else f"-seed{seed}")
            choice = Choice(seed, identifier, kind, least_rate)
            runs.append({"id": identifier, "split": split, "class": kind, "workload": choice.workload,
                         "ram_mib": choice.ram, "vcpus": choice.vcpus, "link": choice.link,
                         "decide": decide(choice.rng), "warmup_s": round(choice.rng.uniform(1.5, 3.0), 2),
                         "seed": choice.rng.randrange(1 << 31)})
    return runs


def standard(seed):
    """Forced stops at varied boundaries, and migrations that nobody stops for more than a minute."""
    runs = runs_of(seed, "forced", FORCED, ("train", "test"), lambda rng: f"force:{weighted(rng, PASSES)}",
                   train_share=TRAIN_SHARE)
    runs += runs_of(seed, "unstopped", UNSTOPPED, ("unstopped-train", "unstopped-test"),
                    lambda rng: f"unstopped:{rng.randint(60, 70)}")
    random.Random(f"{seed} order").shuffle(runs)
    return runs


def extension(seed):
    """Forced stops beyond the standard plan's."""
    runs = runs_of(seed, "extension", EXTENSION, ("train", "test"), lambda rng: f"force:{weighted(rng, PASSES)}",
                   train_share=TRAIN_SHARE)
    random.Random(f"{seed} extension order").shuffle(runs)
    return runs


def plateaus(seed):
    """Migrations that nobody stops for more than a minute and that do not end by themselves."""
    return runs_of(seed, "plateau", PLATEAUS, ("unstopped-train", "unstopped-test"),
                   lambda rng: f"unstopped:{rng.randint(60, 66)}", least_rate=1.3)


def calibration(seed):
    """Migrations decided by our own program at limits drawn before the run, dealt to calibration and to its test."""
    runs = runs_of(seed, "calibration", CALIBRATION, ("calibration-train", "calibration-test"), lambda rng: None,
                   train_share=CALIBRATION_SHARE)
    runs = [{**run, "decide": decided(seed, run)} for run in runs]
    random.Random(f"{seed} calibration order").shuffle(runs)
    return runs


def slo(seed):
    """Migrations whose downtime our program promises to keep within a limit: the test of the promise."""
    runs = runs_of(seed, "slo", SLO, ("slo-test", "slo-test"), lambda rng: None)
    runs = [{**run, "decide": promised(seed, run)} for run in runs]
    random.Random(f"{seed} slo order").shuffle(runs)
    return runs


def throttle(seed):
    """Guests that the link cannot follow, throttled by percentages from 30 to 99 for a dozen seconds."""
    runs = runs_of(seed, "throttle", THROTTLED, ("throttled-train", "throttled-test"), lambda rng: None,
                   least_rate=1.3, train_share=TRAIN_SHARE)
    for number, run in enumerate(runs):
        run.update(ram_mib=1024, vcpus=1, decide=f"throttle:{PERCENTAGES[number % len(PERCENTAGES)]}:12")
    random.Random(f"{seed} throttle order").shuffle(runs)
    return runs


def throttle_compare(seed):
    """QEMU's own throttle ramp and ours in turn, on a writer that the link cannot follow."""
    ours = ("program:{precopyml} qmp --socket {socket} --start {uri} --json --policy optimal "
            "--downtime-limit 300 --throttle-max 99")
    return [{"id": f"compare-{name}-{number}", "split": "compare", "class": "writer-steady",
             "workload": "writer steady 300 max", "ram_mib": 1024, "vcpus": 1, "link": "1gbit", "decide": decide,
             "warmup_s": 2.0, "seed": seed}
            for number in range(1, 7) for name, decide in (("auto-converge", "auto-converge"), ("ours", ours))]


def written(runs):
    """The same runs, each begun only when its workload has written to all of its memory once, under names of their own."""
    return [{**run, "id": run["id"] + "-written", "wait_written_s": WAIT_WRITTEN_S} for run in runs]


def smoke(seed):
    """One short run a kind, to see that everything works."""
    runs = runs_of(seed, "forced", dict.fromkeys(FORCED, 1), ("train", "test"), lambda rng: f"force:{rng.randint(1, 3)}",
                   train_share=TRAIN_SHARE)
    runs += runs_of(seed, "unstopped", {"writer-steady": 1}, ("unstopped-train", "unstopped-test"),
                    lambda rng: "unstopped:10")
    return runs


PLANS = {"standard": standard, "extension": extension, "plateaus": plateaus, "calibration": calibration, "slo": slo,
         "live": plan_live.live, "throttle": throttle, "throttle-compare": throttle_compare, "smoke": smoke}
