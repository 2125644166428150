# SPDX-License-Identifier: MIT
"""The library's negative errno values as exceptions, with its own message."""
from __future__ import annotations

import errno
import os

from ._native import ffi, lib

EXIT_RUNTIME = 1  # of tools/exit_codes.h


class Error(Exception):
    """Anything that this package raises of its own; `code` is the errno value behind it, or 0."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class InvalidArgument(Error, ValueError):
    """A value out of range, or a name that does not exist (EINVAL, ENOTSUP of a policy)."""


class ModelError(Error):
    """A model that cannot be used: malformed (EBADMSG), newer or with an unknown predictor (ENOTSUP), with a feature or
    target this library does not know (EPROTO), too big (EFBIG), or without the target asked for (ENOENT)."""


class CommandError(Error):
    """The `precopyml` command failed; `exit_code` is as documented in precopyml(1)."""

    # A default: pickle makes it of its message alone, and sets the rest after that.
    def __init__(self, message: str, exit_code: int = EXIT_RUNTIME) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_OF_MODELS = (errno.EBADMSG, errno.ENOTSUP, errno.EPROTO, errno.EFBIG)


def library_message() -> str:
    """What went wrong in this thread's last failed call of the library."""
    return text(lib.precopyml_error_message()) or ""


def text(pointer: object) -> str | None:
    """A C string as text; None for NULL."""
    return None if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def c_string(value: bytes) -> bytes:
    """`value` for C, to which a NUL would be its end. Raises InvalidArgument where there is one."""
    if b"\0" in value:
        raise InvalidArgument(f"a NUL in {value!r}", errno.EINVAL)
    return value


def raise_for(code: int, path: str | None = None) -> None:
    """Raises what a negative return value of model or session stands for; nothing for 0 and above. `path`: the file's.

    Call it right after the failed call, on the same thread: the message is that thread's latest.
    """
    if code >= 0:
        return
    number, message = -code, library_message()
    if number == errno.ENOMEM:
        raise MemoryError(message)
    if number == errno.EINVAL:
        raise InvalidArgument(message, number)
    if number in _OF_MODELS:
        raise ModelError(message if path is None else f"{path}: {message}", number)
    raise OSError(number, os.strerror(number), path)  # of opening and reading; FileNotFoundError and the like
