"""ImagePreprocessor: turns reference images of any kind into conditioning inputs of the model."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.groups import PreprocessingSettings, ProcessingSettings
from videogen.domain.artifacts import ReferenceImages
from videogen.domain.stages import Stage
from videogen.errors import ConfigError, InputError
from videogen.preprocessing.image.colour import as_srgb, orient
from videogen.preprocessing.image.features import LENGTH, features
from videogen.preprocessing.image.framing import resize
from videogen.preprocessing.image.image_state import ImageState, ImageStep
from videogen.runtime.plugins import IMAGE_STEPS, resolve
from videogen.runtime.progress import report
from videogen.storage.picture_file import read_picture

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image


class ImagePreprocessor:
    """Runs the steps named in `PreprocessingSettings.image_steps`, in that order, on each picture.

    A step is a function (ImageState) -> ImageState, built in or an entry point of group ``videogen.image_steps``.
    `remove_background` puts the step of that name before `resize` where image_steps does not name it.

    Args:
        size: the profile's native (width, height) in pixels.

    Raises:
        ConfigError: a step is unknown.
    """

    def __init__(
        self, preprocessing: PreprocessingSettings, processing: ProcessingSettings, size: tuple[int, int]
    ) -> None:
        self._names = _with_background_step(preprocessing)
        self._steps: list[ImageStep] = [resolve(IMAGE_STEPS, name) for name in self._names]
        self._limits = processing
        self._fit = preprocessing.fit
        self._size = size

    def process(self, paths: Sequence[Path]) -> ReferenceImages:
        """All steps on each picture, one picture in memory at a time. No paths give a value without pictures.

        Raises:
            InputError: a picture cannot be used; the message names it.
            ConfigError: the steps left a picture at another size than the profile's.
        """
        import numpy as np
        import torch

        width, height = self._size
        states = []
        for number, path in enumerate(paths, 1):
            states.append(self._prepared(path))
            report(Stage.REFERENCE_IMAGES, number, len(paths), path.name)
        pixels = np.zeros((len(states), height, width, 3), np.uint8)
        vectors = np.zeros((len(states), LENGTH), np.float32)
        for index, state in enumerate(states):
            pixels[index] = np.asarray(state.image)
            vectors[index] = self.extract_features(state.image)
        return ReferenceImages(
            pixels=torch.from_numpy(pixels),
            features=torch.from_numpy(vectors),
            sources=[state.facts for state in states],
            warnings=[warning for state in states for warning in state.warnings],
        )

    def normalize(self, image: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Any picture as the VAE takes it: upright, sRGB, float32 H×W×3 in [-1, 1], its size unchanged."""
        import numpy as np

        upright = orient(ImageState(image, "picture", image.size)).image
        return np.asarray(as_srgb(upright)[0], dtype=np.float32) / np.float32(127.5) - np.float32(1)

    def resize(self, image: Image.Image, target_size: tuple[int, int]) -> Image.Image:
        """`image` at `target_size` (width, height), cropped or letterboxed as `preprocessing.fit` says."""
        return resize(ImageState(image, "picture", target_size, self._fit)).image

    def extract_features(self, image: Image.Image) -> np.ndarray[Any, np.dtype[np.float32]]:
        """172 numbers in [0, 1]; the layout is `videogen.preprocessing.image.features.FEATURES`."""
        return features(image)

    def _prepared(self, path: Path) -> ImageState:
        image = read_picture(path, self._limits)
        facts = {
            "name": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "mode": image.mode,
            "steps": list(self._names),
        }
        state = ImageState(image, path.name, self._size, self._fit, facts)
        for name, step in zip(self._names, self._steps, strict=True):
            try:
                state = step(state)
            # What Pillow and LittleCMS raise where a picture's palette or profile contradicts its pixels.
            except (ArithmeticError, LookupError, ValueError, TypeError, OSError, EOFError, struct.error) as error:
                raise InputError(
                    f"{path.name} ({facts['mode']}) cannot be prepared, step {name!r}: {error}",
                    remedy="save it again as an RGB picture",
                ) from error
            if not isinstance(state, ImageState):
                raise ConfigError(
                    f"the image step {name!r} returned a {type(state).__name__}, not an ImageState",
                    remedy="a step takes an ImageState and returns one; correct it or remove it from image_steps",
                )
        if state.image.size != self._size:
            raise ConfigError(
                f"the image steps {', '.join(self._names)} left {path.name} at "
                f"{state.image.width}×{state.image.height}, "
                f"but the model takes {self._size[0]}×{self._size[1]}",
                remedy="keep 'resize', or your own step with the same effect, in preprocessing.image_steps",
            )
        return replace(state, image=state.image.convert("RGB"))


def _with_background_step(preprocessing: PreprocessingSettings) -> tuple[str, ...]:
    names = preprocessing.image_steps
    if not preprocessing.remove_background or "remove_background" in names:
        return names
    place = names.index("resize") if "resize" in names else len(names)
    return (*names[:place], "remove_background", *names[place:])
