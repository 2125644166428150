# SPDX-License-Identifier: MIT
"""Live migrations of a QEMU that has the adapter (bindings/qemu): it decides, it is off, it is misled, all goes wrong."""
import contextlib
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TESTBED = os.path.join(ROOT, "testbed")
sys.dont_write_bytecode = True
sys.path.insert(0, TESTBED)
import cases  # noqa: E402
import host  # noqa: E402
import possible  # noqa: E402
from cases import expect  # noqa: E402

OPERATOR_LIMIT = 300  # ms
MODEL = os.path.abspath(os.path.join(ROOT, "data", "default.model"))
# Far more than QEMU's rule lets through on this link, for ever.
NEVER_CONVERGES = "writer steady 100 max"
# The same until some seconds after the start: then QEMU's rule ends the migration by itself.
CONVERGES_LATE = "writer hotcold 4 96 max settle 4"
IN_FORCE_S = 1e-3   # from the sync to the decision in force
OVERSHOOT = 1 << 20  # bytes from the decision to the last sync; only what QEMU had buffered


def migrate(folder, name, workload, inside, *more):
    """The testbed's result of one migration."""
    result = cases.migrate(os.path.join(folder, name), workload, OPERATOR_LIMIT, "inside:" + inside, *more)
    expect(result["checksum_ok"], "the guest has its memory and runs on", result["check"])
    expect(result["downtime_limit_at_end"] == OPERATOR_LIMIT, "the operator's downtime-limit is back",
           result["downtime_limit_at_end"])
    return result


def verdicts(result):
    return [line for line in result["decisions"] if "verdict" in line]


def last(result, name):
    found = [line[name] for line in result["decisions"] if name in line]
    expect(len(found) == 1, f"one line `{name}` in the adapter's log", result["decisions"])
    return found[0]


def decides(folder):
    """It ends a migration that QEMU's rule never would, at the very sync that it decided at."""
    result = migrate(folder, "decides", NEVER_CONVERGES, MODEL, "--give-up", "20")
    expect(result["status"] == "completed" and result["ended_by"] == "us", "the adapter ended it", result["ended_by"])
    stop, stopped = verdicts(result)[-1], last(result, "stopped")
    expect(stop["verdict"] == "STOP" and stop["in_force"], "the last decision is the stop", stop)
    expect(stop["decided"] - stop["synced"] < IN_FORCE_S, "decided and in force within 1 ms", stop)
    expect(result["iterations"] == stop["sync_count"] + 1, "no sync between the decision and the switchover's own",
           (stop["sync_count"], result["iterations"]))
    expect(stopped["transferred"] - stop["transferred"] < OVERSHOOT, "nothing sent between decision and stop", stopped)
    expect(result["decided_at"]["reason"] == stop["reason"], "the outcome tells of the stop", result["decided_at"])
    held = {line["downtime_limit_ms"] for line in verdicts(result)[:-1]}
    expect(held <= {OPERATOR_LIMIT / 3}, "QEMU is held off meanwhile", held)


def off(folder):
    """No model is named: QEMU's rule, and not a word."""
    result = migrate(folder, "off", CONVERGES_LATE, "", "--give-up", "20")
    expect(result["ended_by"] == "qemu" and result["status"] == "completed", "QEMU's rule ended it", result["ended_by"])
    expect(not result["decisions"] and not result["messages"], "no log, no message", result["messages"])


def no_model(folder):
    """The model cannot be read: one warning, QEMU's rule."""
    result = migrate(folder, "no-model", CONVERGES_LATE, os.path.join(folder, "absent.model"), "--give-up", "20")
    expect(result["ended_by"] == "qemu" and result["status"] == "completed", "QEMU's rule ended it", result["ended_by"])
    expect(not result["decisions"], "no log", result["decisions"])
    expect(result["messages"].count("\n") == 0 and "absent.model" in result["messages"], "one warning that names the file",
           result["messages"])


def bad_option(folder):
    """An option that is none: one warning that names it, QEMU's rule."""
    result = migrate(folder, "bad-option", CONVERGES_LATE, "builtin,kapa=3", "--give-up", "20")
    expect(result["ended_by"] == "qemu" and not result["decisions"], "QEMU's rule ended it", result["ended_by"])
    expect("kapa" in result["messages"], "a warning that names the option", result["messages"])


def observes(folder):
    """observe-only says what it would do and changes nothing."""
    result = migrate(folder, "observes", CONVERGES_LATE, "builtin,observe-only=on", "--give-up", "20")
    expect(result["ended_by"] == "qemu" and result["status"] == "completed", "QEMU's rule ended it", result["ended_by"])
    expect(verdicts(result) and not any(line["in_force"] for line in verdicts(result)), "verdicts, none in force",
           result["decisions"])
    limits = {line["downtime_limit_ms"] for line in verdicts(result)}
    expect(limits == {OPERATOR_LIMIT}, "the operator's limit at every boundary", limits)


def cancelled(folder):
    """Cancelled while it holds QEMU off: the operator's limit is back."""
    result = migrate(folder, "cancelled", NEVER_CONVERGES, "builtin,hard-max=1", "--give-up", "6")
    expect(result["status"] == "cancelled", "cancelled", result["status"])
    expect(last(result, "result")["ended_by"] is None, "nobody ended it", result["decisions"])
    expect({line["downtime_limit_ms"] for line in verdicts(result)} == {OPERATOR_LIMIT / 3}, "it was holding QEMU off",
           result["decisions"])


def failed(folder):
    """The destination dies while it holds QEMU off: the operator's limit is back."""
    result = migrate(folder, "failed", NEVER_CONVERGES, "builtin,hard-max=1", "--break-off", "5", "--give-up", "20")
    expect(result["status"] == "failed", "failed", result["status"])
    expect(last(result, "result")["status"] == "failed", "the adapter says so", result["decisions"])
    expect({line["downtime_limit_ms"] for line in verdicts(result)} == {OPERATOR_LIMIT / 3}, "it was holding QEMU off",
           result["decisions"])


CASES = (decides, off, no_model, bad_option, observes, cancelled, failed)


def main():
    reason = possible.obstacle()
    if reason is not None:
        print(reason)
        return host.SKIP
    if "PRECOPYML_QEMU" not in os.environ:
        print("PRECOPYML_QEMU names no QEMU that has the adapter: bindings/qemu/build prints one", file=sys.stderr)
        return 2
    host.raise_on_signals()
    chosen = set(sys.argv[1:])
    with contextlib.ExitStack() as stack:
        return cases.run([case for case in CASES if not chosen or case.__name__ in chosen], host.temporary_folder(stack))


if __name__ == "__main__":
    sys.exit(main())
