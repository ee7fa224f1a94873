"""InputValidator: checks that outside input is what it claims to be, within limits, and allowed by the policy."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from videogen.config.groups.all import PreprocessingSettings, ProcessingSettings
from videogen.config.parts import part
from videogen.config.places import place
from videogen.domain.artifacts import PolicyVerdict
from videogen.errors import InputError, PolicyError
from videogen.preprocessing.policy.policy import ContentPolicy, load_policy
from videogen.storage.inputs.picture_file import read_picture

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig


class InputValidator:
    """Checks prompts and images before any work is spent on them.

    Args:
        config: the configuration, or its group `processing` (the limits) alone; None: the defaults.
        policy_file: the rules; a relative path starts in the home folder. It is read again when it changes. None: that
            of the configuration.
        allowed_inputs: folders that pictures may come from; empty: any readable file.

    Raises:
        ConfigError: the policy file is missing or malformed.
    """

    def __init__(
        self,
        config: VideoGenConfig | ProcessingSettings | None = None,
        policy_file: Path | None = None,
        allowed_inputs: Sequence[Path] = (),
    ) -> None:
        self._limits = part(config, ProcessingSettings)
        self._policy_file = place(policy_file or part(config, PreprocessingSettings).policy_file)
        self._allowed = [place(folder).resolve() for folder in allowed_inputs]
        load_policy(self._policy_file)

    @property
    def policy(self) -> ContentPolicy:
        """The content policy of the file that the settings name."""
        return load_policy(self._policy_file)

    def validate_prompt(self, text: str) -> str:
        """The prompt without white space around it. One with too many words is truncated later, not refused.

        Raises:
            InputError: not text, empty, without a word or emoji, too long, or with control characters.
        """
        if not isinstance(text, str):
            raise InputError(f"the prompt is a {type(text).__name__}, not text", remedy="give the prompt as a string")
        limit = self._limits.max_prompt_characters
        if len(text) > limit:
            raise InputError(
                f"the prompt has {len(text):,} characters, more than the limit of {limit:,}",
                remedy="describe in a few sentences what the video shows; long texts belong in the captions",
            )
        for index, character in enumerate(text):
            if unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n\r":
                raise InputError(
                    f"the prompt has the control character U+{ord(character):04X} at position {index + 1}",
                    remedy="type it again or paste it as plain text",
                )
        if not any(unicodedata.category(character) in _MEANINGFUL for character in text):
            problem = "the prompt has no words in it" if text.strip() else "the prompt is empty"
            raise InputError(problem, remedy='describe what the video shows, e.g. "a wind farm at sunset"')
        return text.strip()

    def validate_images(self, images: Iterable[Path | str]) -> list[Path]:
        """The pictures' absolute paths with links resolved. Every picture is decoded once, one at a time.

        Raises:
            InputError: too many, outside of the allowed folders, or anything that `read_picture` refuses; the
                message says which picture.
        """
        if isinstance(images, str | bytes | Path) or not isinstance(images, Iterable):
            raise InputError(f"pictures are given as a list of paths, not as a {type(images).__name__}")
        given = list(images)
        if len(given) > self._limits.max_images:
            raise InputError(
                f"{len(given)} pictures are given, at most {self._limits.max_images} are allowed",
                remedy="choose the most important ones or raise processing.max_images",
            )
        resolved = [self._resolve(path, number) for number, path in enumerate(given, 1)]
        for number, path in enumerate(resolved, 1):
            try:
                read_picture(path, self._limits)
            except InputError as error:
                raise InputError(f"picture {number}: {error.problem}", remedy=error.remedy) from error
        return resolved

    def check_policy_compliance(self, content: str) -> PolicyVerdict:
        """The verdict of the rule file on `content`; `allowed` with a rule named is a warning.

        Raises:
            InputError: `content` is not text.
        """
        if not isinstance(content, str):
            raise InputError(
                f"the content policy reads text, and a {type(content).__name__} was given",
                remedy="screen pictures and frames with a frame policy: see docs/preprocessing.md",
            )
        return self.policy.screen(content)

    def require_compliance(self, content: str) -> PolicyVerdict:
        """`check_policy_compliance`, for callers that go no further on a refusal.

        Raises:
            PolicyError: a rule refuses `content`; the message has the rule, the reason and what matched.
        """
        verdict = self.check_policy_compliance(content)
        if not verdict.allowed:
            raise PolicyError(
                f"the content policy refuses this by the rule {verdict.rule}: {verdict.reason} "
                f"(matched {verdict.matched!r})",
                remedy="write it without these words; the rules and examples are in the policy file",
            )
        return verdict

    def _resolve(self, path: Path | str, number: int) -> Path:
        if not isinstance(path, str | Path) or "\0" in str(path):
            raise InputError(f"picture {number} is given as a {type(path).__name__}, not as a path")
        try:
            resolved = Path(path).expanduser().resolve()
        except (OSError, RuntimeError) as error:
            raise InputError(f"picture {number}, {path}, cannot be found: {error}", remedy="check the path") from error
        if self._allowed and not any(resolved.is_relative_to(folder) for folder in self._allowed):
            folders = ", ".join(map(str, self._allowed))
            raise InputError(f"{path} lies outside of the allowed folders", remedy=f"copy it to one of: {folders}")
        return resolved


# Letters, numbers, and symbols such as emoji.
_MEANINGFUL = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "So"))
