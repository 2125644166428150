# SPDX-License-Identifier: MIT
"""The `precopyml` command: reading traces and training are its work, in a process of its own."""
from __future__ import annotations

import os
import shutil
import subprocess
from typing import Sequence

from .errors import EXIT_RUNTIME, CommandError


def find_command(command: str | os.PathLike[str] | None = None) -> str:
    """`command`, else $PRECOPYML_COMMAND, else `precopyml` in the PATH. Raises FileNotFoundError."""
    wanted = os.fspath(command) if command is not None else os.environ.get("PRECOPYML_COMMAND") or "precopyml"
    found = shutil.which(wanted)
    if found is None:
        raise FileNotFoundError(f"no command {wanted!r}: install precopyml with its tools, or set PRECOPYML_COMMAND")
    return found


def run(arguments: Sequence[str], *, command: str | os.PathLike[str] | None = None, data: bytes | None = None) -> bytes:
    """Standard output of one run, whose standard input is `data`. Raises CommandError with what it said."""
    done = subprocess.run([find_command(command), *arguments], input=data if data is not None else b"",
                          capture_output=True, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        code = done.returncode if done.returncode > 0 else EXIT_RUNTIME
        raise CommandError(said or f"precopyml {arguments[0]} ended with {done.returncode}", code)
    return done.stdout
