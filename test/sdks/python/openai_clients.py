"""The `openai` package from PyPI: Chat Completions and Responses."""

import json

import openai
from pydantic import BaseModel

from worker import serve


class Weather(BaseModel):
    city: str
    degrees: float


def open_sdk(address):
    more = {} if address.get("retries") is None else {"max_retries": address["retries"]}
    return openai.OpenAI(base_url=address["url"] + "/v1", api_key=address["key"], **more)


def tell_error(error):
    if not isinstance(error, openai.APIError):
        return {"kind": type(error).__name__, "message": str(error)}
    headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "status": getattr(error, "status_code", None),
        "type": error.type,
        "code": error.code,
        "requestId": getattr(error, "request_id", None),
        "retryAfter": headers.get("retry-after"),
        "shouldRetry": headers.get("x-should-retry"),
    }


def calls_of(pairs):
    return [{"name": name, "arguments": json.loads(arguments)} for name, arguments in pairs]


class Chat:
    def __init__(self, prompts):
        self.prompts = prompts
        self.tools = [{"type": "function", "function": {**prompts["tool"], "strict": True}}]
        self.weather = [{"role": "user", "content": prompts["weather"]}]

    def tell(self, completion):
        choice = completion.choices[0]
        calls = [(call.function.name, call.function.arguments) for call in choice.message.tool_calls or []]
        told = {"text": choice.message.content or "", "finish": choice.finish_reason, "calls": calls_of(calls)}
        return {**told, **self.usage_of(completion.usage)}

    def usage_of(self, usage):
        if usage is None:
            return {}
        cached = (usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else 0) or 0
        return {"usage": {"input": usage.prompt_tokens, "cached": cached, "output": usage.completion_tokens}}

    def ask_about(self, sdk, model, part):
        content = [{"type": "text", "text": self.prompts["look"]}, part]
        return self.tell(sdk.chat.completions.create(model=model, messages=[{"role": "user", "content": content}]))

    def answered(self, first):
        message = first.choices[0].message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": result}
            for call, result in zip(message.tool_calls, self.prompts["results"])
        ]
        return [*self.weather, message, *results]

    def whole(self, sdk, model):
        messages = [{"role": "system", "content": self.prompts["system"]}, {"role": "user", "content": self.prompts["question"]}]
        completion = sdk.chat.completions.create(model=model, messages=messages, temperature=0.5, max_completion_tokens=500)
        return {**self.tell(completion), "requestId": completion._request_id}

    def stream(self, sdk, model):
        messages = [{"role": "developer", "content": self.prompts["system"]}, {"role": "user", "content": self.prompts["question"]}]
        told = {"text": "", "pieces": 0}
        with sdk.chat.completions.create(
            model=model, messages=messages, stream=True, stream_options={"include_usage": True}
        ) as stream:
            for chunk in stream:
                told.update(self.usage_of(chunk.usage))
                for choice in chunk.choices:
                    if choice.delta.content:
                        told["text"] += choice.delta.content
                        told["pieces"] += 1
                    if choice.finish_reason:
                        told["finish"] = choice.finish_reason
        return told

    def tools_ask(self, sdk, model, **more):
        first = sdk.chat.completions.create(model=model, messages=self.weather, tools=self.tools, **more)
        second = sdk.chat.completions.create(model=model, messages=self.answered(first), tools=self.tools, **more)
        reasoning = getattr(first.choices[0].message, "reasoning_content", None) or ""
        return {**self.tell(second), "calls": self.tell(first)["calls"], "finish": first.choices[0].finish_reason, "reasoning": reasoning}

    def tools_(self, sdk, model):
        return self.tools_ask(sdk, model, parallel_tool_calls=True)

    def toolsStream(self, sdk, model):
        pieces = 0
        with sdk.chat.completions.stream(
            model=model, messages=self.weather, tools=self.tools, stream_options={"include_usage": True}
        ) as stream:
            for event in stream:
                pieces += event.type == "tool_calls.function.arguments.delta"
            return {**self.tell(stream.get_final_completion()), "pieces": pieces}

    def schema(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["schema"]}]
        completion = sdk.chat.completions.parse(model=model, messages=messages, response_format=Weather)
        return {"parsed": completion.choices[0].message.parsed.model_dump()}

    def image(self, sdk, model):
        return self.ask_about(sdk, model, {"type": "image_url", "image_url": {"url": "data:image/png;base64," + self.prompts["png"]}})

    def pdf(self, sdk, model):
        data = "data:application/pdf;base64," + self.prompts["pdf"]
        return self.ask_about(sdk, model, {"type": "file", "file": {"filename": self.prompts["pdfName"], "file_data": data}})

    def reasoning(self, sdk, model):
        return self.tools_ask(sdk, model, reasoning_effort="low")

    def reasoningStream(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["question"]}]
        told = {"text": "", "reasoning": "", "pieces": 0}
        for chunk in sdk.chat.completions.create(model=model, messages=messages, reasoning_effort="low", stream=True):
            for choice in chunk.choices:
                thought = getattr(choice.delta, "reasoning_content", None) or ""
                told["reasoning"] += thought
                told["text"] += choice.delta.content or ""
                told["pieces"] += bool(thought)
        return told

    def streamOptions(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["question"]}]
        counts = []
        for more in ({}, {"stream_options": {"include_usage": True}}):
            stream = sdk.chat.completions.create(model=model, messages=messages, stream=True, **more)
            counts.append(sum(chunk.usage is not None for chunk in stream))
        return {"usageChunks": counts}

    def embeddings(self, sdk, model):
        made = sdk.embeddings.create(model=model, input=self.prompts["embed"])
        return {"vectors": [list(each.embedding) for each in made.data]}

    def models(self, sdk, model):
        return {"models": [each.id for each in sdk.models.list()]}

    def abort(self, sdk, model):
        messages = [{"role": "user", "content": self.prompts["question"]}]
        with sdk.chat.completions.create(model=model, messages=messages, stream=True) as stream:
            for pieces, _ in enumerate(stream, 1):
                if pieces == 3:
                    break
        return {"aborted": True, "pieces": pieces}


class Responses:
    def __init__(self, prompts):
        self.prompts = prompts
        self.tools = [{"type": "function", "strict": True, **prompts["tool"]}]
        self.stateless = {
            "store": False,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"effort": "low", "summary": "auto"},
        }

    def tell(self, response):
        output = response.output
        usage = response.usage
        return {
            "text": response.output_text,
            "finish": response.status,
            "calls": calls_of((item.name, item.arguments) for item in output if item.type == "function_call"),
            "reasoning": "".join(part.text for item in output if item.type == "reasoning" for part in item.summary),
            "usage": {"input": usage.input_tokens, "cached": usage.input_tokens_details.cached_tokens, "output": usage.output_tokens},
        }

    def answered(self, first):
        calls = [item for item in first.output if item.type == "function_call"]
        results = [
            {"type": "function_call_output", "call_id": call.call_id, "output": result}
            for call, result in zip(calls, self.prompts["results"])
        ]
        return [{"role": "user", "content": self.prompts["weather"]}, *first.output, *results]

    def ask_about(self, sdk, model, part):
        content = [{"type": "input_text", "text": self.prompts["look"]}, part]
        return self.tell(sdk.responses.create(model=model, input=[{"role": "user", "content": content}]))

    def whole(self, sdk, model):
        response = sdk.responses.create(
            model=model, instructions=self.prompts["system"], input=self.prompts["question"], max_output_tokens=500
        )
        return {**self.tell(response), "requestId": response._request_id}

    def stream(self, sdk, model):
        told = {"text": "", "pieces": 0}
        messages = [
            {"role": "developer", "content": self.prompts["system"]},
            {"role": "user", "content": [{"type": "input_text", "text": self.prompts["question"]}]},
        ]
        for event in sdk.responses.create(model=model, input=messages, store=False, stream=True):
            if event.type == "response.output_text.delta":
                told["text"] += event.delta
                told["pieces"] += 1
            elif event.type == "error":
                raise RuntimeError(event.message)
            elif event.type == "response.failed":
                raise RuntimeError(event.response.error.message)
            elif event.type == "response.completed":
                whole = self.tell(event.response)
                told.update({"usage": whole["usage"], "finish": whole["finish"]})
        return told

    def tools_ask(self, sdk, model, **more):
        first = sdk.responses.create(model=model, input=self.prompts["weather"], tools=self.tools, **more)
        second = sdk.responses.create(model=model, input=self.answered(first), tools=self.tools, **more)
        told = self.tell(first)
        return {**self.tell(second), "calls": told["calls"], "reasoning": told["reasoning"]}

    def tools_(self, sdk, model):
        return self.tools_ask(sdk, model, parallel_tool_calls=True)

    def toolsStream(self, sdk, model):
        pieces = 0
        with sdk.responses.stream(model=model, input=self.prompts["weather"], tools=self.tools) as stream:
            for event in stream:
                pieces += event.type == "response.function_call_arguments.delta"
            return {**self.tell(stream.get_final_response()), "pieces": pieces}

    def schema(self, sdk, model):
        return {"parsed": sdk.responses.parse(model=model, input=self.prompts["schema"], text_format=Weather).output_parsed.model_dump()}

    def image(self, sdk, model):
        url = "data:image/png;base64," + self.prompts["png"]
        return self.ask_about(sdk, model, {"type": "input_image", "detail": "auto", "image_url": url})

    def pdf(self, sdk, model):
        data = "data:application/pdf;base64," + self.prompts["pdf"]
        return self.ask_about(sdk, model, {"type": "input_file", "filename": self.prompts["pdfName"], "file_data": data})

    def reasoning(self, sdk, model):
        return self.tools_ask(sdk, model, **self.stateless)

    def reasoningStream(self, sdk, model):
        pieces = 0
        more = {"tools": self.tools, **self.stateless}
        with sdk.responses.stream(model=model, input=self.prompts["weather"], **more) as stream:
            for event in stream:
                pieces += event.type == "response.reasoning_summary_text.delta"
            first = stream.get_final_response()
        with sdk.responses.stream(model=model, input=self.answered(first), **more) as stream:
            second = stream.get_final_response()
        return {**self.tell(second), "reasoning": self.tell(first)["reasoning"], "pieces": pieces}

    def abort(self, sdk, model):
        pieces = 0
        with sdk.responses.create(model=model, input=self.prompts["question"], stream=True) as stream:
            for event in stream:
                pieces += event.type == "response.output_text.delta"
                if pieces == 3:
                    break
        return {"aborted": True, "pieces": pieces}


def facts(name, caller, stop, call):
    return {
        "name": name,
        "caller": caller,
        "words": {"stop": stop, "call": call},
        "keepsReasoning": True,
        "showsReasoning": True,
        "heedsShouldRetry": True,
    }


def kinds(of=""):
    """Both clients. `of` follows their names."""
    return [
        (facts("openai (PyPI), chat" + of, "openai-chat", "stop", "tool_calls"), Chat),
        (facts("openai (PyPI), responses" + of, "openai-responses", "completed", "completed"), Responses),
    ]


if __name__ == "__main__":
    serve(kinds(), open_sdk, tell_error)
