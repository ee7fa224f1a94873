"""A voice that says nothing: sentences take the time that they would be spoken in, so that captions can be read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from videogen.audio.loudness import RATE

_LETTERS_A_SECOND = 14.0
_LEAST = 1.2


class SilentVoice:
    """Stands in where no program can speak a language, or none is wanted."""

    key = "silent"

    def speak(self, text: str) -> NDArray[np.float32]:
        """Silence as long as the text would take."""
        return np.zeros(round(max(_LEAST, len(text) / _LETTERS_A_SECOND) * RATE), np.float32)
