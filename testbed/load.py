# SPDX-License-Identifier: MIT
"""How quiet the machine was during a run: what others took from the processors, and how long QEMU had to wait.

Time of other programs at normal priority spoils a measurement. Time of programs at low priority (niced, or of the
idle class, which the `nice` column of /proc/stat does not even show) is tolerated, as it mostly fills idle processors;
it is told apart by looking at every process.
"""
import os

TICK = os.sysconf("SC_CLK_TCK")
IDLE_CLASS = 5
CLEAN_CORES, CLEAN_STEAL = 0.25, 0.05


class Process:
    """One line of /proc/PID/stat: times in seconds, those of its finished children included."""

    def __init__(self, pid):
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        self.parent = int(fields[1])
        self.total = sum(map(int, fields[11:15])) / TICK
        self.low = int(fields[16]) > 0 or int(fields[38]) == IDLE_CLASS


def processes():
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = Process(entry)
            except (OSError, IndexError, ValueError):
                pass  # it ended meanwhile
    return found


def processors():
    """Seconds so far: programs' (user, nice and system), niced, stolen, everything."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, idle, wait, irq, soft, steal = (int(v) / TICK for v in file.readline().split()[1:9])
    return {"programs": user + nice + system, "nice": nice, "steal": steal,
            "all": user + nice + system + idle + wait + irq + soft + steal}


def run_queue_wait(pid):
    """Seconds that the process's threads were ready to run and had no processor."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[1])
        except (OSError, IndexError):
            pass
    return total / 1e9


class Meter:
    """Adds up from sample to sample; sample() wants to be called about once a second."""

    def __init__(self, machines):
        self.pids = {machine.part: machine.process.pid for machine in machines}
        self.own = self.low = self.kernel = 0.0
        self.before = processes()
        self.start = self.last = processors()
        self.waits = self._waits()

    def _waits(self):
        return {part: run_queue_wait(pid) for part, pid in self.pids.items() if os.path.exists(f"/proc/{pid}")}

    def _class_of(self, pid, table):
        """Whose time it is: `own`, the kernel's threads', low priority, or everybody else's (None)."""
        ancestor = pid
        while ancestor in table:
            if ancestor == os.getpid():
                return "own"
            if ancestor == 2:
                return "kernel"
            ancestor = table[ancestor].parent
        return "low" if table[pid].low else None

    def _heir(self, process, now):
        """Who has the time of a process that ended: its parent, or whoever waited for that one where it ended, too."""
        parent = process.parent
        while parent not in now and parent in self.before:
            parent = self.before[parent].parent
        return parent

    def used(self):
        """Processor seconds so far: of both QEMUs by part, and of everything on the machine."""
        table = processes()
        return {**{part: round(table[pid].total, 2) for part, pid in self.pids.items() if pid in table},
                "all": round(processors()["programs"], 2)}

    def sample(self):
        now = processes()
        gained = {"own": 0.0, "kernel": 0.0, "low": 0.0, None: 0.0}
        for pid, process in now.items():
            kind = self._class_of(pid, now)
            gained[kind] += process.total - (self.before[pid].total if pid in self.before else 0.0)
        for pid, process in self.before.items():
            # A process that ended now shows up in its parent's total. What it had used was counted before.
            if pid not in now and (heir := self._heir(process, now)) in now:
                kind = self._class_of(pid, self.before)
                if kind == self._class_of(heir, now):
                    gained[kind] -= process.total
        self.own += gained["own"]
        self.kernel += max(gained["kernel"], 0.0)
        self.low += max(gained["low"], 0.0)
        self.before = now

    def finish(self):
        self.sample()
        end = processors()
        passed = {key: end[key] - self.start[key] for key in end}
        seconds = passed["all"] / os.cpu_count()
        other = max(passed["programs"] - self.own - self.kernel - self.low, 0.0)
        waits = self._waits()
        # Reported, not judged: two QEMUs on few processors also wait for each other, more so for some workloads.
        waited = sum(wait - self.waits.get(part, 0.0) for part, wait in waits.items())
        wait_share = waited / seconds if seconds else 0.0
        cores = other / seconds if seconds else 0.0
        steal = passed["steal"] / passed["all"] if passed["all"] else 0.0
        return {
            "seconds": round(seconds, 3), "own_cpu_s": round(self.own, 3), "other_cpu_s": round(other, 3),
            "other_cores": round(cores, 3), "low_priority_cpu_s": round(self.low, 3),
            "nice_column_s": round(passed["nice"], 3), "steal": round(steal, 4),
            "run_queue_wait_s": {part: round(wait - self.waits.get(part, 0.0), 3) for part, wait in waits.items()},
            "wait_share": round(wait_share, 3), "clean": cores < CLEAN_CORES and steal < CLEAN_STEAL,
        }
