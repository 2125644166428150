#!/bin/sh
# SPDX-License-Identifier: MIT
# What pip and packagers do: setuptools builds the package against the installed library that pkg-config finds.
set -eu
build=$1 source=$2 python=$3
"$python" -c 'import setuptools' || { echo "no Python module setuptools"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
DESTDIR=$work/root meson install -C "$build" --no-rebuild --quiet
pc=$(find "$work/root" -name precopyml.pc)
PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cp -R "$source/bindings/python" "$work/source"
cd "$work/source"
CFLAGS=-O1 "$python" setup.py --quiet build --build-lib "$work/lib" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cd "$work"
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")") PYTHONPATH=$work/lib "$python" - "$work" <<'PYTHON'
import os, sys
import precopyml
assert os.path.commonpath([precopyml.__file__, sys.argv[1]]) == sys.argv[1]
assert os.path.exists(os.path.join(os.path.dirname(precopyml.__file__), "py.typed"))
with open(os.path.join(sys.argv[1], "source", "pyproject.toml")) as file:
    assert f'\nversion = "{precopyml.__version__}"\n' in file.read(), "pyproject.toml has another version"
with precopyml.Model.builtin() as model:
    link = 100 * 2**20  # which the overhead is told for
    assert abs(model.predict({"remaining": [link], "switchover_bandwidth": link})[0] - 1.0 - model.overhead) < 1e-9
PYTHON
# The copy that Meson installs is the same package.
installed=$(find "$work/root" -path '*precopyml/__init__.py')
for file in "$work"/lib/precopyml/*.py "$work/lib/precopyml/py.typed"; do
    cmp "$file" "$(dirname "$installed")/$(basename "$file")"
done
