#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who ended a forced migration: our command, or QEMU that was stopping already when it was sent.

    test_decide.py SOURCE
"""
import os
import sys
import types


class Clock:
    """Stands for `time`: the command is sent at 10.0 and answered at 10.003."""

    def __init__(self):
        self.moments = iter((10.0, 10.003))

    def time(self):
        return next(self.moments)


def ended_by(decide, stopped_at, *passes):
    decide.time = Clock()
    monitor = types.SimpleNamespace(command=lambda *_: {})
    run = types.SimpleNamespace(src=types.SimpleNamespace(monitor=monitor), stopped_at=stopped_at, passes=dict(enumerate(passes)))
    decider = decide.parse("force:1")
    decider.boundary(run, 1)
    assert decider.forced_at == 10.003
    return decider.ended_by(run)


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import decide
    assert ended_by(decide, 10.010, 9.998, 10.008) == "force"
    assert ended_by(decide, 10.004, 9.998, 10.002) == "force"  # synced before the answer came
    assert ended_by(decide, 10.004, 9.998) == "qemu"           # at the boundary that we were to stop it at
    assert ended_by(decide, 9.9995, 9.998, 9.999) == "qemu"    # before the command was sent
    for wrong in ("force", "force:x", "unstopped", "throttle:200", "nobody", "program:"):
        try:
            decide.parse(wrong)
        except ValueError as error:
            assert wrong in str(error) or "percent" in str(error), error
        else:
            raise AssertionError(wrong)
    print("decide: who ended it")


if __name__ == "__main__":
    main(*sys.argv[1:])
