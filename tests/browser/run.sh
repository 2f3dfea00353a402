#!/usr/bin/env bash
# Starts the sandbox and the bot on free ports with state of their own and drives the chat page in
# Chromium. Usage: tests/browser/run.sh STENTOR_BINARY
# Screenshots and logs go to $STENTOR_ARTIFACTS (default: build/browser). Exit code: that of the tests,
# 64 for wrong use, 69 when something that is needed is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
web=$root/assets/web
config=$root/assets/config/demo.yaml
artifacts=${STENTOR_ARTIFACTS:-$root/build/browser}
chromium=${STENTOR_CHROMIUM:-/usr/bin/chromium}
ready_within_s=30
stop_within_s=10
tests_within_s=600

fail() {
  echo "browser test: $2" >&2
  exit "$1"
}

[ $# -eq 1 ] || fail 64 "usage: tests/browser/run.sh STENTOR_BINARY"
[ -x "$1" ] || fail 64 "'$1' is not a program; build it first"
stentor=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ -x "$chromium" ] || fail 69 "no Chromium at $chromium; install it or set STENTOR_CHROMIUM"
command -v node >/dev/null || fail 69 "node is not installed"

mkdir -p "$artifacts"
artifacts=$(cd "$artifacts" && pwd)
state=$(mktemp -d)
sandbox_pid=
bot_pid=

# shellcheck disable=SC2317  # reached through the trap below
# Ends one process that was started here: politely, and by force when that takes too long.
stop() {
  [ -n "$1" ] || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq $((stop_within_s * 10))); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# shellcheck disable=SC2317
finish() {
  stop "$bot_pid"
  stop "$sandbox_pid"
  rm -rf "$state"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits until FILE is there, or says what became of process PID and shows the end of its log.
await() {
  local what=$1 pid=$2 file=$3 log=$4
  for _ in $(seq $((ready_within_s * 10))); do
    [ -s "$file" ] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 40 "$log" >&2
  fail 1 "$what was not ready within $ready_within_s s; the end of $log is above"
}

packages() {
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    fail 69 "npm could not install the packages of $1; is the npm registry within reach?"
}
[ -d "$here/node_modules/playwright-core" ] || packages "$here"
if [ ! -s "$web/vendor/adaptivecards.min.js" ]; then
  [ -d "$web/node_modules" ] || packages "$web"
  (cd "$web" && npm run --silent vendor >/dev/null)
fi

# The page's security policy names the bot, so the sandbox must know the bot's port beforehand.
free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close(); });'
}

# Nothing of the caller's own settings reaches the two programs.
clean=(env -i PATH="$PATH" HOME="$state" LANG="${LANG:-C.UTF-8}")
sandbox_log=$artifacts/sandbox.log
bot_log=$artifacts/bot.log
bot_port=$(free_port)
"${clean[@]}" "$stentor" sandbox --config "$config" --port 0 --state-dir "$state/sandbox" \
  --web-root "$web" --bot-url "http://127.0.0.1:$bot_port" \
  --ready-file "$state/sandbox.ready" >"$sandbox_log" 2>&1 &
sandbox_pid=$!
await "the sandbox" "$sandbox_pid" "$state/sandbox.ready" "$sandbox_log"
set -a
# shellcheck disable=SC1091
. "$state/sandbox.ready"
set +a

"${clean[@]}" WEBEX_API_BASE_URL="$WEBEX_API_BASE_URL" WEBEX_ACCESS_TOKEN="$WEBEX_ACCESS_TOKEN" \
  "$stentor" serve --config "$config" --env-file /dev/null --state-dir "$state/bot" \
  --port "$bot_port" --page-origin "$SANDBOX_URL" \
  --ready-file "$state/bot.ready" >"$bot_log" 2>&1 &
bot_pid=$!
await "the bot" "$bot_pid" "$state/bot.ready" "$bot_log"

cd "$here"
rm -f "$artifacts/browser.tap"
status=0
STENTOR_PAGE_URL=$SANDBOX_URL STENTOR_ARTIFACTS=$artifacts STENTOR_CHROMIUM=$chromium \
  STENTOR_PROGRAM=$stentor \
  timeout "$tests_within_s" node --test \
  --test-reporter=spec --test-reporter-destination=stdout \
  --test-reporter=tap --test-reporter-destination="$artifacts/browser.tap" \
  words.test.mjs chat.test.mjs trouble.test.mjs away.test.mjs || status=$?

count() { sed -n "s/^# $1 //p" "$artifacts/browser.tap" 2>/dev/null | tail -n 1; }
[ -n "$(count pass)" ] || fail 1 "the tests did not run to their end (status $status)"
echo "browser: $(count pass) passed, $(count fail) failed (screenshots in $artifacts)"
exit "$status"
