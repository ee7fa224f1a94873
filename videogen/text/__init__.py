"""Language detection, sentences, normalisation, word lists and the sentence encoder.

Nothing here knows what a text is for: prompts, facts and alerts have rooms of their own.
"""
