"""Templates of real tokenizers are longer than what the tiny text encoders read: shorter ones for tests."""

from __future__ import annotations

import functools
from typing import Any

import pytest

KANDINSKY6 = "diffusers.pipelines.kandinsky6.pipeline_kandinsky6_ti2va"


def shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Kandinsky's pipelines read prompts as they are."""
    from diffusers import Kandinsky5T2VPipeline

    monkeypatch.setattr(f"{KANDINSKY6}._QWEN_CROP_START", 0)
    monkeypatch.setattr(f"{KANDINSKY6}._PROMPT_TEMPLATE", "{}")
    own = Kandinsky5T2VPipeline.__init__

    @functools.wraps(own)
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        own(self, *args, **kwargs)
        self.prompt_template, self.prompt_template_encode_start_idx = "{}", 0

    monkeypatch.setattr(Kandinsky5T2VPipeline, "__init__", init)
