#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces to table to model to verdict, twice the same, whatever the locale.
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2012 # our own file names
traces=$(ls "$source"/data/train/*.jsonl.xz | head -n 60)
# shellcheck disable=SC2086 # a list
"$precopyml" dataset $traces -o "$work/table.csv"
for predictor in physics linear knn svr bagged-svr ann; do
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
assert lines and all(set(line) == {"trace", "boundaries", "stop"} for line in lines), lines[:1]
stops = [line["stop"] for line in lines if line["stop"]]
assert stops, "no trace was stopped"
assert all(set(s) >= {"t", "iteration", "predicted_downtime_ms", "upper_ms", "reason"} for s in stops)
PYTHON
done

# Predictors compete; the same on one thread and on three.
for threads in 1 3; do
    "$precopyml" train --data "$work/table.csv" --predictor auto:linear,knn --target all --threads $threads \
        -o "$work/auto-$threads.model" 2>"$work/log" || fail "train auto: $(cat "$work/log")"
done
cmp "$work/auto-1.model" "$work/auto-3.model" || fail "auto: the number of threads changes the model"
grep -q 'minus .*, the runner-up:' "$work/log" || fail "train auto shows no table: $(cat "$work/log")"
"$precopyml" model show --json "$work/auto-1.model" >"$work/auto.json"
python3 - "$work/auto.json" <<'PYTHON' || fail "model show of an auto model"
import json, sys
for target in json.load(open(sys.argv[1]))["provenance"]["targets"]:
    contenders = {c["predictor"]: c for c in target["auto"]["contenders"]}
    assert set(contenders) == {"physics", "linear", "knn"}, contenders
    picked = target["auto"]["picked"]
    assert picked == target["predictor"]
    assert picked == "physics" or contenders[picked]["minus_physics"]["upper"] < 0
PYTHON

"$precopyml" evaluate --data "$work/table.csv" --target downtime --draws 50 --json >"$work/scores"
python3 - "$work/scores" <<'PYTHON' || fail "evaluate"
import json, sys
names = {json.loads(line).get("name") or json.loads(line).get("contender") for line in open(sys.argv[1])}
assert {"linear", "knn", "svr", "bagged-svr", "ann"} <= names, names
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
