"""The `litellm` library from PyPI as a client: `openai/`, `openai/responses/` and `anthropic/` models behind an `api_base`."""

import json
import os

# Its list of prices is the one that it brings; nothing is fetched.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"

import litellm
from pydantic import BaseModel

from worker import serve

litellm.telemetry = False
litellm.suppress_debug_info = True


class Weather(BaseModel):
    city: str
    degrees: float


def open_sdk(address):
    return address


def tell_error(error):
    status = getattr(error, "status_code", None)
    if status is None:
        return {"kind": type(error).__name__, "message": str(error)}
    return {"kind": type(error).__name__, "message": str(error), "status": status}


class Completion:
    """`base` and `path` are where this kind of model is, `thinking` makes it reason."""

    def __init__(self, prompts):
        self.prompts = prompts
        self.tools = [{"type": "function", "function": prompts["tool"]}]
        self.weather = [{"role": "user", "content": prompts["weather"]}]

    def ask(self, address, model, messages, **more):
        retries = address.get("retries")
        return litellm.completion(
            model=self.kind + model,
            api_base=address["url"] + self.path,
            api_key=address["key"],
            messages=messages,
            **({} if retries is None else {"max_retries": retries}),
            **more,
        )

    def tell(self, completion):
        choice = completion.choices[0]
        calls = choice.message.tool_calls or []
        return {
            "text": choice.message.content or "",
            "reasoning": getattr(choice.message, "reasoning_content", None) or "",
            "finish": choice.finish_reason,
            "calls": [{"name": call.function.name, "arguments": json.loads(call.function.arguments)} for call in calls],
            **self.usage_of(completion),
        }

    def usage_of(self, completion):
        usage = getattr(completion, "usage", None)
        if usage is None:
            return {}
        details = usage.prompt_tokens_details
        cached = (details.cached_tokens if details else 0) or 0
        return {"usage": {"input": usage.prompt_tokens, "cached": cached, "output": usage.completion_tokens}}

    def ask_streaming(self, address, model, messages, counted, **more):
        """Puts the pieces together as the library does. `counted` are the deltas that are told."""
        chunks, pieces = [], 0
        for chunk in self.ask(address, model, messages, stream=True, stream_options={"include_usage": True}, **more):
            chunks.append(chunk)
            pieces += any(bool(counted(choice.delta)) for choice in chunk.choices)
        whole = litellm.stream_chunk_builder(chunks, messages=messages)
        return whole, {**self.tell(whole), "pieces": pieces}

    def answered(self, completion):
        message = completion.choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": result}
            for call, result in zip(message.tool_calls, self.prompts["results"])
        ]
        return [*self.weather, message, *results]

    def question(self):
        return [{"role": "system", "content": self.prompts["system"]}, {"role": "user", "content": self.prompts["question"]}]

    def whole(self, address, model):
        return self.tell(self.ask(address, model, self.question(), temperature=0.5, max_tokens=500))

    def stream(self, address, model):
        return self.ask_streaming(address, model, self.question(), lambda delta: delta.content)[1]

    def tools_(self, address, model, **more):
        first = self.ask(address, model, self.weather, tools=self.tools, **more)
        told = self.tell(first)
        second = self.tell(self.ask(address, model, self.answered(first), tools=self.tools, **more))
        return {**second, **{name: told[name] for name in ("calls", "finish", "reasoning")}}

    def toolsStream(self, address, model):
        return self.ask_streaming(address, model, self.weather, lambda delta: delta.tool_calls, tools=self.tools)[1]

    def schema(self, address, model):
        messages = [{"role": "user", "content": self.prompts["schema"]}]
        return {"parsed": json.loads(self.tell(self.ask(address, model, messages, response_format=Weather))["text"])}

    def ask_about(self, address, model, part):
        content = [{"type": "text", "text": self.prompts["look"]}, part]
        return self.tell(self.ask(address, model, [{"role": "user", "content": content}]))

    def image(self, address, model):
        return self.ask_about(address, model, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + self.prompts["png"]}})

    def pdf(self, address, model):
        data = "data:application/pdf;base64," + self.prompts["pdf"]
        return self.ask_about(address, model, {"type": "file", "file": {"filename": self.prompts["pdfName"], "file_data": data}})

    def reasoning(self, address, model):
        return self.tools_(address, model, **self.thinking)

    def reasoningStream(self, address, model):
        more = {"tools": self.tools, **self.thinking}
        first, told = self.ask_streaming(address, model, self.weather, lambda delta: getattr(delta, "reasoning_content", None), **more)
        _, second = self.ask_streaming(address, model, self.answered(first), lambda delta: False, **more)
        return {**second, "reasoning": told["reasoning"], "pieces": told["pieces"]}

    def abort(self, address, model):
        stream = self.ask(address, model, self.question(), stream=True)
        for pieces, _ in enumerate(stream, 1):
            if pieces == 3:
                break
        # Below the library's own iterator is what holds the connection.
        getattr(stream.completion_stream, "response_iterator", stream.completion_stream).close()
        return {"aborted": True, "pieces": pieces}


class OpenAi(Completion):
    kind, path = "openai/", "/v1"
    thinking = {"reasoning_effort": "low", "allowed_openai_params": ["reasoning_effort"]}

    def embeddings(self, address, model):
        made = litellm.embedding(
            model="openai/" + model, api_base=address["url"] + "/v1", api_key=address["key"], input=self.prompts["embed"]
        )
        return {"vectors": [each["embedding"] for each in made.data]}


class Anthropic(Completion):
    kind, path = "anthropic/", ""
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 2048}, "max_tokens": 4096, "allowed_openai_params": ["thinking"]}


def facts(kind, caller, lacks, **more):
    return {
        "name": f"litellm + {kind}",
        "caller": caller,
        "words": {"stop": "stop", "call": "tool_calls"},
        "showsReasoning": True,
        "heedsShouldRetry": False,
        "lacks": ["request id", "headers of errors", "names of errors", *lacks],
        "errorClasses": {
            400: "BadRequestError",
            401: "AuthenticationError",
            404: "NotFoundError",
            429: "RateLimitError",
            502: "BadGatewayError",
        },
        **more,
    }


if __name__ == "__main__":
    serve(
        [
            (facts("openai/", "openai-chat", ["class of a wrong base URL"], keepsReasoning=True), OpenAi),
            (facts("anthropic/", "anthropic-messages", ["tries of its own"], keepsReasoning=True), Anthropic),
        ],
        open_sdk,
        tell_error,
    )
