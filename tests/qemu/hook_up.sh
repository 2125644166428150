#!/bin/sh
# SPDX-License-Identifier: MIT
# hook-up adds and never changes: tried on what it looks at of a QEMU source tree.
#
#   hook_up.sh HOOK_UP
set -eu

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

fail() {
    echo "$*"
    exit 1
}

mkdir -p "$tree/qemu/migration" "$tree/qemu/include/migration"
! "$1" "$tree/qemu" 2>"$tree/message" || fail "took a folder that is no QEMU"
grep -q "$tree/qemu" "$tree/message" || fail "the message does not name the folder"
echo "softmmu_ss.add(files('migration.c'))" >"$tree/qemu/migration/meson.build"
echo "PRECOPY_NOTIFY_AFTER_BITMAP_SYNC = 2," >"$tree/qemu/include/migration/misc.h"
cp -r "$tree/qemu" "$tree/before"

"$1" "$tree/qemu"
diff -r "$tree/before" "$tree/qemu" >"$tree/once" && fail "nothing was added"
! grep -q '^<\|Only in '"$tree"'/before' "$tree/once" || fail "something was changed or removed"
[ "$(grep -c '^>' "$tree/once")" = 1 ] || fail "more than one line was added to QEMU's files"
"$1" "$tree/qemu"
diff -r "$tree/before" "$tree/qemu" >"$tree/twice" || :
cmp "$tree/once" "$tree/twice" || fail "the second time changed something"
