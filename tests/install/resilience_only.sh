#!/usr/bin/env bash
# Builds and installs the library resilience alone, with every other package forbidden, and builds a
# program against it, once through find_package and once through pkg-config. Arguments: the source
# folder, the C++ compiler and its launcher, if any.
set -euo pipefail
source=$1
compiler=$2
launcher=${3:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

forbidden=()
for package in OpenSSL CURL Boost SQLite3 nlohmann_json md4c spdlog PkgConfig Catch2; do
  forbidden+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done
# From its own folder: `cmake --preset`'s settings must not be needed either.
cmake -S "$source" -B "$work/library" -G Ninja --no-warn-unused-cli -DSTENTOR_RESILIENCE_ONLY=ON "${forbidden[@]}" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" >/dev/null
cmake --build "$work/library" >/dev/null
cmake --install "$work/library" --prefix "$work/prefix" >/dev/null
for absent in include/stentor/messaging bin share/stentor; do
  [ ! -e "$work/prefix/$absent" ] || { echo "installed, and not asked for: $absent"; exit 1; }
done

cmake -S "$here/resilience_consumer" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_STANDARD=20 -DCMAKE_CXX_COMPILER="$compiler" >/dev/null
cmake --build "$work/build" >/dev/null
"$work/build/consumer"

export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig:$work/prefix/lib/x86_64-linux-gnu/pkgconfig
flags=$(pkg-config --cflags --libs stentor-resilience)
# shellcheck disable=SC2086
"$compiler" -std=c++20 "$here/resilience_consumer/consumer.cpp" -o "$work/by_pkg_config" $flags
"$work/by_pkg_config"
echo "resilience alone: built, installed and usable through find_package and pkg-config"
