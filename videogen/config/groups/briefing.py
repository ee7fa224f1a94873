"""The group `briefing` of VideoGenConfig."""

from __future__ import annotations

from pydantic import Field

from videogen.config.groups.group import Group


class BriefingSettings(Group):
    """Briefings: a language model that may shorten sentences, if you name one."""

    rewriter_url: str = Field(
        "", description="base URL of an OpenAI-compatible service, ending in /v1; empty: sentences stay as they are"
    )
    rewriter_model: str = Field("", description="the model asked for")
    rewriter_key_variable: str = Field(
        "BRIEFING_API_KEY", description="environment variable with the key of that service, where it needs one"
    )
    rewriter_timeout: float = Field(60.0, gt=0.0, le=600.0, description="seconds that its answer may take")
