# SPDX-License-Identifier: MIT
"""Which QEMU: the installed one, or under emulation a newer one where the installed one loses memory.

Under TCG the dirty tracking of QEMU 7.2 misses stores, so `remaining` is too small and the guest arrives with old pages;
`--verify-memory` shows it, and shows 10.0 to be sound. We put the border at 9.0. KVM tracks by other means. On Debian 12 a sound QEMU is in the backports; it is unpacked into the cache, not installed.
"""
import os
import re
import subprocess
import tempfile

import host
import packages

INSTALLED = "qemu-system-x86_64"
BACKPORTS = "backports"
CHOSEN = "PRECOPYML_QEMU"
CACHE = os.environ.get("PRECOPYML_CACHE", "/var/cache/precopyml")
SOUND_TCG = (9, 0)
NEWER = ("qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios")


class Emulator:
    """A QEMU as the words that start it."""

    def __init__(self, *command):
        self.command = list(command)
        self.version = re.search(r"version (\S+)", host.run(*self.command, "--version"))[1]

    @property
    def tracks_dirty_pages_under_tcg(self):
        return tuple(map(int, self.version.split(".")[:2])) >= SOUND_TCG

    def machine(self, alias):
        """The versioned machine type behind an alias: what both sides must agree on."""
        for line in host.run(*self.command, "-machine", "help").splitlines():
            found = re.match(rf"{re.escape(alias)}\s.*\(alias of (\S+)\)", line)
            if found:
                return found[1]
        return alias


def installed():
    return Emulator(INSTALLED)


def _codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        found = re.search(r"^VERSION_CODENAME=(\S+)", file.read(), re.MULTILINE)
    return found[1] if found else "unknown"


def _backported():
    """The QEMU of the backports, unpacked when it is first wanted."""
    codename = _codename()
    target = os.path.join(CACHE, f"qemu-{codename}-backports")
    if not os.path.isdir(target):
        os.makedirs(CACHE, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".qemu-", dir=CACHE) as work:
            try:
                unpacked = packages.Packages(work, packages.Suite(f"{codename}-backports", os.path.join(work, "apt")))
                unpacked.add(*NEWER)
                os.rename(unpacked.tree, target)
            except (subprocess.CalledProcessError, OSError) as error:
                if not os.path.isdir(target):
                    raise host.Failure(f"no newer QEMU to be had ({error}); set PRECOPYML_QEMU") from error
    data = [word for name in ("seabios", "qemu") for word in ("-L", os.path.join(target, "usr/share", name))]
    return Emulator(os.path.join(target, "usr/bin", INSTALLED), *data)


def choose(accelerator):
    """The QEMU to measure. PRECOPYML_QEMU names another one, `backports` that of the backports, and is taken as it is."""
    named = os.environ.get(CHOSEN)
    if named:
        return _backported() if named == BACKPORTS else Emulator(named)
    emulator = installed()
    return emulator if accelerator == "kvm" or emulator.tracks_dirty_pages_under_tcg else _backported()
