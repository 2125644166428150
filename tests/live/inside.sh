#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds QEMU with the adapter, looks at what that added to it, and migrates live with it. 77: cannot run here, the last line says why.
#
#   tests/live/inside.sh [CASE...]     some of the cases of inside.py; PRECOPYML_QEMU names an emulator built before
set -euo pipefail

here=$(realpath "$(dirname "$0")")
MOST_TEXT=$((128 * 1024)) # bytes that adapter and library may add to QEMU

[ "$(id -u)" -eq 0 ] || {
    echo "not root: network namespaces, taps and traffic shaping need it"
    exit 77
}
PRECOPYML_QEMU=${PRECOPYML_QEMU:-$("$here/../../bindings/qemu/build")}
export PRECOPYML_QEMU

text() { awk 'NR == 2 { print $1 }' "$1"; }
sizes=$(dirname "$PRECOPYML_QEMU")
added=$(($(text "$sizes/hooked") - $(text "$sizes/plain")))
echo "adapter and library add $added bytes to QEMU's text segment, $MOST_TEXT at most"
[ $added -gt 0 ] && [ $added -lt $MOST_TEXT ]

exec python3 "$here/inside.py" "$@"
