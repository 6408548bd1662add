"""The `anthropic` package from PyPI."""

import anthropic
from pydantic import BaseModel

from worker import serve

MAX_TOKENS = 4096
THINKING = {"type": "enabled", "budget_tokens": 2048}


class Weather(BaseModel):
    city: str
    degrees: float


def open_sdk(address):
    more = {} if address.get("retries") is None else {"max_retries": address["retries"]}
    return anthropic.Anthropic(base_url=address["url"], api_key=address["key"], **more)


def tell_error(error):
    if not isinstance(error, anthropic.APIError):
        return {"kind": type(error).__name__, "message": str(error)}
    headers = error.response.headers if isinstance(error, anthropic.APIStatusError) else {}
    body = error.body if isinstance(error.body, dict) else {}
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "status": getattr(error, "status_code", None),
        "type": (body.get("error") or {}).get("type"),
        "code": None,
        "requestId": getattr(error, "request_id", None),
        "retryAfter": headers.get("retry-after"),
        "shouldRetry": headers.get("x-should-retry"),
    }


class Messages:
    def __init__(self, prompts):
        self.prompts = prompts
        tool = prompts["tool"]
        self.tools = [{"name": tool["name"], "description": tool["description"], "input_schema": tool["parameters"]}]
        self.weather = [{"role": "user", "content": prompts["weather"]}]

    def tell(self, message):
        usage = message.usage
        cached = usage.cache_read_input_tokens or 0
        return {
            "text": "".join(block.text for block in message.content if block.type == "text"),
            "reasoning": "".join(block.thinking for block in message.content if block.type == "thinking"),
            "calls": [{"name": block.name, "arguments": block.input} for block in message.content if block.type == "tool_use"],
            "finish": message.stop_reason,
            "usage": {
                "input": usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0),
                "cached": cached,
                "output": usage.output_tokens,
            },
        }

    def answered(self, first):
        calls = [block for block in first.content if block.type == "tool_use"]
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": result} for call, result in zip(calls, self.prompts["results"])
        ]
        return [*self.weather, {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]

    def ask_about(self, sdk, model, block):
        content = [block, {"type": "text", "text": self.prompts["look"]}]
        return self.tell(sdk.messages.create(model=model, max_tokens=MAX_TOKENS, messages=[{"role": "user", "content": content}]))

    def whole(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["question"]}]
        message = sdk.messages.create(model=model, max_tokens=MAX_TOKENS, system=self.prompts["system"], messages=messages)
        return {**self.tell(message), "requestId": message._request_id}

    def stream(self, sdk, model):
        pieces = 0
        with sdk.messages.stream(
            model=model,
            max_tokens=MAX_TOKENS,
            system=[{"type": "text", "text": self.prompts["system"]}],
            messages=[{"role": "user", "content": [{"type": "text", "text": self.prompts["question"]}]}],
        ) as stream:
            for _ in stream.text_stream:
                pieces += 1
            return {**self.tell(stream.get_final_message()), "pieces": pieces, "requestId": stream.request_id}

    def tools_ask(self, sdk, model, **more):
        ask = {"model": model, "max_tokens": MAX_TOKENS, "tools": self.tools, **more}
        first = sdk.messages.create(messages=self.weather, **ask)
        second = sdk.messages.create(messages=self.answered(first), **ask)
        told = self.tell(first)
        return {**self.tell(second), "calls": told["calls"], "finish": told["finish"], "reasoning": told["reasoning"]}

    def tools_(self, sdk, model):
        return self.tools_ask(sdk, model)

    def toolsStream(self, sdk, model):
        pieces = 0
        with sdk.messages.stream(model=model, max_tokens=MAX_TOKENS, messages=self.weather, tools=self.tools) as stream:
            for event in stream:
                pieces += event.type == "input_json"
            return {**self.tell(stream.get_final_message()), "pieces": pieces}

    def schema(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["schema"]}]
        return {"parsed": sdk.messages.parse(model=model, max_tokens=MAX_TOKENS, messages=messages, output_format=Weather).parsed_output.model_dump()}

    def image(self, sdk, model):
        source = {"type": "base64", "media_type": "image/png", "data": self.prompts["png"]}
        return self.ask_about(sdk, model, {"type": "image", "source": source})

    def pdf(self, sdk, model):
        source = {"type": "base64", "media_type": "application/pdf", "data": self.prompts["pdf"]}
        return self.ask_about(sdk, model, {"type": "document", "source": source, "title": self.prompts["pdfName"]})

    def reasoning(self, sdk, model):
        return self.tools_ask(sdk, model, thinking=THINKING)

    def reasoningStream(self, sdk, model):
        pieces = 0
        ask = {"model": model, "max_tokens": MAX_TOKENS, "tools": self.tools, "thinking": THINKING}
        with sdk.messages.stream(messages=self.weather, **ask) as stream:
            for event in stream:
                pieces += event.type == "thinking"
            first = stream.get_final_message()
        with sdk.messages.stream(messages=self.answered(first), **ask) as stream:
            second = stream.get_final_message()
        return {**self.tell(second), "reasoning": self.tell(first)["reasoning"], "pieces": pieces}

    def models(self, sdk, model):
        return {"models": [each.id for each in sdk.models.list()]}

    def abort(self, sdk, model):
        pieces = 0
        messages = [{"role": "user", "content": self.prompts["question"]}]
        with sdk.messages.create(model=model, max_tokens=MAX_TOKENS, messages=messages, stream=True) as stream:
            for event in stream:
                pieces += event.type == "content_block_delta"
                if pieces == 3:
                    break
        return {"aborted": True, "pieces": pieces}


if __name__ == "__main__":
    facts = {
        "name": "anthropic (PyPI)",
        "caller": "anthropic-messages",
        "words": {"stop": "end_turn", "call": "tool_use"},
        "keepsReasoning": True,
        "showsReasoning": True,
        "heedsShouldRetry": True,
    }
    serve([(facts, Messages)], open_sdk, tell_error)
