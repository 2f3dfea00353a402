#!/usr/bin/env bash
# The real program against its own sandbox, as people use it: everything here goes through
# processes, sockets and files. Argument: the build folder. Needs bash and curl alone.
set -uo pipefail
program=$(cd "$1" && pwd)/bot/stentor
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
passed=0
failed=0
sandbox_pid=
bot_pid=

cleanup() {
  local pid
  for pid in $bot_pid $sandbox_pid; do
    kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# --- judging --------------------------------------------------------------------------------------

# check SENTENCE COMMAND…: one line for each thing that has to hold.
check() {
  local sentence=$1
  shift
  if "$@" >"$work/why" 2>&1; then
    passed=$((passed + 1))
    printf 'ok      %s\n' "$sentence"
  else
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$sentence"
    tail -3 "$work/why" | sed 's/^/        /'
  fi
}

# within SECONDS COMMAND…: asks again until it holds or the time is up.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -ge "$end" ] && return 1
    read -r -t 0.1 <>"$work/nothing"  # a pause: nobody ever writes there
  done
  return 0
}

# holds TEXT PART: the part is in the text (which is printed if not).
holds() {
  [[ $1 == *"$2"* ]] && return 0
  printf 'no "%s" in: %s\n' "$2" "${1:0:600}"
  return 1
}

equals() {
  [ "$1" = "$2" ] && return 0
  printf 'wanted %s, got %s\n' "$2" "$1"
  return 1
}

# --- the two servers --------------------------------------------------------------------------------

# No setting of the caller may reach the programs, least of all a real token.
clean=(env -i PATH="$PATH" HOME="$work" LANG=C.UTF-8)
options=(--config "$work/config/demo.yaml" --env-file /dev/null)

await_file() { # FILE PID
  within 40 await_once "$@"
  [ -s "$1" ]
}
await_once() { [ -s "$1" ] || gone "$2"; }

start_sandbox() {
  "${clean[@]}" "$program" sandbox "${options[@]}" --state-dir "$work/sandbox" --port 0 \
    --web-root "$root/assets/web" --ready-file "$work/sandbox.ready" \
    >"$work/sandbox.log" 2>&1 &
  sandbox_pid=$!
  await_file "$work/sandbox.ready" "$sandbox_pid" || return 1
  # shellcheck disable=SC1091
  . "$work/sandbox.ready"
}

bot() { # the program with the sandbox's address and token, in the bot's state folder
  local verb=$1
  shift
  "${clean[@]}" WEBEX_API_BASE_URL="$WEBEX_API_BASE_URL" \
    WEBEX_ACCESS_TOKEN="$WEBEX_ACCESS_TOKEN" \
    "$program" "$verb" "${options[@]}" --state-dir "$work/bot" "$@"
}

part_of_bot() { # the same for a verb with a verb below it
  local verb=$1 below=$2
  shift 2
  "${clean[@]}" "$program" "$verb" "$below" "${options[@]}" --state-dir "$work/bot" "$@"
}

start_bot() {
  rm -f "$work/bot.ready"
  "${clean[@]}" WEBEX_API_BASE_URL="$WEBEX_API_BASE_URL" \
    WEBEX_ACCESS_TOKEN="$WEBEX_ACCESS_TOKEN" GNUPLOT="$work/gnuplot" \
    "$program" serve "${options[@]}" --state-dir "$work/bot" --port 0 \
    --page-origin "$SANDBOX_URL" --ready-file "$work/bot.ready" >>"$work/bot.log" 2>&1 &
  bot_pid=$!
  await_file "$work/bot.ready" "$bot_pid" || return 1
  # shellcheck disable=SC1091
  . "$work/bot.ready"
}

# End of a process: sets `status`, fails when it has not ended after so many seconds.
ended_within() { # SECONDS PID
  within "$1" gone "$2" || return 1
  wait "$2" 2>/dev/null
  status=$?
}
gone() { ! jobs -rp | grep -qx "$1"; }

stop_bot() { # SIGNAL
  kill -"$1" "$bot_pid"
  ended_within 10 "$bot_pid" || return 1
  bot_pid=
}

# --- asking -----------------------------------------------------------------------------------------

get() { curl -s -m 10 "$1"; }
post() { # URL JSON
  curl -s -m 10 -H 'Content-Type: application/json' -d "$2" "$1"
}
code() { # URL [curl options]: the HTTP status
  local url=$1
  shift
  curl -s -m 10 -o /dev/null -w '%{http_code}' "$@" "$url"
}
trouble() {
  curl -s -m 10 -X PUT -H 'Content-Type: application/json' -d "{\"mode\":\"$1\"}" \
    "$SANDBOX_URL/sandbox/trouble" >/dev/null
}
room_id() { # TITLE
  get "$SANDBOX_URL/sandbox/state" | grep -o "\"id\":\"[^\"]*\",\"title\":\"$1\"" | cut -d'"' -f4
}
messages() { get "$SANDBOX_URL/sandbox/rooms/$1/messages"; }
picture() { # ROOM NAME: the bytes of a file
  local url
  url=$(messages "$1" | grep -o "\"url\":\"[^\"]*\",\"name\":\"$2\"" | head -1 | cut -d'"' -f4)
  get "$SANDBOX_URL$url"
}
say() { # ROOM TEXT
  post "$SANDBOX_URL/sandbox/rooms/$1/messages" "{\"text\":\"$2\"}" >/dev/null
}
count() { # ROOM PART: how often the part stands in the room
  messages "$1" | grep -oF -- "$2" | wc -l
}
counts() { # ROOM NUMBER PART
  equals "$(count "$1" "$3")" "$2"
}
shows() { # ROOM PART
  holds "$(messages "$1")" "$2"
}
deliveries() { get "$BOT_URL/deliveries"; }
send() { # OPTIONS…: keeps output and exit code
  output=$(bot send "$@" 2>&1)
  status=$?
}
id_of_output() { grep -oE '\b[0-9A-Z]{13}\b' <<<"$output" | head -1; }
sent() { # CODE OUTCOME
  holds "$output" "$2" && equals "$status" "$1"
}
ready() { equals "$(code "$BOT_URL/readyz")" 200; }

# --- what has to hold -------------------------------------------------------------------------------

mkfifo "$work/nothing"
mkdir "$work/config"
# The program that draws, and takes long while there is a file "slow".
printf '#!/bin/sh\n[ -e "%s/slow" ] && sleep 30\nexec gnuplot "$@"\n' "$work" >"$work/gnuplot"
chmod +x "$work/gnuplot"
ln -s "$root/assets/cards" "$root/assets/charts" "$root/assets/reports" "$work/"
# The demo with its report of each minute once a year, for it would come between.
sed '/^schedules:/,/^# Only/s/"\* \* \* \* \*"/"0 0 1 jan *"/' "$root/assets/config/demo.yaml" \
  >"$work/config/demo.yaml"

speaking() {
  say "$group" "@Stentor chart mttr"
  check "a chart that is asked for arrives as a picture" \
    within 40 shows "$group" '"name":"mttr.png","contentType":"image/png"'
  say "$group" "@Stentor chart nosuch"
  check "a chart that does not exist is answered in words" \
    within 20 shows "$group" 'There is no chart'
  say "$group" "@Stentor help"
  check "help lists the commands" within 20 shows "$group" 'whoami'
  say "$direct" "ping"
  check "in a direct room no mention is needed" within 20 counts "$direct" 1 '"isBot":true'
  say "$group" "just talking about charts"
  say "$group" "@Stentor ping"
  check "the bot answers only what mentions it" within 20 counts "$group" 4 '"isBot":true'
}

commands() {
  say "$direct" "chrat mttr"
  check "an unknown command gets the closest one" within 20 shows "$direct" 'Did you mean `chart`?'
  say "$direct" "chart mttr --weeks six"
  check "a value of the wrong kind is told what it must be" \
    within 20 shows "$direct" 'must be a whole number from 1 to 400'
  say "$direct" "why"
  check "a missing argument is named" within 20 shows "$direct" '`why` needs ID'
  say "$direct" "sla_breach --weeks 3 --as table"
  check "a word of the operator's stands for its command" \
    within 20 shows "$direct" 'Only its last 3 rows'
  touch "$work/slow"
  say "$direct" "chart flow --theme dark"
  check "what takes long says so" within 20 shows "$direct" 'Working on `chart`'
  say "$direct" "ping"
  say "$direct" "cancel"
  check "cancel ends what runs and what waits" \
    within 20 shows "$direct" 'Cancelled `chart flow --theme dark` and `ping`.'
  check "and the notice goes" within 20 counts "$direct" 0 'Working on'
  rm "$work/slow"
  say "$direct" "post aging-tickets operations"
  check "what others will see is asked about first" within 20 shows "$direct" 'Write `confirm '
  check "and not done meanwhile" counts "$group" 0 '"name":"aging.png"'
  local code; code=$(messages "$direct" | grep -o 'Write `confirm [a-z0-9]*' | head -1 | cut -d' ' -f3)
  say "$direct" "confirm $code"
  check "a yes has it done" within 20 counts "$group" 1 '"name":"aging.png"'
  output=$(bot runs --name chart 2>&1)
  status=$?
  check "runs lists who asked for what, and how it ended" \
    sent 0 'cancelled    '
  check "with what was refused" holds "$output" 'refused      '
}

command_line() {
  send --room operations --markdown 'hi from a script'
  check "send exits 0 once the message is delivered" sent 0 delivered
  check "what was sent is in the room once" counts "$group" 1 '"markdown":"hi from a script"'
  printf 'a,b\n1,2\n' >"$work/table.csv"
  send --room operations --markdown 'with a file' --file "$work/table.csv"
  check "a file arrives with its name" counts "$group" 1 '"name":"table.csv"'
  send --room operations --markdown 'with a key' --key k1
  send --room operations --markdown 'with a key' --key k1
  check "the same key and content is sent once" counts "$group" 1 '"markdown":"with a key"'
  send --room operations --markdown 'another content' --key k1
  check "the same key with other content is refused" sent 1 key
  send --room nosuch --markdown hi
  check "an unknown room is refused with the names there are" sent 1 operations
  output=$(bot serve --port 0 2>&1)
  status=$?
  check "a second serve exits 75 and names the owner" sent 75 "$bot_pid"
  output=$(bot status 2>&1)
  status=$?
  check "status says who the bot is" sent 0 stentor@webex.bot
}

pages() {
  check "/healthz is well" equals "$(code "$BOT_URL/healthz")" 200
  check "/readyz is well" within 10 ready
  check "a probe may ask with HEAD" equals "$(code "$BOT_URL/readyz" -I)" 200
  check "/metrics speaks Prometheus" holds "$(get "$BOT_URL/metrics")" '# TYPE stentor_'
  check "/metrics counts deliveries" holds "$(get "$BOT_URL/metrics")" 'delivered'
  check "a webhook call with a wrong signature is refused" \
    equals "$(code "$BOT_URL/webhook" -d '{}' -H 'X-Spark-Signature: 00')" 401
  check "a webhook call without a signature is refused" \
    equals "$(code "$BOT_URL/webhook" -d '{}')" 401
  check "the token is nowhere in the log" \
    equals "$(grep -c "$WEBEX_ACCESS_TOKEN" "$work/bot.log")" 0
}

lost_answers() {
  trouble answers_lost
  say "$group" "@Stentor chart aging"
  check "a chart whose answer was lost is confirmed late" \
    within 40 late_confirmed
  trouble none
  check "and arrived once" counts "$group" 2 '"name":"aging.png"'
  local id
  id=$(deliveries | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4)
  output=$(bot why "$id" 2>&1)
  status=$?
  check "why tells that it was confirmed late" sent 0 'confirmed late'
}
late_confirmed() { holds "$(deliveries)" '"confirmedLate":true'; }

refused_token() {
  trouble token_refused
  send --room operations --markdown 'kept while refused' --wait 2s
  check "send exits 77 when the token is refused, and keeps the message" sent 77 auth
  check "/readyz says that sending is held" holds "$(get "$BOT_URL/readyz")" '401'
  check "nothing has arrived meanwhile" counts "$group" 0 '"markdown":"kept while refused"'
  trouble none
  check "once the token works the queue drains by itself" \
    within 40 counts "$group" 1 '"markdown":"kept while refused"'
  check "and the bot is ready again" within 10 ready
}

killed() {
  trouble unavailable
  send --room operations --markdown 'outlives the process' --wait 1s
  check "send exits 75 while the service is away" sent 75 queued
  local id
  id=$(id_of_output)
  stop_bot KILL 2>/dev/null
  trouble none
  check "after kill -9 the bot starts again" start_bot
  check "what was queued before arrives" \
    within 40 counts "$group" 1 '"markdown":"outlives the process"'
  output=$(bot why "$id" 2>&1)
  status=$?
  check "its timeline survived too" sent 0 delivered
  say "$group" "@Stentor chart flow"
  check "the restarted bot hears and answers" within 40 counts "$group" 1 '"name":"flow.png"'
}

reports() {
  touch "$work/slow"
  say "$group" "@Stentor report weekly"
  check "a report of several parts begins with a line that counts them" \
    within 20 shows "$group" '0/5 sent'
  check "its first part comes at once" within 20 shows "$group" 'open tickets with'
  check "while the second is still being drawn" within 20 settled
  stop_bot KILL 2>/dev/null
  rm "$work/slow"
  check "after kill -9 in the middle of it the bot starts again" start_bot
  check "and the report goes on to its end" within 60 shows "$group" '5/5 sent'
  check "with its header once" counts "$group" 1 '"markdown":"**Weekly review**, '
  check "its text once" counts "$group" 1 '"markdown":"**Weekly review**: '
  check "its chart once" counts "$group" 1 '"name":"sla-breach.png"'
  check "its file once" counts "$group" 1 '"name":"volume.csv"'
  check "and its card once" counts "$group" 1 '"text":"Who to call"'
}

schedules() {
  schedule() {
    output=$(part_of_bot schedule "$@" 2>&1)
    status=$?
  }
  schedule list
  check "the schedules of the running bot are listed" holds "$output" 'aging-tickets'
  schedule explain 2027-01-01
  check "why a date has its runs is explained" holds "$output" '1 run on Friday, 1 January 2027'
  schedule pause aging-tickets
  check "a schedule is paused" holds "$output" paused
  schedule run aging-tickets
  check "and can be run all the same" equals "$status" 0
  check "which posts its report" within 20 schedule_ended
  schedule resume aging-tickets
  check "it is resumed" holds "$output" ok
  schedule run aging-ticket
  check "a wrong name gets the closest" holds "$output" 'did you mean aging-tickets?'
  check "with exit code 1" equals "$status" 1
  output=$(bot runs --kind schedule --count 1 2>&1)
  check "the ledger knows the run" holds "$output" 'aging-tickets'
  output=$(part_of_bot report list 2>&1)
  check "runs of reports are listed" holds "$output" weekly
  say "$group" "@Stentor reports"
  check "reports tells the next run in chat" within 20 shows "$group" 'Next by themselves'
}
schedule_ended() { part_of_bot schedule list 2>/dev/null | grep -q 'aging-tickets.*paused' &&
  part_of_bot schedule list --json 2>/dev/null | grep -q '"ok":true.*"running":false'; }

# Nothing is on its way: what the kill interrupts is the building alone.
settled() { ! deliveries | grep -qE '"state":"(pending|sending)"'; }

stopping() {
  check "SIGTERM stops the bot" stop_bot TERM
  check "with exit code 0" equals "$status" 0
  check "and the state folder is private" equals "$(stat -c %a "$work/bot")" 700
  send --room "$group" --markdown 'without a bot'
  check "send without a bot delivers by itself" sent 0 delivered
  check "once" counts "$group" 1 '"markdown":"without a bot"'
  kill -KILL "$sandbox_pid"
  check "kill -9 stops the sandbox" ended_within 10 "$sandbox_pid"
  rm -f "$work/sandbox.ready"
  check "it starts again" start_sandbox
  check "the room has the same id" equals "$(room_id Operations)" "$group"
  check "and the last message" counts "$group" 1 '"markdown":"without a bot"'
  check "and the picture" equals "$(picture "$group" flow.png | head -c 4 | tail -c 3)" PNG
  kill -TERM "$sandbox_pid"
  check "SIGTERM stops the sandbox" ended_within 10 "$sandbox_pid"
  check "with exit code 0" equals "$status" 0
  sandbox_pid=
  local token=$WEBEX_ACCESS_TOKEN
  send --room operations --text 'nobody there'
  check "without bot and service nothing is accepted, and that is said" sent 69 'nothing was accepted'
  send --room "$group" --text 'kept' --wait 2s
  check "with a room's id it is kept for later" sent 75 queued
  WEBEX_ACCESS_TOKEN=
  send --room "$group" --text 'no token'
  check "without bot and token it names both cures" sent 69 'or set WEBEX_ACCESS_TOKEN'
  WEBEX_ACCESS_TOKEN=$token
  send --room "$group" --text '  '
  check "blanks are nothing to send" sent 64 'nothing to send'
}

broken_config() {
  cat >"$work/config/broken.yaml" <<'YAML'
people:
  robin:
    name: Robin
rooms:
  operations:
    type: squad
charts:
  mttr:
    title: Mean time to resolve
    kind: pie
aliases:
  ping: chart mttr
schedules:
  early:
    cron: 0 25 * * *
    time_zone: Europe/Berlim
    report: nosuch
    room: nosuch
YAML
  output=$("${clean[@]}" "$program" check-config --env-file /dev/null \
    --config "$work/config/broken.yaml" 2>&1)
  status=$?
  check "check-config exits 78 on a broken file" equals "$status" 78
  check "it names the line of the missing address" holds "$output" 'broken.yaml:3'
  check "and of the unknown kind of room" holds "$output" 'broken.yaml:6'
  check "and of the unknown kind of chart" holds "$output" 'broken.yaml:10'
  check "and of the hour that does not exist" holds "$output" 'broken.yaml:15'
  check "and of the unknown time zone" holds "$output" 'broken.yaml:16'
  check "and of the unknown report" holds "$output" 'broken.yaml:17'
  check "and of the unknown room" holds "$output" 'broken.yaml:18'
  check "and of the alias that is a command" holds "$output" 'broken.yaml:12: The alias "ping"'
  local told=$output
  output=$("${clean[@]}" WEBEX_ACCESS_TOKEN=x "$program" serve --env-file /dev/null \
    --state-dir "$work/never" --config "$work/config/broken.yaml" 2>&1)
  status=$?
  check "serve exits 78 as well" equals "$status" 78
  check "with the same words" equals "$output" "$told"
}

broken_config
check "the sandbox starts" start_sandbox
[ -n "${SANDBOX_URL:-}" ] || { cat "$work/sandbox.log"; exit 1; }
check "the bot starts" start_bot
[ -n "${BOT_URL:-}" ] || { cat "$work/bot.log"; exit 1; }
group=$(room_id Operations)
direct=$(room_id Stentor)
check "the webhooks are registered" within 10 ready
speaking
commands
command_line
pages
lost_answers
refused_token
killed
reports
schedules
stopping

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && exit 0
printf -- '--- end of the bot log ---\n'
tail -25 "$work/bot.log"
exit 1
