#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A folder of runs stays readable and goes on, whatever ended the collection before: power, a full disk, a missing tool.

    test_collection.py SOURCE
"""
import contextlib
import glob
import json
import lzma
import os
import subprocess
import sys
import tempfile

import collecting

HERE = os.path.dirname(os.path.abspath(__file__))


@contextlib.contextmanager
def folder_with(**contents):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in contents.items():
            with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as file:
                file.write(text)
        yield folder


def lines_of(folder, name):
    with open(os.path.join(folder, name + ".jsonl"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def kept(collection, folder, number):
    """Keeps a run of this number, as collect does."""
    trace = os.path.join(folder, "trace")
    with open(trace, "w", encoding="utf-8") as file:
        file.write('{"meta":{}}\n')
    run = {"id": f"run-{number}", "split": "train"}
    collection.keep(run, trace, run)
    os.remove(trace)


def cut_off_line(collect):
    """Power was cut in the middle of a line: the rest of it goes, the next one begins where it began."""
    for end in ('{"id": "run-2", "sp', '{"id": "run-2", "work": {"unit": "stores"}'):
        with folder_with(runs='{"id": "run-1", "split": "train"}\n' + end, failures='{"id": "ru') as folder:
            collection = collect.Collection(folder)
            kept(collection, folder, 3)
            collection.fail({"id": "run-4"}, "why")
            collection.close()
            assert [line["id"] for line in lines_of(folder, "runs")] == ["run-1", "run-3"]
            assert [line["id"] for line in lines_of(folder, "failures")] == ["run-4"]
            assert collect.Collection(folder).kept == {"run-3"}  # run-1 has no trace


def damaged_line(collect):
    """A line in the middle that is none is named, and the file stays as it is."""
    text = '{"id": "run-1"\n{"id": "run-2", "split": "train"}\n'
    with folder_with(runs=text) as folder:
        try:
            collect.Collection(folder)
        except collect.host.Failure as failure:
            assert "runs.jsonl, line 1" in str(failure), failure
        else:
            raise AssertionError("taken as it is")
        with open(os.path.join(folder, "runs.jsonl"), encoding="utf-8") as file:
            assert file.read() == text


def two_at_once(collect):
    """A second collection in the same folder is refused until the first has ended."""
    with folder_with() as folder:
        first = collect.Collection(folder)
        try:
            collect.Collection(folder)
        except collect.host.Failure as failure:
            assert folder in str(failure), failure
        else:
            raise AssertionError("two collections in one folder")
        first.close()
        collect.Collection(folder).close()


def full_disk(collect):
    """A trace or a line that cannot be written leaves nothing of itself."""
    with folder_with() as folder:
        collection = collect.Collection(folder)
        kept(collection, folder, 1)
        fsync, os.fsync = os.fsync, no_space
        try:
            for number in (2, 3):
                with contextlib.suppress(OSError):
                    kept(collection, folder, number)
            with contextlib.suppress(OSError):
                collection.fail({"id": "run-4"}, "why")
        finally:
            os.fsync = fsync
        found = sorted(os.path.basename(path) for path in glob.glob(folder + "/train/*") + glob.glob(folder + "/train/.*"))
        assert found == ["run-1.jsonl.xz"], found
        assert [line["id"] for line in lines_of(folder, "runs")] == ["run-1"] and not lines_of(folder, "failures")
        assert lzma.open(os.path.join(folder, "train", "run-1.jsonl.xz")).read() == b'{"meta":{}}\n'


def no_space(_file):
    raise OSError(28, "No space left on device")


def nothing_runs(source):
    """Where no migration can be run at all the plan is not used up."""
    with folder_with() as folder:
        migrate = os.path.join(folder, "migrate")
        with open(migrate, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\necho 'migrate: no space left' >&2\nexit 1\n")
        os.chmod(migrate, 0o755)
        done = subprocess.run([sys.executable, os.path.join(HERE, "collecting.py"), source, migrate, "--plan", "smoke",
                               "--out", os.path.join(folder, "out")], capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "in a row" in done.stderr and "no space left" in done.stderr, done
        tried = lines_of(os.path.join(folder, "out"), "failures")
        assert len(tried) == len({line["id"] for line in tried}) == 3, tried


def each_run_clears_up(source):
    """What a run wrote goes when it is over: the collection's own temporary files do not grow with it."""
    with folder_with() as folder:
        migrate, seen = os.path.join(folder, "migrate"), os.path.join(folder, "seen")
        with open(migrate, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\ntouch "$2.jsonl"\nls "$(dirname "$2")" | wc -l >>{seen}\necho no >&2\nexit 1\n')
        os.chmod(migrate, 0o755)
        subprocess.run([sys.executable, os.path.join(HERE, "collecting.py"), source, migrate, "--plan", "smoke",
                        "--out", os.path.join(folder, "out")], capture_output=True, check=False)
        with open(seen, encoding="utf-8") as file:
            assert file.read().split() == ["1"] * 3


def places(source):
    """--runs takes places of the plan, and says so of anything else."""
    command = [sys.executable, os.path.join(source, "testbed", "collect"), "--plan", "smoke", "--list", "--runs"]
    assert len(subprocess.run([*command, "2-4"], capture_output=True, text=True, check=True).stdout.splitlines()) == 3
    assert len(subprocess.run([*command, "2"], capture_output=True, text=True, check=True).stdout.splitlines()) == 1
    for wrong in ("x", "0-3", "4-2", "2-"):
        done = subprocess.run([*command, wrong], capture_output=True, text=True, check=False)
        assert done.returncode == 2 and "--runs" in done.stderr and "Traceback" not in done.stderr, (wrong, done)


def main(source):
    collect = collecting.load(source)
    for case in (cut_off_line, damaged_line, two_at_once, full_disk):
        case(collect)
    nothing_runs(source)
    each_run_clears_up(source)
    places(source)
    print("collection: readable after every end")


if __name__ == "__main__":
    main(*sys.argv[1:])
