# What stands before the commands of a page (page-script.ts): `rondo` is the workspace's own build, with runs of a few
# steps; coordinators and workers work in the background until the page ends; what is not run is noted.
# Wanted: NODE and CLI, the program and its first argument; LOGS, a folder; NOTES, a file; NPM_START, what it trains.

set -u -o pipefail

# What changes a machine, needs another one, or is another test's: noted, not run.
not_run=(apt-get sudo systemctl journalctl ssh scp git kubectl kustomize helm docker podman buildah nvidia-smi)
# Run where they are installed.
for name in curl promtool; do command -v "$name" >/dev/null || not_run+=("$name"); done

note() { printf '%s\n' "$*" >>"$NOTES"; }
for name in "${not_run[@]}"; do eval "$name() { note not run: $name \"\$@\"; }"; done

npm() {
  # shellcheck disable=SC2086 # words of a command line
  if [[ $* == start ]]; then rondo $NPM_START; else note not run: npm "$@"; fi
}
npx() { "$@"; }

rondo() {
  case ${1-} in
    coordinator | worker) in_background "$@" ;;
    train | submit) quickly "$@" ;;
    *) run "$@" ;;
  esac
}

run() { timeout 100 "$NODE" "$CLI" "$@"; }

# A small model, two steps; four where the page names a number, so that a run may go on for longer.
quickly() {
  local words=() word
  for word in "$@"; do words+=("${word/#training.steps=*/training.steps=4}"); done
  [[ " ${words[*]} " == *" training.steps="* ]] || words+=(--set training.steps=2)
  [[ " ${words[*]}" == *" --engine "* ]] || words+=(--set engine=cpu-portable)
  # Not every task has symbols to embed.
  grep -q '^ .*embedding:' "${words[1]}" 2>/dev/null && words+=(--set model.embedding=16)
  run "${words[@]}" --set model.hidden=16
}

declare -A background=()

# The same line once more is a restart.
in_background() {
  local words=("$@") log
  [[ -v background[$*] ]] && { stop "$*" || return; }
  [[ $1 == coordinator || " $* " == *" --engine "* ]] || words+=(--engine cpu-portable)
  log=$(mktemp "$LOGS/$1-XXXX")
  "$NODE" "$CLI" "${words[@]}" >"$log" 2>&1 &
  background[$*]=$!
  local tries
  for ((tries = 0; tries < 400; tries++)); do
    grep -qE '"msg":"(listening|connected)"' "$log" && return
    kill -0 $! 2>/dev/null || break
    sleep 0.05
  done
  cat "$log" >&2
  return 1
}

# As a service manager stops them: each has to end by itself, and well.
stop() {
  local id=${background[$1]}
  unset "background[$1]"
  kill -TERM "$id" && wait "$id" || { echo "rondo $1: did not end well on SIGTERM" >&2; return 1; }
}

stop_all() {
  local line failed=0
  for line in "${!background[@]}"; do [[ $line == worker* ]] && { stop "$line" || failed=1; }; done
  for line in "${!background[@]}"; do stop "$line" || failed=1; done
  return "$failed"
}

# A spec of the page that none of its commands mentions. $1: its file, $2: its place.
train_spec() {
  local said
  if said=$(quickly train "$1" --out "$(mktemp -u "$LOGS/run-XXXX")" 2>&1); then return; fi
  if [[ $said == *'matches no file'* ]]; then note "not trained, its text is not here: the spec at $2"; return; fi
  printf '%s\n' "$said" >&2
  return 1
}

# After every command. $1: its exit status, $2: its place.
expect_well() {
  (($1 == 0)) && return
  echo "$2: exit status $1" >&2
  stop_all
  exit 1
}

ip link set lo up
