#!/bin/sh
# The lessons' browser tests, with what they need: Debian's Chromium and a Hangul font are installed where they are missing.
# Under CI=true the tests never skip. Pictures of every page are left in .cache/lessons.
set -eu
cd "$(dirname "$0")/../.."
need=""
command -v chromium >/dev/null 2>&1 || need="chromium"
fc-list :lang=ko 2>/dev/null | grep -q . || need="$need fonts-nanum fontconfig"
if [ -n "$need" ]; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -qq -y --no-install-recommends $need >/dev/null
fi
exec "${PYTHON:-.venv/bin/python}" -m pytest tests/lessons/browser "$@"
