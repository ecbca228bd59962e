# What deploy/three-machines and deploy/kubernetes/try have in common: lines of what was checked, and questions to a coordinator.
# Sourced by them, with RONDO_COORDINATOR and RONDO_TLS in the environment once there is a run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mostSeconds=1800

passed() { printf 'ok    %4d s  %s\n' "$SECONDS" "$*"; }
failed() {
  printf 'FAIL  %4d s  %s\n' "$SECONDS" "$*" >&2
  exit 1
}

rondo() { node "$root/apps/cli/bin/rondo.mjs" "$@"; }

# json EXPRESSION: of `it`, the JSON on standard input.
json() { node --print "const it = JSON.parse(fs.readFileSync(0)); ($1) ?? ''"; }

# field NAME: of the run $run, as `rondo status --json` has it; empty while the coordinator cannot be reached.
field() { { rondo status "$run" --json 2>/dev/null || echo '{}'; } | json "it.$1"; }

# until_field NAME OPERATOR VALUE: waits until it holds, as in `until_field workers -eq 4`, `until_field phase = finished`.
until_field() {
  local value
  until value=$(field "$1") && [[ -n $value ]] && test "$value" "$2" "$3"; do
    ((SECONDS < mostSeconds)) || failed "$run: $1 is ${value:-unknown}, not $2 $3"
    sleep 0.3
  done
}

# submit SPEC STEPS: its name; a coordinator that cannot be reached yet is asked again.
submit() {
  local answer
  until answer=$(rondo submit "$1" --set "training.steps=$2" --json 2>&1); do
    ((SECONDS < mostSeconds)) || failed "$answer"
    sleep 0.3
  done
  json it.run <<< "$answer"
}

# most_workers FOLDER: how many workers computed in one step of a fetched run, at most.
most_workers() {
  json 'Math.max(...it.map(({ workers }) => workers))' <<< "[$(paste --serial --delimiters=, "$1/metrics.jsonl")]"
}

# expect_same_bits FETCHED SPEC STEPS: proves the fetched run, and trains the spec with one worker on this machine for its weights.
expect_same_bits() {
  rondo verify "$1" --data-root "$(dirname "$2")" >/dev/null || failed "rondo verify finds faults"
  passed "rondo verify: no sequence was left out or counted twice"
  local alone=$1-alone
  env --unset=RONDO_COORDINATOR --unset=RONDO_TLS \
    node "$root/apps/cli/bin/rondo.mjs" train "$2" --set "training.steps=$3" --threads 1 --out "$alone" >/dev/null
  local weights hashes
  weights=checkpoints/step-$(printf '%08d' "$3")/weights.safetensors
  hashes=$(sha256sum "$1/$weights" "$alone/$weights" | cut -d ' ' -f 1 | uniq)
  [[ $(wc -l <<< "$hashes") == 1 ]] || failed "the weights differ from one process's:" $hashes
  passed "the weights are those of one process on one machine: SHA-256 $hashes"
}
