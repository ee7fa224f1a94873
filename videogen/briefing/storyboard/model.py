"""The storyboard's form: what its YAML file may say. Unknown keys are errors."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from videogen.briefing.source.document import Place

Kind = Literal["title", "statement", "figure", "chart", "quote", "list", "map", "picture", "clip", "end"]
FormatName = Literal["wide", "square", "tall"]
LoudnessProfile = Literal["broadcast", "web"]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
ShotId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
VoiceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,60}$")]
"""auto, espeak, joe, or the name of a file in ``models/voices/``."""
Texts = dict[Language, Words]
"""Language → text."""
Span = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]]
Spans = dict[Language, Span]
"""Language → characters from … to of the release in that language."""
Number = Annotated[float, Field(allow_inf_nan=False, strict=True)]
MOST_SHOTS = 40
LONGEST = 300.0


class Strict(BaseModel):
    """Base: frozen, unknown keys refused, names as the YAML writes them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Passage(Strict):
    """A text with its place in the release of each language. Without a place it is a person's own words."""

    text: Texts
    source: Spans = Field(default_factory=dict, alias="from")

    @model_validator(mode="after")
    def _places_have_texts(self) -> Self:
        for language, (start, end) in self.source.items():
            if language not in self.text:
                raise ValueError(f"from names {language!r}, but the release has no text in that language")
            if end <= start:
                raise ValueError(f"from {language}: [{start}, {end}] does not name a stretch of text")
        return self


class Sentence(Passage):
    """A spoken sentence. say: how it is spoken, where that is not as it is written."""

    say: Texts = Field(default_factory=dict)


class ChartRow(Strict):
    """One value. shown: as the release writes it; label: what it is the value of."""

    label: Passage
    value: Number
    shown: Passage


class Chart(Strict):
    """Comparable quantities. unit: as the release writes it; title: what is compared, e.g. the head of the column."""

    type: Literal["column", "bar", "line", "share"]
    unit: Texts = Field(default_factory=dict)
    title: Passage | None = None
    rows: tuple[ChartRow, ...] = Field(min_length=2, max_length=12)

    @model_validator(mode="after")
    def _fits_the_type(self) -> Self:
        values = [row.value for row in self.rows]
        if self.type == "share":
            if len(values) > 4:
                raise ValueError("a share chart shows at most 4 parts: use bar")
            if min(values) < 0 or not 99.0 <= sum(values) <= 101.0:
                raise ValueError("the parts of a share chart are percentages that add up to 100: use bar")
        if self.type == "line" and len(values) < 3:
            raise ValueError("a line needs at least 3 values: use column")
        if len(self.rows) > 8 and self.type in ("column", "share"):
            raise ValueError("more than 8 columns cannot be read: use bar or line")
        return self


class Quote(Strict):
    """What was said, in quotation marks, and by whom."""

    text: Passage
    speaker: Passage


class MapPoint(Strict):
    """A place by its name in the release and its position in degrees."""

    name: Passage
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Picture(Strict):
    """A picture of the briefing's folder, and the rights to it.

    focus: the point that every crop keeps (x, y; 0 … 1). expires: the last day on which it may be used.
    """

    file: str = Field(min_length=1, max_length=120)
    credit: Words
    licence: Words
    expires: date | None = None
    alt: Texts
    focus: tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]] = (0.5, 0.5)
    move: Literal["zoom-in", "zoom-out", "still"] = "zoom-in"

    @model_validator(mode="after")
    def _inside_of_its_folder(self) -> Self:
        path = PurePosixPath(self.file)
        if path.is_absolute() or len(path.parts) != 1 or path.name.startswith("."):
            raise ValueError(f"picture {self.file!r}: give the name of a file of this briefing, without a folder")
        return self


class Clip(Strict):
    """A generated clip: what it shows (an illustration, never evidence) and its seed."""

    prompt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
    seed: Annotated[int, Field(ge=0, lt=2**31, strict=True)] = 0


class LowerThird(Strict):
    """A name and, below it, a function, shown over the picture."""

    name: Texts
    role: Texts = Field(default_factory=dict)


class Shot(Strict):
    """One shot: what is said, and what is seen meanwhile."""

    id: ShotId
    kind: Kind
    heading: Passage | None = None
    narration: tuple[Sentence, ...] = ()
    figures: tuple[Passage, ...] = Field((), max_length=4)
    items: tuple[Passage, ...] = Field((), max_length=6)
    chart: Chart | None = None
    quote: Quote | None = None
    points: tuple[MapPoint, ...] = Field((), max_length=6)
    picture: Picture | None = None
    clip: Clip | None = None
    lower_third: LowerThird | None = None
    transition: Literal["cut", "fade"] | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        needed: dict[str, object] = {
            "figure": self.figures,
            "list": self.items,
            "chart": self.chart,
            "quote": self.quote,
        }
        needed |= {"map": self.points, "picture": self.picture, "clip": self.clip, "title": self.heading}
        if self.kind in needed and not needed[self.kind]:
            name = {"figure": "figures", "list": "items", "map": "points", "title": "heading"}.get(self.kind, self.kind)
            raise ValueError(f"a shot of kind {self.kind} needs {name}")
        if self.kind not in ("title", "end") and not self.narration:
            raise ValueError(f"a shot of kind {self.kind} needs a narration")
        for kind, given in needed.items():
            if given and kind != self.kind and kind != "title":
                raise ValueError(f"a shot of kind {self.kind} cannot show what belongs to the kind {kind}")
        return self

    def languages(self) -> frozenset[str]:
        """The languages in which the shot can be shown: those of all its sentences."""
        spoken = [frozenset(sentence.text) for sentence in self.narration]
        shown = [frozenset(self.heading.text)] if self.heading and not spoken else []
        sets = [*spoken, *shown]
        return frozenset.intersection(*sets) if sets else frozenset()


class Source(Strict):
    """The release that a language is told from."""

    file: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    release_id: str | None = None


class Music(Strict):
    """A bed under the speech. track: "calm", made by formula, or a file of the briefing's folder with its rights."""

    track: str = "calm"
    credit: Words | None = None
    licence: Words | None = None
    expires: date | None = None
    under_speech: Annotated[float, Field(ge=20, le=40)] = 24.0

    @model_validator(mode="after")
    def _rights(self) -> Self:
        if self.track != "calm" and not (self.credit and self.licence):
            raise ValueError(f"music {self.track!r} needs credit and licence")
        return self


class Storyboard(Strict):
    """A briefing from its first shot to its last. revision: the one that this file is, or was edited from."""

    briefing: Literal[1]
    revision: Annotated[int, Field(ge=0, strict=True)] = 0
    title: Texts
    issuer: Texts = Field(default_factory=dict)
    issued: date | None = None
    sources: dict[Language, Source] = Field(default_factory=dict)
    languages: tuple[Language, ...] = Field(min_length=1, max_length=12)
    formats: tuple[FormatName, ...] = Field(min_length=1)
    target: Annotated[int, Field(ge=10, le=300, strict=True)] = 60
    brand: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")] = "plain"
    loudness: LoudnessProfile = "broadcast"
    voice: dict[Language, VoiceName] = Field(default_factory=dict)
    music: Music | None = None
    embargo: AwareDatetime | None = None
    corrects: Texts = Field(default_factory=dict)
    shots: tuple[Shot, ...] = Field(min_length=1, max_length=MOST_SHOTS)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        twice = [name for name, times in Counter(shot.id for shot in self.shots).items() if times > 1]
        if twice:
            raise ValueError(f"two shots have the id {twice[0]!r}")
        for name, values in (("languages", self.languages), ("formats", self.formats)):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names one twice")
        lead = self.languages[0]
        if lead not in self.title:
            raise ValueError(f"title has no text in {lead}, the first language")
        for shot in self.shots:
            strange = sorted({x for sentence in shot.narration for x in sentence.text} - set(self.languages))
            if strange:
                raise ValueError(f"shot {shot.id}: narration in {strange[0]!r}, which languages does not list")
        return self

    @property
    def embargo_utc(self) -> datetime | None:
        """The moment before which nothing may be published."""
        return None if self.embargo is None else self.embargo.astimezone(UTC)

    def shots_in(self, language: str) -> tuple[Shot, ...]:
        """The shots of one language: an end card is in all of them."""
        return tuple(shot for shot in self.shots if shot.kind == "end" or language in shot.languages())


def span_of(place: Place) -> Span:
    """A place as the storyboard writes it."""
    return place.start, place.end
