# SPDX-License-Identifier: MIT
"""Only what pyproject.toml cannot say: the extension is cffi's."""
from setuptools import setup

setup(cffi_modules=["build_native.py:installed"])
