"""What the system makes of a prompt before anything is drawn, in words for people."""

from __future__ import annotations

from typing import Any

from videogen.config.config import VideoGenConfig


def understood(config: VideoGenConfig, text: str) -> tuple[dict[str, Any], bool]:
    """What the model reads of a prompt, by name, for people; and whether the content policy refuses it."""
    from videogen.adaptation.forecast import coverage_for
    from videogen.preprocessing import InputValidator, TextPreprocessor

    validator, preprocessor = InputValidator(config), TextPreprocessor(config)
    prompt = validator.validate_prompt(text)
    verdict = validator.check_policy_compliance(prompt)
    language, confidence = preprocessor.detect_language(prompt)
    read = preprocessor.process(prompt, config.model.negative_prompt, verdict)
    ids, pieces = preprocessor.tokenize(read.enhanced)
    coverage = coverage_for(prompt, config)
    found = {
        "language": f"{language} ({confidence:.0%})",
        "enhanced": preprocessor.enhance_prompt(prompt),
        "read by the model": read.enhanced,
        "tokens": len(ids),
        "pieces": " ".join(pieces),
        "keywords": ", ".join(keyword.word for keyword in read.keywords),
        "warnings": "; ".join(read.warnings),
        "can be drawn": "not known" if coverage is None else "yes" if coverage.inside else coverage.warning,
        "policy": "allowed" if verdict.allowed else f"rule {verdict.rule}: {verdict.reason}",
    }
    return found, not verdict.allowed
