"""The payload as code bits: a CRC says whether it was read right, a convolutional code corrects errors.

The code is the one of rate 1/4 and constraint length 9 of cdma2000 (3GPP2 C.S0002, section 2.1.3.1.4), its end forced
to zero; it is decoded with soft decisions (Viterbi 1967). The CRC has the 24 bits of OpenPGP (RFC 9580, section 6.1).
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

PAYLOAD_BITS = 48
PAYLOAD_BYTES = PAYLOAD_BITS // 8
_CRC_BITS = 24
_CRC_START, _CRC_POLYNOMIAL = 0xB704CE, 0x864CFB
_GENERATORS = (0o765, 0o671, 0o513, 0o473)
_MEMORY = 8
_STATES = 1 << _MEMORY
_INPUT_BITS = PAYLOAD_BITS + _CRC_BITS + _MEMORY
CODE_BITS = _INPUT_BITS * len(_GENERATORS)
"""Signs that a payload becomes: 320."""

Signs = NDArray[np.int8]
Soft = NDArray[np.float64]


def encoded(payload: bytes) -> Signs:
    """The `CODE_BITS` signs (−1, 1) of a payload of `PAYLOAD_BYTES` bytes.

    Raises:
        ValueError: the payload has another length.
    """
    if len(payload) != PAYLOAD_BYTES:
        raise ValueError(f"a payload has {PAYLOAD_BYTES} bytes, not {len(payload)}")
    word = payload + _crc(payload).to_bytes(_CRC_BITS // 8, "big")
    bits = [*np.unpackbits(np.frombuffer(word, np.uint8)), *[0] * _MEMORY]
    state, signs = 0, []
    for bit in bits:
        state = ((state << 1) | int(bit)) & (2 * _STATES - 1)
        signs += [1 - 2 * ((state & generator).bit_count() & 1) for generator in _GENERATORS]
    return np.array(signs, np.int8)


def decoded(soft: Soft) -> bytes | None:
    """The payload whose signs agree best with `soft`; None: its CRC is wrong.

    Args:
        soft: `CODE_BITS` numbers, each a sign and how certain it is.
    """
    bits = _most_likely(np.asarray(soft, np.float64).reshape(_INPUT_BITS, len(_GENERATORS)))
    word = np.packbits(bits[: PAYLOAD_BITS + _CRC_BITS]).tobytes()
    payload, check = word[:PAYLOAD_BYTES], word[PAYLOAD_BYTES:]
    return payload if _crc(payload) == int.from_bytes(check, "big") else None


def _most_likely(steps: Soft) -> NDArray[np.uint8]:
    """The input bits of the best path through the trellis. steps: inputs × generators."""
    before, signs = _trellis()
    best = np.full(_STATES, -np.inf)
    best[0] = 0.0
    chosen = np.empty((len(steps), _STATES), np.uint8)
    for number, step in enumerate(steps):
        reached = best[before] + signs @ step
        chosen[number] = reached.argmax(axis=1)
        best = reached.max(axis=1)
    state, bits = 0, np.empty(len(steps), np.uint8)
    for number in range(len(steps) - 1, -1, -1):
        bits[number] = state & 1
        state = before[state, chosen[number, state]]
    return bits


@functools.cache
def _trellis() -> tuple[NDArray[np.intp], Soft]:
    """For each state the two before it (states×2), and the signs sent on the way (states×2×generators)."""
    states = np.arange(_STATES)
    before = np.stack([states >> 1, (states >> 1) | (_STATES >> 1)], axis=1)
    register = (before << 1) | (states & 1)[:, None]
    parity = [np.bitwise_count(register & generator) & 1 for generator in _GENERATORS]
    return before, 1.0 - 2.0 * np.stack(parity, axis=2)


def _crc(data: bytes) -> int:
    crc = _CRC_START
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1000000 | _CRC_POLYNOMIAL
    return crc
