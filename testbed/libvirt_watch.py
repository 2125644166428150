# SPDX-License-Identifier: MIT
"""`precopyml libvirt` beside one of the testbed's daemons, and what it said."""
import json
import os
import signal
import subprocess

import host
import qemu

TICK = 1.0 / os.sysconf("SC_CLK_TCK")


class Watch:
    """The program beside the source's libvirt. Ends with the stack."""

    def __init__(self, stack, folder, name, precopyml, uri, *options):
        self.paths = [os.path.join(folder, f"{name}.{part}") for part in ("out", "err")]
        with open(self.paths[0], "w", encoding="utf-8") as out, open(self.paths[1], "w", encoding="utf-8") as err:
            self.process = host.start([precopyml, "libvirt", "--connect", uri, "--json", *options], stdout=out, stderr=err)
        stack.callback(host.end, self.process, 10.0)

    def messages(self):
        return qemu.read(self.paths[1])

    def lines(self):
        return [json.loads(line) for line in qemu.read(self.paths[0]).splitlines() if line.endswith("}")]

    def actions(self, domain=None):
        """What it did, in order; of one domain or of all."""
        return [line["action"] for line in self.lines() if "action" in line and domain in (None, line["domain"])]

    def results(self):
        """How each migration ended, by domain."""
        return {line["domain"]: line["result"] for line in self.lines() if "result" in line}

    def result(self):
        return next((line["result"] for line in self.lines() if "result" in line), None)

    def wait_for(self, condition, seconds, what):
        try:
            return host.wait_for(condition, seconds, what)
        except host.Failure as late:
            raise host.Failure(f"{late}: {qemu.read(self.paths[0])[-500:]} {self.messages()[-500:]}") from late

    def processor_time(self):
        """Seconds so far, of all its threads, also those that have ended."""
        words = qemu.read(f"/proc/{self.process.pid}/stat").rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) * TICK

    def end(self):
        """Ends it in order, as systemd would, and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


def built_without(precopyml):
    """Whether the program has no libvirt in it."""
    done = subprocess.run([precopyml, "libvirt", "--connect", "test:///default", "--domain", "nobody"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "built without libvirt" in done.stdout
