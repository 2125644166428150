# SPDX-License-Identifier: MIT
"""What the demo's migrations amount to, against what they were to reach. A target that was missed is said to be."""
import statistics

STEADY_SHARE = 1 / 8      # of the time after which QEMU's rule was given up
HOTCOLD_REGRET = 0.15     # over the cost of the best boundary
HOTCOLD_DOWNTIME = 0.5    # of a stop at the first boundary
PROGRAM_CORE_SHARE = 0.01


def verdict(reached, text, **figures):
    return {"reached": bool(reached), "text": f"{text}: {'reached' if reached else 'MISSED'}", **figures}


def not_measured(what):
    return {"reached": False, "text": f"{what}: NOT MEASURED, a run failed"}


def of(rows, guest, decider):
    """The runs of one guest under one decider; none where one of them failed or did not migrate the guest."""
    found = [row for row in rows if (row["guest"], row["decider"]) == (guest, decider)]
    return found if all(row["error"] is None for row in found) else []


def arrived(rows):
    """Whether all these guests were moved by the end, and are what they were."""
    return bool(rows) and all(row["downtime_ms"] is not None and row["intact"] for row in rows)


def steady(rows, cap):
    qemu, ours = of(rows, "steady", "qemu"), of(rows, "steady", "ours")
    if not qemu or not arrived(ours):
        return not_measured("steady writer")
    time, base = ours[0]["tmt_s"], qemu[0]["tmt_s"]
    how = f"had not ended it after {base:.0f} s" if qemu[0]["given_up"] else f"took {base:.1f} s"
    # Where QEMU's rule did end it, its time is what there is to beat.
    return verdict(time <= min(cap, base) * STEADY_SHARE and qemu[0]["intact"],
                   f"steady writer: QEMU's rule {how}; ours took {time:.1f} s, 1/{base / time:.1f} of that, guest "
                   f"intact (to reach: 1/{1 / STEADY_SHARE:.0f})", ours_tmt_s=time, qemu_tmt_s=base, share=time / base)


def hotcold(rows, hindsight):
    ours = of(rows, "hotcold", "ours")
    if hindsight is None or not arrived(ours):
        return not_measured("hot/cold guest")
    row, first, best = ours[0], hindsight.boundaries[0], hindsight.best()
    cost = row["tmt_s"] + hindsight.kappa * row["downtime_ms"] / 1e3
    regret = cost / hindsight.cost(best) - 1
    share = row["downtime_ms"] / 1e3 / hindsight.downtime(first)
    return verdict(
        regret <= HOTCOLD_REGRET and share < HOTCOLD_DOWNTIME,
        f"hot/cold guest: our J {cost:.1f} s, {regret:+.0%} on the best boundary's {hindsight.cost(best):.1f} s "
        f"(number {best.number} of the paired run, to reach: {HOTCOLD_REGRET:+.0%}); a stop at the first: "
        f"{hindsight.cost(first):.1f} s; downtime {row['downtime_ms']:.0f} ms, {share:.0%} of the "
        f"{hindsight.downtime(first) * 1e3:.0f} ms there (to reach: under {HOTCOLD_DOWNTIME:.0%})",
        ours_cost_s=cost, best_cost_s=hindsight.cost(best), first_cost_s=hindsight.cost(first), regret=regret,
        downtime_share_of_first=share)


def idle(rows):
    qemu, ours = of(rows, "idle", "qemu"), of(rows, "idle", "ours")
    if not arrived(qemu) or not arrived(ours):
        return not_measured("idle guest")
    its, our = ([row["downtime_ms"] for row in part] for part in (qemu, ours))
    return verdict(
        statistics.median(our) <= statistics.median(its),
        f"idle guest: downtime {statistics.median(our):.0f} ms under ours ({min(our):.0f} to {max(our):.0f}), "
        f"{statistics.median(its):.0f} ms under QEMU's rule ({min(its):.0f} to {max(its):.0f}; medians of {len(our)}; "
        f"to reach: no longer)", ours_ms=our, qemu_ms=its)


def program(rows):
    """Processor time of `precopyml qmp` itself, starting up included."""
    ours = [row for row in rows if row["decider"] == "ours" and row["error"] is None and row["cpu_s"] is not None]
    if not ours:
        return not_measured("processor time of precopyml qmp")
    used, time = sum(row["cpu_s"] for row in ours), sum(row["tmt_s"] for row in ours)
    return verdict(used / time < PROGRAM_CORE_SHARE,
                   f"precopyml qmp: {used * 1e3:.0f} ms of processor time in {time:.1f} s of migrating, "
                   f"{used / time:.2%} of one core (to reach: under {PROGRAM_CORE_SHARE:.0%})",
                   cpu_s=used, migrating_s=time, share=used / time)


def all_of(rows, hindsight, cap):
    return {"steady": steady(rows, cap), "hotcold": hotcold(rows, hindsight), "idle": idle(rows),
            "program": program(rows)}
