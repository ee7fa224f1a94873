"""The judgements behind the asset checks, on real frames, files and tables."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from assets import checks
from assets.common.stage import in_chunks
from assets.delivery import video_row
from assets.facts import not_checked
from resources.runs.videos import Video
from resources.runs.work import Made
from tests.release_helpers import quality
from videogen.config.config import VideoGenConfig
from videogen.config.groups.all import FactCheckSettings
from videogen.domain.artifacts import Frames, PolicyVerdict, PromptAsset, RenderedVideo, VideoFile
from videogen.domain.requests import Attempt, Caption, VideoRequest
from videogen.errors import InputError
from videogen.fact_check import FactChecker, KnowledgeBase
from videogen.fact_check.viewer_check import check_viewer_text
from videogen.storage.delivery import output_path


def video(settings: dict[str, Any] | None = None, **fields: Any) -> Video:
    request = VideoRequest(prompt="a bus", **fields)
    return Video(request, Attempt(video_id=request.id, number=1), VideoGenConfig.load(None, settings or {}), "run")


def asked(settings: dict[str, Any], **fields: Any) -> tuple[VideoRequest, VideoGenConfig]:
    wanted = video(settings, **fields)
    return wanted.request, wanted.config


def frames(pixels: torch.Tensor) -> Frames:
    return Frames(pixels.to(torch.uint8), 8.0)


def noise(mean: float, spread: float, count: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return (mean + spread * torch.randn((count, 16, 24, 3), generator=generator)).clamp(0, 255)


@pytest.mark.parametrize(
    ("pixels", "problem"),
    [
        (torch.zeros(8, 16, 24, 3), "black"),
        (torch.full((8, 16, 24, 3), 128.0), "one flat colour"),
        (noise(128, 40, 1).repeat(8, 1, 1, 1), "frozen"),
    ],
)
def test_frames_that_show_nothing_are_refused(pixels: torch.Tensor, problem: str) -> None:
    verdict = checks.frames_show_something(video(), frames(pixels))
    assert not verdict.passed
    assert problem in verdict.found
    assert verdict.refusal is not None


def test_a_dark_night_with_some_light_and_motion_is_no_black_video() -> None:
    night = torch.zeros(8, 16, 24, 3)
    for index in range(8):
        night[index, 4:8, 2 * index : 2 * index + 6] = 200
    assert checks.frames_show_something(video(), frames(night)).passed


def prompt(policy: PolicyVerdict) -> PromptAsset:
    return PromptAsset(
        original="a bus",
        cleaned="a bus",
        enhanced="a bus",
        negative_prompt="",
        language="en",
        language_confidence=1.0,
        keywords=(),
        tokens=(),
        token_text=(),
        truncated=False,
        policy=policy,
        steps=(),
    )


def test_a_refused_prompt_says_the_rule_and_the_word() -> None:
    policy = PolicyVerdict(allowed=False, rule="weapons", reason="weapons are not shown", matched="bomb")
    verdict = checks.policy_allows_the_prompt(video(), prompt(policy))
    assert not verdict.passed
    assert "weapons are not shown" in str(verdict.refusal)
    assert "'bomb'" in str(verdict.refusal)


@pytest.mark.parametrize("stops", [False, True])
def test_a_refuted_claim_stops_the_video_only_where_that_is_configured(stops: bool) -> None:
    report = not_checked("Paris is in Italy.").model_copy(update={"verdict": "refuted"})
    verdict = checks.no_claim_is_refuted(video({"fact_check.stop_when_refuted": stops}), report)
    assert not verdict.passed
    assert (verdict.refusal is not None) == stops


def test_a_refuted_claim_is_quoted_with_the_captions_that_it_stands_in(tmp_path: Path) -> None:
    cues = (Caption(start=0, end=1, text="The capital of France"), Caption(start=1, end=2, text="is Berlin."))
    cut = video(captions=cues)
    checker = FactChecker(FactCheckSettings(), KnowledgeBase(tmp_path))
    verdict = checks.no_claim_is_refuted(cut, check_viewer_text(checker, cut.request.viewer_text))
    assert "'The capital of France is Berlin.' (caption 1, caption 2)" in str(verdict.refusal)


def test_switched_off_fact_checking_opens_no_gate() -> None:
    assert not_checked("anything").publishable is False


@pytest.fixture
def mp4(tmp_path: Path) -> VideoFile:
    """Ten frames of 64×48 at 10 fps."""
    import av
    import numpy as np

    path = tmp_path / "v.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(10):
            picture = np.full((48, 64, 3), 20 * index, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    facts = RenderedVideo(
        video="rendered_video.mp4",
        captions=None,
        width=64,
        height=48,
        fps=10.0,
        num_frames=10,
        duration=1.0,
        codec="h264",
        label="AI-generated",
        sha256="0" * 64,
        bytes=path.stat().st_size,
        metadata={},
    )
    return VideoFile(path, None, facts)


def test_an_mp4_that_is_as_ordered_passes(mp4: VideoFile) -> None:
    ordered = video({"processing.resolution": [64, 48 + 16], "processing.fps": 10})
    assert "height is 48, not 64" in checks.video_is_as_ordered(ordered, mp4).found
    exact = SimpleNamespace(processing=SimpleNamespace(resolution=(64, 48), fps=10))
    assert checks.video_is_as_ordered(SimpleNamespace(config=exact), mp4).passed


def test_missing_frames_and_a_wrong_rate_are_found(mp4: VideoFile) -> None:
    wrong = VideoFile(mp4.path, None, mp4.facts.model_copy(update={"num_frames": 12}))
    found = checks.video_is_as_ordered(
        SimpleNamespace(config=SimpleNamespace(processing=SimpleNamespace(resolution=(64, 48), fps=12))), wrong
    )
    assert "fps is 10.0, not 12.0" in found.found
    assert "frames is 10, not 12" in found.found


def test_rows_that_break_the_schema_of_their_table_are_shown(mp4: VideoFile) -> None:
    judge = checks.rows_fit("videos", lambda item, file: video_row(item, file.facts, "tiny", ""))
    assert judge(video(), mp4).passed
    broken = VideoFile(mp4.path, None, mp4.facts.model_copy(update={"sha256": "short", "width": 0}))
    verdict = judge(video(), broken)
    assert not verdict.passed
    assert "2 values" in verdict.found
    assert "sha256" in verdict.metadata["cases"]


def test_a_file_without_its_label_is_not_sound() -> None:
    assert checks.file_is_sound(video(), quality()).passed
    verdict = checks.file_is_sound(video(), quality(label=False))
    assert not verdict.passed
    assert "no label" in verdict.found


def test_all_that_is_read_or_heard_is_checked_once() -> None:
    request = VideoRequest(
        prompt="a bus.",
        title="The bus",
        captions=(Caption(start=0, end=1, text="a bus."), Caption(start=1, end=2, text="It goes.")),
    )
    assert request.words() == "The bus\n\na bus.\n\nIt goes.\n\nThe bus a bus."


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd"])
def test_a_request_from_outside_cannot_point_out_of_the_output_folder(place: str, tmp_path: Path) -> None:
    settings = {"paths.output": str(tmp_path)}
    with pytest.raises(InputError, match="outside"):
        output_path(*asked(settings, output=place, source="inbox"))
    assert output_path(*asked(settings, output=tmp_path / "a.mp4", source="inbox")) == tmp_path / "a.mp4"
    assert output_path(*asked(settings, output="/somewhere/a.mp4", source="command-line")) == Path("/somewhere/a.mp4")


@pytest.mark.parametrize("source", ["inbox", "command-line"])
def test_nobody_can_put_a_draft_among_the_published_videos(source: str, tmp_path: Path) -> None:
    settings = {"paths.output": str(tmp_path), "paths.published": str(tmp_path / "published")}
    with pytest.raises(InputError, match="published"):
        output_path(*asked(settings, output=tmp_path / "published" / "a.mp4", source=source))


def test_videos_are_made_in_chunks_and_a_bad_one_fails_alone() -> None:
    calls: list[int] = []

    def make(chunk: Any) -> list[Made[Any]]:
        calls.append(len(chunk))
        if any("bad" in item.id for item in chunk):
            raise ValueError("bad one")
        return [Made(item.id) for item in chunk]

    videos: Any = [SimpleNamespace(id=name) for name in ("a", "b", "bad", *"cdefghij")]
    make_one = in_chunks(videos, make)
    results = {}
    for item in videos:
        try:
            results[item.id] = make_one(item).value
        except ValueError:
            results[item.id] = None
    assert results == {item.id: (None if item.id == "bad" else item.id) for item in videos}
    assert calls == [8, *[1] * 8, 3]
