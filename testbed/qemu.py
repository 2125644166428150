# SPDX-License-Identifier: MIT
"""The virtual machine: which accelerator really works here, the guest's files, QEMU's command line."""
import contextlib
import os
import signal
import subprocess
import tempfile
import time

import emulator
import host
import network
import qmp

CACHE = os.environ.get("PRECOPYML_CACHE", "/var/cache/precopyml")
HERE = os.path.dirname(os.path.abspath(__file__))
LISTENS = "precopyml agent listens"
KVM_BOOT_LIMIT = 10.0  # seconds; a stock kernel under a working KVM needs one
# Nothing here changes what the guest does; it leaves out what a boot without firmware tables or disks would wait for.
KERNEL_OPTIONS = ("console=ttyS0 quiet loglevel=3 panic=1 no_timer_check mitigations=off "
                  "audit=0 8250.nr_uarts=1")
CPU = {"kvm": "host", "tcg": "qemu64"}
ACCELERATOR = {"kvm": "kvm", "tcg": "tcg,thread=multi"}


class Guest:
    """The files that `guest/build` made, building them first where need be."""

    def __init__(self):
        done = subprocess.run([os.path.join(HERE, "guest", "build")], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise host.Failure("the guest could not be built")
        self.folder = done.stdout.strip()
        with open(os.path.join(self.folder, "kernel-version"), encoding="utf-8") as file:
            self.kernel_version = file.read().strip()

    def arguments(self, image, program):
        """QEMU's options that boot this image and hand the program's words to its agent."""
        return ["-kernel", os.path.join(self.folder, "kernel"),
                "-initrd", os.path.join(self.folder, f"{image}.cpio"),
                "-append", " ".join([KERNEL_OPTIONS, "--", *program])]


def _boots_under_kvm(guest):
    with contextlib.ExitStack() as stack:
        log = os.path.join(host.temporary_folder(stack), "serial")
        process = host.start([emulator.INSTALLED, "-accel", "kvm", "-cpu", "host", "-m", "256", "-nodefaults",
                              "-no-user-config", "-display", "none", "-serial", f"file:{log}", *guest.arguments("base", ["idle"])],
                             stderr=subprocess.DEVNULL)
        stack.callback(host.end, process)
        try:
            host.wait_for(lambda: process.poll() is not None or LISTENS in read(log), KVM_BOOT_LIMIT, "KVM")
        except host.Failure:
            return False
        return process.poll() is None


def accelerator(guest):
    """`kvm` where a guest was seen to boot under it since the host's own boot, `tcg` otherwise.

    A /dev/kvm that can be opened proves little: on some machines the firmware runs and a stock kernel then hangs.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        path = os.path.join(CACHE, "accelerator-" + file.read().strip())
    known = read(path)
    if known not in CPU:
        known = "kvm" if _boots_under_kvm(guest) else "tcg"
        with tempfile.NamedTemporaryFile("w", dir=CACHE, delete=False) as file:
            file.write(known)
        os.replace(file.name, path)
    return known


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Machine:
    """One QEMU on one of the hosts. Ends with the stack."""

    def __init__(self, stack, net, part, folder, command, environment=None):
        self.part = part
        self.log = os.path.join(folder, f"{part}.serial")
        self.errors = os.path.join(folder, f"{part}.errors")
        self.socket = os.path.join(folder, f"{part}.qmp")
        self.user_socket = os.path.join(folder, f"{part}.qmp-user")
        with open(self.errors, "wb") as errors:
            # Above normal priority: the run shares its processors with nothing that matters less.
            self.process = host.start(net.command(part, *command, *self.options()), niceness=-5, stderr=errors,
                                      env={**os.environ, **(environment or {})})
        stack.callback(host.end, self.process)
        try:
            self.monitor = qmp.Monitor(self.socket)
        except host.Failure as error:
            raise host.Failure(f"{part}: {error}: {read(self.errors)}") from error
        stack.callback(self.monitor.close)
        self.monitor.command("migrate-set-capabilities",
                             {"capabilities": [{"capability": "events", "state": True}]})

    def options(self):
        return ["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-name", self.part,
                "-serial", f"file:{self.log}",
                "-qmp", f"unix:{self.socket},server=on,wait=off",
                "-qmp", f"unix:{self.user_socket},server=on,wait=off",
                "-netdev", "tap,id=net,ifname=tap0,script=no,downscript=no",
                "-device", f"virtio-net-pci,netdev=net,mac={network.GUEST_MAC},romfile="]

    def alive(self):
        return self.process.poll() is None

    def end(self, seconds):
        """How a QEMU ended that should not have, and what it said; None where it does not end within this time."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        how = f"signal {-code}: out of memory?" if code == -signal.SIGKILL else f"signal {-code}" if code < 0 else f"exit {code}"
        return f"the {self.part} QEMU ended ({how}) {self.messages()[-500:]}".strip()

    def messages(self):
        return read(self.errors).strip()

    def complaint(self):
        return self.messages()[-500:] + read(self.log).strip()[-500:]


class Pair:
    """The source with its running guest and the destination that waits for it. `environment` is the source's."""

    def __init__(self, stack, net, folder, settings, environment):
        self.settings = settings
        program = settings.workload.program
        if settings.accelerator == "tcg" and not settings.emulator.tracks_dirty_pages_under_tcg:
            program = ["tick", *program]
        common = [*settings.emulator.command, "-machine", settings.machine, "-accel", ACCELERATOR[settings.accelerator],
                  "-cpu", CPU[settings.accelerator], "-m", f"{settings.ram_mib}M", "-smp", str(settings.vcpus),
                  *settings.guest.arguments(settings.workload.image, program)]
        self.uri = f"tcp:{network.LINK_ADDRESS['dst']}:4444"
        started = time.monotonic()
        self.src = Machine(stack, net, "src", folder, common, environment)
        # Paused at the end of the migration where its memory is to be compared before it runs on.
        self.dst = Machine(stack, net, "dst", folder, [*common, "-incoming", "defer",
                                                      *(["-S"] if settings.verify_memory else [])])
        self.dst.monitor.command("migrate-incoming", {"uri": self.uri})
        self.started = started
