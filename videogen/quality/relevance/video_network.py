"""VideoNetwork: a small 3-D convolutional network that classifies what a short clip shows.

Imports torch at the top: only loaders and trainers import this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from videogen.super_resolution.framing import picture_size

FRAMES = 8
SIZE = (64, 40)
"""(width, height) of what the network sees, unless its `config.json` names another size."""
_CHANNELS = (24, 48, 96, 160, 224)
_STRIDES = ((1, 2, 2), (1, 2, 2), (2, 2, 2), (2, 1, 1), (1, 1, 1))


@dataclass(frozen=True)
class Output:
    """For N clips. features: N×F. attributes: by name N×K logits. embedding: N×E, length 1, or None."""

    features: Tensor
    attributes: dict[str, Tensor] = field(default_factory=dict)
    embedding: Tensor | None = None


class VideoNetwork(nn.Module):
    """Clips to features, to attributes, and into one space with texts.

    Args:
        attributes: name → number of classes, e.g. ``{"subject": 17}``.
        feature_width: length of the features in front of all heads; short, so that a Fréchet distance needs few clips.
        text_width: length of the sentence vectors to align with; None: no texts.
        embedding_width: length of the common space.
    """

    def __init__(
        self,
        attributes: dict[str, int],
        feature_width: int = 64,
        text_width: int | None = None,
        embedding_width: int = 64,
    ) -> None:
        super().__init__()
        # Three colours and where a pixel is, in x, y and time: a moving thing then differs from its mirror image.
        widths = (6, *_CHANNELS)
        kernels = [(1, 5, 5), *[(3, 3, 3)] * (len(_CHANNELS) - 1)]
        blocks: list[nn.Module] = []
        for before, after, kernel, stride in zip(widths, _CHANNELS, kernels, _STRIDES, strict=False):
            padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
            blocks += [nn.Conv3d(before, after, kernel, stride, padding), nn.GroupNorm(8, after), nn.SiLU()]
        self.body = nn.Sequential(*blocks)
        self.features = nn.Sequential(nn.Linear(2 * _CHANNELS[-1], feature_width), nn.Tanh())
        self.heads = nn.ModuleDict({name: nn.Linear(feature_width, count) for name, count in attributes.items()})
        self.video_side = nn.Linear(feature_width, embedding_width) if text_width else None
        self.text_side = nn.Linear(text_width, embedding_width) if text_width else None
        self.sharpness = nn.Parameter(torch.tensor(2.5))

    def forward(self, clips: Tensor) -> Output:
        """clips: N×3×T×h×w in −1 … 1, T = 8; h×w is 40×64 unless trained at another size (see `prepared`)."""
        maps = self.body(torch.cat([clips, _places(clips)], dim=1))
        pooled = torch.cat([maps.mean(dim=(2, 3, 4)), maps.amax(dim=(2, 3, 4))], dim=1)
        features = self.features(pooled)
        embedding = None if self.video_side is None else F.normalize(self.video_side(features), dim=1)
        return Output(features, {name: head(features) for name, head in self.heads.items()}, embedding)

    def place_texts(self, sentences: Tensor) -> Tensor:
        """Sentence vectors N×D → N×E in the common space, length 1."""
        if self.text_side is None:
            raise ValueError("this network was built without a text branch")
        return F.normalize(self.text_side(sentences), dim=1)


def prepared(clip: NDArray[np.uint8], size: tuple[int, int] = SIZE) -> Tensor:
    """uint8 T×H×W×3 of any size → 3×8×h×w in −1 … 1: eight frames spread evenly, reduced by area to `size` (w, h)."""
    import cv2

    chosen = np.linspace(0, len(clip) - 1, FRAMES).round().astype(int)
    small = np.stack([cv2.resize(_picture(clip[index], size), size, interpolation=cv2.INTER_AREA) for index in chosen])
    return torch.from_numpy(small).permute(3, 0, 1, 2).float() / 127.5 - 1.0


def _picture(frame: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """The part of a frame where the model's picture is: of a tall or square video the middle, undistorted."""
    height, width = frame.shape[:2]
    inside = picture_size(size, (width, height), "extend")
    left, top = (width - inside[0]) // 2, (height - inside[1]) // 2
    return frame[top : top + inside[1], left : left + inside[0]]


def sentence_vectors(states: Tensor) -> Tensor:
    """Token states N×L×D, zero where a text has ended → N×D of length 1: the mean over the tokens.

    What all-MiniLM-L6-v2 was trained with (Reimers and Gurevych 2019, mean pooling).
    """
    return F.normalize(states.sum(dim=1), dim=1)


def _places(clips: Tensor) -> Tensor:
    count, _, frames, height, width = clips.shape
    axes = [torch.linspace(-1.0, 1.0, size, device=clips.device) for size in (frames, height, width)]
    grid = torch.stack(torch.meshgrid(*axes, indexing="ij"))
    return grid.expand(count, -1, -1, -1, -1)
