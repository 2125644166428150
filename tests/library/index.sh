#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/README.md leads to every document, and every link of every document leads somewhere.
set -eu
cd "$1"
failed=0
complain() {
    echo "FAIL: $*" >&2
    failed=1
}
links() { # the relative ones of a Markdown file
    sed 's/`[^`]*`//g' "$1" | grep -oE '\]\([^)]+\)' | sed -E 's/^\]\(//; s/\)$//; s/#.*//' | grep -vE '^$|^[a-z]+:' || true
}
for page in docs/*.md bindings/*/README.md examples/README.md testbed/README.md data/README.md; do
    name=${page#docs/}
    [ "$name" != "$page" ] || name=../$page
    [ "$name" = README.md ] || links docs/README.md | grep -qxF "$name" || complain "docs/README.md has no link to $page"
done
for page in docs/man/*.scd; do
    name=$(basename "$page" .scd | sed -E 's/\.([0-9])$/(\1)/')
    grep -qF "$name" docs/README.md || complain "docs/README.md does not name $name"
done
for page in *.md docs/*.md */README.md */*/README.md; do
    for link in $(links "$page"); do
        [ -e "$(dirname "$page")/$link" ] || complain "$page: nothing is at $link"
    done
done
exit $failed
