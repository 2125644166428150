#!/bin/sh
# SPDX-License-Identifier: MIT
# Every header of QEMU that the adapter includes, as one that includes the test's own QEMU.
#
#   fake_headers.sh FOLDER ADAPTER...
set -eu

folder=$1
shift
sed -n 's/^#include "\(.*\/.*\)".*/\1/p' "$@" | while read -r header; do
    mkdir -p "$folder/$(dirname "$header")"
    echo '#include "fake_qemu.h"' >"$folder/$header"
done
touch "$folder/stamp"
