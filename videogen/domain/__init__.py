"""The types that all stages share: request, attempt, stage graph, artifacts, and which stages a setting affects.

Types only: nothing here reads or writes a file.
"""
