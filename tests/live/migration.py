# SPDX-License-Identifier: MIT
"""Live migrations with `precopyml qmp` beside QEMU: it decides, with each QEMU there is; it is interrupted half-way; it only watches."""
import contextlib
import json
import os
import shlex
import subprocess
import sys

TESTBED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testbed")
sys.dont_write_bytecode = True
sys.path.insert(0, TESTBED)
import cases  # noqa: E402
import emulator  # noqa: E402
import host  # noqa: E402
import possible  # noqa: E402
from cases import expect  # noqa: E402

INTERRUPTED = 24     # exit code of precopyml after a signal
OPERATOR_LIMIT = 300  # ms; what has to be there again at the end
# Far more than QEMU's rule lets through on this link, for ever.
# One busy vCPU and little memory: such a guest the installed QEMU of Debian 12 moves whole, even under TCG.
NEVER_CONVERGES = "writer steady 64 max"
# The same until some seconds after the start: then QEMU's rule ends the migration by itself.
CONVERGES_LATE = "writer hotcold 4 96 max settle 4"


class Migration:
    """One migration with the program beside it: the testbed's result and what the program said."""

    def __init__(self, folder, name, workload, command, ram="512M"):
        self.prefix = os.path.join(folder, name)
        self.trace = self.prefix + ".program-trace.jsonl"
        self.result = cases.migrate(self.prefix, workload, OPERATOR_LIMIT, "program:" + command, "--give-up", "20", ram=ram)
        self.output = self.result["program_output"]
        self.lines = [json.loads(line) for line in self.output.splitlines() if line.startswith("{")]
        self.said = next((line["result"] for line in reversed(self.lines) if "result" in line), None)
        expect(self.said is not None, f"{name}: the program gives a result", self.output)

    def actions(self):
        return [line["action"] for line in self.lines if "action" in line]

    def expect_arrived(self):
        """The guest runs at the destination with its memory, and QEMU has the operator's limit."""
        result = self.result
        expect(result["status"] == "completed", "the migration completed", result["status"])
        expect(result["checksum_ok"], "the guest has its memory and runs on", result["check"])
        expect(result["downtime_limit_at_end"] == OPERATOR_LIMIT, "the operator's downtime-limit is back",
               result["downtime_limit_at_end"])
        expect(self.said["restored"], "the program says that the limit is back", self.said)


def replayed(precopyml, command, trace):
    done = subprocess.run([precopyml, *command, trace], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False)
    expect(done.returncode == 0, f"{' '.join(command)} reads the recorded trace", done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def qemus():
    """What PRECOPYML_QEMU names, else both: the installed one and that of the backports, where it is to be had."""
    if os.environ.get(emulator.CHOSEN):
        return [os.environ[emulator.CHOSEN]]
    try:
        with chosen(emulator.BACKPORTS):
            newer = emulator.choose("tcg").version
    except host.Failure as failure:
        print(f"only the installed QEMU: {failure}", flush=True)
        return [emulator.INSTALLED]
    return [emulator.INSTALLED] + [emulator.BACKPORTS] * (newer != emulator.installed().version)


@contextlib.contextmanager
def chosen(qemu):
    before = os.environ.get(emulator.CHOSEN)
    os.environ[emulator.CHOSEN] = qemu
    try:
        yield
    finally:
        del os.environ[emulator.CHOSEN]
        if before is not None:
            os.environ[emulator.CHOSEN] = before


def decides(folder, precopyml):
    """With each QEMU: ends a migration that its rule never would, and its own trace replays to the same boundary."""
    for qemu in qemus():
        with chosen(qemu):
            decides_beside(folder, precopyml, emulator.choose("tcg").version)


def decides_beside(folder, precopyml, version):
    run = Migration(folder, f"decides-{version}", NEVER_CONVERGES,
                    f"{shlex.quote(precopyml)} qmp --json --socket {{socket}} --record {{trace}}", ram="256M")
    expect(run.result["qemu"] == version, f"the QEMU is {version}", run.result["qemu"])
    run.expect_arrived()
    expect(run.said["exit"] == run.result["program_exit"] == 0, "the program ends well", run.output)
    expect(run.said["ended_by"] == run.result["ended_by"] == "us", "the program ended the migration", run.said)
    expect(run.actions()[0] == "hold" and "permit" in run.actions() and run.actions()[-1] == "release",
           "it holds QEMU off, permits, and gives the limit back", run.actions())
    stop = next((line for line in run.lines if line.get("verdict") == "STOP"), None)
    expect(stop is not None, "a boundary with the verdict STOP", run.output)

    rows = replayed(precopyml, ["features"], run.trace)
    expect(any(row["t"] == stop["t"] and row["remaining"] == stop["remaining"] for row in rows),
           f"features has the boundary of the stop {stop}", rows)
    again = replayed(precopyml, ["replay", "--json"], run.trace)[0]["stop"]
    expect(again is not None and (again["t"], again["iteration"]) == (stop["t"], stop["iteration"]),
           f"the replay stops where the program did, {stop}", again)
    print(f"      QEMU {version}: {stop['predicted_downtime_ms']:.0f} ms forecast, {run.result['downtime_ms']:.0f} ms measured",
          flush=True)


def interrupted(folder, precopyml):
    """SIGTERM in the first pass: the limit is put back, and QEMU's rule ends the migration when it can."""
    run = Migration(folder, "interrupted", CONVERGES_LATE,
                    f"timeout --preserve-status -s TERM 1 {shlex.quote(precopyml)} qmp --json --socket {{socket}}")
    run.expect_arrived()
    expect(run.result["program_exit"] == run.said["exit"] == INTERRUPTED, "the exit code of an interrupted run",
           run.output)
    expect(run.actions() == ["hold", "release"], "it held QEMU off and let go", run.actions())
    expect(run.said["ended_by"] is None and run.said["stop"] is None, "it decided nothing", run.said)
    expect(run.result["tmt_s"] > 2, "the migration went on without the program", run.result["tmt_s"])


def watches(folder, precopyml):
    """--observe-only says what it would do and changes nothing."""
    run = Migration(folder, "watches", CONVERGES_LATE,
                    f"{shlex.quote(precopyml)} qmp --json --observe-only --socket {{socket}} --record {{trace}}")
    run.expect_arrived()
    expect(run.said["exit"] == 0 and run.said["ended_by"] == "qemu", "QEMU's rule ended the migration", run.said)
    expect(set(run.actions()) <= {"would-permit"}, "no action but what it would do", run.actions())
    limits = {line["downtime_limit_ms"] for line in run.lines if "verdict" in line}
    expect(limits == {OPERATOR_LIMIT}, "the operator's limit at every boundary", limits)


def main():
    precopyml = os.path.abspath(sys.argv[1])
    reason = possible.obstacle()
    if reason is not None:
        print(reason)
        return host.SKIP
    host.raise_on_signals()
    with contextlib.ExitStack() as stack:
        return cases.run((decides, interrupted, watches), host.temporary_folder(stack), precopyml)


if __name__ == "__main__":
    sys.exit(main())
