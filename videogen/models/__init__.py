"""Model profiles, loading, model families and text encoders.

How a loaded model is driven through the denoising steps is in `videogen.synthesis`.
"""
