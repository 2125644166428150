# SPDX-License-Identifier: MIT
"""The same decision without a migration: replays a recorded real one and says what each boundary would have cost."""
import glob
import json
import os
import subprocess

import hindsight
import host
import table

# What shows most: a guest that settles or has hot and cold memory, followed for a minute without a stop.
PREFERRED = ("unstopped*hotcold*", "unstopped*settling*", "unstopped*", "*")
KAPPA = 10
LISTED = 12  # boundaries; a migration that nobody stops has hundreds


def choose(folder):
    """The trace that shows most, with what it would have cost; the same one every time."""
    for pattern in PREFERRED:
        for path in sorted(glob.glob(os.path.join(folder, "**", pattern + ".jsonl*"), recursive=True)):
            try:
                return path, hindsight.Hindsight(path, KAPPA)
            except (ValueError, KeyError, OSError):
                continue  # no boundaries, or no trace at all
    raise host.Failure(f"no recorded migration under {folder}")




def replay(options, path, *more):
    command = [options.precopyml, "replay", "--kappa", str(KAPPA), *options.model_words, *more, path]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise host.Failure(f"{' '.join(command)}: exit {done.returncode}")
    return done.stdout


def cost_table(story, ours):
    best = story.best()
    marks = {best.number: "best"}
    if ours:
        marks[ours.number] = "ours, best" if ours is best else "ours"
    shown = [one for one in story.boundaries if one.number <= LISTED or one.number in marks]
    rows = [[str(one.number), marks.get(one.number, ""), table.number(one.t - story.start, 2),
             table.number(one.remaining / 1e6, 1), table.number(story.downtime(one) * 1e3),
             table.number(story.cost(one), 1)]
            for one in shown]
    yield from table.lines(["boundary", "", "t s", "remaining MB", "downtime ms", f"J s at kappa {KAPPA}"], rows)


def show(options):
    """Prints the replay; returns it for JSON."""
    path, story = choose(options.data)
    meta = story.meta
    print(f"\nThe recorded migration {path}: guest with {meta.get('ram_mib')} MiB, workload `{meta.get('workload')}`, "
          f"link {meta.get('link')}, QEMU {meta.get('qemu')}.\n"
          "What precopyml would have said at each boundary, up to the one where it stops the guest:\n")
    print(replay(options, path, "--each"))
    each = [json.loads(line) for line in replay(options, path, "--each", "--json").splitlines()]
    stop = each[-1] if each and each[-1]["verdict"] == "STOP" else None
    ours = story.at(stop["t"]) if stop else None
    print("What a stop at each boundary would have cost, seen from the end of the recording:\n")
    print("\n".join(cost_table(story, ours)))
    best, first = story.cost(story.best()), story.cost(story.boundaries[0])
    print(f"\nfirst boundary {first:.1f} s, best {best:.1f} s, ours "
          + (f"{story.cost(ours):.1f} s ({story.cost(ours) / best - 1:+.0%} of the best)" if ours else "never stopped"))
    return {"trace": path, "meta": meta, "replay": each, "hindsight": story.summary(),
            "ours": story.describe(ours) if ours else None}
