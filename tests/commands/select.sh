#!/bin/sh
# SPDX-License-Identifier: MIT
# precopyml select: its statistics are scikit-learn's and scipy's to 1e-9, on recorded migrations; sweeps; bad input.
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2012 # our own file names
traces=$(ls "$source"/data/train/*.jsonl.xz | head -n 60)
# shellcheck disable=SC2086 # a list
"$precopyml" dataset $traces -o "$work/table.csv"
for threads in 1 2; do
    "$precopyml" select --data "$work/table.csv" --predictor linear --most 3 --threads $threads --json \
        --gnuplot "$work/plot.gp" >"$work/selected-$threads" 2>"$work/log" || fail "select: $(cat "$work/log")"
done
cmp "$work/selected-1" "$work/selected-2" || fail "the number of threads changes the selection"
"$precopyml" select --data "$work/table.csv" --predictor linear --most 3 >"$work/text" 2>"$work/log"
grep -q '^Chosen: [a-z]' "$work/text" || fail "no chosen set: $(cat "$work/text")"
chosen=$(sed -n 's/^Chosen: //p' "$work/text")
"$precopyml" train --data "$work/table.csv" --predictor linear --features "$chosen" -o "$work/model" 2>"$work/log" ||
    fail "train takes no chosen set: $(cat "$work/log")"
if command -v gnuplot >/dev/null; then
    gnuplot "$work/plot.gp" >"$work/plot.svg" 2>"$work/log" || fail "gnuplot: $(cat "$work/log")"
    grep -q '</svg>' "$work/plot.svg" || fail "the script draws nothing"
fi

if /usr/bin/python3 -c 'import sklearn, scipy' 2>/dev/null; then
    /usr/bin/python3 - "$work/table.csv" "$work/selected-1" <<'PYTHON' || fail "other statistics than scikit-learn's"
import csv, json, sys
import numpy as np
from scipy import stats
from sklearn.feature_selection import chi2, f_classif
from sklearn.linear_model import LinearRegression

rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["downtime"]]
y = np.log(np.maximum([float(row["downtime"]) for row in rows], 0.0005))
lines = [json.loads(line) for line in open(sys.argv[2])]

def bins(x):
    values = np.unique(x)
    if len(values) <= 5:
        return np.searchsorted(values, x)
    return np.unique(np.searchsorted(np.sort(x), x) * 5 // len(x), return_inverse=True)[1]

def near(got, wanted):
    assert abs(got - wanted) <= 1e-9 * max(1, abs(wanted)), (got, wanted)

p, checked = [], 0
for line in lines[:-1]:
    if line["anova"]["f"] is None:
        continue
    x = np.array([float(row[line["feature"]]) for row in rows])
    b = bins(x)
    f, odds = f_classif(y[:, None], b)
    near(line["anova"]["f"], f[0])
    near(line["anova"]["p"], odds[0])
    near(line["chi2"]["statistic"], chi2(np.eye(b.max() + 1)[b], bins(y))[0].sum())
    table = np.histogram2d(b, bins(y), (b.max() + 1, 5))[0]
    near(line["chi2"]["p"], stats.chi2_contingency(table, correction=False)[1])
    near(line["chi2"]["cramers_v"], stats.contingency.association(table.astype(int)))
    near(line["rho"], stats.spearmanr(x, y)[0])
    scales = [x] if x.min() <= 0 else [x, np.log(x)]
    r2 = [LinearRegression().fit(((s - s.mean()) / s.std())[:, None], y).score(((s - s.mean()) / s.std())[:, None], y) for s in scales]
    assert min(abs(line["r2"] - one) for one in r2) <= 1e-9, (line["feature"], line["r2"], r2)
    checked += 1
assert checked >= 20, checked
PYTHON
else
    echo "scikit-learn is not there: not compared with it"
fi

for level in 100 400; do
    "$precopyml" simulate --workload "writer steady $level max" --stop-at 3 --runs 20 --tail 0 --json |
        sed "s/^{/{\"factor\":\"set\",\"level\":$level,/"
done >"$work/sweep"
"$precopyml" select --sweep "$work/sweep" --json >"$work/effects" || fail "sweep"
python3 - "$work/effects" <<'PYTHON' || fail "the size of the set has no effect: $(cat "$work/effects")"
import json, sys
effects = {line["figure"]: line for line in map(json.loads, open(sys.argv[1]))}
assert set(effects) == {"tmt_s", "downtime_ms"}
assert all(e["runs"] == 40 and e["levels"] == 2 and e["eta2"] > 0.9 and e["p"] < 1e-9 for e in effects.values())
assert 3 < effects["downtime_ms"]["times"] < 5
PYTHON

# A figure that no run has: what cannot be said is a dash, or null.
printf '{"factor":"a","level":%d,"tmt_s":%d,"downtime_ms":null}\n' 1 3 1 4 2 7 2 8 >"$work/never"
"$precopyml" select --sweep "$work/never" >"$work/effects" || fail "sweep without a downtime"
grep -q '^a  *downtime_ms  *0  *-  *-  *-  *-  *-$' "$work/effects" || fail "no dashes: $(cat "$work/effects")"
"$precopyml" select --sweep "$work/never" --json | grep -q '"runs":0,"levels":null,"f":null,"p":null,"eta2":null,"times":null' ||
    fail "no nulls"

expect() { # CODE TEXT ARGUMENT...
    code=$1 text=$2 status=0
    shift 2
    "$precopyml" select "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ $status -eq "$code" ] || fail "$*: exit $status, not $code: $(cat "$work/err")"
    grep -q -- "$text" "$work/err" || fail "$*: no '$text' in: $(cat "$work/err")"
}
expect 2 'no --data'
expect 2 '--bins' --data "$work/table.csv" --bins 1
expect 2 'one target' --data "$work/table.csv" --target all
expect 2 'beside --sweep' --data "$work/table.csv" --sweep "$work/sweep"
expect 2 '--gnuplot is not wanted' --sweep "$work/sweep" --gnuplot "$work/plot.gp"
expect 2 'no trainer' --data "$work/table.csv" --predictor physics
expect 3 'none.csv' --data "$work/none.csv"
printf '{"factor":"a","level":1,"tmt_s":1}\n{"level":2}\n' >"$work/bad"
expect 3 'bad:2: no text "factor"' --sweep "$work/bad"
head -n 3 "$work/table.csv" >"$work/short.csv"
expect 6 '.' --data "$work/short.csv"
