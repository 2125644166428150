# SPDX-License-Identifier: MIT
# The extension that build_native.py describes: cffi has no types to offer.
from typing import Any

ffi: Any
lib: Any
