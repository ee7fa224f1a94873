"""The initial noise, its decomposition into base and residual noise, and the schedule of its removal."""

from videogen.noise.adaptive_scheduler import AdaptiveScheduler
from videogen.noise.decomposer import NoiseDecomposer, decomposer_for
from videogen.noise.manipulator import LatentManipulator

__all__ = ["AdaptiveScheduler", "LatentManipulator", "NoiseDecomposer", "decomposer_for"]
