"""ImagePreprocessor: turns reference images of any kind into conditioning inputs of the model."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.config.parts import part
from videogen.domain.artifacts import ReferenceImages
from videogen.domain.stages import Stage
from videogen.errors import ConfigError, InputError
from videogen.media.frame_input import FrameLike, as_image
from videogen.models.profile import profile_of
from videogen.preprocessing.image.colour import as_srgb, orient
from videogen.preprocessing.image.features import LENGTH, features
from videogen.preprocessing.image.framing import resize
from videogen.preprocessing.image.image_state import ImageState, ImageStep
from videogen.runtime.plugins import IMAGE_STEPS, resolve
from videogen.runtime.progress import report
from videogen.storage.inputs.picture_file import read_picture

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from videogen.config.config import VideoGenConfig


class ImagePreprocessor:
    """Runs the steps named in `PreprocessingSettings.image_steps`, in that order, on each picture.

    A step is a function (ImageState) -> ImageState, built in or an entry point of group ``videogen.image_steps``.
    `remove_background` puts the step of that name before `resize`, or `remove_backdrop` where the picture is to decide,
    unless image_steps names one of them.

    Args:
        config: the configuration, or its group `preprocessing` alone; None: the defaults.
        processing: the limits; None: those of the configuration.
        size: (width, height) in pixels; None: the native size of the configured model profile.

    Raises:
        ConfigError: a step is unknown.
    """

    def __init__(
        self,
        config: VideoGenConfig | PreprocessingSettings | None = None,
        processing: ProcessingSettings | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        preprocessing = part(config, PreprocessingSettings)
        self._names = _with_background_step(preprocessing)
        self._steps: list[ImageStep] = [resolve(IMAGE_STEPS, name) for name in self._names]
        self._limits = processing or part(config, ProcessingSettings)
        self._fit = preprocessing.fit
        self._size = size or profile_of(config).size

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) that every picture is brought to."""
        return self._size

    def process(self, images: Sequence[FrameLike]) -> ReferenceImages:
        """All steps on each picture, one picture in memory at a time. No pictures give a value without any.

        Args:
            images: paths, PIL images, or arrays H×W×3.

        Raises:
            InputError: a picture cannot be used; the message names it.
            ConfigError: the steps left a picture at another size than the profile's.
        """
        import numpy as np
        import torch

        width, height = self._size
        states = []
        if isinstance(images, str | Path):
            raise InputError("pictures are given as a list, not as one path", remedy=f"give [{str(images)!r}]")
        for number, image in enumerate(images, 1):
            states.append(self._prepared(image, number))
            report(Stage.REFERENCE_IMAGES, number, len(images), states[-1].name)
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

    def normalize(self, image: FrameLike) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Any picture as the VAE takes it: upright, sRGB, float32 H×W×3 in [-1, 1], its size unchanged."""
        import numpy as np

        opened = as_image(image)
        upright = orient(ImageState(opened, "picture", opened.size)).image
        return np.asarray(as_srgb(upright)[0], dtype=np.float32) / np.float32(127.5) - np.float32(1)

    def resize(self, image: FrameLike, target_size: tuple[int, int]) -> Image.Image:
        """`image` at `target_size` (width, height), cropped or letterboxed as `preprocessing.fit` says."""
        return resize(ImageState(as_image(image), "picture", target_size, self._fit)).image

    def extract_features(self, image: FrameLike) -> np.ndarray[Any, np.dtype[np.float32]]:
        """172 numbers in [0, 1]; the layout is `videogen.preprocessing.image.features.FEATURES`."""
        return features(as_image(image))

    def _prepared(self, given: FrameLike, number: int) -> ImageState:
        image, name, digest = self._opened(given, number)
        facts = {
            "name": name,
            "sha256": digest,
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "mode": image.mode,
            "steps": list(self._names),
        }
        state = ImageState(image, name, self._size, self._fit, facts)
        for step_name, step in zip(self._names, self._steps, strict=True):
            try:
                state = step(state)
            # What Pillow and LittleCMS raise where a picture's palette or profile contradicts its pixels.
            except (ArithmeticError, LookupError, ValueError, TypeError, OSError, EOFError, struct.error) as error:
                raise InputError(
                    f"{name} ({facts['mode']}) cannot be prepared, step {step_name!r}: {error}",
                    remedy="save it again as an RGB picture",
                ) from error
            if not isinstance(state, ImageState):
                raise ConfigError(
                    f"the image step {step_name!r} returned a {type(state).__name__}, not an ImageState",
                    remedy="a step takes an ImageState and returns one; correct it or remove it from image_steps",
                )
        if state.image.size != self._size:
            raise ConfigError(
                f"the image steps {', '.join(self._names)} left {name} at "
                f"{state.image.width}×{state.image.height}, "
                f"but the model takes {self._size[0]}×{self._size[1]}",
                remedy="keep 'resize', or your own step with the same effect, in preprocessing.image_steps",
            )
        return replace(state, image=state.image.convert("RGB"))

    def _opened(self, given: FrameLike, number: int) -> tuple[Image.Image, str, str]:
        """The picture, its name, and the SHA-256 of its file or, without one, of its pixels."""
        if isinstance(given, str | Path):
            path = Path(given)
            return read_picture(path, self._limits), path.name, hashlib.sha256(path.read_bytes()).hexdigest()
        image = as_image(given, f"picture {number}")
        return image, f"picture {number}", hashlib.sha256(image.tobytes()).hexdigest()


def _with_background_step(preprocessing: PreprocessingSettings) -> tuple[str, ...]:
    names = preprocessing.image_steps
    if not preprocessing.remove_background or {"remove_background", "remove_backdrop"} & {*names}:
        return names
    step = "remove_backdrop" if preprocessing.remove_background == "auto" else "remove_background"
    place = names.index("resize") if "resize" in names else len(names)
    return (*names[:place], step, *names[place:])
