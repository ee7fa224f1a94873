"""The plan that training tells the model is what the renderer draws."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.world.plans import true_plan
from training.world.render import FRAMES, render_clip, render_pair
from training.world.scenes import SUBJECTS, sample_scene


@pytest.mark.parametrize("direction", ["left", "right"])
@pytest.mark.parametrize("subject", ["bus", "train", "ambulance", "boat"])
def test_the_planned_place_is_where_the_subject_is_drawn(subject: str, direction: str) -> None:
    scene = sample_scene(np.random.default_rng(3), subject=subject, time_of_day="day", direction=direction)
    plan = true_plan(vars(scene))
    for index in (0, 7, 15):
        whole, empty = render_pair(scene, index)
        columns = np.abs(whole.astype(int) - empty).sum(axis=(0, 2))
        # Columns that change most are the subject's own, not a wave or a shadow.
        middle = np.median(np.flatnonzero(columns > columns.max() * 0.3)) / whole.shape[1]
        assert float(plan[index, 0]) == pytest.approx(middle, abs=0.08)


def test_the_planned_way_of_a_balloon_is_up_or_down() -> None:
    scene = sample_scene(np.random.default_rng(5), subject="balloon", direction="rising", time_of_day="day")
    plan = true_plan(vars(scene))
    rows = []
    for index in (0, 15):
        whole, empty = render_pair(scene, index)
        rows.append(np.flatnonzero(np.abs(whole.astype(int) - empty).sum(axis=(1, 2)) > 500).mean())
    assert rows[1] < rows[0]
    assert plan[15, 1] < plan[0, 1]


def test_a_plan_has_one_row_a_frame_and_stays_in_the_picture() -> None:
    rng = np.random.default_rng(0)
    for subject in SUBJECTS:
        scene = sample_scene(rng, subject=subject)
        plan = true_plan(vars(scene))
        assert plan.shape == (FRAMES, 6) == (len(render_clip(scene)), 6)
        assert ((plan[:, 0] > 0) & (plan[:, 0] < 1)).all()
        torch.testing.assert_close(plan[:, 4], torch.linspace(0, 1, FRAMES))
