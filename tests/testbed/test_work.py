#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guest work lost, and how far the rate before the migration leaves it open.

    test_work.py SOURCE
"""
import os
import sys
import types


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import migration

    def progress(moment, ticks, kind="program"):
        found = migration.Progress.__new__(migration.Progress)
        found.moment, found.answer = moment, {"kind": kind, "busy_ticks": ticks, "uptime": moment, "stores": 0}
        return found

    # 80 ticks a second, then 100; 900 in the ten seconds after.
    lost = migration.work_lost(progress(0, 0), progress(1, 80), progress(2, 180), progress(12, 1080))
    assert lost["rate_before"] == 90 and lost["lost_s"] == 0, lost
    assert lost["lost_between_s"] == [-1.25, 1.0], lost
    assert migration.work_lost(*[progress(t, 0) for t in range(4)]) is None
    assert migration.work_lost(*[progress(t, t, "idle") for t in range(4)]) is None
    silent = types.SimpleNamespace(answer=None)
    assert migration.work_lost(progress(0, 0), silent, progress(2, 2), progress(3, 3)) is None
    assert abs(migration.clock_offset() - migration.clock_offset()) < 1e-3
    print("work: lost, and in between what")


if __name__ == "__main__":
    main(*sys.argv[1:])
