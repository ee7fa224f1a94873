"""The code: what is encoded is read again, in spite of errors, and never something else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from videogen.media.watermark.code import CODE_BITS, decoded, encoded

PAYLOAD = bytes.fromhex("0123456789ab")


@given(st.binary(min_size=6, max_size=6))
def test_any_payload_is_read_again(payload: bytes) -> None:
    assert decoded(encoded(payload).astype(np.float64)) == payload


def test_errors_are_corrected() -> None:
    signs = encoded(PAYLOAD).astype(np.float64)
    wrong = np.random.default_rng(1).choice(CODE_BITS, CODE_BITS // 8, replace=False)
    signs[wrong] *= -1
    assert decoded(signs) == PAYLOAD


def test_uncertain_signs_count_less_than_certain_ones() -> None:
    signs = encoded(PAYLOAD).astype(np.float64)
    wrong = np.random.default_rng(2).choice(CODE_BITS, CODE_BITS * 2 // 5, replace=False)
    signs[wrong] *= -0.1
    assert decoded(signs) == PAYLOAD


def test_noise_is_no_payload() -> None:
    noise = np.random.default_rng(3).normal(size=(100, CODE_BITS))
    assert [decoded(row) for row in noise] == [None] * 100


def test_a_payload_has_its_length() -> None:
    with pytest.raises(ValueError, match="6 bytes, not 5"):
        encoded(b"12345")
