# SPDX-License-Identifier: MIT
"""Who ends the migration, and how: the forms of `--decide`.

A decider sees every boundary and every sample. It moves QEMU's `downtime-limit`, the one command that makes an
unmodified QEMU switch over: high enough, and QEMU stops the guest within one window of its bandwidth measurement.
"""
import contextlib
import json
import os
import re
import shlex
import subprocess
import time

import host

RELEASE_MS = 2_000_000  # the most that QEMU accepts
QEMU_RULE_MS = 300      # QEMU's own default
HOLD_MS = 50
THROTTLED_S = 15
FORCE_HOLD_MS = 10      # slow guests would meet 50 ms before the boundary they are to be stopped at


class Decider:
    """What all forms share: the limit in force, when the stop was asked for, when to give up."""

    starts_migration = False  # whether a program sends `migrate` itself

    def __init__(self, limit_ms, give_up):
        # Never 0: QEMU then sends everything with the guest running and stops it for one last unbounded sync.
        self.limit_ms = max(int(limit_ms), 1)
        self.give_up = give_up
        self.asked_at = self.forced_at = None  # when the command was sent, and answered
        self.cancelled = False

    def environment(self, out):
        """What the source's QEMU finds in its environment besides ours; files are to be named after `out`."""
        return {}

    def prepare(self, run):
        self._set_limit(run, self.limit_ms)

    def begin(self, run):
        """Called right after the migration has begun."""

    def boundary(self, run, number):
        """Called after the sample of boundary `number`: 1 is the one after the first pass."""

    def tick(self, run, elapsed):
        """Called after every sample."""
        if not self.cancelled and self.give_up is not None and elapsed > self.give_up:
            self.cancelled = True
            run.src.monitor.command("migrate_cancel")

    def decided_at(self, run):
        """The decision that ended the migration, for the trace's outcome; None where nobody recorded one."""
        return None

    def finish(self, run):
        """What there is to report about the decision."""
        return {}

    def force(self, run):
        self.asked_at = time.time()
        self._set_limit(run, RELEASE_MS)
        self.forced_at = time.time()

    def ended_by(self, run):
        """`force` where QEMU synced once more because of our command, `qemu` where it was stopping already.

        A raised limit lets QEMU sync again and then stop; without a sync between our command and STOP it was the
        boundary's own sync that was good enough for QEMU.
        """
        if self.cancelled:
            return "cancelled"
        if self.forced_at is None:
            return "qemu"
        synced = any(self.asked_at <= time_ <= run.stopped_at for time_ in run.passes.values())
        return "force" if synced else "qemu"

    @staticmethod
    def _set_limit(run, limit_ms):
        run.src.monitor.command("migrate-set-parameters", {"downtime-limit": limit_ms})

    @staticmethod
    def _limit(run):
        return run.src.monitor.command("query-migrate-parameters").get("downtime-limit")


class Qemu(Decider):
    """QEMU's rule alone."""

    def __init__(self, limit_ms, give_up):
        super().__init__(limit_ms or QEMU_RULE_MS, give_up)


class Force(Decider):
    """Holds QEMU off and ends the migration at the boundary after pass N."""

    def __init__(self, passes, hold_ms, give_up):
        super().__init__(hold_ms or FORCE_HOLD_MS, give_up)
        self.passes = passes

    def boundary(self, run, number):
        if number >= self.passes and self.forced_at is None:
            self.force(run)


class Unstopped(Decider):
    """Lets the migration go on for S seconds without stopping the guest, then ends it by force."""

    def __init__(self, seconds, hold_ms, give_up):
        super().__init__(hold_ms or 1, give_up)
        self.seconds = seconds

    def tick(self, run, elapsed):
        super().tick(run, elapsed)
        if elapsed > self.seconds and self.forced_at is None:
            self.force(run)


def allow_throttling(run, **parameters):
    """Turns auto-converge on, which QEMU takes only before the start, and sets what steers it."""
    run.src.monitor.command("migrate-set-capabilities",
                            {"capabilities": [{"capability": "auto-converge", "state": True}]})
    if parameters:
        set_throttling(run, **parameters)


def set_throttling(run, **parameters):
    run.src.monitor.command("migrate-set-parameters",
                            {name.replace("_", "-"): value for name, value in parameters.items()})


class AutoConverge(Qemu):
    """QEMU's rule with its own throttle ramp, all at their defaults."""

    def prepare(self, run):
        allow_throttling(run)
        super().prepare(run)


class Throttle(Decider):
    """Asks for one fixed percentage at the first boundary and ends the migration by force after S seconds of it.

    QEMU throttles at the second sync that finds much dirtied. With the trigger at 1 % the sync of the first boundary
    is the first of the two, so that the guest runs free for one round, which shows how it was, and is throttled after.
    """

    def __init__(self, percent, seconds, hold_ms, give_up):
        super().__init__(hold_ms or 1, give_up)
        if not 1 <= percent <= 99:
            raise ValueError(f"a guest is throttled by 1 to 99 percent, not {percent}")
        self.percent, self.seconds = percent, seconds
        self.throttled_at = None

    def prepare(self, run):
        allow_throttling(run, throttle_trigger_threshold=1, cpu_throttle_initial=1, max_cpu_throttle=1)
        super().prepare(run)

    def boundary(self, run, number):
        if number == 1:
            set_throttling(run, max_cpu_throttle=self.percent, cpu_throttle_initial=self.percent,
                           cpu_throttle_increment=self.percent)

    def tick(self, run, elapsed):
        super().tick(run, elapsed)
        if self.throttled_at is None and run.last.get("cpu-throttle-percentage", 0) >= self.percent:
            self.throttled_at = elapsed
        if self.throttled_at is not None and elapsed > self.throttled_at + self.seconds and self.forced_at is None:
            self.force(run)

    def finish(self, run):
        return {"throttled_t": self.throttled_at}


class Program(Decider):
    """Another program decides, through a monitor of its own. `{socket}`, `{trace}` and `{uri}` in its command are
    replaced by the path of that monitor, a path for a trace of its own, and the destination's address. A program that
    is told the address starts the migration itself."""

    def __init__(self, command, hold_ms, give_up, starts_migration):
        super().__init__(hold_ms or HOLD_MS, give_up)
        self.template, self.starts_migration = command, starts_migration
        self.command = self.process = self.output_path = None
        self.output = self.code = self.cpu_s = None  # known once it has ended, the last two only if by itself

    def prepare(self, run):
        super().prepare(run)
        if self.starts_migration:
            self._start(run)

    def begin(self, run):
        if not self.starts_migration:
            self._start(run)

    def _start(self, run):
        places = {"{socket}": run.src.user_socket, "{trace}": run.out + ".program-trace.jsonl", "{uri}": run.uri}
        self.command = self.template
        for place, value in places.items():
            self.command = self.command.replace(place, shlex.quote(value))
        self.output_path = run.out + ".program-output"
        with open(self.output_path, "wb") as output:
            self.process = host.start(shlex.split(self.command), stdout=output, stderr=subprocess.STDOUT)
        run.stack.callback(host.end, self.process)

    def ended_by(self, run):
        """What the program's own result says; without one, `us` where it had moved the limit by the end."""
        if self.cancelled or run.status == "cancelled":
            return "cancelled"
        self._wait()
        said = (last_json(self.output) or {}).get("result")
        if isinstance(said, dict) and said.get("ended_by"):
            return said["ended_by"]
        return "us" if self._limit(run) != self.limit_ms else "qemu"

    def decided_at(self, run):
        """What the program's result says of its stop, its clock made the trace's."""
        self._wait()
        said = (last_json(self.output) or {}).get("result")
        stop = said.get("stop") if isinstance(said, dict) else None
        if not isinstance(stop, dict) or not isinstance(stop.get("t"), (int, float)):
            return None
        return {**stop, "t": round(stop["t"] - run.started_at, 6)}

    def _wait(self):
        """Until the program has ended, but not for long; keeps what it said and the processor time it took."""
        def gone():
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid:
                self.code = self.process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_s = usage.ru_utime + usage.ru_stime
            return pid
        if self.output is not None:
            return
        try:
            host.wait_for(gone, 10.0, "the end of the program")
        except host.Failure:
            host.end(self.process)
        with open(self.output_path, encoding="utf-8", errors="replace") as file:
            self.output = file.read()

    def finish(self, run):
        self._wait()
        return {"program": self.command, "program_exit": self.code, "program_output": self.output[-20000:],
                "program_json": last_json(self.output), "program_cpu_s": self.cpu_s,
                "downtime_limit_at_end": self._limit(run)}


class Inside(Decider):
    """The adapter inside the source's QEMU decides (bindings/qemu); PRECOPYML_QEMU names a QEMU that has it."""

    STOP_MEMBERS = ("t", "sync_count", "predicted_downtime_ms", "upper_ms", "reason", "extrapolating", "attached_late")

    def __init__(self, text, limit_ms, give_up):
        super().__init__(limit_ms or QEMU_RULE_MS, give_up)
        self.model, _, self.options = text.partition(",")
        self.log_path, self._lines = None, None

    def environment(self, out):
        self.log_path = out + ".decisions.jsonl"
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.log_path)
        return {"QEMU_PRECOPYML_MODEL": self.model, "QEMU_PRECOPYML_OPTIONS": self.options,
                "QEMU_PRECOPYML_LOG": self.log_path}

    def lines(self):
        """What the adapter wrote, once the migration is over."""
        if self._lines is None:
            def written():
                try:
                    with open(self.log_path, encoding="utf-8") as file:
                        self._lines = [json.loads(line) for line in file]
                except FileNotFoundError:
                    self._lines = []
                return not self._lines or "result" in self._lines[-1]
            host.wait_for(written, 5.0, "the end of the adapter's log")
        return self._lines

    def member(self, name):
        return next((line[name] for line in self.lines() if name in line), {})

    def ended_by(self, run):
        if self.cancelled:
            return "cancelled"
        return self.member("result").get("ended_by") or "qemu"

    def decided_at(self, run):
        stop = [line for line in self.lines() if line.get("verdict") == "STOP" and line["in_force"]][-1:]
        if not stop or self.ended_by(run) != "us":
            return None
        begins = self.member("begins")
        return {**{name: stop[0][name] for name in self.STOP_MEMBERS}, "t": round(stop[0]["t"] - run.started_at, 6),
                **{name: begins[name] for name in ("policy", "downtime_limit_ms", "confidence", "model")},
                "throttled": False}

    def finish(self, run):
        return {"decisions": self.lines(), "messages": run.src.messages(), "downtime_limit_at_end": self._limit(run)}


def last_json(text):
    """The last line that is a JSON object, if any."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                pass
    return None


def parse(text, hold_ms=None, give_up=None, program_starts=False):
    """The decider that `--decide TEXT` names."""
    name, _, value = text.partition(":")
    if name in ("force", "unstopped", "throttle") and not re.fullmatch(r"[0-9.]+(:[0-9.]+)?", value):
        raise ValueError(f"--decide {text}: {name} takes a number, as {name}:5")
    if name == "qemu" and not value:
        return Qemu(hold_ms, give_up)
    if name == "force":
        return Force(int(value), hold_ms, give_up)
    if name == "unstopped":
        return Unstopped(float(value), hold_ms, give_up)
    if name == "auto-converge" and not value:
        return AutoConverge(hold_ms, give_up)
    if name == "throttle":
        percent, _, seconds = value.partition(":")
        return Throttle(int(percent), float(seconds or THROTTLED_S), hold_ms, give_up)
    if name == "inside":
        return Inside(value, hold_ms, give_up)
    if name == "program" and value.strip():
        return Program(value.strip(), hold_ms, give_up, program_starts or "{uri}" in value)
    raise ValueError(f"--decide does not know {text!r}")
