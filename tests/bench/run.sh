#!/usr/bin/env bash
# Runs the benchmarks of one build folder; called by ./dev bench.
set -euo pipefail
build=$1
name=${2:-all}
here=$build/tests/bench

wants() { [ "$name" = all ] || [ "$name" = "$1" ]; }

# Milliseconds from exec until COMMAND holds, and resident memory of the idle process one second on.
idle() { # LABEL HOLDS… -- PROGRAM…
  local label=$1 holds=() pid start ready
  shift
  while [ "$1" != -- ]; do holds+=("$1") && shift; done
  shift
  start=$(date +%s%N)
  "$@" >"$state/idle.log" 2>&1 &
  pid=$!
  until "${holds[@]}"; do
    kill -0 "$pid" 2>/dev/null || { cat "$state/idle.log" >&2; return 1; }
    sleep 0.002
  done
  ready=$(date +%s%N)
  sleep 1
  printf '%s: ready after at most %d ms, %d kB resident, of it %d kB its own\n' "$label" \
    $(((ready - start) / 1000000)) "$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status")" \
    "$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status")"
  kill -TERM "$pid"
  wait "$pid" || true
}

server="" sandbox="" bot=""
state=$(mktemp -d)
trap 'kill $server $sandbox $bot 2>/dev/null; wait; rm -rf "$state"' EXIT
clean=(env -i PATH="$PATH" HOME="$state")
demo=(--config assets/config/demo.yaml --env-file /dev/null)

start_sandbox() {
  "${clean[@]}" "$build/bot/stentor" sandbox "${demo[@]}" --port 0 --state-dir "$state/sandbox" \
    --web-root assets/web --ready-file "$state/sandbox.ready" >"$state/sandbox.log" 2>&1 &
  sandbox=$!
  until [ -s "$state/sandbox.ready" ]; do sleep 0.01; done
  # shellcheck disable=SC1091
  . "$state/sandbox.ready"
}

stop() { # PID
  kill -TERM "$1" && wait "$1" || true
}

# The contender on the product's messaging layer, then the whole service beside its sandbox.
idle_processes() {
  mkdir "$state/store"
  "$here/loopback" >"$state/url" &
  server=$!
  until [ -s "$state/url" ]; do sleep 0.01; done
  WEBEX_API_BASE_URL=$(cat "$state/url") WEBEX_ACCESS_TOKEN=none STATE_DIR=$state/store IDLE=1 \
    idle "idle sender" grep -q READY "$state/idle.log" -- "$here/contender"
  start_sandbox
  idle "idle service" test -s "$state/bot.ready" -- \
    "${clean[@]}" WEBEX_API_BASE_URL="$WEBEX_API_BASE_URL" WEBEX_ACCESS_TOKEN="$WEBEX_ACCESS_TOKEN" \
    "$build/bot/stentor" serve "${demo[@]}" --port 0 --state-dir "$state/bot" \
    --page-origin "$SANDBOX_URL" --ready-file "$state/bot.ready"
  stop "$server"
  stop "$sandbox"
  server="" sandbox=""
  rm -rf "${state:?}"/*
}

# What a person waits for, in chat.
bot_in_chat() {
  start_sandbox
  "${clean[@]}" WEBEX_API_BASE_URL="$WEBEX_API_BASE_URL" WEBEX_ACCESS_TOKEN="$WEBEX_ACCESS_TOKEN" \
    "$build/bot/stentor" serve "${demo[@]}" --port 0 --state-dir "$state/bot" \
    --page-origin "$SANDBOX_URL" --ready-file "$state/bot.ready" >"$state/bot.log" 2>&1 &
  bot=$!
  until [ -s "$state/bot.ready" ]; do sleep 0.01; done
  WEBEX_API_BASE_URL=$WEBEX_API_BASE_URL PERSON_TOKEN=sandbox-token-of-robin \
    BOT_EMAIL=stentor@webex.bot "$here/bot_bench" "$state/bot/charts"
  stop "$bot"
  stop "$sandbox"
  bot="" sandbox=""
}

if wants messages || wants delivery; then "$here/messages_bench"; fi
if wants resilience && [ -x "$here/resilience_bench" ]; then "$here/resilience_bench"; fi
# In processes of their own: the memory that each line prints is the most its process ever had.
if wants store || wants delivery; then
  for part in memory enqueue pipeline "claim reopen"; do
    # shellcheck disable=SC2086
    "$here/store_bench" $part
  done
fi
if wants idle; then idle_processes; fi
if wants bot; then bot_in_chat; fi
