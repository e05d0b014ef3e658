#!/usr/bin/env python3
"""Answers each direct message with its own words: echo_bot.py NAME HOST:PORT"""
import json, subprocess, sys

client = subprocess.Popen(["chatapp", "client", *sys.argv[1:], "--json", "--ephemeral"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
for line in client.stdout:
    notice = json.loads(line)
    if notice["kind"] in ("direct", "kept") and "group" not in notice:
        command = {"command": "send", "to": notice["from"], "text": "You said: " + notice["text"]}
        print(json.dumps(command), file=client.stdin, flush=True)
sys.exit(client.wait())
