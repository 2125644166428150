#!/bin/bash
# SPDX-License-Identifier: MIT
# Live migrations between two libvirt daemons, with `precopyml libvirt` beside the source's. 77: cannot run here, the last
# line says why.
#
#   tests/live/libvirt.sh PRECOPYML
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: ${0##*/} PRECOPYML" >&2
    exit 2
fi
exec python3 "$(dirname "$0")/libvirt.py" "$1"
