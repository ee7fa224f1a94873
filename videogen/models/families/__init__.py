"""One file per model family: how its parts are loaded and called.

The table of names is in `videogen.models.loading`.
"""
