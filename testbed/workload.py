# SPDX-License-Identifier: MIT
"""What the guest does: the words of `--workload` as an image and a program for its agent."""

FOREVER = "1000000"


def block_mib(text):
    """MiB of sysbench's sizes: `256M`, `64K`; a bare number is in bytes."""
    factor = {"K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:].upper())
    return (int(text[:-1]) * factor if factor else int(text)) / 2**20


class Workload:
    """One workload. `image` names the initramfs that holds its program, `program` the agent's arguments, `mib` the memory
    that it goes over again and again.

        idle
        memtester MIB
        stress MIB METHOD [WORKERS]
        sysbench cpu [PRIMES] [THREADS]
        sysbench memory BLOCK [global|local] [THREADS]
        writer steady MIB RATE|max [random] [settle S]
        writer hotcold MIB MIB RATE|max [random] [settle S]
    """

    def __init__(self, text):
        self.text = " ".join(text.split())
        self.words = self.text.split()
        self.mib = 0
        kind = self.words[0] if self.words else ""
        build = getattr(self, "_" + kind, None)
        if build is None:
            raise ValueError(f"unknown workload {text!r}")
        try:
            self.image, self.program = build(*self.words[1:])
        except TypeError as error:
            raise ValueError(f"wrong number of words in workload {text!r}") from error

    @property
    def kind(self):
        """The class of workload that plans and tables group by."""
        return "-".join(self.words[:2]) if self.words[0] in ("sysbench", "writer") else self.words[0]

    def _idle(self):
        return "base", ["idle"]

    def _memtester(self, mib):
        self.mib = int(mib)
        return "memtester", ["run", "/usr/bin/memtester", f"{int(mib)}M", FOREVER]

    def _stress(self, mib, method, workers="1"):
        self.mib = int(mib)
        return "stress-ng", ["run", "/usr/bin/stress-ng", "--vm", workers, "--vm-bytes", f"{int(mib) // int(workers)}M",
                             "--vm-method", method, "--vm-keep"]

    def _sysbench(self, test, first=None, *rest):
        if test == "cpu":
            threads = rest[0] if rest else "1"
            options = [f"--cpu-max-prime={first or '10000'}"]
        elif test == "memory":
            threads = rest[1] if len(rest) > 1 else "1"
            self.mib = block_mib(first or "1M") * (int(threads) if "local" in rest else 1)
            options = [f"--memory-block-size={first or '1M'}", f"--memory-scope={rest[0] if rest else 'global'}",
                       "--memory-total-size=100000T", "--memory-oper=write"]
        else:
            raise ValueError(f"sysbench has no test {test!r} here")
        return "sysbench", ["run", "/usr/bin/sysbench", test, *options, f"--threads={threads}", "--time=0", "run"]

    def _writer(self, *words):
        self.mib = sum(map(int, words[1:3] if words[:1] == ("hotcold",) else words[1:2]))
        return "base", ["writer", *words]
