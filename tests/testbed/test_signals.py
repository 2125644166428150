#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A collection that is ended leaves the running migration time to clear up, however often it is told to end.

    test_signals.py SOURCE
"""
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MIGRATE = """#!/bin/bash
trap 'sleep 1; touch {folder}/cleared; exit 143' TERM INT
touch {folder}/begun
while :; do sleep 0.05; done
"""


def wait_for(path, seconds=20):
    end = time.monotonic() + seconds
    while not os.path.exists(path):
        assert time.monotonic() < end, f"{path}: not within {seconds} s"
        time.sleep(0.02)


def ended_by(source, *signals, ignored=()):
    """The exit code of a collection that gets these signals one after the other, and whether its migration cleared up."""
    with tempfile.TemporaryDirectory() as folder:
        migrate = os.path.join(folder, "migrate")
        with open(migrate, "w", encoding="utf-8") as file:
            file.write(MIGRATE.format(folder=folder))
        os.chmod(migrate, 0o755)
        process = subprocess.Popen([sys.executable, os.path.join(HERE, "collecting.py"), source, migrate, "--plan", "smoke",
                                    "--out", os.path.join(folder, "out")], stderr=subprocess.PIPE,
                                   preexec_fn=lambda: [signal.signal(number, signal.SIG_IGN) for number in ignored])
        wait_for(os.path.join(folder, "begun"))
        for number in signals:
            process.send_signal(number)
            time.sleep(0.3)
        code = process.wait(30)
        process.stderr.close()
        return code, os.path.exists(os.path.join(folder, "cleared"))


def main(source):
    # timeout(1) sends its signal twice, to the program and to its group; an impatient hand presses Ctrl-C again.
    assert ended_by(source, signal.SIGTERM) == (143, True)
    assert ended_by(source, signal.SIGTERM, signal.SIGTERM) == (143, True)
    assert ended_by(source, signal.SIGINT, signal.SIGINT, signal.SIGTERM) == (130, True)
    # Under nohup(1) a terminal that goes away ends nothing.
    assert ended_by(source, signal.SIGHUP, signal.SIGTERM, ignored=[signal.SIGHUP]) == (143, True)
    print("signals: the migration clears up")


if __name__ == "__main__":
    main(*sys.argv[1:])
