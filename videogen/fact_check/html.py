"""The report as an HTML page and as Markdown, claims highlighted where they stand in the text."""

from __future__ import annotations

from html import escape

from videogen.fact_check.knowledge.verdict import ClaimVerdict, Evidence
from videogen.fact_check.reading.claim import Claim
from videogen.fact_check.report import FactCheckReport
from videogen.text.shown_text import markdown_escaped

_COLOURS = {
    "supported": ("#d8f0dc", "#1b6b2f", "✓"),
    "attested": ("#d6e8f7", "#17517e", "◆"),
    "refuted": ("#fadcd9", "#9c1c12", "✗"),
    "conflicting": ("#fdecc8", "#7a5200", "≠"),
    "not_enough_evidence": ("#e6e6ea", "#44444c", "?"),
    "unchecked_language": ("#e3e0f3", "#4a3b8f", "–"),
    "nothing_to_check": ("#eef2f5", "#3a4a57", "·"),
}
_STYLE = """
body{font:16px/1.55 system-ui,"Noto Sans","Noto Sans Devanagari",sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#1d1d22}
h1{font-size:1.5rem;margin:0 0 .4rem}h2{font-size:1.1rem;margin:2rem 0 .6rem}
.text{white-space:pre-wrap;border:1px solid #d9d9e0;border-radius:8px;padding:1rem}
mark{padding:.1em .15em;border-radius:4px}mark a{color:inherit;text-decoration:none}
.badge{display:inline-block;border-radius:1em;padding:.1em .7em;font-weight:600;font-size:.85rem}
article{border:1px solid #d9d9e0;border-radius:8px;padding:.8rem 1rem;margin:.7rem 0}
blockquote{margin:.5rem 0;padding:.1rem .8rem;border-left:3px solid #c9c9d2}
small,.facts{color:#55555f}table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0}
"""


def to_html(report: FactCheckReport) -> str:
    """Render a self-contained page without scripts or external files."""
    claims = "".join(_article(number, verdict) for number, verdict in enumerate(report.claims, 1))
    contradictions = "".join(f"<li>{escape(item.text)}</li>" for item in report.contradictions)
    idle = "".join(
        f"<tr><td>{escape(claim.source_text)}</td><td><small>{escape(claim.reason)}</small></td></tr>"
        for claim in (*report.unchecked, *report.skipped)
    )
    release = "may be published" if report.publishable else "must not be published as it is"
    return (
        f'<!doctype html><html lang="{escape(report.language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>Fact check</title><style>{_STYLE}</style></head><body>'
        f"<h1>Fact check: {_badge(report.verdict)}</h1>"
        f'<p class="facts">{escape(report.summary)} · {release} · backend {escape(report.backend)} · knowledge base '
        f"{escape(report.knowledge_version)} · {report.created_at:%Y-%m-%d %H:%M} UTC</p>"
        f"{_handed_in(report)}"
        f'<div class="text">{highlighted(report)}</div>'
        + (f"<h2>Contradictions within the text</h2><ul>{contradictions}</ul>" if contradictions else "")
        + (f"<h2>Claims</h2>{claims}" if claims else "")
        + (f"<h2>Not checkable</h2><table>{idle}</table>" if idle else "")
        + "</body></html>"
    )


def highlighted(report: FactCheckReport) -> str:
    """The text as HTML, each claim marked in the colour of its verdict and linked to its evidence."""
    marks = [(v.claim, v.outcome, number) for number, v in enumerate(report.claims, 1)]
    spans: list[tuple[Claim, str, int]] = [
        *marks,
        *((claim, "unchecked_language", 0) for claim in report.unchecked),
    ]
    parts, position = [], 0
    for claim, verdict, number in sorted(spans, key=lambda item: (item[0].start, item[0].end)):
        if claim.start < position:
            continue
        background, colour, _ = _COLOURS[verdict]
        shown = escape(report.text[claim.start : claim.end])
        linked = f'<a href="#claim-{number}">{shown}</a>' if number else shown
        parts.append(escape(report.text[position : claim.start]))
        parts.append(f'<mark style="background:{background};color:{colour}" title="{_words(verdict)}">{linked}</mark>')
        position = claim.end
    parts.append(escape(report.text[position:]))
    return "".join(parts)


def _article(number: int, verdict: ClaimVerdict) -> str:
    quotes = "".join(_quote(item) for item in verdict.evidence)
    rewritten = verdict.claim.text if verdict.claim.text.rstrip(".।") != verdict.claim.source_text.rstrip(".।") else ""
    note = f"<br><small>read as: {escape(rewritten)}</small>" if rewritten else ""
    return (
        f'<article id="claim-{number}">{_badge(verdict.outcome)} <strong>{escape(verdict.claim.source_text)}</strong>{note}'
        f'<p class="facts">{escape(verdict.reason)} · confidence {verdict.confidence:.0%} · checked because it '
        f"{escape(verdict.claim.reason)} · backend {escape(verdict.backend)}</p>{quotes}</article>"
    )


def _quote(item: Evidence) -> str:
    dated = f", {item.dated}" if item.dated else ""
    name = escape(item.source.name)
    safe = item.source.url.startswith(("https://", "http://"))
    source = f'<a href="{escape(item.source.url)}" rel="noreferrer">{name}</a>' if safe else name
    return (
        f"<blockquote>{escape(item.text)}<br><small>{item.stance} ({item.probability:.0%}) — {source}{dated}"
        f"{': ' + escape(item.explanation) if item.explanation else ''}</small></blockquote>"
    )


def _handed_in(report: FactCheckReport) -> str:
    """The issuer's texts, and what "attested" means."""
    if not report.sources:
        return ""
    listed = ", ".join(f"{escape(item.name)} (SHA-256 {escape(item.sha256)})" for item in report.sources)
    return f'<p class="facts">Submitted by the issuer: {listed}. Attested means that the issuer states it there.</p>'


def _badge(verdict: str) -> str:
    background, colour, sign = _COLOURS[verdict]
    return f'<span class="badge" style="background:{background};color:{colour}">{sign} {_words(verdict)}</span>'


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def to_markdown(report: FactCheckReport) -> str:
    """The report for places that show Markdown, such as asset metadata."""
    release = "may be published" if report.publishable else "**must not be published as it is**"
    lines = [f"**Fact check: {_words(report.verdict)}** — {markdown_escaped(report.summary)}; {release}", ""]
    lines += [f"> {line}" for line in _marked_text(report).splitlines() or [""]]
    lines += ["", f"Backend {markdown_escaped(report.backend)}, knowledge base {report.knowledge_version}"]
    lines += [
        f"- Submitted by the issuer: {markdown_escaped(item.name)}, SHA-256 {item.sha256}" for item in report.sources
    ]
    lines += [f"- Contradiction: {markdown_escaped(item.text)}" for item in report.contradictions]
    if report.claims:
        lines += ["", "| # | claim | verdict | confidence | evidence |", "| --- | --- | --- | --- | --- |"]
        for number, verdict in enumerate(report.claims, 1):
            best = verdict.evidence[0] if verdict.evidence else None
            shown = (
                f"{markdown_escaped(best.text)} — {markdown_escaped(best.source.name)}, {best.dated or 'undated'}"
                if best
                else markdown_escaped(verdict.reason)
            )
            sign = _COLOURS[verdict.outcome][2]
            lines.append(
                f"| {number} | {markdown_escaped(verdict.claim.source_text)} | {sign} {_words(verdict.outcome)} | {verdict.confidence:.0%} | {shown} |"
            )
    for claim in report.unchecked:
        lines.append(f"- not read: {markdown_escaped(claim.source_text)} ({markdown_escaped(claim.reason)})")
    for claim in report.skipped:
        lines.append(f"- not checkable: {markdown_escaped(claim.source_text)} ({markdown_escaped(claim.reason)})")
    return "\n".join(lines)


def _marked_text(report: FactCheckReport) -> str:
    parts, position = [], 0
    for number, verdict in enumerate(report.claims, 1):
        claim = verdict.claim
        if claim.start >= position:
            parts.append(markdown_escaped(report.text[position : claim.start], keep_lines=True))
            parts.append(
                f"**{markdown_escaped(report.text[claim.start : claim.end])}** [{_COLOURS[verdict.outcome][2]} {number}]"
            )
            position = claim.end
    parts.append(markdown_escaped(report.text[position:], keep_lines=True))
    return "".join(parts)
