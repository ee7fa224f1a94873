"""The embedded model's encoder sees what clips of its world show, and where their captions lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.world.render import caption, render_clip
from training.world.scenes import Scene, sample_scene
from videogen.errors import ModelError
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder, is_embedded_encoder

FOLDER = Path(__file__).parents[4] / "models" / "pib-mini" / "video_encoder"
SEED = 555_000_000


@pytest.fixture(scope="module")
def encoder() -> EmbeddedEncoder:
    return EmbeddedEncoder(FOLDER)


def clips(count: int, seed: int = SEED) -> list[tuple[Scene, np.ndarray, str]]:
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        scene = sample_scene(rng)
        found.append((scene, render_clip(scene), caption(scene, rng, complete=True)))
    return found


def test_it_tells_what_unseen_clips_show(encoder: EmbeddedEncoder) -> None:
    seen = [(scene, encoder.describe(clip)) for scene, clip, _ in clips(40)]
    for name in ("subject", "landscape", "time_of_day"):
        right = [found[name][0] == getattr(scene, name) for scene, found in seen]
        assert np.mean(right) >= 0.9, name
    moving = [(scene, found) for scene, found in seen if scene.direction is not None]
    assert np.mean([found["direction"][0] == scene.direction for scene, found in moving]) >= 0.85


def test_a_clip_is_nearer_to_its_own_caption_than_to_most_others(encoder: EmbeddedEncoder) -> None:
    made = clips(32, SEED + 1)
    texts = encoder.encode_text([text for _, _, text in made])
    videos = np.stack([encoder.encode_video(clip) for _, clip, _ in made])
    scores = videos @ texts.T
    ranks = (scores > np.diag(scores)[:, None]).sum(axis=1)
    assert np.median(ranks) <= 1


def test_playing_a_clip_backwards_turns_its_direction_round(encoder: EmbeddedEncoder) -> None:
    rng = np.random.default_rng(SEED + 2)
    scenes = [sample_scene(rng, subject="crowd", direction="left") for _ in range(6)]
    forward = [encoder.features(render_clip(scene)[None])[0] for scene in scenes]
    backward = [encoder.features(render_clip(scene)[None, ::-1])[0] for scene in scenes]
    assert np.mean([np.linalg.norm(a - b) for a, b in zip(forward, backward, strict=True)]) > 0.1


def test_size_and_number_of_frames_do_not_matter(encoder: EmbeddedEncoder) -> None:
    scene = sample_scene(np.random.default_rng(SEED + 3), subject="bus")
    small = encoder.describe(render_clip(scene))
    large = encoder.describe(render_clip(scene, size=(640, 400), num_frames=48))
    assert small["subject"][0] == large["subject"][0] == "bus"


def test_subject_probabilities_add_up(encoder: EmbeddedEncoder) -> None:
    made = np.stack([clip for _, clip, _ in clips(5)])
    probabilities = encoder.subjects(made)
    assert probabilities.shape == (5, len(encoder.classes["subject"]))
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(5))
    assert encoder.features(made).shape == (5, 64)


def test_a_folder_without_weights_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    assert not is_embedded_encoder(tmp_path)
    with pytest.raises(ModelError, match="video encoder") as found:
        EmbeddedEncoder(tmp_path)
    assert "restore" in found.value.remedy
