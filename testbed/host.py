# SPDX-License-Identifier: MIT
"""The host: starting programs that cannot outlive us, and sweeping up after a run that was killed.

Everything the testbed creates carries the process id of its owner in its name (`precopyml-PID-...`), so that the next
run recognises leftovers: things whose owner is gone.
"""
import contextlib
import ctypes
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time

PREFIX = "precopyml-"
SKIP = 77  # the exit code by which test runners know "cannot run here"
PR_SET_PDEATHSIG = 1
NAMESPACES = "/run/netns"
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIBC = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Something outside the program did not do what the testbed needs."""


def name(part):
    """A name for something of this run's own."""
    return f"{PREFIX}{os.getpid()}-{part}"


class Stalled(Failure):
    """It did not do so in the time allowed."""


def run(*command, text=None, limit=None):
    """Runs a command to its end, `limit` seconds at most, and returns its output; raises Failure with its message when it fails."""
    try:
        done = subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=limit)
    except subprocess.TimeoutExpired as error:
        raise Stalled(f"{' '.join(command)}: not done in {limit:g} s") from error
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is not there: scripts/install-packages testbed") from error
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def start(command, niceness=0, **options):
    """Starts a program that the kernel kills when this thread ends, whatever ends it."""
    def prepare():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if niceness:
            os.setpriority(os.PRIO_PROCESS, 0, niceness)
    return subprocess.Popen(command, preexec_fn=prepare, stdin=subprocess.DEVNULL, **options)


def end(process, grace=1.0):
    """Ends a process that we started and waits until it is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def temporary_folder(stack):
    """A folder of this run's own, removed when the stack closes."""
    folder = os.path.join(tempfile.gettempdir(), name(secrets.token_hex(8)))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)  # first, lest a signal come in between
    os.mkdir(folder, 0o700)
    return folder


def remove_namespace(space):
    """Takes a network namespace away, if it is there."""
    if os.path.exists(os.path.join(NAMESPACES, space)):
        try:
            run("ip", "netns", "del", space)
        except Failure:
            if os.path.exists(os.path.join(NAMESPACES, space)):
                raise


def raise_on_signals():
    """Turns the first signal that ends us into an exception, so that every clean-up runs, and ignores all after it.

    What was to be ignored from the start, as nohup(1) has it, stays so.
    """
    def leave(number, _frame):
        ignore_signals()
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)
    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def ignore_signals():
    """For the clean-up, which a second impatient Ctrl-C, or the second SIGTERM of timeout(1), must not cut short."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def owner_gone(entry):
    match = re.match(re.escape(PREFIX) + r"(\d+)-", entry)
    return match is not None and not os.path.exists(f"/proc/{match[1]}")


def sweep():
    """Removes namespaces (with the processes in them) and folders whose owner no longer lives."""
    for entry in os.listdir(NAMESPACES) if os.path.isdir(NAMESPACES) else ():
        if not owner_gone(entry):
            continue
        with contextlib.suppress(Failure):  # another run sweeps, too
            for pid in run("ip", "netns", "pids", entry).split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
        remove_namespace(entry)
    for entry in os.listdir(tempfile.gettempdir()):
        if owner_gone(entry):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), entry), ignore_errors=True)


def wait_for(condition, seconds, what, pause=0.02):
    """Waits until condition() is true and returns what it returned."""
    end_time = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end_time:
            raise Failure(f"{what}: not within {seconds:g} s")
        time.sleep(pause)
