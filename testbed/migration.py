# SPDX-License-Identifier: MIT
"""One migration: set up, observe, check, clean up. `run()` returns the result; the trace is written on the way."""
import contextlib
import hashlib
import json
import os
import time

import client
import host
import load
import network
import qemu
import written

BOOT_LIMIT = 60.0
FINAL = ("completed", "failed", "cancelled")
UNLIMITED = 1 << 40  # bytes a second: the link limits, not QEMU


class Trace:
    """JSON Lines: a meta line, samples, events, link changes, the outcome. `t` counts from `origin`, wall clock."""

    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")
        self.origin = None
        self.early = []  # link changes before the origin is known

    def line(self, **members):
        json.dump(members, self.file, separators=(",", ":"))
        self.file.write("\n")

    def start(self, origin):
        self.origin = origin
        for moment, members in self.early:
            self.at(moment, **members)

    def at(self, moment, **members):
        if self.origin is None:
            self.early.append((moment, members))
        else:
            self.line(t=round(moment - self.origin, 6), **members)


class Run:
    """One migration while it happens. The deciders work on this object."""

    def __init__(self, stack, settings):
        self.stack, self.settings, self.out = stack, settings, settings.out
        self.passes = {}          # MIGRATION_PASS number -> QEMU's timestamp
        self.delays = []          # from the pass event's timestamp to its arrival and to its sample's reply
        self.samples = 0
        self.stopped_at = self.resumed_at = self.started_at = self.ended_at = None
        self.status = self.last = None
        self.ram = {}             # QEMU's last word on memory
        self.net = network.Network(stack)
        self.trace = Trace(settings.trace)
        stack.callback(self.trace.file.close)

    def boot(self, environment):
        settings = self.settings
        folder = host.temporary_folder(self.stack)
        if settings.link != "vary":
            self.net.shape(network.parse_rate(settings.link))
        self.pair = qemu.Pair(self.stack, self.net, folder, settings, environment)
        self.src, self.dst, self.uri = self.pair.src, self.pair.dst, self.pair.uri
        self.agent = client.Agent(self.net)
        ready = self.agent.wait_until_ready(self.src, BOOT_LIMIT)
        self.boot_s = time.monotonic() - self.pair.started
        self.src.monitor.command("migrate-set-parameters", {"max-bandwidth": settings.max_bandwidth or UNLIMITED})
        return ready

    def wait_until_written(self):
        """Until the workload has gone over its memory; None where that was not asked for."""
        if self.settings.wait_written is None:
            return None
        memory = written.Memory(self.src.process.pid, self.settings.ram_mib)
        with contextlib.closing(memory):
            return written.wait(memory, self.settings.workload.mib, self.settings.wait_written)

    def sample(self):
        """Asks once and writes the answer down as it is."""
        reply = self.src.monitor.command("query-migrate")
        now = time.time()
        self.trace.at(now, **{"query-migrate": reply})
        self.samples += 1
        self.last, self.status = reply, reply.get("status")
        self.ram = reply.get("ram", self.ram)  # a cancelled migration's last reply has none
        return now

    def note(self, event, side):
        members = {"event": event.name, "side": side}
        if event.name == "MIGRATION_PASS":
            members["pass"] = event.data["pass"]
            self.passes[event.data["pass"]] = event.time
        elif event.name == "MIGRATION":
            members["status"] = event.data["status"]
        elif event.name == "STOP" and side == "src":
            self.stopped_at = event.time
        elif event.name == "RESUME" and side == "dst":
            self.resumed_at = event.time
        self.trace.at(event.time, **members)

    def migrate(self, decider, meter):
        """From just before `migrate` is sent until QEMU says how it ended."""
        try:
            self._follow(decider, meter)
        except host.Failure as failure:
            ends = [machine.end(0.5) for machine in (self.src, self.dst)]
            raise host.Failure("; ".join([str(failure), *filter(None, ends)])) from failure

    def _follow(self, decider, meter):
        decider.prepare(self)
        clock = clock_offset()
        self.started_at = time.time()
        self.trace.start(self.started_at)
        self.sample()
        if not decider.starts_migration:
            self.src.monitor.command("migrate", {"uri": self.uri})
        decider.begin(self)
        poll, weigh = time.monotonic(), time.monotonic() + 1.0
        while self.status not in FINAL:
            event = self.src.monitor.event(poll - time.monotonic())
            if event is not None:
                self._react(event, decider)
                continue
            self.sample()
            poll = max(poll + self.settings.poll, time.monotonic())
            self._break_off(time.time() - self.started_at)
            decider.tick(self, time.time() - self.started_at)
            if time.monotonic() > weigh:
                weigh = time.monotonic() + 1.0
                meter.sample()
                self.trace.at(time.time(), cpu=meter.used())
        self._wait_for_figures()
        self.clock_step = clock_offset() - clock

    def _break_off(self, elapsed):
        if self.settings.break_off is not None and elapsed > self.settings.break_off and self.dst.alive():
            host.end(self.dst.process)

    def _react(self, event, decider):
        self.note(event, "src")
        if event.name == "MIGRATION_PASS":
            now = self.sample()
            self.delays.append((event.arrival - event.time, now - event.time))
            # Pass 1 begins with the first sync; boundary 1 is the sync after it.
            if event.data["pass"] > 1 and self.stopped_at is None:
                decider.boundary(self, event.data["pass"] - 1)

    def _wait_for_figures(self):
        """A reply at the moment of completion can lack `downtime`, and the destination's RESUME takes a moment."""
        def complete():
            while (event := self.src.monitor.event(0)) is not None:
                self.note(event, "src")
            while (event := self.dst.monitor.event(0)) is not None:
                self.note(event, "dst")
            if self.status != "completed":
                return True
            if "downtime" not in self.last:
                self.sample()
                return False
            return self.settings.verify_memory or (self.resumed_at and self.stopped_at)
        host.wait_for(complete, 10.0, "the figures of the completed migration", 0.01)
        self.ended_at = time.time()


def clock_offset():
    """Of the clock of all timestamps from one that nobody sets: a change tells that it was set in between."""
    return time.time() - time.monotonic()


def memory_digests(machine, folder, mib):
    """Hashes of the guest's memory by MiB, read while it stands still."""
    path = os.path.join(folder, machine.part + ".memory")
    machine.monitor.command("pmemsave", {"val": 0, "size": mib << 20, "filename": path}, 300.0)
    try:
        with open(path, "rb") as file:
            return [hashlib.sha256(block).hexdigest() for block in iter(lambda: file.read(1 << 20), b"")]
    finally:
        os.remove(path)


def verify_memory(run):
    """Compares the whole memory of the stopped source and the not yet started destination, then starts it."""
    folder = host.temporary_folder(run.stack)
    # Memory beyond the hole below 4 GiB has other addresses; what lies below the hole is compared.
    mib = min(run.settings.ram_mib, 2048)
    source, destination = (memory_digests(machine, folder, mib) for machine in (run.src, run.dst))
    run.dst.monitor.command("cont")
    different = [number for number, pair in enumerate(zip(source, destination)) if pair[0] != pair[1]]
    return {"mib": mib, "different_mib": different, "ok": not different and len(source) == len(destination) == mib}


def work_member(answer):
    """What counts as work in an answer about progress."""
    return {"writer": "stores", "program": "busy_ticks"}.get(answer["kind"], "uptime")


def advanced(before, after):
    """Whether the workload did something between two answers about its progress."""
    member = work_member(after)
    return after["alive"] and after[member] > before[member]


class Progress:
    """The guest's own count of its work at one moment; None where it did not answer."""

    def __init__(self, run):
        asked = time.time()
        self.answer = run.agent.ask("progress", 10.0, 0.5)
        self.moment = (asked + time.time()) / 2

    def since(self, earlier):
        """(seconds, work) between two of them."""
        member = work_member(self.answer)
        return self.moment - earlier.moment, self.answer[member] - earlier.answer[member]


def work_lost(first, middle, start, end):
    """How much longer the work done during the migration took than it would have before it.

    The downtime is in it, and what migrating itself costs the guest (dirty tracking, shared processors). It is no better
    than the rate before, which a few seconds tell: beside it what either half of them would have made of it.
    """
    if any(progress.answer is None for progress in (first, middle, start, end)):
        return None
    member = work_member(end.answer)
    seconds, work = end.since(start)
    rates = [rate(*later.since(earlier)) for earlier, later in ((first, start), (first, middle), (middle, start))]
    if member == "uptime" or not all(rates):
        return None  # an idle guest has no work to lose
    lost = [round(seconds - work / rate, 3) for rate in rates]
    return {"unit": member, "rate_before": round(rates[0], 3), "seconds": round(seconds, 3), "done": work,
            "lost_s": lost[0], "lost_between_s": sorted(lost[1:])}


def rate(seconds, work):
    """Work a second; 0 where there is none to be told."""
    return work / seconds if seconds > 0 and work > 0 else 0.0


def check_guest(run, before, after_move):
    """Whether the guest runs on with the memory that it had. `before` is the agent's check from before the move,
    `after_move` its word on its progress after it."""
    if after_move is None:
        return {"ok": False, "reason": "the agent does not answer"}
    time.sleep(0.3)
    later = run.agent.ask("progress", 10.0, 0.5)
    after = run.agent.ask("check", 60.0, 20.0)
    if later is None or after is None:
        return {"ok": False, "reason": "the agent stopped answering"}
    same = after["static_hash"] == before["static_hash"]
    consistent = after["bad_pages"] == 0 and after["stopped"]
    runs = advanced(after_move, later)
    return {"ok": same and consistent and runs, "static_hash_same": same, "writer_pages": after["pages"],
            "writer_bad_pages": after["bad_pages"], "writer_held": after["stopped"], "advances": runs}


def milliseconds(seconds):
    return None if seconds is None else round(seconds * 1e3, 3)


def outcome_of(run, decider, check):
    completed = run.status == "completed"
    measured = completed and run.stopped_at and run.resumed_at and not run.settings.verify_memory
    ended_by = decider.ended_by(run) if completed or run.status == "cancelled" else "failed"
    decided_at = decider.decided_at(run) if completed else None
    return {
        **({"decided_at": decided_at} if decided_at else {}),
        "downtime_ms": milliseconds(run.resumed_at - run.stopped_at) if measured else None,
        "source": "events", "qemu_downtime_ms": run.last.get("downtime"),
        "forced": ended_by == "force", "ended_by": ended_by, "status": run.status,
        "tmt_s": round((run.resumed_at if measured else run.ended_at) - run.started_at, 6),
        "stopped_t": round(run.stopped_at - run.started_at, 6) if measured else None,
        "forced_t": round(decider.forced_at - run.started_at, 6) if decider.forced_at else None,
        "checksum_ok": check["ok"], "downtime_valid": bool(measured),
    }


def measure(stack, settings, decider):
    """Boots, migrates, checks. Returns the result."""
    run = Run(stack, settings)
    varying = None
    if settings.link == "vary":
        varying = network.VaryingLink(run.net, settings.seed, lambda at, rate: run.trace.at(at, link=rate / 8))
    ready = run.boot(decider.environment(settings.out))
    meta = settings.meta(decider) | {"boot_s": round(run.boot_s, 3), "guest_boot_s": ready["uptime"]}
    run.trace.line(meta=meta)
    gone_over = run.wait_until_written()
    before = run.agent.ask("check", 60.0, 20.0)
    if before is None or before["bad_pages"]:
        raise host.Failure(f"the guest is not sane before the migration: {before}")
    if varying:
        varying.start()
        stack.callback(varying.end)
    prober = client.Prober(run.net, settings.probe_interval)
    prober.start()
    stack.callback(prober.end)
    probing_since = time.time()
    first = Progress(run)
    time.sleep(settings.warmup / 2)
    middle = Progress(run)
    time.sleep(settings.warmup / 2)
    run.agent.ask("mark", 5.0, 0.5)
    progress = Progress(run)
    if progress.answer is None or not progress.answer["alive"]:
        raise host.Failure(f"the workload ended before the migration: {run.src.complaint()}")
    meter = load.Meter([run.src, run.dst])
    run.migrate(decider, meter)
    noise = meter.finish()
    verified = verify_memory(run) if settings.verify_memory and run.status == "completed" else None
    time.sleep(client.GRACE)
    prober.end()
    after_move = Progress(run)
    check = check_guest(run, before, after_move.answer)
    if verified and not verified["ok"]:
        check["ok"] = False
    outcome = outcome_of(run, decider, check)
    run.trace.line(outcome=outcome)
    return {
        **meta, **outcome,
        "bytes": run.ram.get("transferred"), "iterations": run.ram.get("dirty-sync-count"), "samples": run.samples,
        "boundaries": sum(number > 1 and moment < (run.stopped_at or run.ended_at) for number, moment in run.passes.items()),
        "probe_baseline": prober.baseline(probing_since, run.started_at - client.GRACE),
        "probe": prober.outage(run.started_at, run.ended_at + client.GRACE / 2),
        "pass_event_delay_ms": [milliseconds(arrival) for arrival, _ in run.delays],
        "pass_sample_delay_ms": [milliseconds(reply) for _, reply in run.delays],
        "clock_step_ms": milliseconds(run.clock_step), **({"written": gone_over} if gone_over else {}),
        "work": work_lost(first, middle, progress, after_move), "check": check, "memory": verified, "load": noise, **decider.finish(run),
    }


def run(settings, decider):
    """measure() with everything cleared away afterwards, whatever happens."""
    with contextlib.ExitStack() as stack:
        try:
            return measure(stack, settings, decider)
        finally:
            host.ignore_signals()
