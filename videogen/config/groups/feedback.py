"""The group `feedback` of VideoGenConfig."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from videogen.config.groups.group import Group

DEFAULT_REGIONS = ("IN", "US", "GB")


class FeedbackSettings(Group):
    """How what people say about videos is kept, and how changes are tested and adopted."""

    key_file: Path = Field(
        Path("dagster_home/storage/secrets/feedback_keys.json"),
        description="keys of raters' pseudonyms; outside of paths.store and paths.warehouse",
    )
    key_retention_days: float = Field(
        365.0, ge=1.0, description="an old key is destroyed after that; what it names then belongs to nobody"
    )
    keep_days: float = Field(730.0, ge=1.0, description="events older than this are removed; aggregates stay")
    keep_comments_days: float = Field(180.0, ge=1.0, description="the texts of comments are removed after that")
    min_group: int = Field(5, ge=2, le=100, description="fewer raters than this: no comment and no number of theirs")
    phone_regions: tuple[str, ...] = Field(
        DEFAULT_REGIONS, description="countries whose telephone numbers are found in comments, ISO 3166"
    )
    port: int = Field(3010, ge=1, le=65535, description="port of `videogen feedback serve` on 127.0.0.1")
    link_days: float = Field(14.0, gt=0.0, le=365.0, description="how long a rater's link can be used")
    posts_per_minute: int = Field(30, ge=1, le=100_000, description="posts a minute that one link may make")
    max_pairs: int = Field(400, ge=30, le=100_000, description="most units of an experiment; longer plans are refused")
    hold_back: float = Field(
        0.1, ge=0.0, le=0.5, description="share of requests that keeps the old setting for a while"
    )
    hold_back_days: float = Field(14.0, gt=0.0, le=365.0, description="how long that share keeps it")
    exploration: float = Field(
        0.0, ge=0.0, le=1.0, description="share of requests with priority < 0 whose one parameter is drawn at random"
    )
    adopted_file: Path = Field(
        Path("dagster_home/storage/adopted.yaml"), description="settings adopted by `videogen experiments adopt`"
    )

    @field_validator("phone_regions")
    @classmethod
    def _regions_are_known(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        if regions == DEFAULT_REGIONS:
            return regions
        from phonenumbers import SUPPORTED_REGIONS

        unknown = [region for region in regions if region not in SUPPORTED_REGIONS]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not a country with telephone numbers; write IN, US, GB …")
        return regions
