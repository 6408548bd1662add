"""The `openai` package from PyPI, with the gateway as an endpoint of Azure's: Chat Completions and Responses."""

import openai

from openai_clients import kinds, tell_error
from worker import serve


def open_sdk(address):
    more = {} if address.get("retries") is None else {"max_retries": address["retries"]}
    return openai.AzureOpenAI(azure_endpoint=address["url"], api_version="2025-04-01-preview", api_key=address["key"], **more)


if __name__ == "__main__":
    serve(kinds(" of AzureOpenAI"), open_sdk, tell_error)
