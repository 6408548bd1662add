"""Reads lines of {kind, dialect, stream, value}, and tells for each kind how many the official models take, and why they take others not.

Requests are checked by the types that the vendors' SDKs give for what they send, with unknown members forbidden; answers and events by
those into which they read what comes. Bedrock's shapes are botocore's, Gemini's its protocol buffers and its SDK's types.
"""

import collections
import importlib
import json
import pkgutil
import re
import sys
import typing

# The SDKs' parameters are typed as Iterable, into which pydantic does not look.
typing.Iterable = typing.List

import anthropic.types
import anthropic.types.beta
import botocore.session
import botocore.validate
import cohere
import google
import ollama._types
import openai.types.chat
import openai.types.responses
from anthropic.types.beta import message_create_params as anthropic_params
from google.genai import interactions
from google.genai import types as gemini
from google.protobuf import json_format
from openai.types.chat import completion_create_params as chat_params
from openai.types.responses import response_create_params as responses_params
from pydantic import ConfigDict, TypeAdapter, ValidationError

generated = sys.argv[1]
sys.path.insert(0, generated)
google.__path__ = [*google.__path__, f"{generated}/google"]
from google.ai.generativelanguage.v1beta import generative_service_pb2 as protos  # noqa: E402


def forbid_unknown(package):
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        try:
            module = importlib.import_module(found.name)
        except ImportError:
            continue
        for each in vars(module).values():
            if isinstance(each, type) and hasattr(each, "__total__"):
                each.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


forbid_unknown(openai.types)
forbid_unknown(anthropic.types)


def model(kind):
    return TypeAdapter(kind).validate_python


def params(whole, streaming):
    whole, streaming = model(whole), model(streaming)
    return lambda value: (streaming if value.get("stream") else whole)(value)


bedrock = botocore.session.get_session().get_service_model("bedrock-runtime")
stream_events = bedrock.operation_model("ConverseStream").output_shape.members["stream"].members


def shape(kind):
    def check(value):
        report = botocore.validate.ParamValidator().validate(value, kind)
        if report.has_errors():
            raise ValueError(report.generate_report())

    return check


def converse_request(value):
    shape(bedrock.operation_model("Converse").input_shape)({"modelId": "asked-for", **value})


def converse_event(value):
    shape(stream_events[value["event"]])(value["data"])


def known_event(check):
    def checked(value):
        if type(check(value)).__name__.startswith("Unknown"):
            raise ValueError(f"an event of an unknown kind: {value.get('event_type')}")

    return checked


def either(*checks):
    """What was added since the one was written may be known to the other."""

    def check(value):
        failures = []
        for each in checks:
            try:
                return each(value)
            except Exception as failure:
                failures.append(failure)
        raise failures[0]

    return check


def proto(kind):
    return lambda value: json_format.ParseDict(value, kind())


def sdk_request(parts):
    """The members of a request by the types that the SDK has for each: it puts them together by hand."""
    checks = {name: model(kind) for name, kind in parts.items()}

    def check(value):
        for name, member in value.items():
            if name not in checks:
                raise ValueError(f"{name}: unknown member")
            checks[name](member)

    return check


gemini_request = sdk_request(
    {
        "model": str,
        "contents": typing.List[gemini.Content],
        "systemInstruction": gemini.Content,
        "tools": typing.List[gemini.Tool],
        "toolConfig": gemini.ToolConfig,
        "safetySettings": typing.List[gemini.SafetySetting],
        "generationConfig": gemini.GenerationConfig,
        "cachedContent": str,
        "serviceTier": gemini.ServiceTier,
    }
)
gemini_answer = either(proto(protos.GenerateContentResponse), model(gemini.GenerateContentResponse))
judges = {
    ("openai-chat", "request"): params(chat_params.CompletionCreateParamsNonStreaming, chat_params.CompletionCreateParamsStreaming),
    ("openai-chat", "answer"): model(openai.types.chat.ChatCompletion),
    ("openai-chat", "event"): model(openai.types.chat.ChatCompletionChunk),
    ("openai-responses", "request"): params(
        responses_params.ResponseCreateParamsNonStreaming, responses_params.ResponseCreateParamsStreaming
    ),
    ("openai-responses", "answer"): model(openai.types.responses.Response),
    ("openai-responses", "event"): model(openai.types.responses.ResponseStreamEvent),
    ("anthropic-messages", "request"): params(
        anthropic_params.MessageCreateParamsNonStreaming, anthropic_params.MessageCreateParamsStreaming
    ),
    ("anthropic-messages", "answer"): model(anthropic.types.beta.BetaMessage),
    ("anthropic-messages", "event"): model(anthropic.types.beta.BetaRawMessageStreamEvent),
    ("gemini-generate", "request"): either(proto(protos.GenerateContentRequest), gemini_request),
    ("gemini-generate", "answer"): gemini_answer,
    ("gemini-generate", "event"): gemini_answer,
    ("gemini-interactions", "request"): model(interactions.CreateModelInteraction),
    ("gemini-interactions", "answer"): model(interactions.Interaction),
    ("gemini-interactions", "event"): known_event(model(interactions.InteractionSSEEvent)),
    ("bedrock-converse", "request"): converse_request,
    ("bedrock-converse", "answer"): shape(bedrock.operation_model("Converse").output_shape),
    ("bedrock-converse", "event"): converse_event,
    ("cohere-chat", "answer"): model(cohere.V2ChatResponse),
    ("cohere-chat", "event"): model(cohere.V2ChatStreamResponse),
    ("ollama-chat", "request"): model(ollama._types.ChatRequest),
    ("ollama-chat", "answer"): model(ollama._types.ChatResponse),
    ("ollama-chat", "event"): model(ollama._types.ChatResponse),
}


def places(failure):
    """Where it does not fit: of a union, by the member that fits best."""
    if not isinstance(failure, ValidationError):
        return [re.sub(r"\d+", "N", line)[:200] for line in str(failure).splitlines() if not line.startswith(" Available")][:3]
    by_member = collections.defaultdict(list)
    for error in failure.errors():
        names = [str(part) for part in error["loc"]]
        member = next((name for name in names if name[0].isupper()), "")
        by_member[member].append((error["type"], ".".join(n for n in names if not n.isdigit() and "[" not in n), error.get("input")))
    # A member that was not meant differs in its very kind.
    kinds = {"literal_error", "model_type", "dict_type", "string_type", "union_tag_invalid"}
    member, errors = min(by_member.items(), key=lambda item: (sum(kind in kinds for kind, _, _ in item[1]), len(item[1])))
    return [f"{place}: {kind}" for kind, place, _ in errors[:3]]


taken = collections.Counter()
for line in sys.stdin:
    row = json.loads(line)
    judge = judges.get((row["dialect"], row["kind"]))
    if judge is None:
        continue
    try:
        judge(row["value"])
        taken[f"{row['dialect']} {row['kind']}"] += 1
    except Exception as failure:
        print(json.dumps({"dialect": row["dialect"], "kind": row["kind"], "from": row["from"], "places": places(failure)}))
print(json.dumps({"taken": taken}))
