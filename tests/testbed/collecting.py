#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""testbed/collect with a stand-in for testbed/migrate, so that no migration is run and nobody has to be root.

    collecting.py SOURCE MIGRATE [OPTION...]     as the program; `load(SOURCE)` gives it as a module
"""
import importlib.machinery
import importlib.util
import os
import sys


def load(source):
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.join(source, "testbed"))
    loader = importlib.machinery.SourceFileLoader("collect", os.path.join(source, "testbed", "collect"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("collect", loader))
    loader.exec_module(module)
    return module


def main(source, migrate, *options):
    collect = load(source)
    import possible
    collect.MIGRATE, sys.argv[1:] = migrate, options
    os.geteuid, possible.obstacle = (lambda: 0), (lambda: None)
    return collect.main()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
