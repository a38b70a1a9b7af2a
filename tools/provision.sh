#!/usr/bin/env bash
# Brings the programs that the tests start onto this machine: PostgreSQL, Redis, Chromium, and
# what a virtual environment needs. It installs only what is missing, and only as root on a
# machine with apt-get; elsewhere it says what is missing and how to get it, and exits 0: the
# tests then skip what they cannot run, visibly (and fail under CI=true).
set -euo pipefail

missing=()
packages=()

need() { # need NAME PACKAGE... : notes a missing program and what brings it
  missing+=("$1")
  shift
  packages+=("$@")
}

have_postgres() {
  command -v initdb >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
    compgen -G '/opt/homebrew/opt/postgresql*/bin/initdb' >/dev/null
}

have_chromium() {
  local name
  for name in "${ASSAY_TEST_CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then return 0; fi
  done
  [ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ]
}

look() {
  missing=()
  packages=()
  have_postgres || need PostgreSQL postgresql
  command -v redis-server >/dev/null 2>&1 || need Redis redis-server
  have_chromium || need Chromium chromium
  "${PYTHON:-python3}" -c 'import ensurepip, venv' >/dev/null 2>&1 || need 'Python venv' python3-venv
}

look
if [ "${#missing[@]}" -eq 0 ]; then
  echo "services: PostgreSQL, Redis and Chromium are installed"
  exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "services: installing ${packages[*]}"
  # RUNLEVEL=1 keeps apt from starting the system's own servers; the tests start theirs.
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } \
    >/dev/null || echo "services: apt-get failed" >&2
  look
fi

if [ "${#missing[@]}" -gt 0 ]; then
  {
    echo "services: could not bring up ${missing[*]}"
    echo "  Debian/Ubuntu: sudo apt-get install ${packages[*]}"
    echo "  macOS:         brew install postgresql@16 redis && brew install --cask google-chrome"
    echo "  Tests that need them are skipped and listed at the end of the run."
  } >&2
fi
