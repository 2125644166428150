#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header of QEMU that the adapter includes, as one that includes the test's own QEMU.
#
#   fake_headers.sh ADAPTER FOLDER
set -eu

sed -n 's/^#include "\(.*\)".*/\1/p' "$1" | while read -r header; do
    mkdir -p "$2/$(dirname "$header")"
    echo '#include "fake_qemu.h"' >"$2/$header"
done
touch "$2/stamp"
