"""The `pydantic-ai` library from PyPI: agents over OpenAI's and Anthropic's models."""

import asyncio
import base64

import pydantic_ai
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, Embedder, NativeOutput, Tool, ToolOutput, messages
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from worker import serve

loop = asyncio.new_event_loop()


class Weather(BaseModel):
    city: str
    degrees: float


def open_sdk(address):
    return address


def more_of(address):
    return {} if address.get("retries") is None else {"max_retries": address["retries"]}


def openai_provider(address):
    return OpenAIProvider(openai_client=AsyncOpenAI(base_url=address["url"] + "/v1", api_key=address["key"], **more_of(address)))


def anthropic_provider(address):
    return AnthropicProvider(anthropic_client=AsyncAnthropic(base_url=address["url"], api_key=address["key"], **more_of(address)))


def tell_error(error):
    if not isinstance(error, ModelHTTPError):
        return {"kind": type(error).__name__, "message": str(error)}
    body = error.body if isinstance(error.body, dict) else {}
    told = body.get("error") if isinstance(body.get("error"), dict) else body
    headers = getattr(getattr(error.__cause__, "response", None), "headers", {})
    return {
        "kind": type(error).__name__,
        "message": str(error),
        "status": error.status_code,
        "type": told.get("type"),
        "code": told.get("code"),
        "retryAfter": headers.get("retry-after"),
        "shouldRetry": headers.get("x-should-retry"),
    }


class Agents:
    """`thinking` are the settings with which the model reasons, `structured` asks for an answer of a type."""

    structured = NativeOutput

    def __init__(self, prompts):
        self.prompts = prompts

    def agent(self, address, model, **more):
        return Agent(self.model(address, model), **more)

    def weather_agent(self, address, model, **more):
        tool = self.prompts["tool"]

        def get_weather(city, unit):
            return self.prompts["results"][0 if city in ("Berlin", "demo") else 1]

        made = Tool.from_schema(get_weather, tool["name"], tool["description"], tool["parameters"])
        return self.agent(address, model, tools=[made], **more)

    def run(self, agent, *prompt):
        return loop.run_until_complete(agent.run(list(prompt) if len(prompt) > 1 else prompt[0]))

    def run_streaming(self, agent, prompt, kind):
        """Counts the pieces of one kind of part."""

        async def run():
            pieces = 0
            async with agent.run_stream_events(prompt) as events:
                async for event in events:
                    started = isinstance(event, messages.PartStartEvent) and event.part.part_kind == kind and event.part.has_content()
                    grown = isinstance(event, messages.PartDeltaEvent) and event.delta.part_delta_kind == kind.replace("-call", "_call")
                    pieces += started or grown
                    if isinstance(event, pydantic_ai.AgentRunResultEvent):
                        return event.result, pieces

        return loop.run_until_complete(run())

    def responses(self, result):
        return [message for message in result.all_messages() if message.kind == "response"]

    def tell(self, response):
        usage = response.usage
        return {
            "text": response.text or "",
            "reasoning": "".join(part.content for part in response.parts if part.part_kind == "thinking"),
            "calls": [{"name": call.tool_name, "arguments": call.args_as_dict()} for call in response.tool_calls],
            "finish": response.finish_reason,
            "usage": {"input": usage.input_tokens, "cached": usage.cache_read_tokens, "output": usage.output_tokens},
        }

    def tell_tools(self, result):
        first, *_, last = self.responses(result)
        told = self.tell(first)
        return {**self.tell(last), **{name: told[name] for name in ("calls", "finish", "reasoning", "usage")}}

    def whole(self, address, model):
        agent = self.agent(address, model, instructions=self.prompts["system"], model_settings={"max_tokens": 500})
        return self.tell(self.responses(self.run(agent, self.prompts["question"]))[-1])

    def stream(self, address, model):
        agent = self.agent(address, model, system_prompt=self.prompts["system"])
        result, pieces = self.run_streaming(agent, self.prompts["question"], "text")
        return {**self.tell(self.responses(result)[-1]), "pieces": pieces}

    def tools_(self, address, model):
        return self.tell_tools(self.run(self.weather_agent(address, model), self.prompts["weather"]))

    def toolsStream(self, address, model):
        result, pieces = self.run_streaming(self.weather_agent(address, model), self.prompts["weather"], "tool-call")
        return {**self.tell_tools(result), "pieces": pieces}

    def schema(self, address, model):
        agent = self.agent(address, model, output_type=self.structured(Weather))
        return {"parsed": self.run(agent, self.prompts["schema"]).output.model_dump()}

    def ask_about(self, address, model, data, media_type):
        shown = BinaryContent(base64.b64decode(data), media_type=media_type)
        return {"text": self.run(self.agent(address, model), self.prompts["look"], shown).output}

    def image(self, address, model):
        return self.ask_about(address, model, self.prompts["png"], "image/png")

    def pdf(self, address, model):
        return self.ask_about(address, model, self.prompts["pdf"], "application/pdf")

    def reasoning(self, address, model):
        return self.tell_tools(self.run(self.weather_agent(address, model, model_settings=self.thinking), self.prompts["weather"]))

    def reasoningStream(self, address, model):
        agent = self.weather_agent(address, model, model_settings=self.thinking)
        result, pieces = self.run_streaming(agent, self.prompts["weather"], "thinking")
        return {**self.tell_tools(result), "pieces": pieces}

    def abort(self, address, model):
        async def run():
            pieces = 0
            async with self.agent(address, model).run_stream(self.prompts["question"]) as stream:
                async for _ in stream.stream_text(delta=True, debounce_by=None):
                    pieces += 1
                    if pieces == 3:
                        break
            return {"aborted": True, "pieces": pieces}

        return loop.run_until_complete(run())


class Chat(Agents):
    thinking = {"openai_reasoning_effort": "low"}

    def model(self, address, model):
        return OpenAIChatModel(model, provider=openai_provider(address))

    def embeddings(self, address, model):
        embedder = Embedder(OpenAIEmbeddingModel(model, provider=openai_provider(address)))
        made = loop.run_until_complete(embedder.embed_documents(self.prompts["embed"]))
        return {"vectors": [list(vector) for vector in made.embeddings]}


class Responses(Agents):
    thinking = {"openai_reasoning_effort": "low", "openai_reasoning_summary": "auto", "openai_store": False}

    def model(self, address, model):
        profile = OpenAIModelProfile(openai_supports_encrypted_reasoning_content=True)
        return OpenAIResponsesModel(model, provider=openai_provider(address), profile=profile)


class Messages(Agents):
    structured = ToolOutput
    thinking = {"max_tokens": 4096, "anthropic_thinking": {"type": "enabled", "budget_tokens": 2048}}

    def model(self, address, model):
        return AnthropicModel(model, provider=anthropic_provider(address))


def facts(model, caller, call="tool_call"):
    return {
        "name": f"pydantic-ai + {model}",
        "caller": caller,
        "words": {"stop": "stop", "call": call},
        "keepsReasoning": True,
        "showsReasoning": True,
        "heedsShouldRetry": True,
        "lacks": ["request id"],
        "errorClasses": {
            400: "ModelRequestRejectedError",
            401: "ModelAuthenticationError",
            404: "ModelNotFoundError",
            429: "ModelRateLimitError",
            502: "ModelServerError",
        },
    }


if __name__ == "__main__":
    serve(
        [
            (facts("OpenAIChatModel", "openai-chat"), Chat),
            (facts("OpenAIResponsesModel", "openai-responses", "stop"), Responses),
            (facts("AnthropicModel", "anthropic-messages"), Messages),
        ],
        open_sdk,
        tell_error,
    )
