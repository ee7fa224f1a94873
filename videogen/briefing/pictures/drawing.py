"""The picture of a shot, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.briefing.pictures import wording
from videogen.briefing.pictures.cards import (
    end_card,
    figure_card,
    list_card,
    quote_card,
    statement_card,
    title_card,
)
from videogen.briefing.pictures.chart import chart_card
from videogen.briefing.pictures.clip_card import clip_card
from videogen.briefing.pictures.map_card import map_card
from videogen.briefing.pictures.photo import photo_card
from videogen.briefing.pictures.shot_picture import Setting, ShotPicture
from videogen.briefing.timing.timeline import TimedShot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.config.groups.all import ProcessingSettings

_CARDS: dict[str, Callable[[Setting, TimedShot], ShotPicture]] = {
    "title": title_card,
    "statement": statement_card,
    "figure": figure_card,
    "quote": quote_card,
    "list": list_card,
    "chart": chart_card,
    "map": map_card,
}


class Pictures:
    """Draws the shots of one variant.

    Args:
        file: name → path of a picture of the briefing.
        limits: of pictures.
        clip: id of a shot → frames and rate of its clip; None where there is none that can be shown.
    """

    def __init__(
        self,
        setting: Setting,
        file: Callable[[str], Path],
        limits: ProcessingSettings,
        clip: Callable[[str], tuple[NDArray[np.uint8], float] | None] = lambda shot: None,
    ) -> None:
        self.setting, self._file, self._limits, self._clip = setting, file, limits, clip

    def picture_of(self, timed: TimedShot) -> ShotPicture:
        """The picture of a shot.

        Raises:
            MediaError: something does not fit, or cannot be drawn; the message names the shot.
            InputError: a picture cannot be used.
        """
        kind = timed.shot.kind
        if kind == "end":
            return end_card(self.setting, timed, self._credits())
        if kind == "picture":
            return photo_card(self.setting, timed, self._file, self._limits)
        if kind == "clip":
            made = self._clip(timed.shot.id)
            # What cannot be shown is said: the sentence stands where the clip would be.
            return statement_card(self.setting, timed) if made is None else clip_card(self.setting, timed, *made)
        return _CARDS[kind](self.setting, timed)

    def _credits(self) -> tuple[str, ...]:
        """Whose pictures and music are used, each once."""
        language = self.setting.language
        board = self.setting.storyboard
        pictures = [
            f"{wording.word('picture', language)}: {shot.picture.credit}"
            for shot in board.shots
            if shot.picture is not None
        ]
        music = board.music
        if music is not None and music.credit:
            pictures.append(f"{wording.word('music', language)}: {music.credit}")
        return tuple(dict.fromkeys(pictures))
