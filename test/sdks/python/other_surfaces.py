"""The `boto3` package from PyPI: Bedrock's InvokeModel, whole and streamed, in the forms of three families of models; CountTokens."""

import json
import os
import sys

import boto3

from tls_front import TlsFront

given = json.load(sys.stdin)
system, question = given["prompts"]["system"], given["prompts"]["question"]
os.environ["AWS_BEARER_TOKEN_BEDROCK"] = given["key"]
# It gives the key to nobody without TLS.
front = TlsFront()
session = boto3.Session(region_name="us-east-1")
sdk = session.client("bedrock-runtime", endpoint_url=front.url(given["url"]), verify=front.certificate)

CLAUDE = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 500,
    "system": system,
    "messages": [{"role": "user", "content": question}],
}
NOVA = {
    "schemaVersion": "messages-v1",
    "system": [{"text": system}],
    "messages": [{"role": "user", "content": [{"text": question}]}],
    "inferenceConfig": {"maxTokens": 500},
}
OPENAI = {
    "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    "max_completion_tokens": 500,
}


def claude_text(answer):
    return "".join(block.get("text", "") for block in answer["content"])


def nova_text(answer):
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


def openai_text(answer):
    return answer["choices"][0]["message"]["content"]


def openai_piece(event):
    return event["choices"][0]["delta"].get("content") or "" if event.get("choices") else ""


FORMS = [
    ("Claude's form", CLAUDE, claude_text, lambda usage: usage["output_tokens"], lambda event: event.get("delta", {}).get("text", "")),
    (
        "Nova's form",
        NOVA,
        nova_text,
        lambda usage: usage["outputTokens"],
        lambda event: event.get("contentBlockDelta", {}).get("delta", {}).get("text", ""),
    ),
    ("OpenAI's form", OPENAI, openai_text, lambda usage: usage["completion_tokens"], openai_piece),
]


def told(name, model, heard):
    print(json.dumps({"name": f"boto3: {name}", "model": model, "system": True, "heard": heard}), flush=True)


def checked(name, model, problems):
    print(json.dumps({"name": f"boto3: {name}", "model": model, "problems": problems}), flush=True)


def refusal(model):
    """What is said where the guardrail that was asked for does not stand before the model."""
    try:
        sdk.invoke_model(modelId=model, body=json.dumps(CLAUDE), guardrailIdentifier="g-1", guardrailVersion="1")
        return "nothing was refused"
    except sdk.exceptions.ValidationException as error:
        return str(error)


for model in given["models"]:
    longer = json.dumps({**CLAUDE, "system": question * 50}).encode()
    forms = {"converse": {"messages": NOVA["messages"]}}, {"invokeModel": {"body": longer}}
    counts = [sdk.count_tokens(modelId=model, input=form)["inputTokens"] for form in forms]
    checked("count_tokens", model, [] if 0 < counts[0] < counts[1] else [f"counted {counts}"])
    told_why = refusal(model)
    checked("invoke_model, guarded", model, [] if "Guardrails" in told_why else [told_why])
    for form, body, text_of, output_of, piece_of in FORMS:
        answer = json.loads(sdk.invoke_model(modelId=model, body=json.dumps(body))["body"].read())
        told(f"invoke_model, {form}", model, {"text": text_of(answer), "output": output_of(answer["usage"])})
        stream = sdk.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))["body"]
        events = [json.loads(event["chunk"]["bytes"]) for event in stream]
        pieces = [piece for piece in map(piece_of, events) if piece]
        output = events[-1]["amazon-bedrock-invocationMetrics"]["outputTokenCount"]
        heard = {"text": "".join(pieces), "pieces": len(pieces), "output": output}
        told(f"invoke_model_with_response_stream, {form}", model, heard)
