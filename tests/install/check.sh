#!/usr/bin/env bash
# Installs the build into a temporary folder and builds a small program against it, once through
# find_package and once through pkg-config. Arguments: the build folder, the C++ compiler.
set -euo pipefail
build=$1
compiler=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" >/dev/null
cmake -S "$here/consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Debug >/dev/null
cmake --build "$work/build" >/dev/null
"$work/build/consumer"

export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig:$work/prefix/lib/x86_64-linux-gnu/pkgconfig
flags=$(pkg-config --cflags --libs stentor-messaging)
# shellcheck disable=SC2086
"$compiler" -std=c++20 "$here/consumer/consumer.cpp" -o "$work/by_pkg_config" $flags -pthread
"$work/by_pkg_config"
echo "installed tree: usable through find_package and pkg-config"
