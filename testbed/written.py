# SPDX-License-Identifier: MIT
"""Whether the workload has gone over its memory once: seen from outside, in a sample of the guest's pages.

A big guest's program clears its memory for seconds before it begins. Pages of zeros cost next to nothing to send, so a
migration that begins meanwhile is not one of that workload.
"""
import re
import time

SAMPLES = 4096
PAGE = 4096
ZEROS = bytes(PAGE)
SETTLED_S = 1.0  # without growth


class Memory:
    """A guest's memory as its QEMU maps it. Remembers of each page of the sample whether it ever was anything but zeros."""

    def __init__(self, pid, mib):
        begin = self._begin(pid, mib)
        pages = (mib << 20) // PAGE
        self.samples, self.mib = min(SAMPLES, pages), mib
        self.zero = [begin + number * pages // self.samples * PAGE for number in range(self.samples)]
        self.file = open(f"/proc/{pid}/mem", "rb", buffering=0)

    @staticmethod
    def _begin(pid, mib):
        """Where the smallest mapping of no file begins that has room for the guest."""
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            found = [(int(begin, 16), int(end, 16)) for begin, end in
                     re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw-. \S+ \S+ 0 *$", file.read(), re.MULTILINE)]
        fitting = [(end - begin, begin) for begin, end in found if end - begin >= mib << 20]
        if not fitting:
            raise OSError(f"process {pid} maps no {mib} MiB")
        return min(fitting)[1]

    def look(self):
        """MiB written to so far."""
        def zeros(address):
            self.file.seek(address)
            return self.file.read(PAGE) == ZEROS
        self.zero = [address for address in self.zero if zeros(address)]
        return (self.samples - len(self.zero)) / self.samples * self.mib

    def close(self):
        self.file.close()


def wait(memory, mib, seconds, pause=0.2):
    """Until a workload of `mib` has written to all of it, or for so many seconds; says which.

    The guest's own pages are written to, too, so having reached `mib` is not enough: nothing new may come any more.
    """
    begun = grown = time.monotonic()
    most, reached = memory.look(), mib <= 0
    while not reached and time.monotonic() < begun + seconds:
        time.sleep(pause)
        now, written = time.monotonic(), memory.look()
        if written > most + mib / 100:
            most, grown = written, now
        reached = written >= mib and now > grown + SETTLED_S
    return {"reached": reached, "written_mib": round(memory.look()), "of_mib": mib,
            "seconds": round(time.monotonic() - begun, 2)}
