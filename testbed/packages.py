# SPDX-License-Identifier: MIT
"""Debian packages that are downloaded and unpacked, never installed."""
import glob
import os
import subprocess
import sys


def run(*command, **options):
    """Runs a command and returns its output."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def dependencies(package):
    """The packages that the named one depends on, directly."""
    lines = run("apt-cache", "depends", "--no-recommends", "--no-suggests", package).splitlines()
    names = [line.split()[-1] for line in lines if line.strip().startswith("Depends:")]
    return [name for name in names if not name.startswith("<")]


class Suite:
    """Another suite of the distribution's archive, read with lists of its own: the system's setup stays as it is."""

    KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

    def __init__(self, suite, folder):
        release, _, _ = suite.partition("-")
        sites = run("apt-get", "indextargets", "--format", "$(SITE)", f"Codename: {release}").split()
        if not sites:
            raise OSError(f"apt knows no archive of {release}: apt-get update first")
        sources = os.path.join(folder, "sources.list")
        os.makedirs(os.path.join(folder, "lists", "partial"))
        os.makedirs(os.path.join(folder, "archives", "partial"))
        with open(sources, "w", encoding="utf-8") as file:
            file.write(f"deb [signed-by={self.KEYRING}] {sites[0]} {suite} main\n")
        settings = {"Dir::Etc::sourcelist": sources, "Dir::Etc::sourceparts": "/dev/null", "Dir::Cache": folder,
                    "Dir::State::lists": os.path.join(folder, "lists"), "APT::Default-Release": suite}
        self.options = [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]
        run("apt-get", *self.options, "-qq", "update")


class Packages:
    """Packages unpacked side by side in one tree when they are first asked for."""

    def __init__(self, work, suite=None):
        self.downloads = os.path.join(work, "downloads")
        self.tree = os.path.join(work, "tree")
        self.options = suite.options if suite else []
        self.known = set()
        os.makedirs(self.downloads)
        os.makedirs(self.tree)

    def add(self, *names):
        missing = [name for name in names if name not in self.known]
        if not missing:
            return
        print("unpacking", *missing, file=sys.stderr)
        # As root apt wants to download as another user, who cannot write here; that is only a warning.
        run("apt-get", *self.options, "-qq", "download", *missing, cwd=self.downloads, stderr=subprocess.DEVNULL)
        self.known.update(missing)
        for archive in glob.glob(os.path.join(self.downloads, "*.deb")):
            run("dpkg-deb", "-x", archive, self.tree)
            os.remove(archive)

    def find_library(self, soname):
        for folder in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64"):
            path = os.path.join(self.tree, folder, soname)
            if os.path.exists(path):
                return path
        return None
