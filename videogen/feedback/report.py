"""The improvement report: for people, as Markdown and as one HTML page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from videogen.domain.experiments import ExperimentRecord
from videogen.feedback.experiments.impact import Impact
from videogen.feedback.experiments.suggestions import ParameterSuggestion
from videogen.feedback.study.findings import FeedbackAnalysis, Number
from videogen.text.shown_text import markdown_escaped

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Improvement report</title><style>
:root { color-scheme: light dark } body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
font: 16px/1.55 system-ui, sans-serif } h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100%; font-size: .93rem } td, th { text-align: left; vertical-align: top;
padding: .4rem .9rem .4rem 0; border-bottom: 1px solid #8886 } .soft { opacity: .72 } blockquote { margin: .2rem 0 }
</style></head><body>
<h1>Improvement report</h1>
<p class="soft">{{ a.start }} to {{ a.end }} · made {{ made }}</p>
{% for title, head, rows, empty in sections %}<h2>{{ title }}</h2>
{% if rows %}<table><tr>{% for cell in head %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
{% else %}<p class="soft">{{ empty }}</p>{% endif %}
{% endfor %}
{% if a.not_enough %}<h2>Not enough to say</h2>
<ul>{% for what in a.not_enough %}<li>{{ what }}</li>{% endfor %}</ul>{% endif %}
</body></html>
"""
Section = tuple[str, Sequence[str], Sequence[Sequence[str]], str]


@dataclass(frozen=True)
class ImprovementReport:
    """What `FeedbackIntegration.generate_improvement_report` gives."""

    analysis: FeedbackAnalysis
    suggestions: tuple[ParameterSuggestion, ...]
    experiments: tuple[ExperimentRecord, ...]
    impacts: tuple[Impact, ...]
    erasures: int
    made_at: datetime

    @property
    def markdown(self) -> str:
        """The report as Markdown; texts from outside are escaped."""
        a = self.analysis
        lines = ["# Improvement report", "", f"{a.start} to {a.end}, made {self.made_at:%Y-%m-%d %H:%M} UTC", ""]
        for title, head, rows, empty in self.sections():
            lines += [f"## {title}", ""]
            if not rows:
                lines += [empty, ""]
                continue
            lines += [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
            lines += [f"| {' | '.join(markdown_escaped(cell) for cell in row)} |" for row in rows]
            lines.append("")
        if a.not_enough:
            lines += ["## Not enough to say", "", *(f"- {markdown_escaped(what)}" for what in a.not_enough), ""]
        return "\n".join(lines)

    @property
    def html(self) -> str:
        """The report as one page without scripts."""
        from jinja2 import Environment

        page = Environment(autoescape=True).from_string(_PAGE)
        return page.render(a=self.analysis, made=f"{self.made_at:%Y-%m-%d %H:%M} UTC", sections=self.sections())

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "made_at": self.made_at.isoformat(),
            "analysis": self.analysis.model_dump(mode="json"),
            "suggestions": [one.model_dump(mode="json") for one in self.suggestions],
            "experiments": [one.model_dump(mode="json") for one in self.experiments],
            "impacts": [_impact_facts(one) for one in self.impacts],
            "erasures": self.erasures,
        }

    def sections(self) -> list[Section]:
        """Title, column names, rows, and what is said instead of no rows; texts from outside are not escaped."""
        a = self.analysis
        people = [
            ("rating, 1 … 5", _shown(a.rating), _n(a.rating)),
            ("approved", _shown(a.approval, percent=True), _n(a.approval)),
            ("watched to", _shown(a.completion, percent=True), _n(a.completion)),
            ("videos with feedback", _shown(a.response, percent=True), _n(a.response)),
        ]
        topics = [(t.category, str(t.complaints), str(t.praise), str(t.raters), t.quote) for t in a.topics]
        low = [(v.video_id, f"{v.rating:.2f} ± {1.96 * v.error:.2f}", str(v.raters)) for v in a.videos[:10]]
        moves = [(f.statement, f"{f.q:.3f}", "; ".join(f.changed_then) or "–") for f in a.findings if f.believed]
        phrases = [(p.phrase, str(p.rejected), str(p.approved), f"{p.q:.3f}") for p in a.phrases]
        strengths = [(s.name, f"{s.strength:+.2f}", f"{s.lower:+.2f} … {s.upper:+.2f}") for s in a.strengths]
        effects = [
            (
                p.setting,
                p.outcome,
                f"{p.slope:+.3g}",
                f"{p.lower:+.3g} … {p.upper:+.3g}",
                f"{p.q:.3f}",
                str(p.n),
                p.evidence,
            )
            for p in a.parameters
        ]
        wanted = [
            (s.setting, "–" if s.current is None else f"{s.current:g}", f"{s.suggested:g}", s.evidence, s.why)
            for s in self.suggestions
        ]
        tests = [
            (
                r.experiment.id,
                r.state,
                r.experiment.design,
                r.experiment.outcome,
                r.decision or "–",
                r.why or r.experiment.why,
            )
            for r in self.experiments
        ]
        impacts = [
            (i.change_id, i.state, i.verdict, i.evidence, _bounds(i.difference.lower, i.difference.upper), i.why)
            for i in self.impacts
        ]
        share = "–" if a.anonymous_share is None else f"{a.anonymous_share:.0%}"
        data = [("events that count", str(a.events)), ("raters", str(a.raters) if a.raters else "too few to say"),
                ("anonymous", share), ("erasures so far", str(self.erasures))]  # fmt: skip
        return [
            ("What people say", ("measure", "value", "of"), people, ""),
            ("What they speak of", ("category", "complaints", "praise", "raters", "a typical comment"), topics,
             "Too few raters to show a topic."),
            ("Lowest rated", ("video", "rating", "raters"), low, "No video has enough raters."),
            ("What moves", ("finding", "q", "what changed then"), moves,
             f"Nothing is shown to move; {len(a.findings)} trends, breaks and days were looked at."),
            ("Words in prompts that go with rejection", ("words", "rejected", "approved", "q"), phrases,
             "None is shown."),
            ("Compared directly", ("arm or model", "strength", "95 %"), strengths, "Too few comparisons."),
            ("What parameters do", ("setting", "outcome", "for one unit", "95 %", "q", "n", "evidence"), effects,
             "Too few first attempts."),
            ("Worth a test", ("setting", "now", "suggested", "evidence", "why"), wanted, "Nothing is suggested."),
            ("Experiments", ("experiment", "state", "design", "outcome", "decision", "why"), tests, "There are none."),
            ("What became of adopted changes", ("change", "state", "verdict", "evidence", "difference", "why"), impacts,
             "Nothing was adopted."),
            ("The data", ("what", "how many"), data, ""),
        ]  # fmt: skip


def _shown(number: Number, *, percent: bool = False) -> str:
    if number.value is None:
        return f"– ({number.note})" if number.note else "–"
    form = "{:.0%}" if percent else "{:.2f}"
    text = form.format(number.value)
    if number.lower is not None and number.upper is not None:
        text += f" ({form.format(number.lower)} … {form.format(number.upper)})"
    return text


def _n(number: Number) -> str:
    return str(number.n) if number.n else "–"


def _bounds(lower: float, upper: float) -> str:
    return f"{lower:+.3g} … {upper:+.3g}" if math.isfinite(lower) and math.isfinite(upper) else "–"


def _impact_facts(impact: Impact) -> dict[str, Any]:
    bounds = impact.difference
    return {
        "change_id": impact.change_id, "state": impact.state, "verdict": impact.verdict, "evidence": impact.evidence,
        "lower": bounds.lower if math.isfinite(bounds.lower) else None,
        "upper": bounds.upper if math.isfinite(bounds.upper) else None, "n": bounds.n, "why": impact.why,
    }  # fmt: skip
