# SPDX-License-Identifier: MIT
"""Files that are there whole or not at all."""
import contextlib
import json
import os


def write(path, text):
    """Written beside its place first: what was there stays until all of the new text is on disk."""
    part = path + ".part"
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(part)
        raise


def write_json(path, value):
    write(path, json.dumps(value, indent=1) + "\n")
