"""What is saved comes back as it was, from a local store and a remote one, and no name leads out of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tests.videogen.storage.stored_values import rendered, some_frames
from videogen.domain.artifacts import (
    ConditioningEmbeddings,
    Frames,
    PolicyVerdict,
    RenderedVideo,
    VideoFile,
    VideoLatents,
)
from videogen.domain.video_ids import new_video_id
from videogen.errors import ArtifactError
from videogen.storage.artifact_store import ArtifactStore, _apart

HOSTILE = ["..", "../x", "a/b", "/etc/passwd", "", ".", "a\n", "ä", "x" * 300, "a\x00b", "..\\x", "%2e%2e"]


@pytest.fixture(params=["local", "memory"])
def store(request, tmp_path, monkeypatch) -> ArtifactStore:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return ArtifactStore(str(tmp_path / "store") if request.param == "local" else f"memory://{uuid4().hex}")


@pytest.fixture
def local(tmp_path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "store"))


@pytest.fixture
def video_id() -> str:
    return new_video_id()


def test_a_report_comes_back_as_it_was(store, video_id):
    verdict = PolicyVerdict(allowed=False, rule="weapons", reason="nicht erlaubt – 不可", matched="…")
    store.save(video_id, 1, "prompt_asset", verdict)
    assert store.load(video_id, 1, "prompt_asset", PolicyVerdict) == verdict


@settings(max_examples=25, deadline=None)
@given(
    frames=arrays(np.uint8, array_shapes(min_dims=4, max_dims=4, max_side=5)),
    notes=st.dictionaries(
        st.text(max_size=5), st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5)
    ),
    fps=st.floats(0.1, 240),
)
def test_any_tensor_artifact_comes_back_as_it_was(tmp_path_factory, frames, notes, fps):
    store = ArtifactStore(str(tmp_path_factory.mktemp("store")))
    video_id = new_video_id()
    store.save(video_id, 1, "decoded_frames", Frames(torch.from_numpy(frames), fps, notes))
    back = store.load(video_id, 1, "decoded_frames", Frames)
    assert torch.equal(back.frames, torch.from_numpy(frames))
    assert (back.fps, back.notes) == (fps, notes)


def test_missing_tensors_and_tensors_that_share_memory_come_back(store, video_id):
    whole = torch.arange(24, dtype=torch.float32).reshape(1, 4, 6)
    value = ConditioningEmbeddings(
        prompt_embeds=whole,
        negative_prompt_embeds=whole.transpose(1, 2),
        image_latents=whole[:, 1:3],
        image_embeds=None,
        profile="p",
        revision="r",
        complexity=0.25,
        extra={"weights": [1.0, 1.5]},
    )
    store.save(video_id, 2, "conditioning_embeddings", value)
    back = store.load(video_id, 2, "conditioning_embeddings", ConditioningEmbeddings)
    assert torch.equal(back.prompt_embeds, whole)
    assert torch.equal(back.negative_prompt_embeds, whole.transpose(1, 2))
    assert torch.equal(back.image_latents, whole[:, 1:3])
    assert back.image_embeds is None
    assert back.extra == {"weights": [1.0, 1.5]}


def test_only_tensors_with_gaps_or_in_shared_memory_are_copied_before_they_are_written():
    frames, whole = torch.zeros(2, 4, 4, 3), torch.arange(12.0).reshape(3, 4)
    plain = _apart({"frames": frames, "whole": whole, "part": whole[:2], "turned": whole.T})
    assert plain["frames"].data_ptr() == frames.data_ptr()
    assert plain["whole"].data_ptr() == whole.data_ptr()
    assert len({tensor.data_ptr() for tensor in plain.values()}) == 4
    assert torch.equal(plain["part"], whole[:2])
    assert torch.equal(plain["turned"], whole.T)


def test_what_a_tensor_artifact_holds_beside_its_tensors_is_read_as_plain_data(store, video_id):
    frames = Frames(torch.zeros(1, 2, 2, 3, dtype=torch.uint8), 8.0, {"profile": "p"})
    store.save(video_id, 1, "decoded_frames", frames)
    plain = {"fps": 8.0, "notes": {"profile": "p"}, "sound": None, "sound_rate": 0}
    assert store.read_json(video_id, 1, "decoded_frames") == plain


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.bool])
def test_every_precision_survives(store, video_id, dtype):
    latents = (torch.randn(2, 3, 4, 5) * 3).to(dtype)
    store.save(video_id, 1, "video_latents", VideoLatents(latents, [999, 1], 7.5, 2**62, "p", "r"))
    back = store.load(video_id, 1, "video_latents", VideoLatents)
    assert back.latents.dtype == dtype
    assert torch.equal(back.latents, latents)
    assert back.seed == 2**62


def test_mappings_of_tensors_come_back_by_name_and_precision(store, video_id):
    latents = VideoLatents(
        torch.zeros(1, 1, 1, 1), [], 1.0, 3, "p", "r",
        state={"t0": torch.full((2, 3), 0.5, dtype=torch.bfloat16), "pictures": torch.zeros(0, 4, 4, 3, dtype=torch.uint8)},
        plan={"state": {"tensor": "t0"}},
    )  # fmt: skip
    store.save(video_id, 1, "video_latents", latents)
    back = store.load(video_id, 1, "video_latents", VideoLatents)
    assert set(back.state) == {"t0", "pictures"}
    assert torch.equal(back.state["t0"], latents.state["t0"])
    assert back.state["t0"].dtype == torch.bfloat16
    assert back.state["pictures"].shape == (0, 4, 4, 3)
    assert back.plan == latents.plan


def test_a_table_comes_back_as_it_was(store, video_id):
    table = pd.DataFrame({"metric": ["fvd", "is"], "value": [200.0, None]})
    store.save(video_id, 1, "quality_table", table)
    pd.testing.assert_frame_equal(store.load(video_id, 1, "quality_table", pd.DataFrame), table)


def test_a_video_comes_with_captions_and_facts_and_its_source_stays(store, video_id, tmp_path):
    source = rendered(tmp_path / "work")
    manifest = store.save(video_id, 1, "rendered_video", source, run_id="run-7")
    assert [file.name for file in manifest.files] == [
        "rendered_video.mp4",
        "rendered_video.vtt",
        "rendered_video.json",
    ]
    assert manifest.run_id == "run-7"
    back = store.load(video_id, 1, "rendered_video", VideoFile)
    assert back.path.read_bytes() == source.path.read_bytes()
    assert back.captions_path.read_text() == "WEBVTT\n"
    assert (back.facts.video, back.facts.captions) == ("rendered_video.mp4", "rendered_video.vtt")
    assert store.load(video_id, 1, "rendered_video", RenderedVideo) == back.facts
    assert store.local_file(video_id, 1, "rendered_video.vtt").read_text() == "WEBVTT\n"
    assert source.path.exists()


def test_a_video_without_captions_has_none(store, video_id, tmp_path):
    store.save(video_id, 1, "rendered_video", rendered(tmp_path / "work", captions=False))
    assert store.load(video_id, 1, "rendered_video", VideoFile).captions_path is None


def test_attempts_do_not_touch_each_other(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames(value=1))
    store.save(video_id, 2, "decoded_frames", some_frames(value=2))
    assert [int(store.load(video_id, n, "decoded_frames", Frames).frames[0, 0, 0, 0]) for n in (1, 2)] == [1, 2]


def test_saving_again_replaces(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames(value=1))
    store.load(video_id, 1, "decoded_frames", Frames)
    store.save(video_id, 1, "decoded_frames", some_frames(value=2))
    assert int(store.load(video_id, 1, "decoded_frames", Frames).frames[0, 0, 0, 0]) == 2


def test_what_was_never_saved_is_missing_by_name(store, video_id):
    assert not store.exists(video_id, 1, "decoded_frames")
    with pytest.raises(ArtifactError, match=f"decoded_frames · {video_id}.*attempt 1 has no decoded_frames"):
        store.load(video_id, 1, "decoded_frames", Frames)


def test_another_kind_than_was_saved_is_refused(store, video_id):
    store.save(video_id, 1, "decoded_frames", some_frames())
    with pytest.raises(ArtifactError, match="holds a Frames, not a VideoLatents"):
        store.load(video_id, 1, "decoded_frames", VideoLatents)


def test_names_lists_what_an_attempt_holds_and_remove_frees_it(store, video_id):
    size = store.save(video_id, 1, "decoded_frames", some_frames()).bytes
    store.save(video_id, 1, "prompt_asset", PolicyVerdict(allowed=True))
    assert store.names(video_id, 1) == ["decoded_frames", "prompt_asset"]
    assert store.remove(video_id, 1, "decoded_frames") == size
    assert store.names(video_id, 1) == ["prompt_asset"]
    assert not store.exists(video_id, 1, "decoded_frames")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_store(local, video_id, name, tmp_path):
    for call in (
        lambda: local.save(name, 1, "decoded_frames", PolicyVerdict(allowed=True)),
        lambda: local.save(video_id, 1, name, PolicyVerdict(allowed=True)),
        lambda: local.save(video_id + "\n", 1, "decoded_frames", PolicyVerdict(allowed=True)),
        lambda: local.load(name, 1, "decoded_frames", PolicyVerdict),
        lambda: local.local_file(video_id, 1, name),
        lambda: local.exists(video_id, 0, "decoded_frames"),
        lambda: local.location(video_id, 1, f"../{name}"),
    ):
        with pytest.raises(ArtifactError):
            call()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_the_manifest_says_what_there_is(local, video_id):
    local.save(video_id, 3, "decoded_frames", some_frames(), run_id="abc")
    manifest = json.loads(Path(local.location(video_id, 3, "decoded_frames.manifest.json")).read_text())
    path = Path(local.location(video_id, 3, "decoded_frames.safetensors"))
    summed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout.split()[0]
    assert (manifest["sha256"], manifest["bytes"]) == (summed, path.stat().st_size)
    assert (manifest["type"], manifest["run_id"]) == ("Frames", "abc")
