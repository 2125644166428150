#!/bin/sh
# SPDX-License-Identifier: MIT
# Simulated traces: the same whatever the threads and the locale, and read by every command as they are.
. "$(dirname "$0")/common.sh"

simulate() { # FOLDER OPTION...
    folder=$1
    shift
    mkdir -p "$work/$folder"
    "$precopyml" simulate "$@" -o "$work/$folder/%d.jsonl" 2>"$work/log" || fail "simulate $*: $(cat "$work/log")"
}
refuse() { # TEXT OPTION...
    text=$1 status=0
    shift
    "$precopyml" simulate "$@" >"$work/out" 2>"$work/log" || status=$?
    [ $status -eq 2 ] || fail "simulate $*: exit $status, not 2"
    grep -q -e "$text" "$work/log" || fail "simulate $*: no '$text' in: $(cat "$work/log")"
}

for set in "steady:writer steady 200 max" "random:writer steady 300 20000 random" "stress:stress 190 zero-one" \
    "zipf:zipf 400 60000 0.8"; do
    simulate "${set%%:*}" --workload "${set#*:}" --link vary --stop-at 1:8 --runs 12 --seed 3
done
simulate once --workload 'writer steady 300 20000 random' --link vary --stop-at 1:8 --runs 12 --seed 3 --jobs 3
LC_ALL=de_DE.UTF-8 simulate german --workload 'writer steady 300 20000 random' --link vary --stop-at 1:8 --runs 12 --seed 3
for file in "$work"/random/*.jsonl; do
    cmp "$file" "$work/once/$(basename "$file")" || fail "threads change a trace"
    cmp "$file" "$work/german/$(basename "$file")" || fail "the locale changes a trace"
done
[ -e "$work/random/01.jsonl" ] && [ -e "$work/random/12.jsonl" ] || fail "the files are not numbered 01 to 12"
cmp -s "$work/random/01.jsonl" "$work/random/02.jsonl" && fail "two runs are the same"

"$precopyml" simulate --workload 'writer steady 300 20000 random' --link vary --stop-at 1:8 --runs 12 --seed 3 \
    --json --jobs 2 >"$work/figures"
python3 - "$work" <<'PYTHON' || fail "a trace is not what docs/simulator.md says"
import glob, json, sys
work = sys.argv[1]
figures = [json.loads(line) for line in open(work + "/figures")]
assert len(figures) == 12 and all(f["simulated"] for f in figures)
for f in figures:
    lines = [json.loads(line) for line in open(work + "/random/%02d.jsonl" % f["run"])]
    meta, outcome = lines[0]["meta"], lines[-1]["outcome"]
    assert meta["simulated"] is True and meta["seed"] == 3 and meta["run"] == f["run"] and "parameters" in meta
    assert outcome["source"] == "simulation" and outcome["ended_by"] in ("force", "qemu")
    assert abs(outcome["downtime_ms"] - f["downtime_ms"]) < 0.01 and f["ended_by"] == outcome["ended_by"]
    times = [line["t"] for line in lines if "t" in line]
    assert times == sorted(times)
    stop, = [line["t"] for line in lines if line.get("event") == "STOP"]
    resume, = [line["t"] for line in lines if line.get("event") == "RESUME"]
    assert abs((resume - stop) * 1e3 - outcome["downtime_ms"]) < 0.01
    replies = [line["query-migrate"] for line in lines if "query-migrate" in line]
    sent = [r["ram"]["transferred"] for r in replies if "ram" in r]
    assert sent == sorted(sent) and replies[-1]["status"] == "completed"
PYTHON

for jobs in 1 2 5; do
    "$precopyml" simulate --workload 'writer steady 300 20000 random' --link vary --stop-at 1:8 --runs 12 --seed 3 \
        --jobs $jobs --outcomes "$work/outcomes-$jobs.csv" || fail "--outcomes with $jobs threads"
    cmp "$work/outcomes-1.csv" "$work/outcomes-$jobs.csv" || fail "threads change an outcome"
done
python3 - "$work" <<'PYTHON' || fail "--outcomes is not what the traces end with"
import csv, json, sys
work = sys.argv[1]
rows = list(csv.DictReader(open(work + "/outcomes-1.csv")))
assert len(rows) == 12 and list(rows[0]) == ["run", "total_time", "downtime", "bytes", "iterations", "ended_by"], rows[0]
for row in rows:
    lines = [json.loads(line) for line in open(work + "/random/%02d.jsonl" % int(row["run"]))]
    outcome, ram = lines[-1]["outcome"], [l["query-migrate"]["ram"] for l in lines if "ram" in l.get("query-migrate", {})][-1]
    assert abs(float(row["total_time"]) - outcome["tmt_s"]) < 2e-6 and row["ended_by"] == outcome["ended_by"]
    assert abs(float(row["downtime"]) * 1e3 - outcome["downtime_ms"]) < 2e-3
    assert float(row["bytes"]) == ram["transferred"] and float(row["iterations"]) == ram["dirty-sync-count"]
PYTHON

traces=$(ls "$work"/steady/*.jsonl "$work"/random/*.jsonl "$work"/stress/*.jsonl "$work"/zipf/*.jsonl)
# shellcheck disable=SC2086 # a list
"$precopyml" features $traces >"$work/features" || fail "features"
# shellcheck disable=SC2086
"$precopyml" dataset $traces -o "$work/table.csv" || fail "dataset"
# shellcheck disable=SC2086
"$precopyml" replay --each --json $traces >"$work/verdicts" || fail "replay"
"$precopyml" evaluate --data "$work/table.csv" --target downtime --draws 20 --json >"$work/scores" || fail "evaluate"
"$precopyml" train --data "$work/table.csv" --predictor knn --target downtime -o "$work/model" 2>"$work/log" ||
    fail "train: $(cat "$work/log")"
python3 - "$work" <<'PYTHON' || fail "what the commands make of simulated traces"
import csv, json, sys
work = sys.argv[1]
rows = list(csv.DictReader(open(work + "/table.csv")))
labelled = [row for row in rows if row["downtime"]]
assert {row["downtime_source"] for row in labelled} == {"simulation"}
assert len({row["migration"] for row in rows}) == 48
assert len({row["migration"] for row in labelled}) >= 36, len(labelled)
assert sum(row["downtime_next"] != "" for row in rows) >= 30
assert all(json.loads(line) for line in open(work + "/features"))
assert {"STOP", "CONTINUE"} <= {json.loads(line)["verdict"] for line in open(work + "/verdicts")}
scores = {}
for line in open(work + "/scores"):
    line = json.loads(line)
    scores[line.get("name") or line.get("contender")] = line
assert {"knn", "linear", "physics"} <= set(scores), set(scores)
PYTHON

# A real trace beside simulated ones: never mixed silently.
real=$(ls "$source"/data/train/forced-writer-steady-*.jsonl.xz | head -n 3)
# shellcheck disable=SC2086
"$precopyml" dataset $traces $real -o "$work/both.csv"
"$precopyml" evaluate --data "$work/both.csv" --target downtime >"$work/out" 2>"$work/log" &&
    fail "real and simulated downtimes were mixed"
grep -q simulation "$work/log" || fail "the mixture is not named: $(cat "$work/log")"

"$precopyml" simulate --workload idle -o - | "$precopyml" features - >"$work/out" || fail "standard output"
refuse 'no --workload' -o "$work/x"
refuse 'no -o' --workload idle
refuse '%d' --workload idle --runs 2 -o "$work/x"
refuse 'not both' --workload idle --json -o -
refuse 'not both' --workload idle --outcomes - -o -
refuse 'no such workload' --workload nothing -o "$work/x"
refuse 'too small' --workload redis --ram 1G -o "$work/x"
refuse 'stop-at' --workload idle --stop-at 3:2 -o "$work/x"
refuse 'link' --workload idle --link 1:2:3 -o "$work/x"
refuse 'drop' --workload idle --drop 1:2 -o "$work/x"
refuse 'drop.* 0.001 to 1' --workload idle --drop 1:5:2 -o "$work/x"
refuse 'ram.*as 512M' --workload idle --ram 1X -o "$work/x"
refuse 'runs' --workload idle --runs 0 -o "$work/x"
refuse 'not wanted' --workload idle extra -o "$work/x"
[ ! -e "$work/x" ] || fail "a trace was left behind"
status=0
"$precopyml" simulate --workload idle --runs 3 --jobs 2 -o "$work/nowhere/%d" 2>"$work/log" || status=$?
[ $status -eq 4 ] || fail "no folder: exit $status, not 4"
