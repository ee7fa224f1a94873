"""What is drawn rather than generated: pages, type setting, symbols, maps, legibility and reading time.

Nothing here knows of alerts or briefings; fonts are in `videogen.media.fonts`, which labels and captions need too.
"""
