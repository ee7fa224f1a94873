"""The steps from an order to finished variants. Each can be repeated: what is made already is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from videogen.audio.voice_choice import AUTO, voice_named
from videogen.audio.voices import Voice
from videogen.briefing.assembly.kept_pieces import KeptPieces
from videogen.briefing.assembly.variant import Mixed, Variant, VariantFacts, encoding_of, mixed, write_variant
from videogen.briefing.narration import music
from videogen.briefing.narration.silence import SilentVoice
from videogen.briefing.narration.speaking import narrated, said_as
from videogen.briefing.pictures.brand import load_brand
from videogen.briefing.pictures.drawing import Pictures
from videogen.briefing.pictures.formats import FORMATS, label_of
from videogen.briefing.pictures.shot_picture import Setting, ShotPicture
from videogen.briefing.production.clips import WantedClip, frames_of, known_clips, wanted
from videogen.briefing.production.made import Made, NarrationFacts, VariantRecord, Variants
from videogen.briefing.production.order import BriefingOrder
from videogen.briefing.production.store import BriefingStore, Revision
from videogen.briefing.rewriting.rewriting import RECORD, RewritingRecord, rewritten
from videogen.briefing.rewriting.service import Rewriter
from videogen.briefing.storyboard.building import built
from videogen.briefing.storyboard.family import joined
from videogen.briefing.storyboard.model import Storyboard
from videogen.briefing.storyboard.planning import planned
from videogen.briefing.storyboard.reconciling import reconciled
from videogen.briefing.storyboard.yaml_text import from_yaml
from videogen.briefing.timing.timeline import Timeline, scheduled
from videogen.config.label_style import label_style
from videogen.errors import ArtifactError, InputError, VideogenError
from videogen.media.logo import Logo
from videogen.media.watermark.keys import watermark_for
from videogen.storage.artifact_store import ArtifactStore
from videogen.storage.atomic_folder import sha256
from videogen.storage.request_store import RequestStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from videogen.config.config import VideoGenConfig
    from videogen.media.watermark.embedding import Watermark

Report = Callable[[int, int], None]
BY_MACHINE = "planned by rules"


class BriefingMaker:
    """Makes the briefings of one installation."""

    def __init__(self, store: BriefingStore, config: VideoGenConfig) -> None:
        self.store, self._config = store, config

    def plan(self, briefing_id: str) -> tuple[Storyboard, tuple[str, ...]]:
        """The latest storyboard, made from the releases where there is none; and what is worth knowing about it."""
        order = self.store.order(briefing_id)
        documents = self.store.documents(briefing_id)
        notes = [f"{document.name}: {note}" for document in documents.values() for note in document.notes]
        if self.store.latest_number(briefing_id):
            return self.store.storyboard(briefing_id), tuple(notes)
        lead = documents[order.lead]
        plan = planned(lead, order.target)
        storyboard = built(
            lead, plan, formats=order.formats, target=order.target, brand=order.brand, loudness=order.loudness
        )
        storyboard, missing = joined(storyboard.model_copy(update={"embargo": order.embargo}), documents)
        record = None
        if self._config.briefing.rewriter_url or self._config.briefing.rewriter_model:
            storyboard, record = rewritten(storyboard, Rewriter(self._config.briefing))
        self.store.add_revision(briefing_id, storyboard, by=BY_MACHINE, why="first plan")
        if record is not None:
            self.store.write(briefing_id, 1, RECORD, record)
        return self.store.storyboard(briefing_id), (*notes, *missing, *(record.notes if record else ()))

    def edit(self, briefing_id: str, text: bytes, *, name: str, by: str, why: str) -> Revision:
        """Keep an edited storyboard as the next revision, if every shot of it can be made.

        Raises:
            InputError: the file is wrong, or was edited from an older revision.
            MediaError: a shot cannot be drawn.
        """
        documents = self.store.documents(briefing_id)
        storyboard = reconciled(from_yaml(text, name), documents)
        unknown = sorted(set(storyboard.languages) - set(documents))
        if unknown:
            raise InputError(
                f"{name}: no release was given in {unknown[0]!r}",
                remedy="make the briefing from a release in each language",
                video_id=briefing_id,
            )
        load_brand(storyboard.brand)
        return self.store.add_revision(briefing_id, storyboard, by=by, why=why)

    def narrate(self, briefing_id: str, number: int, report: Report | None = None) -> NarrationFacts:
        """Speak all sentences of a revision; what has been spoken before comes from the cache.

        A language that cannot be spoken leaves the others alone, and a note says why.

        Raises:
            VideogenError: none can be spoken, for the reason of the first.
        """
        voices, seconds, sentences = {}, {}, {}
        languages, notes, failed = self._spoken(briefing_id, number, report)
        for made in languages:
            language = made.timeline.language
            voices[language], seconds[language] = made.voice, made.timeline.seconds
            sentences[language] = made.narration.sentences
        notes += [f"{language}: {error}" for language, error in failed.items()]
        facts = NarrationFacts(voices=voices, seconds=seconds, sentences=sentences, notes=tuple(notes))
        self.store.write(briefing_id, number, "narration", facts)
        return facts

    def draw(self, briefing_id: str, number: int) -> Iterator[tuple[str, str, str, ShotPicture, int]]:
        """Every shot in every language and format, drawn: language, format, id, picture, and its last frame.

        A variant that cannot be drawn ends there, and the others are drawn: `assemble` says why it is missing.

        Raises:
            MediaError: a text fits in none of them; the message names shot and format.
        """
        first, drawn = None, False
        for made in self._spoken(briefing_id, number)[0]:
            for name in made.storyboard.formats:
                pictures = self.pictures(briefing_id, number, made, name)
                try:
                    for timed in made.timeline.shots:
                        picture = pictures.picture_of(timed)
                        yield made.timeline.language, name, timed.shot.id, picture, timed.count - 1
                    drawn = True
                except VideogenError as error:
                    first = first or error
        if first is not None and not drawn:
            raise first

    def assemble(self, briefing_id: str, number: int, report: Report | None = None) -> Variants:
        """Encode every variant that is not there yet. One that fails leaves the others alone.

        Raises:
            VideogenError: all failed, for the reason of the first.
        """
        known = {record.facts.video: record for record in (self.variants(briefing_id, number)).made}
        made_records: dict[str, VariantRecord] = {}
        pieces = KeptPieces(self.store.pieces(briefing_id))
        languages, _, silent = self._spoken(briefing_id, number)
        first = next(iter(silent.values()), None)
        formats = self.store.storyboard(briefing_id, number).formats
        failed = {f"{language}_{name}": str(error) for language, error in silent.items() for name in formats}
        for made in languages:
            others = tuple(other.timeline for other in languages if other is not made)
            sound = cache(partial(self._sound, briefing_id, number, made))
            for name in made.storyboard.formats:
                video, key = f"{made.timeline.language}_{name}.mp4", self._key(briefing_id, number, made, name)
                before = known.get(video)
                if before is not None and before.key == key and self._is_whole(briefing_id, number, before):
                    made_records[video] = before
                    continue
                try:
                    variant = self._variant(briefing_id, number, made, name, others, sound())
                    facts = self._write(briefing_id, number, variant, pieces, report)
                except VideogenError as error:
                    first = first or error
                    failed[video.removesuffix(".mp4")] = str(error)
                    continue
                made_records[video] = VariantRecord(key=key, facts=facts)
                # One by one, so that a killed process loses one variant at most, and of it only shots in the making.
                self.store.write(
                    briefing_id, number, "variants", Variants(made=tuple(made_records.values()), failed=failed)
                )
        variants = Variants(made=tuple(made_records.values()), failed=failed)
        self.store.write(briefing_id, number, "variants", variants)
        if first is not None and not made_records:
            raise first
        if not failed:
            pieces.forget_unused()
        return variants

    def variants(self, briefing_id: str, number: int) -> Variants:
        """What has been made of a revision so far."""
        return self.store.read(briefing_id, number, "variants", Variants) or Variants()

    def language(self, briefing_id: str, number: int, language: str) -> Made:
        """One language of a revision on its clock."""
        order, storyboard = self.store.order(briefing_id), self.store.storyboard(briefing_id, number)
        return self._made(order, storyboard, language, None)[0]

    def pictures(self, briefing_id: str, number: int, made: Made, format_name: str) -> Pictures:
        """What draws the shots of a variant."""
        form = FORMATS[format_name]
        kit = load_brand(made.storyboard.brand)
        label = label_of(label_style(self._config.delivery), form)
        logo = None
        if kit.logo is not None:
            logo = Logo.fitted(kit.logo, form.size, "top-right", self._config.processing)
        setting = Setting(made.storyboard, made.timeline.language, form, kit, made.timeline.fps, label, logo)
        clips = self._shown_clips(briefing_id, number, made)

        def clip(shot: str) -> tuple[NDArray[np.uint8], float] | None:
            return frames_of(self.requests, self.artifacts, clips[shot]) if shot in clips else None

        return Pictures(setting, lambda name: self.store.picture(briefing_id, name), self._config.processing, clip)

    @property
    def requests(self) -> RequestStore:
        """The requests of child videos."""
        return RequestStore(self._config.location(self._config.paths.store))

    @property
    def artifacts(self) -> ArtifactStore:
        """What was made of child videos."""
        return ArtifactStore(self._config.location(self._config.paths.store))

    def missing_clips(self, briefing_id: str, number: int) -> list[WantedClip]:
        """The clips of a revision that have not been made yet."""
        known = known_clips(self.store, briefing_id, number).videos
        return [clip for clip in self._clips(briefing_id, number) if clip.key not in known]

    def without_clip(self, briefing_id: str, number: int) -> list[str]:
        """The shots of kind clip whose clip cannot be shown."""
        known = known_clips(self.store, briefing_id, number).videos
        return [
            clip.shot
            for clip in self._clips(briefing_id, number)
            if clip.key not in known or frames_of(self.requests, self.artifacts, known[clip.key]) is None
        ]

    def say_that_it_corrects(self, briefing_id: str, reason: str, *, by: str) -> Revision:
        """Keep a revision whose end card says what was wrong in the release that it corrects.

        The reason is in the leading language; another language says it where an editor has written it.
        """
        storyboard = self.store.storyboard(briefing_id)
        corrects = {**storyboard.corrects, storyboard.languages[0]: reason}
        changed = storyboard.model_copy(update={"corrects": corrects})
        return self.store.add_revision(briefing_id, changed, by=by, why="it corrects another release")

    def rewriting(self, briefing_id: str) -> RewritingRecord | None:
        """What a language model was asked and answered for the first plan; None: none was asked."""
        return self.store.read(briefing_id, 1, RECORD, RewritingRecord)

    def another_take(self, briefing_id: str, shot_id: str, seed: int | None, *, by: str) -> Revision:
        """Keep a revision in which one clip is drawn from another seed; the take before stays.

        Raises:
            InputError: the shot does not exist, or shows no clip.
        """
        storyboard = self.store.storyboard(briefing_id)
        shot = next((shot for shot in storyboard.shots if shot.id == shot_id), None)
        if shot is None or shot.clip is None:
            raise InputError(
                f"shot {shot_id!r} shows no clip", remedy="cards are drawn from the storyboard: edit that instead"
            )
        clip = shot.clip.model_copy(update={"seed": shot.clip.seed + 1 if seed is None else seed})
        shots = tuple(x.model_copy(update={"clip": clip}) if x.id == shot_id else x for x in storyboard.shots)
        changed = storyboard.model_copy(update={"shots": shots})
        return self.store.add_revision(briefing_id, changed, by=by, why=f"another take of {shot_id}")

    def _clips(self, briefing_id: str, number: int) -> list[WantedClip]:
        storyboard = self.store.storyboard(briefing_id, number)
        if not any(shot.clip is not None for shot in storyboard.shots):
            return []
        timelines = [made.timeline for made in self._spoken(briefing_id, number)[0]]
        return wanted(storyboard.shots, timelines)

    def _shown_clips(self, briefing_id: str, number: int, made: Made) -> dict[str, str]:
        """Shot → id of its child video."""
        if not any(shot.clip is not None for shot in made.storyboard.shots):
            return {}
        known = known_clips(self.store, briefing_id, number).videos
        return {clip.shot: known[clip.key] for clip in self._clips(briefing_id, number) if clip.key in known}

    def _spoken(
        self, briefing_id: str, number: int, report: Report | None = None
    ) -> tuple[list[Made], list[str], dict[str, VideogenError]]:
        """The languages of a revision that can be spoken, what is to be told of them, and why the others cannot.

        Raises:
            VideogenError: none can.
        """
        order, storyboard = self.store.order(briefing_id), self.store.storyboard(briefing_id, number)
        found: list[Made] = []
        notes: list[str] = []
        failed: dict[str, VideogenError] = {}
        for language in storyboard.languages:
            try:
                made, note = self._made(order, storyboard, language, report)
            except VideogenError as error:
                failed[language] = error
                continue
            found.append(made)
            notes += [note] if note else []
        if not found:
            raise next(iter(failed.values()))
        return found, notes, failed

    def _made(
        self, order: BriefingOrder, storyboard: Storyboard, language: str, report: Report | None
    ) -> tuple[Made, str | None]:
        shots = storyboard.shots_in(language)
        if not any(shot.narration for shot in shots):
            raise InputError(f"no shot has a narration in {language}", remedy="write one, or remove the language")
        voice, note = self._voice(order, storyboard, language)
        narration = narrated(storyboard, language, voice, report)
        return Made(storyboard, scheduled(shots, narration, Fraction(order.fps)), narration, voice.key), note

    def _voice(self, order: BriefingOrder, storyboard: Storyboard, language: str) -> tuple[Voice, str | None]:
        if order.narration == "silent":
            return SilentVoice(), None
        text = " ".join(
            said_as(sentence, language) for shot in storyboard.shots_in(language) for sentence in shot.narration
        )
        try:
            name = storyboard.voice.get(language, AUTO)
            models = self._config.path(self._config.paths.models)
            return voice_named(name, language, text, models=models, cache=self.store.cache()), None
        except InputError as error:
            # A voice that somebody named is not exchanged for silence.
            if order.narration == "required" or language in storyboard.voice:
                raise
            return SilentVoice(), f"silent in {language}: {error.problem}"

    def _variant(
        self,
        briefing_id: str,
        number: int,
        made: Made,
        format_name: str,
        others: tuple[Timeline, ...],
        sound: Mixed | None,
    ) -> Variant:
        delivery, metadata = self._config.delivery, self._metadata(briefing_id, number, made)
        return Variant(
            made.storyboard,
            made.timeline,
            self.pictures(briefing_id, number, made, format_name),
            encoding_of(
                FORMATS[format_name].size, made.timeline.fps, crf=max(delivery.crf, 18), preset=delivery.preset
            ),
            metadata["title"],
            metadata,
            sound,
            others,
            watermark=self._watermark(briefing_id, made, format_name),
        )

    def _metadata(self, briefing_id: str, number: int, made: Made) -> dict[str, str]:
        titles, label = made.storyboard.title, label_style(self._config.delivery).text
        title = titles.get(made.timeline.language, titles[made.storyboard.languages[0]])
        return {"title": title, "comment": f"briefing={briefing_id}; revision={number}; label={label}"}

    def _watermark(self, briefing_id: str, made: Made, format_name: str) -> Watermark | None:
        # The same in every revision, so that a shot that looks as before need not be encoded again.
        return watermark_for(self._config, "briefing", briefing_id, made.timeline.language, format_name)

    def _sound(self, briefing_id: str, number: int, made: Made) -> Mixed | None:
        bed = None
        if made.storyboard.music is not None:
            name = made.storyboard.music.track
            bed = music.calm() if name == "calm" else music.track(self.store.picture(briefing_id, name))
        return mixed(made.storyboard, made.timeline, bed, self._metadata(briefing_id, number, made))

    def _write(
        self, briefing_id: str, number: int, variant: Variant, pieces: KeptPieces, report: Report | None
    ) -> VariantFacts:
        with TemporaryDirectory(prefix="videogen-briefing-") as scratch:
            facts = write_variant(variant, Path(scratch), pieces, report)
            # The video last: where it stands, all that belongs to it stands too.
            for name in sorted(facts.files, key=lambda name: name == facts.video):
                self.store.put_file(briefing_id, number, Path(scratch) / name)
        return facts

    def _is_whole(self, briefing_id: str, number: int, record: VariantRecord) -> bool:
        try:
            return all(
                sha256(self.store.file(briefing_id, number, name)) == digest
                for name, digest in record.facts.files.items()
            )
        except ArtifactError:
            return False

    def _key(self, briefing_id: str, number: int, made: Made, format_name: str) -> str:
        delivery = self._config.delivery
        clips = sorted(self._shown_clips(briefing_id, number, made).items())
        parts = (
            self.store.storyboard_text(briefing_id, number).decode(),
            *(made.timeline.language, format_name, made.voice, str(made.timeline.fps), str(clips)),
            *(str(label_style(delivery)), str(delivery.crf), delivery.preset),
            repr(self._watermark(briefing_id, made, format_name)),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()
