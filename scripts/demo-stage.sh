# What scripts/demo stands on: starting, ending and asking the programs. Read by scripts/demo.
# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0

partners=()
declare -A pids=()
failures=0

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
good() { echo "  ok    $*"; }
bad() { echo "  WRONG $*"; failures=$((failures + 1)); }
ctl() { "$bin/referralctl" --socket "$demo/admin.sock" "$@"; }
report() { "$python" -B scripts/demo-report "$@"; }

# note WORD WHO: for the report's pictures.
note() {
  printf '{"at":"%s","what":"%s","who":"%s"}\n' "$(date -u +%FT%T.%3NZ)" "$1" "$2" \
    >>"$demo/story.jsonl"
}
act() { say "$1"; note act "$1"; }

stop_all() {
  local name
  for name in "${!pids[@]}"; do kill "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do wait "${pids[$name]}" 2>/dev/null || true; done
}
trap stop_all EXIT

# What an earlier run with --keep left running here, and nothing else that has such a number now.
end_kept() {
  local pid
  [[ -f $demo/pids ]] || return 0
  while read -r pid; do
    if grep -qaF "$demo/" "/proc/$pid/cmdline" 2>/dev/null; then kill "$pid"; fi
  done <"$demo/pids"
}

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

# launch PARTNER [PLAN]: without waiting for it.
launch() {
  "$bin/referral-partner" serve --config "$demo/$1.toml" ${2:+--exercise "$2"} \
    >>"$demo/$1.log" 2>&1 &
  pids[$1]=$!
}

# The socket of one that was killed is still there: so it is asked.
listens() { "$bin/referral-partner" effects --socket "$demo/$1.sock" >/dev/null 2>&1; }

start_partner() {
  launch "$@"
  until_true 60 listens "$1" || { cat "$demo/$1.log"; exit 1; }
  note up "$1"
}

start_partners() {
  local partner
  for partner in "${partners[@]}"; do launch "$partner" "$(planted "$partner")"; done
  for partner in "${partners[@]}"; do
    until_true 60 listens "$partner" || { cat "$demo/$partner.log"; exit 1; }
  done
}
planted() { [[ $plant != double || $1 != politie-avim ]] || echo 'forget*'; }

start_daemon() {
  "$bin/referrald" --config "$demo/etc" >>"$demo/referrald.log" 2>&1 &
  pids[referrald]=$!
  until_true 60 daemon_answers || { tail "$demo/referrald.log"; exit 1; }
  note up referrald
}
daemon_answers() { ctl status >/dev/null 2>&1; }

# end_hard NAME: no warning, no cleaning up.
end_hard() {
  kill -9 "${pids[$1]}"
  wait "${pids[$1]}" 2>/dev/null || true
  unset "pids[$1]"
  note down "$1"
}

# counted PARTNER MEMBER: documents, effects or repeats, by the partner's own store.
counted() {
  "$bin/referral-partner" effects --socket "$demo/$1.sock" --json \
    | "$python" -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$2"
}
effects() { counted "$1" effects; }
knows() { "$bin/referral-partner" find --socket "$demo/$1.sock" "$2" >/dev/null; }

delivered_now() { ctl --json list --state DELIVERED --limit 100000 | wc -l; }
# delivered N: so many deliveries have a verified receipt.
delivered() { [[ $(delivered_now) -eq $1 ]]; }
is_in() { ctl --json show "$1" | grep -q "\"state\":\"$2\""; }
first_id() { "$python" -c 'import json, sys; print(json.loads(sys.stdin.readline())["id"])'; }

# hand_in FILE: as a case system does by files, see docs/case-system.md.
hand_in() {
  cp "$1" "$demo/spool/in/.${1##*/}"
  mv "$demo/spool/in/.${1##*/}" "$demo/spool/in/${1##*/}"
}
# told KIND REFERRAL: the case system got such an event.
told() { report told "$@" >/dev/null; }
