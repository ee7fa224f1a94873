"""Values between the stages, as they are stored."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from videogen.errors import ArtifactError
from videogen.models.families.nested import build, describe, outline, pack, tensors_of, unpack


def through_json(value: Any) -> Any:
    import json

    tensors, plan = pack(value)
    return unpack({name: tensor.contiguous() for name, tensor in tensors.items()}, json.loads(json.dumps(plan)))


def test_tensors_keep_the_order_of_their_axes_in_memory() -> None:
    """Kernels round by it: a resumed video would differ in its last bits."""
    turned = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    back = through_json([turned, torch.zeros(2, 2)])
    assert torch.equal(back[0], turned)
    assert back[0].stride() == turned.stride()
    assert back[1].is_contiguous()


def test_lists_tuples_mappings_outputs_and_plain_values_come_back_as_they_were() -> None:
    from diffusers.schedulers.scheduling_ddim import DDIMSchedulerOutput

    output = DDIMSchedulerOutput(prev_sample=torch.ones(2), pred_original_sample=None)
    value = {"a": [1, 2.5, None, True, "text"], 3: (torch.zeros(1, dtype=torch.bfloat16), {"x": torch.float16})}
    back = through_json({**value, "numbers": np.arange(3), "output": output})
    assert back["a"] == value["a"]
    assert isinstance(back[3], tuple)
    assert (back[3][0].dtype, back[3][1]["x"]) == (torch.bfloat16, torch.float16)
    assert back["numbers"].tolist() == [0, 1, 2]
    assert isinstance(back["output"], DDIMSchedulerOutput)
    assert torch.equal(back["output"].prev_sample, output.prev_sample)


def test_an_outline_keeps_masks_and_shapes_and_takes_no_room() -> None:
    record = [(torch.randn(1, 512, 4096), torch.ones(1, 512, dtype=torch.int64))]
    tensors, plan = pack(outline(record))
    assert sum(tensor.numel() for tensor in tensors.values()) == 512
    back = unpack(tensors, plan)
    assert back[0][0].shape == (1, 512, 4096)
    assert back[0][1].sum() == 512


def test_an_answer_is_built_again_from_its_form() -> None:
    answer = (torch.ones(2, 3, dtype=torch.bfloat16), {"x": [torch.ones(1)]}, 5)
    again = build(describe(answer), "cpu")
    assert [(one.shape, one.dtype) for one in tensors_of(again)] == [
        (one.shape, one.dtype) for one in tensors_of(answer)
    ]
    assert not any(one.any() for one in tensors_of(again))
    assert again[2] == 5


@pytest.mark.parametrize("name", ["os:system", "builtins:eval", "diffusers.utils:logging", "diffusers.nowhere:X"])
def test_a_file_cannot_name_other_classes_than_outputs_of_diffusers(name: str) -> None:
    with pytest.raises((ArtifactError, ImportError)):
        unpack({}, {"items": [], "class": name})


def test_what_cannot_be_stored_is_refused_by_its_class() -> None:
    with pytest.raises(ArtifactError, match="a value of the class Generator cannot be stored"):
        pack([torch.Generator()])
