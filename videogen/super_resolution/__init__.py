"""Larger, sharper, steadier frames: Real-ESRGAN networks, detail enhancement, temporal consistency."""

from __future__ import annotations

from videogen.super_resolution.details import DetailEnhancer
from videogen.super_resolution.processor import SuperResolutionProcessor, build_processor
from videogen.super_resolution.steps import run_frame_steps
from videogen.super_resolution.temporal import TemporalConsistencyEnforcer

__all__ = [
    "DetailEnhancer",
    "SuperResolutionProcessor",
    "TemporalConsistencyEnforcer",
    "build_processor",
    "run_frame_steps",
]
