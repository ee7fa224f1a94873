"""The networks that look at clips learn from truth, and only where there is any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training import recogniser
from training.learning.distortions import as_seen
from training.world.render import render_clip
from training.world.scenes import sample_scene


def test_still_subjects_have_no_direction_to_learn() -> None:
    rng = np.random.default_rng(1)
    labels = recogniser.truth([sample_scene(rng, subject="flag"), sample_scene(rng, subject="bus")])
    assert labels["direction"][0] == -1
    assert labels["direction"][1] >= 0


def test_the_loss_ignores_what_is_not_there() -> None:
    logits = {"colour": torch.randn(2, 6), "subject": torch.randn(2, 17)}
    labels = {"colour": torch.tensor([-1, -1]), "subject": torch.tensor([0, 3])}
    with_colour = recogniser.attribute_loss(logits, labels)
    without = recogniser.attribute_loss({"subject": logits["subject"]}, {"subject": labels["subject"]})
    assert torch.isfinite(with_colour)
    assert with_colour == pytest.approx(float(without))


def test_matching_pairs_lower_the_contrastive_loss() -> None:
    video = torch.nn.functional.normalize(torch.randn(8, 16, generator=torch.manual_seed(0)), dim=1)
    sharpness = torch.tensor(3.0)
    assert recogniser.contrastive_loss(video, video, sharpness) < recogniser.contrastive_loss(
        video, video.roll(1, dims=0), sharpness
    )


def test_a_few_steps_teach_the_time_of_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network, rng = recogniser.build("judge"), np.random.default_rng(0)
    optimizer = recogniser.Pair(network, muon=0.02, adam=0.002)
    losses = []
    for _ in range(12):
        clips, scenes = recogniser.batch(rng, 8)
        answers, labels = network(clips).attributes, recogniser.truth(scenes)
        loss = torch.nn.functional.cross_entropy(answers["time_of_day"], labels["time_of_day"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.mean(losses[-3:]) < 0.7 * np.mean(losses[:2])


def test_distortions_keep_a_clip_a_clip() -> None:
    rng = np.random.default_rng(3)
    clip = render_clip(sample_scene(rng), num_frames=8)
    for _ in range(20):
        seen = as_seen(clip, rng)
        assert seen.dtype == np.uint8
        assert len(seen) == 8
        assert 0.85 * 80 <= seen.shape[1] <= 80
        assert 0.9 * 128 <= seen.shape[2] <= 128


def test_exported_weights_come_back_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recogniser.KINDS, "judge", (1, tmp_path))
    network = recogniser.build("judge").eval()
    recogniser.export(network, tmp_path, {"steps": 0})
    clip = torch.rand(1, 3, 8, 40, 64)
    with torch.no_grad():
        there, back = network(clip), recogniser.load("judge")(clip)
    assert torch.equal(there.attributes["subject"], back.attributes["subject"])
