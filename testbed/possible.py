# SPDX-License-Identifier: MIT
"""Whether real migrations can be run on this machine: found out by laying the very network that they need."""
import contextlib
import os

import emulator
import host
import network


def obstacle():
    """Why no migration can be run here, or None."""
    if os.geteuid() != 0:
        return "not root: network namespaces, taps and traffic shaping need it"
    try:
        emulator.installed()
        with contextlib.ExitStack() as stack:
            network.Network(stack).shape(1e9)
    except (host.Failure, OSError) as error:
        return f"no network namespaces or no QEMU: {error}"
    return None
