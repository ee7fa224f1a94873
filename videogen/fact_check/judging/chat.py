"""A question to a language model behind an OpenAI-compatible address, answered by a JSON schema."""

from __future__ import annotations

import json
from typing import Any

from videogen.fact_check.judging.remote import RemoteError, RemoteService


def question(model: str, instruction: str, data: Any, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The body of a request. data: plain values, sent as JSON. name, schema: of the answer."""
    return {
        "model": model,
        "temperature": 0,
        "messages": [
            {"role": "system", "content": instruction},
            {"role": "user", "content": json.dumps(data, ensure_ascii=False)},
        ],
        "response_format": {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}},
    }


def answer(service: RemoteService, url: str, asked: dict[str, Any]) -> str:
    """What the model says to a question, as it came.

    Raises:
        RemoteError: the service does not answer, or not as chats do.
    """
    headers = {"Authorization": f"Bearer {service.key}"} if service.key else {}
    reply = service.call("POST", url, headers=headers, json=asked)
    try:
        content = reply["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise RemoteError("the model's answer does not follow the schema") from None
    if not isinstance(content, str):
        raise RemoteError("the model's answer does not follow the schema")
    return content
