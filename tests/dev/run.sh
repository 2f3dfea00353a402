#!/usr/bin/env bash
# What ./dev does about missing packages, on a machine made of stand-ins: dpkg-query, apt-get,
# npm and id are small scripts here, so nothing is installed. Argument: the repository.
set -uo pipefail
root=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() { # SENTENCE COMMAND…
  local sentence=$1
  shift
  if "$@" >"$work/why" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$sentence"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$sentence"
    tail -5 "$work/why" | sed 's/^/        /'
  fi
}
holds() { [[ $1 == *"$2"* ]] || { printf 'no "%s" in: %s\n' "$2" "$1"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { printf '"%s" is in: %s\n' "$2" "$1"; return 1; }; }
equals() { [ "$1" = "$2" ] || { printf 'wanted "%s", got "%s"\n' "$2" "$1"; return 1; }; }

stand_in() { # NAME, its text on standard input
  { printf '#!/bin/bash\n'; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# A machine where dpkg knows only `installed`; like the real one it fails for the others.
machine() {
  rm -rf "$work/bin" "$work/tree"
  mkdir -p "$work/bin" "$work/tree/assets/web/vendor"
  cp "$root/dev" "$work/tree/"
  touch "$work/tree/assets/web/package-lock.json"
  local tool
  for tool in bash env dirname awk grep sed cat nproc mktemp rm touch; do
    ln -s "$(command -v "$tool")" "$work/bin/$tool"
  done
  printf '%s\n' "$@" >"$work/installed"
  : >"$work/apt"
  : >"$work/npm"
  stand_in dpkg-query <<TEXT
status=0
for name in "\${@:3}"; do
  if grep -qxF "\$name" "$work/installed"; then echo "ii  \$name"; else status=1; fi
done
exit \$status
TEXT
  stand_in apt-get <<TEXT
echo "\$*" >>"$work/apt"
if [ "\$1" = install ]; then printf '%s\n' "\$@" >>"$work/installed"; fi
TEXT
  stand_in npm <<TEXT
echo "\$*" >>"$work/npm"
TEXT
  printf 'echo 0\n' | stand_in id
}
setup() {
  output=$(cd "$work/tree" && PATH="$work/bin" ./dev setup 2>&1)
  status=$?
}

machine g++ cmake
setup
check "packages that dpkg has never heard of are installed" holds "$(cat "$work/apt")" libcurl4-openssl-dev
check "what is there already is not asked for again" lacks "$(cat "$work/apt")" ' g++ '
check "the package lists are refreshed before anything is installed" \
  equals "$(head -1 "$work/apt" | cut -d' ' -f1)" update
check "it says what it installs" holds "$output" 'Installing'
check "it fetches the page's libraries from the lock file" holds "$(cat "$work/npm")" 'ci '
check "and it ends well" equals "$status" 0

: >"$work/apt"
: >"$work/npm"
setup
check "the second time nothing is installed" equals "$(cat "$work/apt")" ''
check "nor fetched" equals "$(cat "$work/npm")" ''
check "and nothing is said" equals "$output" ''

machine g++ cmake
printf 'echo 1000\n' | stand_in id
setup
check "without root and sudo it ends with 69" equals "$status" 69
check "and lists the packages" holds "$output" 'libsqlite3-dev'
check "and installs nothing" equals "$(cat "$work/apt")" ''

machine g++ cmake
printf 'echo 1000\n' | stand_in id
printf 'echo sudo >>"%s/apt"\nexec "$@"\n' "$work" | stand_in sudo
setup
check "with sudo it asks for root through it" equals "$(head -1 "$work/apt")" sudo

machine g++ cmake
printf 'exit 1\n' | stand_in npm
setup
check "without the npm registry it goes on" equals "$status" 0
check "and says what the page will lack" holds "$output" 'cards as text'

machine g++ cmake
rm "$work/bin/npm"
setup
check "npm comes from Debian only when there is none" \
  holds "$(cat "$work/apt")" 'no-install-recommends npm'

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
