# The second act of scripts/demo: danger while a partner is down, lies, corrections, refusals.
# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0

readonly lies='wrong-digest, foreign-key, other-partners-receipt'
readonly refusals='payload-digest-mismatch signature-invalid identity-mismatch'

second_act() {
  danger_begins
  lie
  outcome
  correct
  refuse
  danger_ends
  hear
}

danger_begins() {
  act "Immediate danger, and the Marechaussee's system is down"
  end_hard kmar
  report raise examples/02-*.json "$demo/danger.json" kmar
  danger=$(report referral-of "$demo/danger.json")
  hand_in "$demo/danger.json"
  until_true 20 told accepted "$danger" || bad "the case system hears nothing"
  local event
  event=$(report told accepted "$danger") || true
  echo "$event"
  if [[ $event == *'vervangt 112 niet'* && $event == *"$(phone_of kmar)"* ]]; then
    good "the first event says that this is not 112, and names the partner's duty phone"
  else
    bad "the first event does not say whom to call"
  fi
  echo "  It goes on by itself; see below. Meanwhile:"
}
phone_of() { sed -n 's/^duty_phone = "\(.*\)"/\1/p' "$demo/etc/partners.d/$1.toml"; }

lie() {
  act "The public prosecution's system lies three times about one delivery"
  end_hard om
  local plan=$lies
  [[ $plant != honest ]] || plan=honest
  start_partner om "$plan"
  report copies examples/07-*.json "$demo/doubt" 1 om
  ctl submit "$demo"/doubt/*.json >/dev/null
  local id
  id=$(ctl --json list --partner om --limit 1 | first_id)
  until_true 20 rests "$id" || bad "the delivery does not come to rest"
  local codes
  codes=$(ctl --json show "$id" | report refusals) || true
  sed '$d' <<<"$codes"
  if [[ $(tail -n1 <<<"$codes") == "$refusals" ]] && is_in "$id" HELD; then
    good "each lie is refused by name; never DELIVERED, and after the third a person must look"
  else
    bad "a lie was believed, or refused for another reason"
  fi
  ctl release "$id" --reason "they mended it, by phone" >/dev/null || bad "the release was refused"
  if until_true 15 is_in "$id" DELIVERED; then good "then an honest receipt: DELIVERED"; else
    bad "the honest receipt was not believed"; fi
}
rests() { is_in "$1" HELD || is_in "$1" DELIVERED; }

outcome() {
  act "Later the prosecution gets a copy too, and says what came of it"
  report onward examples/05-*.json "$demo/onward.json" om
  ctl --json submit --wait 20 "$demo/onward.json" >"$demo/onward.jsonl" ||
    bad "one recipient more is refused, or late"
  local id said
  id=$(ctl --json list --partner om --limit 1 | first_id)
  said=examples/acknowledgements/11-presence-not-necessary.json
  "$bin/referral-partner" acknowledge "$id" --socket "$demo/om.sock" --kind follow-up \
    --outcome "$(value_of outcome "$said")" --date "$(value_of date "$said")" >/dev/null ||
    bad "the gateway does not take what the prosecution says"
  local referral
  referral=$(report referral-of "$demo/onward.json")
  if until_true 20 told answer "$referral"; then
    report told answer "$referral"
    good "signed, brought over mutual TLS, verified: the case system hears it and can decide"
  else
    bad "the case system does not hear what the prosecution said"
  fi
}
value_of() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "$2"; }

correct() {
  act "Corrections and withdrawals reach everybody who got the original"
  mapfile -t examples < <(report examples later)
  local file
  for file in "${examples[@]}"; do
    ctl --json submit --wait 20 "$file" >"$demo/later.jsonl" || bad "$file was refused, or is late"
    report submissions <"$demo/later.jsonl"
  done
  ctl --json list --limit 1000 | report revisions
  local checked
  if checked=$(report reached); then good "$checked"; else bad "$checked"; fi
}

refuse() {
  act "A referral that is trafficking and smuggling at once is refused, with what to do"
  hand_in examples/refused/both-trafficking-and-smuggling.json
  if until_true 20 told refused; then report told refused; else
    bad "the case system does not hear that it was refused"; fi
}

danger_ends() {
  act "Still no receipt from the Marechaussee: somebody must call"
  if [[ ${#speed[@]} -eq 0 ]]; then
    echo "  In service after 60 seconds; here after a fifth of them (answer_scale, development only)"
  fi
  if until_true 80 told call-partner "$danger"; then report told call-partner "$danger"; else
    bad "nobody is asked to call"; fi
  if alarm_about_kmar; then
    good "the operator has the alarm, too"
  else
    bad "the operator has no alarm"
  fi
  start_partner kmar
  if until_true 40 told delivered "$danger"; then report told delivered "$danger"; else
    bad "the receipt does not reach the case system"; fi
  if alarm_about_kmar; then bad "the alarm is still there"; else
    good "delivered, and the alarm is gone"; fi
}
# Status 1 of `alarms` means that there are some.
alarm_about_kmar() {
  ctl --json alarms --partner kmar >"$demo/alarms.jsonl" || true
  grep -q '"receipt-overdue"' "$demo/alarms.jsonl"
}

hear() {
  act "What the case system heard, in Dutch"
  report events
}
