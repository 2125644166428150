#!/bin/sh
# SPDX-License-Identifier: MIT
# Documents that are generated are what they would be generated as now; every command has --help.
. "$(dirname "$0")/common.sh"
"$source/scripts/document-features" "$precopyml" >"$work/features.md"
cmp "$work/features.md" "$source/docs/features.md" ||
    fail "docs/features.md is stale: scripts/document-features PRECOPYML > docs/features.md"
for command in features dataset train evaluate recalibrate coverage replay simulate qmp model predictors; do
    "$precopyml" $command --help >"$work/help" || fail "$command --help"
    grep -q "^Usage: precopyml $command" "$work/help" || fail "$command --help has no usage"
done
"$precopyml" --version | grep -q "$("$source/scripts/version")" || fail "--version"
