"""Does what it is asked in lines of JSON, and tells in lines of JSON what the SDK handed out or threw."""

import json
import sys
import warnings

ASKS = [
    "whole",
    "stream",
    "tools",
    "toolsStream",
    "schema",
    "image",
    "pdf",
    "reasoning",
    "reasoningStream",
    "streamOptions",
    "embeddings",
    "models",
    "abort",
]


def method_of(client, ask):
    """`tools` is also the name of what a client offers to the model."""
    return getattr(client, "tools_" if ask == "tools" else ask, None)


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def serve(kinds, open_sdk, tell_error):
    warnings.simplefilter("ignore")
    prompts = json.loads(sys.stdin.readline())
    clients = {facts["name"]: kind(prompts) for facts, kind in kinds}
    say([{**facts, "asks": [ask for ask in ASKS if method_of(clients[facts["name"]], ask)]} for facts, _ in kinds])
    for line in sys.stdin:
        job = json.loads(line)
        ask = method_of(clients[job["client"]], job["ask"])
        try:
            say({"told": ask(open_sdk(job["address"]), job["model"])})
        except Exception as error:
            say({"error": tell_error(error)})
