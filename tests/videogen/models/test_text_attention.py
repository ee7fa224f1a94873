"""Text projected once a video gives what text projected once a frame gives."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.attention_processor import Attention

from videogen.models.text_attention import TextAttention


@pytest.mark.parametrize("videos", [1, 3])
@torch.no_grad()
def test_it_equals_the_processor_of_diffusers_on_repeated_text(videos: int) -> None:
    torch.manual_seed(0)
    attention = Attention(query_dim=12, cross_attention_dim=6, heads=3, dim_head=4)
    places, text = torch.randn(videos * 5, 7, 12), torch.randn(videos, 9, 6)
    theirs = attention(places, text.repeat_interleave(5, dim=0))
    attention.set_processor(TextAttention())
    torch.testing.assert_close(attention(places, text), theirs)
