"""The checks that an alert's video has to pass, by name, in the order in which they are made."""

from __future__ import annotations

BEFORE_SIGNING = ("message", "legibility", "watermark", "captions", "sound", "file", "in_force")
REQUIRED = (*BEFORE_SIGNING, "signature")
