from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.videogen.quality.scenes import texture
from videogen.errors import ModelError
from videogen.quality.relevance.alignment import (
    UNRELATED_PROMPTS,
    ClipEncoder,
    clip_similarity,
    evenly,
    mean_similarity,
    text_relevance,
)

COLOURS = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}


class ColourEncoder:
    """Knows three words and the mean colour of a video: a joint space whose answers are known."""

    name = "colours"

    def encode_text(self, texts: list[str]) -> np.ndarray:
        grey = np.array([0.3, 0.3, 0.3])
        words = [[np.array(COLOURS[word]) for word in text.split() if word in COLOURS] for text in texts]
        return np.array([sum(known, grey) + 0.01 * len(text) for known, text in zip(words, texts, strict=True)])

    def encode_video(self, frames: np.ndarray) -> np.ndarray:
        return frames.mean(axis=(0, 1, 2)) / 255.0


def video(colour: str) -> np.ndarray:
    frames = np.empty((4, 8, 8, 3), np.uint8)
    frames[:] = np.array(COLOURS[colour]) * 200 + 20
    return frames


@pytest.mark.parametrize("shown", COLOURS)
def test_relevance_is_high_for_what_is_shown_and_low_for_the_rest(shown: str) -> None:
    relevances = {name: text_relevance(ColourEncoder(), video(shown), f"a {name} ball").relevance for name in COLOURS}
    assert max(relevances, key=lambda name: relevances[name] or 0.0) == shown
    assert (relevances[shown] or 0.0) > 2.0
    assert all((value or 0.0) < 0.0 for name, value in relevances.items() if name != shown)


def test_relevance_is_counted_in_standard_deviations_of_the_unrelated() -> None:
    result = text_relevance(ColourEncoder(), video("red"), "red")
    vectors = ColourEncoder().encode_text(list(UNRELATED_PROMPTS))
    target = ColourEncoder().encode_video(video("red"))
    cosines = [vector @ target / np.linalg.norm(vector) / np.linalg.norm(target) for vector in vectors]
    assert result.relevance == pytest.approx((result.similarity - np.mean(cosines)) / np.std(cosines, ddof=1))


def test_clip_similarity_is_a_hundred_times_the_cosine_and_never_negative() -> None:
    random = np.random.default_rng(0)
    one, other = random.normal(size=(2, 9))
    cosine = float(one @ other / np.sqrt((one @ one) * (other @ other)))
    assert clip_similarity(one, other) == pytest.approx(100 * max(0.0, cosine))
    assert clip_similarity(one, -one) == 0.0


def test_mean_similarity_pairs_videos_with_their_own_texts() -> None:
    videos = [video("red"), video("blue")]
    right = mean_similarity(ColourEncoder(), videos, ["red", "blue"])
    assert right > mean_similarity(ColourEncoder(), videos, ["blue", "red"]) + 20


@pytest.mark.parametrize(("count", "wanted"), [(0, 16), (1, 16), (5, 16), (48, 16), (14_400, 16)])
def test_samples_are_spread_evenly_from_first_to_last(count: int, wanted: int) -> None:
    indices = evenly(count, wanted)
    assert len(indices) == min(count, wanted)
    if count > 1:
        assert (indices[0], indices[-1]) == (0, count - 1)
        assert np.ptp(np.diff(indices)) <= 1


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real CLIP with random weights and a tiny vocabulary, as transformers stores it."""
    import json

    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    letters = "abcdefghijklmnopqrstuvwxyz-"
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    text = {"vocab_size": len(words), "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2,
            "num_attention_heads": 4, "eos_token_id": 1, "bos_token_id": 0, "pad_token_id": 1}  # fmt: skip
    vision = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4,
              "image_size": 30, "patch_size": 6}  # fmt: skip
    torch.manual_seed(0)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=16))
    images = CLIPImageProcessor(size={"shortest_edge": 30}, crop_size={"height": 30, "width": 30})
    CLIPProcessor(images, tokenizer).save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def test_clip_from_a_folder_encodes_texts_and_videos_into_one_space(clip_folder: Path) -> None:
    encoder = ClipEncoder(clip_folder)
    texts = encoder.encode_text(["a red bus", "a boat on a river"])
    frames = np.stack([texture(40, 60, seed) for seed in range(3)])
    assert texts.shape == (2, 16)
    assert np.linalg.norm(texts, axis=1) == pytest.approx(1.0)
    assert not np.allclose(texts[0], texts[1])
    assert encoder.encode_video(frames) == pytest.approx(encoder.encode_frames(frames).mean(axis=0))
    assert -1 <= (text_relevance(encoder, frames, "a red bus").similarity or 0.0) <= 1


def test_a_missing_clip_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        ClipEncoder(tmp_path / "nothing")


def test_siglip_from_a_folder_is_read_as_it_was_trained_with_texts_of_full_length(tmp_path: Path) -> None:
    import torch
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor

    from tests.tiny_pipelines.parts import tokenizer

    text = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 1,
            "num_attention_heads": 4, "max_position_embeddings": 16, "projection_size": 32,
            "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}  # fmt: skip
    vision = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 1, "num_attention_heads": 4,
              "image_size": 30, "patch_size": 6}  # fmt: skip
    torch.manual_seed(0)
    SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).save_pretrained(tmp_path)
    images = SiglipImageProcessor(size={"height": 30, "width": 30})
    SiglipProcessor(image_processor=images, tokenizer=tokenizer(16)).save_pretrained(tmp_path)
    encoder = ClipEncoder(tmp_path)
    assert encoder.name.startswith("siglip:")
    together = encoder.encode_text(["a red bus", "a boat drives through the city at night"])
    assert encoder.encode_text(["a red bus"])[0] == pytest.approx(together[0], abs=1e-5), (
        "padding does not depend on companions"
    )
    assert encoder.encode_video(np.stack([texture(40, 60, seed) for seed in range(3)])).shape == (32,)


def test_a_model_that_compares_nothing_is_refused(tmp_path: Path) -> None:
    from tests.tiny_pipelines.parts import t5, tokenizer

    t5().save_pretrained(tmp_path)
    tokenizer(16).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="does not compare texts with pictures"):
        ClipEncoder(tmp_path)
