"""The eye and the judge of the wide world: what they are told, and that the product reads what they write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.wide import recogniser
from training.wide.world.registry import sample_scene
from training.wide.world.render import render_clip
from videogen.errors import ModelError
from videogen.quality.relevance.embedded_encoder import EmbeddedEncoder


def test_their_truth_names_what_is_there_and_leaves_out_what_a_scene_cannot_have() -> None:
    rng = np.random.default_rng(0)
    bus = replace(sample_scene(rng, "bus", "city", direction="left"), second="hospital", rain=True)
    scales = sample_scene(rng, "scales", "interior")
    labels = recogniser.truth([bus, scales])
    said = {name: recogniser.CLASSES[name][int(number[0])] for name, number in labels.items()}
    assert said["subject"] == "bus"
    assert (said["second"], said["rain"], said["direction"]) == ("hospital", "rain", "left")
    assert said["colour"] == bus.colour
    assert labels["direction"][1] == labels["colour"][1] == -1
    assert recogniser.CLASSES["second"][int(labels["second"][1])] == recogniser.ALONE


def test_the_product_looks_through_an_exported_eye_at_its_own_size(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = recogniser.build("eye").eval()
    recogniser.export(network, tmp_path, {"steps": 0})
    clip = render_clip(sample_scene(np.random.default_rng(1)))
    with torch.no_grad():
        wanted = network(recogniser.look([clip])).attributes["subject"].argmax()
    eye = EmbeddedEncoder(tmp_path)
    assert eye.describe(clip)["subject"][0] == recogniser.SUBJECTS[int(wanted)]
    long = "a blue truck driving from left to right in front of a water tower in a small village at night in heavy rain"
    one, other = eye.encode_text([long, long.replace("in heavy rain", "under the stars")])
    assert not np.allclose(one, other), "the end of a long caption is read, too"


@pytest.mark.parametrize("size", ["[96]", '"large"', "[0.5, null]"])
def test_a_size_that_is_none_is_refused_with_the_folder(tmp_path: Path, size: str) -> None:
    recogniser.export(recogniser.build("eye"), tmp_path, {})
    config = tmp_path / "config.json"
    text = config.read_text(encoding="utf-8")
    start, end = text.index('"size"'), text.index('"max_tokens"')
    config.write_text(f'{text[:start]}"size": {size},\n{text[end:]}', encoding="utf-8")
    with pytest.raises(ModelError, match=str(tmp_path)):
        EmbeddedEncoder(tmp_path)
