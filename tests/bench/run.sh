#!/usr/bin/env bash
# Runs the benchmarks of one build folder; called by ./dev bench.
set -euo pipefail
build=$1
name=${2:-all}
here=$build/tests/bench

wants() { [ "$name" = all ] || [ "$name" = "$1" ]; }

# Milliseconds from exec to the line READY, and resident memory of the idle process.
idle() {
  local label=$1 log pid start ready
  shift
  log=$(mktemp)
  start=$(date +%s%N)
  "$@" >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 1 2000); do
    grep -q READY "$log" && break
    sleep 0.002
  done
  ready=$(date +%s%N)
  sleep 1
  printf '%s: ready after at most %d ms, %d kB resident\n' "$label" \
    $(((ready - start) / 1000000)) "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")"
  kill -TERM "$pid"
  wait "$pid" || true
  rm -f "$log"
}

if wants messages; then "$here/messages_bench"; fi
if wants resilience && [ -x "$here/resilience_bench" ]; then "$here/resilience_bench"; fi
if wants store && [ -x "$here/store_bench" ]; then "$here/store_bench"; fi
if wants idle; then
  state=$(mktemp -d)
  "$here/loopback" >"$state/url" &
  server=$!
  trap 'kill $server 2>/dev/null; rm -rf "$state"' EXIT
  for _ in $(seq 1 100); do [ -s "$state/url" ] && break; sleep 0.01; done
  WEBEX_API_BASE_URL=$(cat "$state/url") WEBEX_ACCESS_TOKEN=none STATE_DIR=$state IDLE=1 \
    idle "idle sender" "$here/contender"
fi
