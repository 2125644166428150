#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Migrates real guests, once under QEMU's own rule and once as precopyml decides, and compares what happened."""
import argparse
import contextlib
import json
import os
import shlex
import signal
import sys
import time

import emulator
import hindsight
import host
import possible
import qemu
import recorded
import table
import verdicts
import whole_file

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.relpath(os.path.join(HERE, "..", "data"))
KAPPA = recorded.KAPPA
RAM, LINK = "1G", "1gbit"
CAP = 120            # seconds after which QEMU's rule is given up
UNSTOPPED = 60       # seconds of the run that shows what every boundary would have cost
OPERATOR_LIMIT = 300  # ms, QEMU's default: what the operator has set while we decide
RUN_LIMIT = 300.0

GUESTS = {
    "steady": ("steady writer", "writer steady 300 max"),
    # The cold part fades from round to round. What stays is more than this link carries in QEMU's 300 ms.
    "hotcold": ("hot/cold guest", "writer hotcold 50 500 10240 random"),
    "idle": ("idle guest", "idle"),
}
DECIDERS = {"qemu": "QEMU's rule", "ours": "precopyml", "nobody": f"nobody, {UNSTOPPED} s"}
# An idle guest's downtime is mostly chance: medians of three.
RUNS = (("steady", "qemu"), ("steady", "ours"), ("hotcold", "nobody"), ("hotcold", "ours"),
        *(("idle", decider) for _ in range(3) for decider in ("qemu", "ours")))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--precopyml", required=True, metavar="PROGRAM")
    parser.add_argument("--model", metavar="FILE", help="to forecast with (default: what the program finds)")
    parser.add_argument("--data", default=DATA, metavar="DIR", help="recorded migrations (default: the project's)")
    parser.add_argument("--json", metavar="FILE", help="write the same as JSON")
    parser.add_argument("--only", metavar="GUEST,...", help="some of: " + ", ".join(GUESTS))
    parser.add_argument("--keep", metavar="DIR", help="keep the traces and results of all runs there")
    parser.add_argument("--recorded", action="store_true", help="replay a recorded migration and run none")
    options = parser.parse_args()
    options.precopyml = os.path.abspath(options.precopyml)
    options.model_words = ["--model", os.path.abspath(options.model)] if options.model else []
    options.only = options.only.split(",") if options.only else list(GUESTS)
    if not set(options.only) <= set(GUESTS):
        parser.error("--only: some of " + ", ".join(GUESTS))
    return options


def say(text=""):
    print(text, flush=True)


def decide_words(options, decider):
    """The words of testbed/migrate that say who ends the migration."""
    if decider == "qemu":
        return ["--decide", "qemu", "--give-up", str(CAP)]
    if decider == "nobody":
        return ["--decide", f"unstopped:{UNSTOPPED}"]
    words = shlex.join([options.precopyml, "qmp", "--json", "--kappa", str(KAPPA), *options.model_words])
    return ["--decide", f"program:{words} --socket {{socket}} --record {{trace}}", "--hold", str(OPERATOR_LIMIT),
            "--give-up", str(CAP)]


def wait_with_clock(process, label):
    """Until the process ends; a clock runs meanwhile where somebody looks on. Returns its exit code."""
    began, live = time.monotonic(), sys.stderr.isatty()
    while (passed := time.monotonic() - began) < RUN_LIMIT and process.poll() is None:
        if live:
            print(f"\r{label} {passed:4.0f} s ", end="", file=sys.stderr, flush=True)
        time.sleep(0.2)
    if live:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return process.poll()


def migrate(options, folder, number, guest, decider):
    """One migration. Returns (prefix of its files, result or None, why there is none)."""
    prefix = os.path.join(folder, f"{number:02d}-{guest}-{decider}")
    command = [os.path.join(HERE, "migrate"), "--out", prefix, "--ram", RAM, "--link", LINK,
               "--workload", GUESTS[guest][1], *decide_words(options, decider)]
    with open(prefix + ".messages", "w+", encoding="utf-8") as messages, open(os.devnull, "wb") as nowhere:
        process = host.start(command, stdout=nowhere, stderr=messages)
        try:
            code = wait_with_clock(process, f"  [{number}] {GUESTS[guest][0]}, {DECIDERS[decider]}:")
        finally:
            host.end(process, 20.0)  # it clears away namespaces and guests
        if code != 0:
            messages.seek(0)
            last_line = messages.read().strip().rpartition("\n")[2]
            return prefix, None, last_line or (f"not within {RUN_LIMIT:g} s" if code is None else f"exit {code}")
    with open(prefix + ".json", encoding="utf-8") as file:
        return prefix, json.load(file), None


def row_of(guest, decider, result, error):
    """What the table and the JSON say of one run."""
    row = {"guest": guest, "decider": decider, "workload": GUESTS[guest][1], "error": error}
    if error is not None:
        return row
    said = (result.get("program_json") or {}).get("result", {})
    check, moved = result["check"], result["status"] == "completed"
    return row | {
        "ended_by": result["ended_by"], "status": result["status"], "given_up": result["status"] == "cancelled",
        "tmt_s": result["tmt_s"], "downtime_ms": result["downtime_ms"],
        "qemu_downtime_ms": result["qemu_downtime_ms"] if moved else None,
        "probe_downtime_ms": result["probe"]["lost_times_interval_ms"] if moved else None,
        "bytes": result["bytes"], "iterations": result["iterations"],
        "predicted_downtime_ms": (said.get("stop") or {}).get("predicted_downtime_ms"), "decision": said or None,
        "checksum_equal": bool(check.get("static_hash_same") and check.get("writer_bad_pages") == 0),
        "alive": bool(check.get("advances")), "intact": check["ok"], "clean": result["load"]["clean"],
        "cpu_s": result.get("program_cpu_s"), "downtime_limit_at_end": result.get("downtime_limit_at_end"),
        "qemu": result["qemu"], "accelerator": result["accelerator"], "command": result["command"],
    }


def one_line(row):
    """How a run went, in a few words."""
    if row["error"] is not None:
        return "FAILED: " + row["error"]
    end = (f"given up after {row['tmt_s']:.0f} s, the guest stays where it was" if row["given_up"] else
           f"{row['tmt_s']:.1f} s, guest stopped for {table.number(row['downtime_ms'])} ms, ended by {row['ended_by']}")
    return end + ("" if row["intact"] else "; the guest is NOT intact") + \
        ("" if row["clean"] else "; the machine was busy with other things meanwhile")


def table_of(rows):
    header = ["guest", "who decided", "TMT s", "downtime ms: events", "QEMU", "probes", "MB sent", "iterations",
              "predicted ms", "checksum", "alive"]
    cells = []
    for row in rows:
        names = [GUESTS[row["guest"]][0], DECIDERS[row["decider"]]]
        if row["error"] is not None:
            cells.append(names + ["failed"] + ["-"] * (len(header) - 3))
            continue
        cells.append(names + [
            table.number(row["tmt_s"], 1) + (" given up" if row["given_up"] else ""), table.number(row["downtime_ms"]),
            table.number(row["qemu_downtime_ms"]), table.number(row["probe_downtime_ms"]),
            table.number(row["bytes"] and row["bytes"] / 1e6), table.number(row["iterations"]),
            table.number(row["predicted_downtime_ms"]), "equal" if row["checksum_equal"] else "DIFFERS",
            table.yes_or_no(row["alive"])])
    return table.lines(header, cells)


def machine():
    """Prepares what the first run needs, which can take a download, and says what there is."""
    guest = qemu.Guest()
    accelerator = qemu.accelerator(guest)
    chosen = emulator.choose(accelerator)
    facts = {"processors": os.cpu_count(), "qemu": chosen.version, "accelerator": accelerator,
             "guest_kernel": guest.kernel_version}
    say(f"  {facts['processors']} processors, QEMU {chosen.version}, "
        + ("KVM" if accelerator == "kvm" else "emulated processors (TCG: KVM boots no guest here)")
        + f", guest kernel {guest.kernel_version}")
    return facts


def migrate_all(options, folder, plan):
    """All the runs; returns their rows and what the paired run says in hindsight."""
    rows, story = [], None
    for number, (guest, decider) in enumerate(plan, 1):
        prefix, result, error = migrate(options, folder, number, guest, decider)
        rows.append(row_of(guest, decider, result, error))
        say(f"  [{number}/{len(plan)}] {GUESTS[guest][0]}, {DECIDERS[decider]}: {one_line(rows[-1])}")
        if decider == "nobody" and error is None:
            with contextlib.suppress(ValueError):  # it was over too soon to tell anything
                story = hindsight.Hindsight(prefix + ".jsonl", KAPPA)
    return rows, story


def live(options, folder, facts):
    """All migrations, the table, what it amounts to. Returns the report and whether every guest is well."""
    plan = [run for run in RUNS if run[0] in options.only]
    say(f"Migrating guests with {RAM} of memory over a link shaped to {LINK}: {len(plan)} runs, "
        f"kappa {KAPPA} (a second of downtime is worth {KAPPA} s of migrating)")
    rows, story = migrate_all(options, folder, plan)
    judged = verdicts.all_of(rows, story, CAP)
    judged = {name: judged[name] for name in [*options.only, "program"]}
    say("\n" + "\n".join(table_of(rows)) + "\n")
    if story is not None:
        say(f"{GUESTS['hotcold'][0]}: what a stop at each boundary of the run that nobody stopped would have cost\n"
            + "\n".join(recorded.cost_table(story, None)) + "\n")
    say("\n".join(value["text"] for value in judged.values()))
    return {"mode": "live", "machine": facts,
            "settings": {"ram": RAM, "link": LINK, "kappa": KAPPA, "cap_s": CAP, "unstopped_s": UNSTOPPED,
                         "operator_limit_ms": OPERATOR_LIMIT, "model": options.model},
            "runs": rows, "hindsight": story and story.summary(), "verdicts": judged,
            }, all(row["error"] is None and row["intact"] for row in rows)


def prepare(options):
    """What the machine is (None where it cannot migrate guests), and why it cannot."""
    reason = "asked to" if options.recorded else possible.obstacle()
    if reason is not None:
        return None, reason
    say("Preparing the guest: Debian's kernel and an initramfs of its own packages, and a QEMU that fits")
    try:
        return machine(), None
    except host.Failure as error:
        return None, str(error)


def run(options, stack):
    facts, reason = prepare(options)
    if facts is not None:
        folder = options.keep or host.temporary_folder(stack)
        os.makedirs(folder, exist_ok=True)
        return live(options, folder, facts)
    say(f"NO LIVE MIGRATION HERE ({reason}).\nInstead the same decision is replayed on a recorded real migration.")
    return {"mode": "recorded", "reason": reason, **recorded.show(options)}, True


def main():
    options = arguments()
    host.raise_on_signals()
    began = time.time()
    with contextlib.ExitStack() as stack:
        try:
            report, well = run(options, stack)
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
        except host.Failure as error:
            print(f"demo: {error}", file=sys.stderr)
            return 1
    report |= {"started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
               "seconds": round(time.time() - began, 1)}
    if options.json:
        whole_file.write_json(options.json, report)
    say(f"Done in {report['seconds']:.0f} s")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
