#!/bin/sh
# Asks the service as its users do.
set -eu
answer=$(curl --fail --silent --show-error --max-time 5 "http://127.0.0.1:30080/?name=smoke")
[ "$answer" = "hello, smoke" ] || { echo "the api says: $answer" >&2; exit 1; }
