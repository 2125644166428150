#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The load meter's sums over processes that come and go: nothing is counted twice, whoever waited for whom.

    test_load.py SOURCE
"""
import os
import sys


class Process:
    """What load.Process reads of one."""

    def __init__(self, parent, total, low=False):
        self.parent, self.total, self.low = parent, total, low


def metered(load, *tables):
    """A meter that saw these tables of processes, one after the other."""
    tables = iter(tables)
    load.processes = lambda: next(tables)
    meter = load.Meter([])
    while True:
        try:
            meter.sample()
        except StopIteration:
            return meter


def chain_of_the_dead(load):
    """cc1's time goes to cc's, to sh's, to ninja's when they end together: one second, not two."""
    shell, ninja = Process(1, 5.0), Process(10, 2.0, low=True)
    busy = {1: Process(0, 0.0), 10: shell, 20: ninja, 21: Process(20, 0.0, low=True), 22: Process(21, 0.0, low=True),
            23: Process(22, 1.0, low=True)}
    begun = {pid: Process(process.parent, process.total if pid < 23 else 0.0, process.low) for pid, process in busy.items()}
    done = {1: Process(0, 0.0), 10: shell, 20: Process(10, 3.0, low=True)}
    meter = metered(load, begun, busy, done)
    assert abs(meter.low - 1.0) < 1e-9, meter.low


def low_child_of_a_busy_shell(load):
    """A program of low priority that ends under a shell of normal priority stays what it was."""
    meter = metered(load, {10: Process(1, 0.0), 20: Process(10, 0.0, low=True)},
                    {10: Process(1, 0.0), 20: Process(10, 0.7, low=True)}, {10: Process(1, 0.8)})
    assert abs(meter.low - 0.7) < 1e-9, meter.low


def own_children(load):
    """What our children used before they ended is ours once."""
    me = os.getpid()
    meter = metered(load, {me: Process(1, 0.0), 30: Process(me, 0.0), 31: Process(30, 0.0)},
                    {me: Process(1, 0.1), 30: Process(me, 0.0), 31: Process(30, 0.5)}, {me: Process(1, 0.7)})
    assert abs(meter.own - 0.7) < 1e-9, meter.own


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import load
    for case in (chain_of_the_dead, low_child_of_a_busy_shell, own_children):
        case(load)
    print("load: nothing is counted twice")


if __name__ == "__main__":
    main(*sys.argv[1:])
