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
printf 'migration,remaining,downtime\na,nan,1\n' >"$work/nan.csv"
expect 3 'remaining' train --data "$work/nan.csv" --predictor knn --features remaining -o "$work/m"
expect 3 'header' train --data /dev/null --predictor knn -o "$work/m"
[ ! -e "$work/m" ] || fail "a model was left behind"
printf 'not a model' >"$work/bad.model"
expect 5 'model' model verify "$work/bad.model"
expect 5 'model' replay --model "$work/bad.model" "$work/cut.jsonl"
head -c 100 "$source"/tests/golden/good-knn.pcml >"$work/short.model" 2>/dev/null || :
expect 5 'truncated\|short' model verify "$work/short.model"
# With a standard stream closed, the first file or socket opened has its number: no message goes there.
mkfifo "$work/fifo"
cat "$work/fifo" >"$work/table" &
"$precopyml" dataset "$work/cut.jsonl" -o "$work/fifo" 2>&- && fail "dataset: a cut trace is taken"
wait $!
! grep 'cut.jsonl' "$work/table" >&2 || fail "a message is in the output"
left=$(ls "$work")
case $left in *tmp*) fail "temporary files left: $left" ;; esac
