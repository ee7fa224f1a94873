"""`videogen kb` and `videogen factcheck`: what the knowledge base holds, and what it says about a text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from videogen.domain.stages import Stage
from videogen_dagster.commands.common import AsJson, parse_settings, project
from videogen_dagster.output import facts, print_json, say, show, table, write
from videogen_dagster.project import Project

if TYPE_CHECKING:
    from videogen.config.config import VideoGenConfig
    from videogen.fact_check.knowledge.knowledge_base import KnowledgeBase
    from videogen.fact_check.report import FactCheckReport

app = typer.Typer(no_args_is_help=True)
kb = typer.Typer(no_args_is_help=True, help="The knowledge base that claims are checked against.")
app.add_typer(kb, name="kb")

Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting, e.g. fact_check.backend=nli."),
]


def _config(context: typer.Context, changes: list[str] | None = None) -> VideoGenConfig:
    shared = context.obj if isinstance(context.obj, Project) else Project(None)
    return shared.config.updated(parse_settings(changes)) if changes else shared.config


def _knowledge(config: VideoGenConfig) -> KnowledgeBase:
    from videogen.fact_check import KnowledgeBase

    return KnowledgeBase(config.path(config.fact_check.knowledge_base))


@kb.command("add")
def add(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="CSV, JSONL or JSON-LD file, a document, or a folder of documents.")],
    source: Annotated[
        str | None, typer.Option(help="Source of rows that name none; the file's name by default.")
    ] = None,
    reliability: Annotated[float, typer.Option(min=0.0, max=1.0, help="How far that source is trusted.")] = 0.7,
    json: AsJson = False,
) -> None:
    """Import facts or documents: all of them, or none where a row is wrong.

    Columns of a CSV file, names in JSONL: entity, attribute and value are needed; number, unit, valid_from, valid_to,
    source, source_url, reliability, retrieved, origin and aliases may be given.
    """
    from videogen.fact_check.knowledge.imports import read_import

    batch = read_import(path, source=source, reliability=reliability)
    knowledge = _knowledge(_config(context))
    import_id = knowledge.add(batch)
    held = {
        "import": import_id,
        "facts": len(batch.facts),
        "documents": len(batch.documents),
        "version": knowledge.version,
    }
    if json:
        print_json(held)
    else:
        show(facts(held))


@kb.command("check")
def check(context: typer.Context, json: AsJson = False) -> None:
    """Verify the base's files and list facts that contradict each other; exit code 1 if there are any.

    Where two sources of the starter base differ, that is a note: claims about it are answered with care.
    """
    from videogen.fact_check.knowledge.starter import SOURCES

    knowledge = _knowledge(_config(context))
    everything = knowledge.check_consistency()
    noted = [item for item in everything if item.facts and all(fact.source in SOURCES for fact in item.facts)]
    found = [item for item in everything if item not in noted]
    if json:
        held = {
            "version": knowledge.version,
            "rows": knowledge.counts(),
            "imports": [item["id"] for item in knowledge.imports],
        }
        print_json(
            {
                **held,
                "contradictions": [item.model_dump(mode="json") for item in found],
                "differing_in_the_starter_base": [item.model_dump(mode="json") for item in noted],
            }
        )
    else:
        show(facts({"version": knowledge.version, **knowledge.counts()}))
        show(table(("import", "made"), ((item["id"], item["created_at"]) for item in knowledge.imports)))
        for item in found:
            say(item.text)
        if noted:
            say(f"note: the sources of the starter base differ in {len(noted)} values; --json lists them")
        say(f"{len(found)} contradictions")
    raise typer.Exit(1 if found else 0)


@kb.command("search")
def search(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help='An entity ("India"), or words to look for in documents.')],
    attribute: Annotated[str | None, typer.Option(help="Only this attribute of the entity.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Most passages shown.")] = 5,
    json: AsJson = False,
) -> None:
    """What the base knows: facts about the entities named, and passages of documents."""
    knowledge = _knowledge(_config(context))
    named = knowledge.query(words, attribute) or knowledge.facts_about(
        [entity for mention in knowledge.names.find(words) for entity in mention.entities[:1]], attribute
    )
    found = knowledge.search([words], limit)[0] if attribute is None else []
    if json:
        passages = [
            {**item.passage.model_dump(mode="json"), "bm25": item.bm25, "cosine": item.cosine} for item in found
        ]
        print_json({"facts": [fact.model_dump(mode="json") for fact in named], "passages": passages})
        return
    rows = (
        (f.entity, f.attribute, f.value, f.valid_from, f.valid_to, ", ".join(s.name for s in knowledge.get_sources(f)))
        for f in named
    )
    show(table(("entity", "attribute", "value", "from", "to", "sources"), rows))
    for item in found:
        show(
            facts(
                {
                    "document": item.passage.document,
                    "published": item.passage.published,
                    "passage": item.passage.text,
                }
            )
        )
    if not named and not found:
        say("nothing found")


@kb.command("why")
def why(
    context: typer.Context,
    claim: Annotated[str, typer.Argument(help="A sentence that states one thing.", show_default=False)],
    json: AsJson = False,
) -> None:
    """The verdict on one claim with all evidence for and against it. Exit code 1: it is not supported."""
    from videogen.fact_check import FactChecker

    config = _config(context)
    verdict = FactChecker(config, _knowledge(config)).verify_claim(claim)
    if json:
        print_json(verdict.model_dump(mode="json"))
    else:
        rows = ((one.stance, f"{one.probability:.0%}", one.text, one.source.name) for one in verdict.evidence)
        show(table(("evidence", "counts", "text", "source"), rows))
        say(f"{verdict.outcome.replace('_', ' ')}, {verdict.confidence:.0%}: {verdict.reason}")
    raise typer.Exit(0 if verdict.outcome in ("supported", "attested") else 1)


@app.command()
def factcheck(
    context: typer.Context,
    text: Annotated[str | None, typer.Argument(help='The text; "-" reads it from standard input.')] = None,
    video: Annotated[str | None, typer.Option(help="Show the report of this video instead, by its id.")] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option(help="A text of the issuer that attests what is said; may be repeated."),
    ] = None,
    format: Annotated[Literal["table", "markdown", "html"], typer.Option(help="What is printed.")] = "table",
    changes: Setting = None,
    json: AsJson = False,
) -> None:
    """Check a text against the knowledge base; exit code 1 if it must not be published as it is."""
    from videogen.errors import InputError
    from videogen.fact_check.html import to_html, to_markdown
    from videogen.storage.inputs.source_files import read_source, source_text
    from videogen_dagster.generator import VideoGenerator

    if (text is None) == (video is None):
        raise InputError("give either a text or --video", remedy='videogen factcheck "India borders Nepal."')
    if video is not None:
        report = _stored_report(project(context), video)
    else:
        config = _config(context, changes)
        generator = VideoGenerator()
        generator.config = config
        report = generator.apply_fact_checking(
            sys.stdin.read() if text == "-" else text or "",
            [source_text(path.name, read_source(path)) for path in source or ()],
        )
    if json:
        print_json(report.model_dump(mode="json"))
    elif format == "html":
        write(to_html(report))
    elif format == "markdown":
        write(to_markdown(report))
    else:
        show(table(("claim", "verdict", "confidence", "evidence"), (_row(verdict) for verdict in report.claims)))
        for claim in (*report.unchecked, *report.skipped):
            say(f"not checkable: {claim.source_text} ({claim.reason})")
        say(f"{report.summary}: {'may be published' if report.publishable else 'must not be published as it is'}")
    raise typer.Exit(0 if report.publishable else 1)


def _stored_report(project: Project, video_id: str) -> FactCheckReport:
    from videogen.errors import InputError
    from videogen.fact_check import FactCheckReport
    from videogen_dagster.lookup import holder

    for attempt in reversed(project.requests.attempts(video_id)):
        number = holder(project, video_id, attempt.number, Stage.FACT_CHECK_REPORT)
        if number is not None:
            return project.artifacts.load(video_id, number, Stage.FACT_CHECK_REPORT, FactCheckReport)
    raise InputError(f"{video_id} has no fact-check report yet", remedy=f"videogen show {video_id} says how far it is")


def _row(verdict: Any) -> tuple[str, str, str, str]:
    best = verdict.evidence[0] if verdict.evidence else None
    shown = f"{best.text} — {best.source.name}, {best.dated or 'undated'}" if best else verdict.reason
    return verdict.claim.source_text, verdict.outcome.replace("_", " "), f"{verdict.confidence:.0%}", shown
