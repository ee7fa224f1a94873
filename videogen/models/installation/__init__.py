"""Models on this machine: what is there, what fits, fetching, inspecting, trying and removing.

Nothing here is needed while a video is made.
"""
