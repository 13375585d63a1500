#!/usr/bin/env bash
# Two verdicts on bundled samples: what a simulated certified key gets, and a genuine key that falls
# short. Both are checked, so that a demo that shows something else fails.
set -u
keyproof=$1
samples=attestation-samples/yubico-piv
time=2026-11-21T00:00:00Z

show() {
    local expected=$1 code
    shift
    printf '\n$ keyproof %s\n\n' "$*"
    "$keyproof" "$@"
    code=$?
    printf '\nexit code %s\n' "$code"
    [ "$code" = "$expected" ] || { echo "expected exit code $expected" >&2; exit 1; }
}

echo "1. A simulated YubiKey 5 FIPS, under the simulation's own trust anchor: accepted, and marked as a test."
accept=$samples/simulated-accept-mark-8
show 5 verify --time "$time" --trust-anchors "$accept" \
    "$accept/request.pem" "$accept/attestation.pem" "$accept/device.pem" "$accept/issuing-ca.pem"

echo
echo "2. A genuine YubiKey 5 whose owner sent no request, and which is not of the FIPS series: rejected."
genuine=$samples/genuine-5.2.7-slot-9c
show 1 verify --time "$time" "$genuine/attestation.pem" "$genuine/device.pem"
