"""What every room may need of the machine: device, memory, worker threads, prefetch, progress, plug-ins, seeds.

Nothing here knows of videos, requests or settings.
"""
