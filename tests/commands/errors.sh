#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input: the documented exit code, a message that says where and what, and nothing half-written.
. "$(dirname "$0")/common.sh"

expect() { # CODE TEXT COMMAND...
    code=$1 text=$2 status=0
    shift 2
    "$precopyml" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    [ $status -eq "$code" ] || fail "$*: exit $status, not $code: $(cat "$work/err")"
    grep -q "$text" "$work/err" || fail "$*: no '$text' in: $(cat "$work/err")"
}

expect 2 'precopyml --help' nonsense
expect 2 'kappa' replay --kappa much "$work/none"
expect 3 'none.jsonl' features "$work/none.jsonl"
printf '{"t":1,"query-migrate":{}}\n{"t":2,"query-mig' >"$work/cut.jsonl"
expect 3 'cut.jsonl.*2' features "$work/cut.jsonl"
printf '{"t":"x","query-migrate":{}}\n' >"$work/text.jsonl"
expect 3 'text.jsonl.*1' features "$work/text.jsonl"
for bad in '"x"' -3 true; do
    printf '{"t":1,"query-migrate":{}}\n{"outcome":{"downtime_ms":%s,"source":"events"}}\n' "$bad" >"$work/outcome.jsonl"
    expect 3 'outcome.jsonl:2: expected "downtime_ms"' dataset "$work/outcome.jsonl" -o "$work/o"
done
printf '{"meta":{}}\n' >"$work/unsampled.jsonl"
for trace in /dev/null "$work/unsampled.jsonl"; do # nothing was recorded
    expect 3 "$trace: no sample" features "$trace"
    expect 3 "$trace: no sample" replay "$trace"
    expect 3 "$trace: no sample" dataset "$trace" -o "$work/o"
done
[ ! -e "$work/o" ] || fail "a table was left behind"
printf 'migration,remaining,downtime\na,nan,1\n' >"$work/nan.csv"
expect 3 'remaining' train --data "$work/nan.csv" --predictor knn --features remaining -o "$work/m"
expect 3 'header' train --data /dev/null --predictor knn -o "$work/m"
[ ! -e "$work/m" ] || fail "a model was left behind"
printf 'not a model' >"$work/bad.model"
expect 5 'model' model verify "$work/bad.model"
expect 5 'model' replay --model "$work/bad.model" "$work/cut.jsonl"
head -c 100 "$source"/tests/golden/good-knn.pcml >"$work/short.model" 2>/dev/null || :
expect 5 'truncated\|short' model verify "$work/short.model"
expect 5 'none.model: cannot read the model: No such file' model show "$work/none.model"
expect 5 'newer.*another version' replay --model "$source/tests/golden/bad-newer-format.pcml" "$work/cut.jsonl"
expect 2 'from 0 to 1e9' replay --kappa 1e300 "$work/none"
expect 2 "'precopyml train --help'" train --data "$source/tests/fuzz/csv/good.csv" --predictor no-such -o "$work/m"

# An output that would replace its own input, or cannot be written, is refused before any work.
printf '{"t":1,"query-migrate":{}}\n' >"$work/trace.jsonl"
ln -s trace.jsonl "$work/link.jsonl"
cp "$work/trace.jsonl" "$work/before"
for to in trace.jsonl link.jsonl; do
    expect 2 "$to: is read" dataset /dev/null "$work/trace.jsonl" -o "$work/$to"
    expect 2 "$to: is read" train --data "$work/trace.jsonl" --predictor knn -o "$work/$to"
    expect 2 "$to: is read" select --data "$work/trace.jsonl" --gnuplot "$work/$to"
    expect 2 "$to: is read" recalibrate --model "$source/tests/golden/good-knn.pcml" -o "$work/$to" "$work/trace.jsonl"
done
cmp "$work/trace.jsonl" "$work/before" || fail "an input was replaced"
expect 4 'nowhere/m: cannot open' train --data "$work/none.csv" --predictor knn -o "$work/nowhere/m"
expect 4 'cannot open: Is a directory' train --data "$work/none.csv" --predictor knn -o "$work"

# With a standard stream closed, the first file or socket opened has its number: no message goes there.
mkfifo "$work/fifo"
cat "$work/fifo" >"$work/table" &
"$precopyml" dataset "$work/cut.jsonl" -o "$work/fifo" 2>&- && fail "dataset: a cut trace is taken"
wait $!
! grep 'cut.jsonl' "$work/table" >&2 || fail "a message is in the output"

left=$(ls "$work")
case $left in *tmp*) fail "temporary files left: $left" ;; esac
