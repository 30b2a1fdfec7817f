#!/bin/sh
# Installs what the third-party clients run on, where it is missing (Debian 12). The clients themselves
# are installed by the tests.
set -eu

missing=""
need() { # need PACKAGE COMMAND...
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
need python3-venv python3 -c 'import ensurepip, venv'
need nodejs node --version
need npm npm --version
need golang-go go version
need openjdk-17-jdk-headless javac -version
need maven mvn --version
# One of the Rust clients links OpenSSL.
need pkg-config pkg-config --version
need libssl-dev pkg-config --exists openssl
need gcc cc --version

[ -n "$missing" ] || exit 0
sudo=""
[ "$(id -u)" -eq 0 ] || sudo=sudo
$sudo apt-get update
# The list is words on purpose.
# shellcheck disable=SC2086
$sudo apt-get install --yes --no-install-recommends $missing
