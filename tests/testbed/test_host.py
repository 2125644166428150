#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the testbed says of a missing tool, and that it makes nothing that it would not take away.

    test_host.py SOURCE
"""
import contextlib
import os
import subprocess
import sys
import tempfile


def missing_tool(host):
    """A program that is not there is a failure with its name, not a traceback."""
    try:
        host.run("precopyml-no-such-tool", "--version")
    except host.Failure as failure:
        assert "precopyml-no-such-tool" in str(failure) and "install-packages" in str(failure), failure
    else:
        raise AssertionError("ran")


def folder_of_its_own(host):
    """Nobody else may read it, the next run would know whose it was, and it goes with the stack."""
    with contextlib.ExitStack() as stack:
        folder = host.temporary_folder(stack)
        assert os.stat(folder).st_mode & 0o777 == 0o700
        assert os.path.basename(folder).startswith(host.name(""))
        open(os.path.join(folder, "file"), "wb").close()
    assert not os.path.exists(folder)


def absent_namespace(host):
    """One that was never made is not taken away, and nobody complains."""
    host.remove_namespace("precopyml-no-such-namespace")


def killed_emulator(_host):
    """A QEMU that the kernel killed is told of by name, not as a broken pipe."""
    import qemu
    with tempfile.TemporaryDirectory() as folder:
        machine = qemu.Machine.__new__(qemu.Machine)
        machine.part, machine.errors = "dst", os.path.join(folder, "errors")
        with open(machine.errors, "wb") as errors:
            machine.process = subprocess.Popen(["sh", "-c", "echo last words >&2; kill -KILL $$"], stderr=errors)
        assert machine.end(5) == "the dst QEMU ended (signal 9: out of memory?) last words"
        machine.process = subprocess.Popen(["sleep", "9"])
        assert machine.end(0.1) is None
        machine.process.kill()
        machine.process.wait()


def main(source):
    sys.path.insert(0, os.path.join(source, "testbed"))
    import host
    for case in (missing_tool, folder_of_its_own, absent_namespace, killed_emulator):
        case(host)
    print("host: failures have names, folders go")


if __name__ == "__main__":
    main(*sys.argv[1:])
