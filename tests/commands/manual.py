# SPDX-License-Identifier: MIT
"""Compares docs/man with the program: PRECOPYML SOURCE. What differs is printed; exit code 1 then.

A command is described by precopyml-NAME(1) where that exists, else by its section of precopyml(1), together with the
shared sections (POLICY OPTIONS, DATA OPTIONS) that the description refers to by name.
"""
import os
import re
import subprocess
import sys

SHARED = ("POLICY OPTIONS", "DATA OPTIONS")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def sections(page):
    """Title -> text, of every heading."""
    parts = re.split(r"^##? (.*)\n", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def options_described(text):
    """Those that a paragraph begins with: *--name* ARG, or *-o*, *--name* ARG."""
    return set(re.findall(r"^(?:\*-\w\*, )?\*(--[a-z-]+)\*", text, flags=re.M))


def options_of_help(text):
    return set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", text, flags=re.M))


def description(folder, page, command):
    """What the manual says of a command, shared sections included; empty: nothing."""
    own = os.path.join(folder, f"precopyml-{command}.1.scd")
    titled = [(title, text) for title, text in page.items() if re.match(rf"precopyml {command}\b", title)]
    if os.path.exists(own):
        text = read(own)
    elif titled:
        text = "\n".join(text for _, text in titled)
    else:
        return ""
    return text + "".join(page[title] for title in SHARED if title in text)


def differences(precopyml, source):
    folder = os.path.join(source, "docs", "man")
    page = sections(read(folder, "precopyml.1.scd"))
    usage = subprocess.check_output([precopyml, "--help"], text=True)
    commands = re.findall(r"^  ([a-z]+) ", usage, flags=re.M)
    if len(commands) < 2:
        yield "precopyml --help lists no commands"
    for command in commands:
        said = options_of_help(subprocess.check_output([precopyml, command, "--help"], text=True))
        text = description(folder, page, command)
        if not text:
            yield f"{command}: has no section '## precopyml {command} ...' in precopyml.1.scd"
            continue
        described = options_described(text)
        yield from (f"{command}: {option} is in --help and not in the manual" for option in sorted(said - described))
        yield from (f"{command}: {option} is in the manual and not in --help" for option in sorted(described - said))
    for title in page:
        named = re.match(r"precopyml ([a-z]+)", title)
        if named and named[1] not in commands:
            yield f"{named[1]}: is in the manual and no command"
    yield from exit_codes(folder, source)


def exit_codes(folder, source):
    """Numbers below 10 are in precopyml(1), others in precopyml-qmp(1)."""
    numbers = {int(number) for number in re.findall(r"^ +EXIT_\w+ = (\d+)", read(source, "tools/exit_codes.h"), re.M)}
    for name, wanted in (("precopyml.1.scd", {n for n in numbers if n < 10}),
                         ("precopyml-qmp.1.scd", {n for n in numbers if n >= 10})):
        text = sections(read(folder, name))["EXIT STATUS"]
        listed = {int(number) for number in re.findall(r"^\*(\d+)\*$", text, flags=re.M)}
        yield from (f"{name}: exit code {number} is missing" for number in sorted(wanted - listed))
        yield from (f"{name}: exit code {number} does not exist" for number in sorted(listed - numbers))


FOUND = list(differences(*sys.argv[1:3]))
print("\n".join(FOUND), file=sys.stderr)
sys.exit(1 if FOUND else 0)
