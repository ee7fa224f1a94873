"""The stages of a video as Dagster assets, in the order in which data flows.

inputs → facts → conditioning → noise → synthesis → enhancement → delivery → quality
"""
