"""The fixtures of tests/videogen/media: files to open."""

from tests.videogen.media.conftest import moving_disc, write_video

__all__ = ["moving_disc", "write_video"]
