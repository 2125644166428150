#!/bin/sh
# SPDX-License-Identifier: MIT
# A public header compiles alone, without warnings, as C99 or C++11.
set -eu
language=$1 include=$2 header=$3
case $language in
c) set -- "${CC:-cc}" -std=c99 -xc ;;
*) set -- "${CXX:-c++}" -std=c++11 -xc++ ;;
esac
echo "#include <$header>" | "$@" -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I "$include" -
