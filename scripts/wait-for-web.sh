#!/usr/bin/env bash
# The worker of `make run` starts when web answers: then the database is there, and web had the machine to itself.
until (exec 3<>"/dev/tcp/127.0.0.1/$WEB_PORT") 2>/dev/null; do
    if [ "$SECONDS" -gt 900 ]; then exit 1; fi
    sleep 0.2
done
