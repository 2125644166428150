#!/bin/sh
# SPDX-License-Identifier: MIT
# What the run-time library needs, offers and weighs.
set -eu
check=$1 library=$2
fail() {
    echo "$library: $*" >&2
    exit 1
}
undefined() {
    nm -D --undefined-only "$library" | sed 's/.* U //; s/@.*//'
}
case $check in
needed)
    others=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -vE '^lib[cm]\.so\.' || true)
    # A sanitizer's run-time library is the build's wish, not ours.
    others=$(echo "$others" | grep -vE '^$|^lib(a|ub|t)san' || true)
    [ -z "$others" ] || fail "needs more than libc and libm: $others"
    ;;
exported)
    exported=$(nm -D --defined-only "$library" | awk '$2 == "T" {print $3}' | sed 's/@.*//' | sort)
    listed=$(sort "$(dirname "$0")/symbols.txt")
    [ "$exported" = "$listed" ] || fail "exports differ from tests/library/symbols.txt:
$exported"
    ;;
size)
    copy=$(mktemp)
    trap 'rm -f "$copy"' EXIT
    strip -o "$copy" "$library"
    size=$(stat -c %s "$copy")
    echo "stripped: $size bytes"
    if nm "$library" | grep -q '__asan\|__tsan\|__ubsan'; then
        exit 77
    fi
    [ "$size" -lt 102400 ] || fail "stripped size $size is not under 100 KiB"
    ;;
no-printf)
    # vsnprintf alone is allowed: it formats error messages, integers and strings only.
    found=$(undefined | grep -E 'printf|^puts$|^putc' | grep -vE '^(__)?vsnprintf(_chk)?$' || true)
    [ -z "$found" ] || fail "uses $found"
    ;;
no-*)
    name=${check#no-}
    found=$(undefined | grep -xE "_?(s|u)?$name(_r|64|at)?" || true)
    [ -z "$found" ] || fail "uses $found"
    ;;
*) fail "unknown check $check" ;;
esac
