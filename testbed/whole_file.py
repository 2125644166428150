# SPDX-License-Identifier: MIT
"""Files that are there whole or not at all."""
import contextlib
import json
import os


def write_bytes(path, data):
    """Written beside its place first: what was there stays until all of the new is on disk."""
    part = path + ".part"
    try:
        with open(part, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(part)
        raise


def write(path, text):
    write_bytes(path, text.encode())


def write_json(path, value):
    write(path, json.dumps(value, indent=1) + "\n")
