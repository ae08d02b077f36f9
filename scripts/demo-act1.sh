# The first act of scripts/demo: deliveries, who saw what, a crash, a resend, verification.
# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: Apache-2.0

first_act() {
  submit_examples
  route
  show_disclosure
  files
  crash
  resend
  verify
}

submit_examples() {
  act "The example referrals, each to the partners that its sender names"
  local example
  while read -r example; do
    files_of "$example"
    ctl --json submit --wait 20 "${attached[@]}" "$example" || bad "$example was refused"
  done < <(report examples first) >"$demo/first.jsonl"
  report submissions <"$demo/first.jsonl"
  expected=$(report expected <"$demo/first.jsonl")
  if [[ $expected -gt 0 ]] && until_true 20 delivered "$expected"; then
    good "$expected deliveries, each closed by a signed receipt whose signature was verified"
  else
    bad "not every delivery has a verified receipt"
  fi
  ctl --json list --limit 1000 | report deliveries
}

# Options for the files beside a submission: a folder with its name and ".files".
files_of() {
  attached=()
  local file
  for file in "$1".files/*; do
    [[ ! -e $file ]] || attached+=(--attach "${file##*/}=$file")
  done
}

route() {
  act "A referral that names nobody: routes choose, policies decide how much"
  ctl --json route "$demo/routed.json" | report routes || bad "no route chooses anybody"
  ctl --json submit --wait 20 "$demo/routed.json" >"$demo/routed.jsonl" || bad "it was refused"
  expected=$((expected + $(report expected <"$demo/routed.jsonl")))
  if until_true 20 delivered "$expected"; then good "each of them has it"; else
    bad "not each of them has it"; fi
}

show_disclosure() {
  act "Who saw what"
  report matrix 21-stateless-child-ethiopic 23-two-scripts
  local name
  for name in "ዘውዲቱ ታደሰ" "ZEWDITU TADESSE"; do
    if knows politie-avim "$name"; then good "the police got \"$name\""; else
      bad "the police did not get \"$name\""; fi
    if knows comensha "$name"; then bad "CoMensha got \"$name\" without consent"; else
      good "\"$name\" is nowhere in what CoMensha got"; fi
  done
  local looked
  if looked=$(report held-back); then good "$looked"; else bad "$looked"; fi
}

files() {
  act "Two files of the permit's referral, fetched by who may have them"
  if until_true 20 has_files politie-avim 2; then
    good "the police's system fetched both: each is the file that the signed document says"
  else
    bad "the police's system does not have both files"
  fi
  for partner in dtv comensha; do
    if has_files "$partner" 0; then good "$partner has none, and its document names none"; else
      bad "$partner has a file"; fi
  done
}

# Files that a partner has fetched and found to be what its documents say.
has_files() {
  local kept
  kept=$("$bin/referral-partner" attachments --socket "$demo/$1.sock" --json |
    grep -o '"state":"kept"' | wc -l)
  [[ $kept -eq $2 ]]
}

crash() {
  act "200 referrals in flight; the daemon and the police's system die without warning"
  report copies examples/02-*.json "$demo/load" 200 politie-avim
  local before
  before=$(effects politie-avim)
  ctl --json submit "$demo"/load/*.json >"$demo/submit.log" 2>&1 &
  local submitting=$!
  until_true 20 effects_reach $((before + 40)) || bad "nothing arrives"
  end_hard politie-avim
  echo "  kill -9 of the police's system after $(($(delivered_now) - expected)) of 200"
  wait "$submitting" || bad "a referral was refused"
  start_partner politie-avim "$(planted politie-avim)"
  until_true 20 delivered_more 60 || bad "nothing arrives any more"
  end_hard referrald
  echo "  kill -9 of the daemon in the middle of the rest"
  start_daemon
  echo "  both are back; the sender hands in all 200 once more, as it would after a lost answer"
  ctl --json submit "$demo"/load/*.json >"$demo/submit-again.log" || bad "a referral was refused"
  until_true 40 delivered $((expected + 200)) || bad "not everything arrived"
  local got=$(($(effects politie-avim) - before))
  if [[ $got -eq 200 ]]; then
    good "200 effects at the police, no more, no fewer ($(counted politie-avim repeats) requests came more than once)"
  else
    bad "$got effects at the police instead of 200"
  fi
}

effects_reach() { [[ $(effects politie-avim) -ge $1 ]]; }
delivered_more() { [[ $(delivered_now) -ge $((expected + $1)) ]]; }

resend() {
  act "A partner is down; the operator keeps a delivery back, and sends it when it is up again"
  end_hard comensha
  report copies examples/22-*.json "$demo/later" 1 comensha
  ctl submit "$demo"/later/*.json >/dev/null
  local id
  id=$(ctl --json list --partner comensha --limit 1 | first_id)
  until_true 20 is_in "$id" DEFERRED || bad "the delivery does not wait for the partner"
  # Not while an attempt is under way; and left alone, it would go by itself.
  until_true 20 holds "$id" || bad "the delivery cannot be held"
  start_partner comensha
  ctl resend "$id" --reason "CoMensha is back, by phone" >/dev/null || bad "the resend was refused"
  if until_true 15 is_in "$id" DELIVERED; then good "sent again under the same id, delivered"; else
    bad "the resend did not arrive"; fi
}
holds() { ctl hold "$1" --reason "CoMensha is down" >/dev/null 2>&1; }

verify() {
  act "Years later, somebody with openssl and a shell"
  local id
  id=$(ctl --json list --partner politie-avim --state DELIVERED --limit 1 | first_id)
  "$bin/referral-partner" export "$id" --socket "$demo/politie-avim.sock" \
    --output "$demo/export"
  if scripts/verify-with-openssl "$demo/export" .build/pki; then
    good "the document verifies"
  else
    bad "the document does not verify"
  fi
  cp -r "$demo/export" "$demo/export-flipped"
  report flip "$demo/export-flipped/body.json"
  if scripts/verify-with-openssl "$demo/export-flipped" .build/pki >/dev/null 2>&1; then
    bad "a document with one octet flipped verifies"
  else
    good "with one octet flipped it is refused"
  fi
}
