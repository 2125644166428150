#!/bin/bash
# SPDX-License-Identifier: MIT
# Live migrations of a small real guest, with `precopyml qmp` beside QEMU. 77: cannot run here, the last line says why.
#
#   tests/live/migration.sh PRECOPYML
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: ${0##*/} PRECOPYML" >&2
    exit 2
fi
exec python3 "$(dirname "$0")/migration.py" "$1"
