"""The `google-genai` package from PyPI."""

import base64

from google import genai
from google.genai import errors, types
from pydantic import BaseModel

from worker import serve


class Weather(BaseModel):
    city: str
    degrees: float


def open_sdk(address):
    return genai.Client(api_key=address["key"], http_options=types.HttpOptions(base_url=address["url"]))


def tell_error(error):
    if not isinstance(error, errors.APIError):
        return {"kind": type(error).__name__, "message": str(error)}
    headers = getattr(error.response, "headers", {})
    details = ((error.details or {}).get("error") or {}).get("details") or []
    return {
        "kind": type(error).__name__,
        "message": error.message or "",
        "status": error.code,
        "type": error.status,
        "code": next((detail["reason"] for detail in details if "reason" in detail), None),
        "requestId": headers.get("x-request-id"),
        "retryAfter": headers.get("retry-after"),
        "shouldRetry": headers.get("x-should-retry"),
    }


def parts_of(response):
    content = response.candidates[0].content if response.candidates else None
    return (content.parts if content else None) or []


class Generate:
    def __init__(self, prompts):
        self.prompts = prompts
        tool = prompts["tool"]
        declared = types.FunctionDeclaration(
            name=tool["name"], description=tool["description"], parameters_json_schema=tool["parameters"]
        )
        self.tools = [types.Tool(function_declarations=[declared])]
        self.thinking = types.ThinkingConfig(include_thoughts=True, thinking_budget=2048)
        self.weather = types.Content(role="user", parts=[types.Part(text=prompts["weather"])])

    def tell_parts(self, parts):
        calls = [part.function_call for part in parts if part.function_call]
        return {
            "text": "".join(part.text for part in parts if part.text and not part.thought),
            "reasoning": "".join(part.text for part in parts if part.text and part.thought),
            "calls": [{"name": call.name, "arguments": call.args} for call in calls],
        }

    def usage_of(self, counts):
        output = (counts.candidates_token_count or 0) + (counts.thoughts_token_count or 0)
        return {"input": counts.prompt_token_count, "cached": counts.cached_content_token_count or 0, "output": output}

    def tell(self, response):
        headers = (response.sdk_http_response and response.sdk_http_response.headers) or {}
        return {
            **self.tell_parts(parts_of(response)),
            "finish": response.candidates[0].finish_reason.value,
            "usage": self.usage_of(response.usage_metadata),
            "requestId": headers.get("x-request-id"),
        }

    def join(self, stream, counted):
        """Puts a stream's parts together; `counted` are those that come piece by piece."""
        parts, told = [], {"pieces": 0}
        for chunk in stream:
            found = parts_of(chunk)
            parts.extend(found)
            told["pieces"] += sum(bool(counted(part)) for part in found)
            if chunk.candidates and chunk.candidates[0].finish_reason:
                told["finish"] = chunk.candidates[0].finish_reason.value
            if chunk.usage_metadata:
                told["usage"] = self.usage_of(chunk.usage_metadata)
        return parts, {**told, **self.tell_parts(parts)}

    def answered(self, parts):
        calls = [part.function_call for part in parts if part.function_call]
        results = [
            types.Part(function_response=types.FunctionResponse(id=call.id, name=call.name, response={"output": result}))
            for call, result in zip(calls, self.prompts["results"])
        ]
        return [self.weather, types.Content(role="model", parts=parts), types.Content(role="user", parts=results)]

    def ask_about(self, sdk, model, mime_type, data):
        part = types.Part.from_bytes(data=base64.b64decode(data), mime_type=mime_type)
        return self.tell(sdk.models.generate_content(model=model, contents=[part, self.prompts["look"]]))

    def whole(self, sdk, model):
        config = types.GenerateContentConfig(system_instruction=self.prompts["system"], temperature=0.5, max_output_tokens=500)
        return self.tell(sdk.models.generate_content(model=model, contents=self.prompts["question"], config=config))

    def stream(self, sdk, model):
        config = types.GenerateContentConfig(system_instruction=self.prompts["system"])
        stream = sdk.models.generate_content_stream(model=model, contents=self.prompts["question"], config=config)
        return self.join(stream, lambda part: part.text)[1]

    def tools_ask(self, sdk, model, **more):
        config = types.GenerateContentConfig(tools=self.tools, **more)
        first = sdk.models.generate_content(model=model, contents=[self.weather], config=config)
        second = sdk.models.generate_content(model=model, contents=self.answered(parts_of(first)), config=config)
        told = self.tell(first)
        return {**self.tell(second), "calls": told["calls"], "finish": told["finish"], "reasoning": told["reasoning"]}

    def tools_(self, sdk, model):
        return self.tools_ask(sdk, model)

    def toolsStream(self, sdk, model):
        config = types.GenerateContentConfig(tools=self.tools)
        stream = sdk.models.generate_content_stream(model=model, contents=[self.weather], config=config)
        return self.join(stream, lambda part: part.function_call)[1]

    def schema(self, sdk, model):
        config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=Weather)
        response = sdk.models.generate_content(model=model, contents=self.prompts["schema"], config=config)
        return {"parsed": response.parsed.model_dump()}

    def image(self, sdk, model):
        return self.ask_about(sdk, model, "image/png", self.prompts["png"])

    def pdf(self, sdk, model):
        return self.ask_about(sdk, model, "application/pdf", self.prompts["pdf"])

    def reasoning(self, sdk, model):
        return self.tools_ask(sdk, model, thinking_config=self.thinking)

    def reasoningStream(self, sdk, model):
        config = types.GenerateContentConfig(tools=self.tools, thinking_config=self.thinking)
        stream = sdk.models.generate_content_stream(model=model, contents=[self.weather], config=config)
        parts, first = self.join(stream, lambda part: part.text and part.thought)
        stream = sdk.models.generate_content_stream(model=model, contents=self.answered(parts), config=config)
        return {**self.join(stream, lambda part: False)[1], "reasoning": first["reasoning"], "pieces": first["pieces"]}

    def embeddings(self, sdk, model):
        # It takes a list of texts for one content where the model's name is one of newer Geminis.
        contents = [types.Content(parts=[types.Part(text=text)]) for text in self.prompts["embed"]]
        made = sdk.models.embed_content(model=model, contents=contents)
        return {"vectors": [each.values for each in made.embeddings]}

    def abort(self, sdk, model):
        pieces = 0
        stream = sdk.models.generate_content_stream(model=model, contents=self.prompts["question"])
        for chunk in stream:
            pieces += len(parts_of(chunk)) > 0
            if pieces == 3:
                stream.close()
                break
        return {"aborted": True, "pieces": pieces}


if __name__ == "__main__":
    facts = {
        "name": "google-genai (PyPI)",
        "caller": "gemini-generate",
        "words": {"stop": "STOP", "call": "STOP"},
        "keepsReasoning": True,
        "showsReasoning": True,
        "heedsShouldRetry": False,
        "lacks": ["request id beside a provider's own words", "pieces of arguments", "tries of its own"],
        "errorClasses": {400: "ClientError", 401: "ClientError", 404: "ClientError", 429: "ClientError", 502: "ServerError"},
    }
    serve([(facts, Generate)], open_sdk, tell_error)
