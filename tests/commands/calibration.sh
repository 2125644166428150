#!/bin/sh
# SPDX-License-Identifier: MIT
# The plan of the calibration runs, and scripts/measure-coverage on made-up runs of such a plan.
. "$(dirname "$0")/common.sh"

"$source/testbed/collect" --plan calibration --list >"$work/plan"
"$source/testbed/collect" --plan calibration --list | cmp - "$work/plan" || fail "the plan is no function of its seed"
[ ! -e "$work/none" ] || fail "--list made a folder"
python3 - "$work/plan" "$work/words" <<'PYTHON' || fail "the plan"
import json, shlex, statistics, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
assert len(runs) == 120 == len({run["id"] for run in runs})
train = sum(run["split"] == "calibration-train" for run in runs)
assert {run["split"] for run in runs} == {"calibration-train", "calibration-test"} and 60 <= train <= 72, train
words = [shlex.split(run["decide"].removeprefix("program:")) for run in runs]
assert all(run["decide"].startswith("program:{precopyml} qmp --socket {socket} --json ") for run in runs)
value = lambda line, name: line[line.index(name) + 1]
limits = [float(value(line, "--downtime-limit")) for line in words]
assert all(100 <= limit <= 3000 for limit, run in zip(limits, runs) if run["class"] != "writer-steady")
assert 400 < statistics.median(limits) < 1000, "log-uniform: 548, and more where the guest cannot reach that"
for limit, run in zip(limits, runs):  # a writer that outruns the link never leaves less than its set
    if run["workload"].startswith("writer steady") and run["workload"].split()[3] == "max" and run["link"] == "1gbit":
        assert limit >= 1e3 * int(run["workload"].split()[2]) / 114, run
policies = [value(line, "--policy") for line in words]
assert set(policies) == {"threshold", "optimal"} and 40 <= policies.count("threshold") <= 80
for kind in {run["class"] for run in runs}:  # each kind in both splits
    assert len({run["split"] for run in runs if run["class"] == kind}) == 2, kind
open(sys.argv[2], "w").write("\n".join(" ".join(line) for line in words[:2]))
PYTHON
# The program takes these options: what it misses is the monitor.
while read -r line || [ -n "$line" ]; do
    status=0
    # shellcheck disable=SC2046 # words
    "$precopyml" $(echo "$line" | sed "s,{precopyml} ,,; s,{socket},$work/no.sock,") >/dev/null 2>&1 || status=$?
    [ $status -eq 10 ] || fail "$line: exit $status"
done <"$work/words"

# What the program's result says of its stop is the trace's, by the trace's clock.
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$source/testbed python3 - <<'PYTHON' || fail "decided_at"
import types, decide
program, run = decide.parse("program:true"), types.SimpleNamespace(started_at=1000.0)
for output, expected in (('{"t":1}\n{"result":{"ended_by":"us","stop":{"t":1010.5,"sync_count":7,"model":"x"}}}\n',
                          {"t": 10.5, "sync_count": 7, "model": "x"}),
                         ('{"result":{"ended_by":"qemu","stop":null}}\n', None), ("no JSON\n", None)):
    program.output = output
    assert program.decided_at(run) == expected, output
assert decide.parse("qemu").decided_at(run) is None
PYTHON

# Runs as the plan's: what the trace of each says at its end.
python3 - "$precopyml" "$source/data/default.model" "$work" <<'PYTHON' || fail "made-up runs"
import json, lzma, math, os, random, subprocess, sys
precopyml, model, work = sys.argv[1:]
show = json.loads(subprocess.run([precopyml, "model", "show", "--json", model], stdout=subprocess.PIPE, check=True).stdout)
source = random.Random(5)
os.makedirs(os.path.join(work, "runs", "calibration"))
for number in range(120):
    stop = {"t": 10, "sync_count": 4, "predicted_downtime_ms": 500, "doubt": 0.2, "reason": "limit-met", "policy": "threshold",
            "downtime_limit_ms": 700, "model": show["fingerprint"]}
    outcome = {"downtime_ms": 500 * math.exp(source.gauss(0.05, 0.2)), "source": "events", "forced": False,
               "ended_by": "us" if number % 10 else "qemu", "decided_at": stop}
    split = "calibration-train" if number < 66 else "calibration-test"
    with lzma.open(os.path.join(work, "runs", "calibration", f"{number:03}.jsonl.xz"), "wt") as file:
        for line in {"meta": {"split": split}}, {"outcome": outcome}:
            file.write(json.dumps(line) + "\n")
PYTHON
"$source/scripts/measure-coverage" "$precopyml" "$work/runs" -o "$work/calibrated" >"$work/report" 2>&1 ||
    fail "measure-coverage: $(cat "$work/report")"
grep -q '^59 of 66 migrations count: threshold 59$' "$work/report" || fail "$(cat "$work/report")"
grep -q '^bounds at 90 %, from 59 migrations: ' "$work/report" || fail "$(cat "$work/report")"
grep -Eq '^upper bound held in [0-9]+ of 49: [0-9.]+ % \(95 % interval [0-9.]+ to [0-9.]+\)$' "$work/report" ||
    fail "$(cat "$work/report")"
"$precopyml" model show "$work/calibrated" | grep -q 'bounds:   calibrated on 59 migrations, as wide as the doubt' || fail "model show"
# Bounds of another figure than the one that is forecast are told.
mkdir "$work/history"
"$precopyml" model show --json "$source/data/default.model" | python3 -c '
import json, sys
stop = {"predicted_downtime_ms": 500, "doubt": 0.2, "reason": "no-gain", "policy": "optimal", "model": json.load(sys.stdin)["fingerprint"]}
for number, whose in enumerate(["qemu", "libvirt", "libvirt"]):
    with open(f"{sys.argv[1]}/{number}.json", "w") as file:
        json.dump({"time": number, "ended_by": "us", "downtime_ms": 470, "source": whose, "stop": stop}, file)' "$work/history"
counted=1
for whose in qemu libvirt; do
    "$precopyml" recalibrate --model "$source/data/default.model" --history "$work/history" --downtime-source $whose \
        -o "$work/$whose" >"$work/report" 2>&1 || fail "$(cat "$work/report")"
    grep -q "measured by 'events'; its bounds are now of those measured by '$whose'" "$work/report" ||
        fail "$(cat "$work/report")"
    grep -q "^$counted of 3 migrations count" "$work/report" || fail "$whose: $(cat "$work/report")"
    grep -q '^at 90 %: unknown' "$work/report" || fail "$(cat "$work/report")"
    "$precopyml" coverage --model "$work/$whose" --history "$work/history" --downtime-source $whose --confidence 0.5 \
        >"$work/report" 2>&1 || fail "$whose: $(cat "$work/report")"
    counted=$((counted + 1))
done
# Another model's decisions do not count, and nothing is left behind.
status=0
"$source/scripts/measure-coverage" "$precopyml" "$work/runs" --model "$source/tests/golden/good-physics.pcml" \
    -o "$work/other" >"$work/report" 2>&1 || status=$?
[ $status -eq 6 ] || fail "another model's runs: exit $status"
grep -q '59 left out: decided with another model' "$work/report" || fail "$(cat "$work/report")"
[ ! -e "$work/other" ] || fail "a model was written"

# A trace recorded before stops had a doubt: replayed, it has that of the boundary where the guest was stopped.
old=$(find "$source/data/calibration" -name '*stress-02.jsonl.xz')
status=0
"$precopyml" recalibrate --model "$source/data/default.model" -o "$work/old" "$old" >"$work/report" 2>&1 || status=$?
[ $status -eq 6 ] || fail "a trace without doubt: exit $status"
grep -Eq '1 left out: (no doubt recorded|decided with another model)' "$work/report" || fail "$(cat "$work/report")"
"$precopyml" recalibrate --replay --json --model "$source/data/default.model" -o "$work/old" "$old" >"$work/report" || fail "--replay"
"$precopyml" replay --each --json --policy threshold --downtime-limit 1 --model "$source/data/default.model" "$old" >"$work/each"
python3 - "$work" <<'PYTHON' || fail "the doubt of a replayed stop: $(cat "$work/report")"
import json, sys
report = json.load(open(f"{sys.argv[1]}/report"))
assert report["replayed"] and report["counted"] == 1
doubts = {json.loads(line)["iteration"]: json.loads(line)["doubt"] for line in open(f"{sys.argv[1]}/each")}
assert report["doubt"]["median"] == report["doubt"]["most"] and abs(report["doubt"]["most"] / doubts[3] - 1) < 1e-9, doubts
PYTHON
status=0 # nothing to replay in these
"$precopyml" recalibrate --replay --model "$source/data/default.model" -o "$work/none" "$work"/runs/calibration/01*.xz \
    >"$work/report" 2>&1 || status=$?
[ $status -eq 6 ] || fail "traces without samples: exit $status"
grep -q '9 left out: no forecast at the stop' "$work/report" || fail "$(cat "$work/report")"

# The forecasts of the calibrated model are those of the model before, boundary by boundary.
trace=$(find "$source/data/test" -name '*.jsonl.xz' | sort | head -n 1)
for model in "$source/data/default.model" "$work/calibrated"; do
    "$precopyml" replay --each --json --model "$model" "$trace" | sed 's/"upper_ms":[^,]*,//' >"$work/$(basename "$model").each"
done
cmp "$work/default.model.each" "$work/calibrated.each" || fail "recalibrating changed a forecast"
