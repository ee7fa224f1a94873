"""What a model can draw, and whether a prompt asks for it, before anything is drawn.

`KnownWorld` (world.py) is what a model knows, from a file beside its weights. `judge` (judgement.py) compares one
prompt with it, and `coverage_for` (forecast.py) does so for the model that a configuration names.
"""
