#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces to table to model to verdict, twice the same, whatever the locale.
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2012 # our own file names
traces=$(ls "$source"/data/train/*.jsonl.xz | head -n 60)
# shellcheck disable=SC2086 # a list
"$precopyml" dataset $traces -o "$work/table.csv"
for predictor in physics linear knn svr bagged-svr; do
    for run in C de_DE.UTF-8; do
        LC_ALL=$run "$precopyml" train --data "$work/table.csv" --predictor $predictor \
            --target downtime,remaining_time --seed 7 -o "$work/$predictor-$run.model" 2>"$work/log" ||
            fail "train $predictor under $run: $(cat "$work/log")"
    done
    cmp "$work/$predictor-C.model" "$work/$predictor-de_DE.UTF-8.model" ||
        fail "$predictor: the locale changes the model"
    "$precopyml" model verify "$work/$predictor-C.model" >/dev/null || fail "verify $predictor"
    "$precopyml" model show "$work/$predictor-C.model" | grep -q "$predictor" || fail "show $predictor"
    # shellcheck disable=SC2086
    "$precopyml" replay --model "$work/$predictor-C.model" --json $traces >"$work/stops"
    python3 - "$work/stops" <<'PYTHON' || fail "replay with $predictor"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert lines and all(set(line) == {"trace", "stop"} for line in lines), lines[:1]
stops = [line["stop"] for line in lines if line["stop"]]
assert stops, "no trace was stopped"
assert all(set(s) >= {"t", "iteration", "predicted_downtime_ms", "upper_ms", "reason"} for s in stops)
PYTHON
done

"$precopyml" evaluate --data "$work/table.csv" --target downtime --draws 50 --json >"$work/scores"
python3 - "$work/scores" <<'PYTHON' || fail "evaluate"
import json, sys
names = {json.loads(line).get("name") or json.loads(line).get("contender") for line in open(sys.argv[1])}
assert {"linear", "knn", "svr", "bagged-svr"} <= names, names
PYTHON

first=$(echo "$traces" | head -n 1)
xz -dc "$first" | "$precopyml" features - >"$work/piped"
"$precopyml" features --paper "$first" >"$work/paper"
python3 - "$work/paper" <<'PYTHON' || fail "features --paper"
import json, sys
for line in open(sys.argv[1]):
    assert {"vm_size", "page_dirty_rate", "working_set_size", "bandwidth", "t", "iteration"} <= set(json.loads(line))
PYTHON
[ "$(wc -l <"$work/piped")" -eq "$(wc -l <"$work/paper")" ] || fail "piped and named differ"
