# SPDX-License-Identifier: MIT
"""The client: asks the guest's agent, and probes the guest's service to see the outage from outside."""
import json
import select
import struct
import threading
import time

import host
import network

ECHO_PORT, COMMAND_PORT = 7007, 7008
PAYLOAD = struct.Struct("<Q")
GRACE = 0.5  # seconds after which an unanswered probe counts as lost


class Agent:
    """Questions to the guest's agent; each is repeated until it is answered."""

    def __init__(self, net):
        self.socket = net.socket("client")
        self.socket.connect((network.GUEST_ADDRESS, COMMAND_PORT))
        self.number = 0

    def ask(self, question, seconds=20.0, patience=5.0):
        """The agent's answer, or None. `patience`: before asking again; a check of much memory takes seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.number += 1
            try:
                self.socket.send(f"{question} {self.number}".encode())
                while select.select([self.socket], [], [], patience)[0]:
                    answer = json.loads(self.socket.recv(2048))
                    if answer["id"] == self.number:
                        return answer
            except OSError:
                time.sleep(0.05)  # nobody listens yet
        return None

    def wait_until_ready(self, machine, seconds):
        """Waits for the workload; returns the agent's answer."""
        def ready():
            if not machine.alive():
                raise host.Failure("the source ended: " + machine.complaint())
            answer = self.ask("ready", 0.05, 0.05)
            return answer if answer and answer["ready"] else None
        try:
            return host.wait_for(ready, seconds, "the guest's agent")
        except host.Failure as error:
            raise host.Failure(f"{error}: {machine.complaint()}") from error


class Prober(threading.Thread):
    """Sends a numbered datagram every `interval` seconds and notes which come back, and when."""

    def __init__(self, net, interval):
        super().__init__(daemon=True)
        self.interval = interval
        self.sent, self.answered = [], {}
        self.ended = threading.Event()
        self.socket = net.socket("client")
        self.socket.connect((network.GUEST_ADDRESS, ECHO_PORT))
        self.socket.setblocking(False)

    def run(self):
        due = time.monotonic()
        while not self.ended.is_set():
            wait = due - time.monotonic()
            if wait <= 0:
                self._send()
                # Probes that could not be sent in time are left out, not sent in a burst.
                due = max(due + self.interval, time.monotonic())
            elif select.select([self.socket], [], [], wait)[0]:
                self._receive()

    def _send(self):
        self.sent.append(time.time())
        try:
            self.socket.send(PAYLOAD.pack(len(self.sent) - 1))
        except OSError:
            pass  # counts as lost

    def _receive(self):
        try:
            number, = PAYLOAD.unpack(self.socket.recv(64))
            self.answered.setdefault(number, time.time())
        except (OSError, struct.error):
            pass

    def end(self):
        self.ended.set()
        self.join()

    def _window(self, start, end):
        """(sent, answered or None) of the probes sent in this time."""
        pairs = [(sent, self.answered.get(number)) for number, sent in enumerate(self.sent) if start <= sent <= end]
        return [(sent, answer if answer is not None and answer - sent <= GRACE else None) for sent, answer in pairs]

    def baseline(self, start, end):
        """Loss while nothing migrates: the level that an outage has to stand out from."""
        window = self._window(start, end)
        lost = sum(answer is None for _, answer in window)
        share = lost / len(window) if window else None
        return {"probes": len(window), "lost": lost, "loss": share, "abnormal": share is None or share > 0.01}

    def outage(self, start, end):
        """What the client saw of the migration."""
        window = self._window(start, end)
        lost = sum(answer is None for _, answer in window)
        trips = [answer - sent for sent, answer in window if answer is not None]
        answers = sorted(answer for _, answer in window if answer is not None)
        mean = sum(trips) / len(trips) if trips else None
        gap = max((late - early for early, late in zip(answers, answers[1:])), default=None)
        return {
            "interval_ms": self.interval * 1e3, "probes": len(window), "lost": lost,
            "mean_rtt_ms": mean and mean * 1e3,
            "eq4_ms": mean and lost * mean * 1e3,
            "lost_times_interval_ms": lost * self.interval * 1e3,
            "longest_gap_ms": gap and gap * 1e3,
        }
