# SPDX-License-Identifier: MIT
"""The library's negative errno values as exceptions, with its own message."""
from __future__ import annotations

import errno
import os

from ._native import ffi, lib


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

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


_OF_MODELS = (errno.EBADMSG, errno.ENOTSUP, errno.EPROTO, errno.EFBIG)


def library_message() -> str:
    """What went wrong in this thread's last failed call of the library."""
    return text(lib.precopyml_error_message()) or ""


def text(pointer: object) -> str | None:
    """A C string as text; None for NULL."""
    return None if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def raise_for(code: int, path: str | None = None) -> None:
    """Raises what a negative return value of model or session stands for; nothing for 0 and above.

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
        raise ModelError(message, number)
    raise OSError(number, os.strerror(number), path)  # of opening and reading; FileNotFoundError and the like
