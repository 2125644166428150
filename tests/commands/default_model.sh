#!/bin/sh
# SPDX-License-Identifier: MIT
# The shipped model is what its one command makes of the train part, byte for byte on one machine;
# another processor's exp and log may differ in the last bit, so elsewhere forecasts and bounds are compared.
. "$(dirname "$0")/common.sh"
shipped=$source/data/default.model
"$source/scripts/train-default" "$precopyml" "$work/again.model" 2>"$work/log" || fail "$(cat "$work/log")"
"$source/scripts/train-default" "$precopyml" "$work/twice.model" 2>"$work/log"
cmp "$work/again.model" "$work/twice.model" || fail "two runs on this machine differ"
if cmp -s "$work/again.model" "$shipped"; then
    echo "byte for byte the shipped model"
    exit 0
fi
"$precopyml" replay --each --json --model "$shipped" "$source"/data/test/*.jsonl.xz >"$work/a"
"$precopyml" replay --each --json --model "$work/again.model" "$source"/data/test/*.jsonl.xz >"$work/b"
python3 - "$work/a" "$work/b" <<'PYTHON' || fail "the shipped model is not what scripts/train-default makes"
import json, sys
a, b = ([json.loads(line) for line in open(name)] for name in sys.argv[1:])
assert len(a) == len(b) > 0
for key in ("predicted_downtime_ms", "upper_ms"):
    assert any(x.get(key) for x in a), key
    for x, y in zip(a, b):
        x, y = x.get(key), y.get(key)
        assert x == y or abs(x - y) <= 1e-9 * abs(y), (key, x, y)
PYTHON
