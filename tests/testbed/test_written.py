#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""testbed/written.py on a process of our own that stands for a QEMU: how much of its memory was written to, and the wait for all.

    test_written.py SOURCE
"""
import os
import subprocess
import sys

MIB = 700
# Maps MIB MiB; for each line it reads, `VALUE FROM TO`, it fills that part, in MiB, and says so.
PROCESS = f"""
import mmap, sys
memory = mmap.mmap(-1, {MIB} << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
print(flush=True)
for line in sys.stdin:
    value, begin, end = map(int, line.split())
    for mib in range(begin, end):
        memory[mib << 20:mib + 1 << 20] = bytes([value]) * (1 << 20)
    print(flush=True)
"""


class Guest:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, "-c", PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def fill(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        self.process.stdout.readline()

    def end(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def looks(written, guest):
    """Zeros do not count, and what was written once counts for ever."""
    memory = written.Memory(guest.process.pid, MIB)
    assert memory.look() == 0
    guest.fill(0, 0, 100)
    assert memory.look() == 0
    guest.fill(7, 0, 100)
    assert abs(memory.look() - 100) < 1
    guest.fill(0, 0, 50)
    guest.fill(1, 100, 150)
    assert abs(memory.look() - 150) < 1
    memory.close()


class Growing:
    """Memory that is written to as time passes: `steps` of (time from, MiB)."""

    def __init__(self, written, *steps):
        self.now, self.steps = 0.0, steps
        written.time = self

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def look(self):
        return max(mib for begin, mib in self.steps if begin <= self.now)


def waits(written):
    """For as much as the workload has, and until nothing new comes; not for ever."""
    cleared = written.wait(Growing(written, (0, 100), (5, 900), (6, 1500)), 1365, 60)
    assert cleared["reached"] and 7 <= cleared["seconds"] < 7.5 and cleared["written_mib"] == 1500, cleared
    small = written.wait(Growing(written, (0, 100)), 30, 60)
    assert small["reached"] and small["seconds"] < 1.5, small
    never = written.wait(Growing(written, (0, 100)), 1365, 60)
    assert not never["reached"] and 60 <= never["seconds"] < 61, never
    assert written.wait(Growing(written, (0, 100)), 0, 60)["seconds"] == 0


def sizes(workload):
    """What each workload goes over."""
    for text, mib in (("idle", 0), ("memtester 341", 341), ("stress 500 write64 2", 500), ("sysbench cpu 10000", 0),
                      ("sysbench memory 256M global", 256), ("sysbench memory 1M local 4", 4), ("sysbench memory 64K", 1 / 16),
                      ("writer steady 300 max", 300), ("writer hotcold 50 500 10240 random settle 4", 550)):
        assert workload.Workload(text).mib == mib, text


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import workload
    import written
    guest = Guest()
    try:
        looks(written, guest)
    except PermissionError as error:
        print(f"the memory of another process may not be read here: {error}")
        return 77
    finally:
        guest.end()
    waits(written)
    sizes(workload)
    print("written: counts what is no zero, waits for the rest")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
