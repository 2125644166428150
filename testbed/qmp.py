# SPDX-License-Identifier: MIT
"""A small QMP client: replies are matched by id, events queue up with their own timestamps."""
import json
import queue
import socket
import threading
import time

import host


class Error(host.Failure):
    """QEMU refused a command."""


class Event:
    """One asynchronous message. `time` is QEMU's own timestamp, `arrival` when we read it, both in wall-clock seconds."""

    def __init__(self, message, arrival):
        stamp = message["timestamp"]
        self.name = message["event"]
        self.data = message.get("data", {})
        self.time = stamp["seconds"] + stamp["microseconds"] / 1e6
        self.arrival = arrival


class Monitor:
    """A connection to one QMP socket. Commands come from one thread at a time."""

    def __init__(self, path, seconds=10.0):
        self.events = queue.SimpleQueue()
        self._replies = queue.SimpleQueue()
        self._number = 0
        self._socket = host.wait_for(lambda: self._connect(path), seconds, f"QMP socket {path}")
        self._file = self._socket.makefile("r", encoding="utf-8")
        json.loads(self._file.readline())  # the greeting
        threading.Thread(target=self._read, daemon=True).start()
        self.command("qmp_capabilities")

    @staticmethod
    def _connect(path):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return connection
        except OSError:
            connection.close()
            return None

    def _read(self):
        try:
            for line in self._file:
                message = json.loads(line)
                if "event" in message:
                    self.events.put(Event(message, time.time()))
                else:
                    self._replies.put(message)
        except (OSError, ValueError):
            pass
        self._replies.put(None)

    def command(self, name, arguments=None, seconds=60.0):
        """Runs a command and returns what it returned."""
        self._number += 1
        request = {"execute": name, "id": self._number}
        if arguments:
            request["arguments"] = arguments
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                reply = self._replies.get(timeout=seconds)
                if reply is None:
                    raise Error(f"{name}: QEMU closed the monitor")
                if reply.get("id") == self._number:
                    break
        except (OSError, queue.Empty) as error:
            raise Error(f"{name}: no answer ({error!r})") from error
        if "error" in reply:
            raise Error(f"{name}: {reply['error'].get('desc')}")
        return reply["return"]

    def event(self, seconds):
        """The next event, or None when none comes in this time."""
        try:
            return self.events.get(timeout=max(seconds, 0.0)) if seconds > 0 else self.events.get_nowait()
        except queue.Empty:
            return None

    def close(self):
        self._socket.close()
