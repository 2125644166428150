# SPDX-License-Identifier: MIT
"""Two hosts and a client, each in a network namespace of its own.

    src ---- link, shaped both ways ---- dst        the migration runs here
     |                                    |
     +------------- client --------------+          the guest's network, not shaped

On each host a bridge joins the guest's tap with a cable to the client, and a bridge at the client joins the two
cables, so the guest keeps its address wherever it runs; the switch learns where it is, as a real one does.
"""
import os
import random
import socket
import threading
import time

import host

LINK_ADDRESS = {"src": "10.56.0.1", "dst": "10.56.0.2"}
CLIENT_ADDRESS, CLIENT_MAC = "10.55.0.1", "02:50:00:00:00:01"
GUEST_ADDRESS, GUEST_MAC = "10.55.0.2", "02:50:00:00:00:02"
CLONE_NEWNET = 0x40000000
MIB = 1 << 20
UNITS = {"gbit": 1e9, "mbit": 1e6, "kbit": 1e3, "mib/s": 8.0 * MIB}


def parse_rate(text):
    """Bits a second of `1gbit`, `600mbit`, `100MiB/s`."""
    lowered = text.lower()
    for unit, factor in UNITS.items():
        if lowered.endswith(unit):
            return float(lowered[:-len(unit)]) * factor
    raise ValueError(f"{text!r} is no rate: write 1gbit, 600mbit or 100MiB/s")


class Network:
    """The three namespaces; they live until the stack closes."""

    def __init__(self, stack):
        self.spaces = {part: host.name(part) for part in ("src", "dst", "client")}
        for space in self.spaces.values():
            stack.callback(host.remove_namespace, space)  # first, lest a signal come in between
            host.run("ip", "netns", "add", space)
        self._configure("client", self._client_commands())
        for part in ("src", "dst"):
            self._configure(part, self._host_commands(part))

    def command(self, part, *command):
        """The command line that runs a command on one of the hosts."""
        return ["ip", "netns", "exec", self.spaces[part], *command]

    def _configure(self, part, commands):
        host.run(*self.command(part, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6"))
        host.run("ip", "-n", self.spaces[part], "-batch", "-", text="\n".join(commands) + "\n")

    def _client_commands(self):
        # No forwarding delay: without it a new port drops everything for its first 15 seconds.
        return [
            f"link add name bridge address {CLIENT_MAC} type bridge forward_delay 0",
            *(f"link add name {part} type veth peer name client netns {self.spaces[part]}" for part in ("src", "dst")),
            "link set src master bridge up",
            "link set dst master bridge up",
            f"addr add {CLIENT_ADDRESS}/24 dev bridge",
            "link set bridge up",
            f"neigh add {GUEST_ADDRESS} lladdr {GUEST_MAC} dev bridge",
        ]

    def _host_commands(self, part):
        # The first host to be configured lays the cable; the second one finds its end there.
        cable = [f"link add name wire type veth peer name wire netns {self.spaces['dst']}"] if part == "src" else []
        return [
            "link add name bridge type bridge forward_delay 0",
            "tuntap add tap0 mode tap",
            "link set tap0 master bridge up",
            "link set client master bridge up",
            "link set bridge up",
            "link set lo up",
            *cable,
            f"addr add {LINK_ADDRESS[part]}/30 dev wire",
            "link set wire up",
        ]

    def shape(self, bits_per_second):
        """Limits the link, in both directions. A second call changes the rate without losing a packet."""
        rate = f"{bits_per_second:.0f}bit"
        for part in ("src", "dst"):
            tc = ("tc", "-n", self.spaces[part])
            if not getattr(self, "shaped", False):
                host.run(*tc, "qdisc", "add", "dev", "wire", "root", "handle", "1:", "htb", "default", "1")
            # The burst is what leaves at once after a pause: two large segments, far less than a millisecond.
            host.run(*tc, "class", "replace", "dev", "wire", "parent", "1:", "classid", "1:1", "htb",
                     "rate", rate, "ceil", rate, "burst", "128k", "cburst", "128k", "quantum", "60000")
        self.shaped = True

    def socket(self, part, kind=socket.SOCK_DGRAM):
        """A socket that lives in one of the namespaces, whichever thread uses it later."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        away = os.open(f"/run/netns/{self.spaces[part]}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if host.LIBC.setns(away, CLONE_NEWNET) != 0:
                raise host.Failure("cannot enter the namespace " + self.spaces[part])
            return socket.socket(socket.AF_INET, kind)
        finally:
            if host.LIBC.setns(home, CLONE_NEWNET) != 0:
                os._exit(70)  # never go on in the wrong network
            os.close(home)
            os.close(away)


class VaryingLink(threading.Thread):
    """Changes the link's rate about once a second within 75 to 125 MiB/s, as the seed says."""

    def __init__(self, network, seed, note):
        super().__init__(daemon=True)
        self.network, self.note = network, note
        self.random = random.Random(f"link {seed}")
        self.ended = threading.Event()
        self.failure = None
        self.step()

    def step(self):
        rate = self.random.uniform(75.0, 125.0) * 8 * MIB
        self.network.shape(rate)
        self.note(time.time(), rate)

    def run(self):
        try:
            while not self.ended.wait(self.random.uniform(0.8, 1.2)):
                self.step()
        except host.Failure as failure:
            self.failure = failure

    def end(self):
        """A link that stopped varying on the way is no link that varies: raises what stopped it."""
        self.ended.set()
        self.join()
        if self.failure is not None:
            raise self.failure
