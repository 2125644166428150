#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages have every command, option and exit code of the program, and none that it does not have.
. "$(dirname "$0")/common.sh"
python3 "$(dirname "$0")/manual.py" "$precopyml" "$source" || fail "docs/man is stale"
