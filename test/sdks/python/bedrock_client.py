"""The `boto3` package from PyPI: Bedrock's Converse, with an API key."""

import base64
import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from tls_front import TlsFront
from worker import serve

MAX_TOKENS = {"maxTokens": 4096}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 2048}}
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "number"}},
    "required": ["city", "degrees"],
    "additionalProperties": False,
}

# It keeps what it has read of AWS's services, and reads the key of each client where the client is made.
session = boto3.Session(region_name="us-east-1")
# It gives the key to nobody without TLS.
front = TlsFront()


def open_sdk(address):
    os.environ["AWS_BEARER_TOKEN_BEDROCK"] = address["key"]
    retries = address.get("retries")
    more = {} if retries is None else {"config": Config(retries={"total_max_attempts": retries + 1})}
    return session.client("bedrock-runtime", endpoint_url=front.url(address["url"]), verify=front.certificate, **more)


def tell_error(error):
    if not isinstance(error, ClientError):
        return {"kind": type(error).__name__, "message": str(error)}
    told = error.response["Error"]
    metadata = error.response.get("ResponseMetadata", {})
    headers = metadata.get("HTTPHeaders", {})
    return {
        "kind": type(error).__name__,
        "message": told.get("Message", "") or str(error) * isinstance(error, EventStreamError),
        "status": metadata.get("HTTPStatusCode"),
        "type": told.get("Code"),
        "code": None,
        "requestId": metadata.get("RequestId"),
        "retryAfter": headers.get("retry-after"),
        "shouldRetry": headers.get("x-should-retry"),
    }


class Converse:
    def __init__(self, prompts):
        self.prompts = prompts
        tool = prompts["tool"]
        spec = {"name": tool["name"], "description": tool["description"], "inputSchema": {"json": tool["parameters"]}}
        self.tools = {"tools": [{"toolSpec": spec}]}
        self.weather = self.user({"text": prompts["weather"]})

    def user(self, *content):
        return {"role": "user", "content": list(content)}

    def tell(self, message, stop_reason, usage):
        content = message["content"]
        calls = [block["toolUse"] for block in content if "toolUse" in block]
        cached = usage.get("cacheReadInputTokens", 0)
        return {
            "text": "".join(block.get("text", "") for block in content),
            "reasoning": "".join(block.get("reasoningContent", {}).get("reasoningText", {}).get("text", "") for block in content),
            "calls": [{"name": call["name"], "arguments": call["input"]} for call in calls],
            "finish": stop_reason,
            "usage": {
                "input": usage["inputTokens"] + cached + usage.get("cacheWriteInputTokens", 0),
                "cached": cached,
                "output": usage["outputTokens"],
            },
        }

    def answered(self, message):
        calls = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        results = [
            {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": result}]}}
            for call, result in zip(calls, self.prompts["results"])
        ]
        return [self.weather, message, self.user(*results)]

    def ask(self, sdk, model, messages, **more):
        answer = sdk.converse(modelId=model, messages=messages, **more)
        message = answer["output"]["message"]
        told = self.tell(message, answer["stopReason"], answer["usage"])
        return message, {**told, "requestId": answer["ResponseMetadata"].get("RequestId")}

    def ask_streaming(self, sdk, model, messages, counted, **more):
        """The SDK hands out events; applications put the message together. `counted` are the pieces that are told."""
        answer = sdk.converse_stream(modelId=model, messages=messages, **more)
        blocks, pieces, stop_reason, usage = {}, 0, None, {}
        for event in answer["stream"]:
            if "contentBlockStart" in event:
                start = event["contentBlockStart"]
                blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"], "input": ""}}
            elif "contentBlockDelta" in event:
                delta = event["contentBlockDelta"]["delta"]
                pieces += counted(delta)
                self.add(blocks, event["contentBlockDelta"]["contentBlockIndex"], delta)
            elif "messageStop" in event:
                stop_reason = event["messageStop"]["stopReason"]
            elif "metadata" in event:
                usage = event["metadata"]["usage"]
        content = [blocks[index] for index in sorted(blocks)]
        for block in content:
            if "toolUse" in block:
                block["toolUse"]["input"] = json.loads(block["toolUse"]["input"] or "{}")
        message = {"role": "assistant", "content": content}
        return message, {**self.tell(message, stop_reason, usage), "pieces": pieces}

    def add(self, blocks, index, delta):
        if "text" in delta:
            blocks.setdefault(index, {"text": ""})["text"] += delta["text"]
        elif "toolUse" in delta:
            blocks[index]["toolUse"]["input"] += delta["toolUse"]["input"]
        elif "redactedContent" in delta["reasoningContent"]:
            blocks[index] = {"reasoningContent": delta["reasoningContent"]}
        else:
            thought = blocks.setdefault(index, {"reasoningContent": {"reasoningText": {"text": ""}}})["reasoningContent"]["reasoningText"]
            for name, piece in delta["reasoningContent"].items():
                thought[name] = thought.get(name, "") + piece

    def whole(self, sdk, model):
        system = [{"text": self.prompts["system"]}]
        config = {"temperature": 0.5, "maxTokens": 500}
        return self.ask(sdk, model, [self.user({"text": self.prompts["question"]})], system=system, inferenceConfig=config)[1]

    def stream(self, sdk, model):
        messages = [self.user({"text": self.prompts["question"]})]
        return self.ask_streaming(sdk, model, messages, lambda delta: "text" in delta, system=[{"text": self.prompts["system"]}])[1]

    def tools_ask(self, sdk, model, **more):
        first, told = self.ask(sdk, model, [self.weather], toolConfig=self.tools, **more)
        _, second = self.ask(sdk, model, self.answered(first), toolConfig=self.tools, **more)
        return {**second, "calls": told["calls"], "finish": told["finish"], "reasoning": told["reasoning"]}

    def tools_(self, sdk, model):
        return self.tools_ask(sdk, model)

    def toolsStream(self, sdk, model):
        return self.ask_streaming(sdk, model, [self.weather], lambda delta: "toolUse" in delta, toolConfig=self.tools)[1]

    def schema(self, sdk, model):
        structure = {"jsonSchema": {"schema": json.dumps(SCHEMA), "name": "weather"}}
        output = {"textFormat": {"type": "json_schema", "structure": structure}}
        _, told = self.ask(sdk, model, [self.user({"text": self.prompts["schema"]})], outputConfig=output)
        return {"parsed": json.loads(told["text"])}

    def image(self, sdk, model):
        source = {"bytes": base64.b64decode(self.prompts["png"])}
        return self.ask(sdk, model, [self.user({"image": {"format": "png", "source": source}}, {"text": self.prompts["look"]})])[1]

    def pdf(self, sdk, model):
        source = {"bytes": base64.b64decode(self.prompts["pdf"])}
        document = {"format": "pdf", "name": "page", "source": source}
        return self.ask(sdk, model, [self.user({"document": document}, {"text": self.prompts["look"]})])[1]

    def reasoning(self, sdk, model):
        return self.tools_ask(sdk, model, inferenceConfig=MAX_TOKENS, additionalModelRequestFields=THINKING)

    def reasoningStream(self, sdk, model):
        more = {"toolConfig": self.tools, "inferenceConfig": MAX_TOKENS, "additionalModelRequestFields": THINKING}
        first, told = self.ask_streaming(sdk, model, [self.weather], lambda delta: "text" in delta.get("reasoningContent", {}), **more)
        _, second = self.ask_streaming(sdk, model, self.answered(first), lambda delta: False, **more)
        return {**second, "reasoning": told["reasoning"], "pieces": told["pieces"]}

    def abort(self, sdk, model):
        pieces = 0
        answer = sdk.converse_stream(modelId=model, messages=[self.user({"text": self.prompts["question"]})])
        for event in answer["stream"]:
            pieces += "contentBlockDelta" in event
            if pieces == 3:
                answer["stream"].close()
                break
        return {"aborted": True, "pieces": pieces}


if __name__ == "__main__":
    facts = {
        "name": "boto3 (PyPI)",
        "caller": "bedrock-converse",
        "words": {"stop": "end_turn", "call": "tool_use"},
        "keepsReasoning": True,
        "showsReasoning": True,
        "heedsShouldRetry": False,
        "errorClasses": {
            400: "ValidationException",
            401: "ClientError",
            404: "ResourceNotFoundException",
            429: "ThrottlingException",
            502: "InternalServerException",
        },
    }
    serve([(facts, Converse)], open_sdk, tell_error)
