"""KnowledgeBase: facts, documents and where they come from, in DuckDB over Parquet files.

Every import is a folder of its own, so writers never wait for each other and readers never lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videogen.config.groups.all import FactCheckSettings
from videogen.config.parts import part
from videogen.config.places import place
from videogen.errors import ArtifactError, InputError
from videogen.fact_check.knowledge import storage
from videogen.fact_check.knowledge.aliases import find_cycle, follow
from videogen.fact_check.knowledge.cache import VerificationCache
from videogen.fact_check.knowledge.consistency import contradictions
from videogen.fact_check.knowledge.facts import Batch, Contradiction, Fact, Passage, Source
from videogen.fact_check.knowledge.tables import COLUMNS
from videogen.fact_check.reading.names import NameIndex
from videogen.fact_check.reading.places import Places
from videogen.text.normalise import normal

if TYPE_CHECKING:
    import duckdb

    from videogen.config.config import VideoGenConfig
    from videogen.fact_check.knowledge.retrieval import Found, PassageIndex
    from videogen.fact_check.knowledge.verdict import ClaimVerdict
    from videogen.fact_check.reading.claim import Claim

# Answers kept: a text asks about the same things again and again.
_MOST_ASKED = 5000


class KnowledgeBase:
    """The base in `folder`, as it stood when opened; `add` writes an import and re-reads.

    Args:
        folder: where imports and the verification cache lie; made on the first import. A configuration: its
            ``fact_check.knowledge_base``; None: that of the defaults.
        starter: whether countries, places, currencies, languages and units are put in on first use.

    Raises:
        ArtifactError: a file of the base is damaged.
    """

    def __init__(
        self, folder: Path | str | VideoGenConfig | FactCheckSettings | None = None, *, starter: bool = True
    ) -> None:
        if isinstance(folder, Path | str):
            self.folder = Path(folder)
        else:
            self.folder = place(part(folder, FactCheckSettings).knowledge_base)
        if starter:
            from videogen.fact_check.knowledge.starter import ensure_starter

            ensure_starter(self.folder)
        self.cache = VerificationCache(self.folder / "cache")
        self._read()

    def _read(self) -> None:
        import duckdb

        manifests = storage.read_manifests(self.folder)
        self._ranges: dict[str, frozenset[str]] = {}
        self._asked: dict[tuple[str | None, ...], list[Fact]] = {}
        self.version = storage.version(manifests)
        self.imports = manifests
        self._connection = duckdb.connect()
        for table in COLUMNS:
            files = [
                str(self.folder / "imports" / manifest["id"] / f"{table}.parquet")
                for manifest in manifests
                if f"{table}.parquet" in manifest["sha256"]
            ]
            try:
                self._create(table, files)
            except duckdb.Error as error:
                raise ArtifactError(
                    f"the table {table} of the knowledge base at {self.folder} cannot be read: {error}",
                    remedy="remove the damaged import and import its data again",
                ) from error
        for name in ("names", "_passages", "sources"):
            self.__dict__.pop(name, None)

    def _create(self, table: str, files: list[str]) -> None:
        columns = ", ".join(f'"{column}" {kind}' for column, kind in COLUMNS[table].items())
        if table == "passages":
            # Long texts and embeddings stay on disk until they are searched.
            self._passage_files = files
            return
        self._connection.execute(f"CREATE TABLE {table} ({columns})")
        if files:
            selected = ", ".join(f'"{column}"' for column in COLUMNS[table])
            self._connection.execute(f"INSERT INTO {table} SELECT {selected} FROM read_parquet(?)", [files])
        if table == "facts":
            self._connection.execute("CREATE INDEX facts_by_entity ON facts (entity)")

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Every source by its id; of two imports that describe one source, the later wins."""
        return {source.id: source for source in self._objects(Source, "SELECT * FROM sources")}

    @cached_property
    def names(self) -> NameIndex:
        """Names of everything the base knows: entities, aliases and values that are names."""
        entities = [row[0] for row in self._rows("SELECT DISTINCT entity FROM facts")]
        aliases = self._rows("SELECT alias, entity, prominence FROM aliases")
        values = self._rows(
            "SELECT DISTINCT value FROM facts WHERE number IS NULL AND length(value) < 80 AND value NOT SIMILAR TO '[0-9 ./:-]+'"
        )
        known = {*entities, *(row[0] for row in values)}
        links: dict[str, list[str]] = {}
        for alias, entity, _ in aliases:
            links.setdefault(normal(alias), []).append(entity)
        resolved = [
            (alias, target, prominence)
            for alias, entity, prominence in aliases
            for target in ([entity] if entity in known else follow(entity, links, known))
        ]
        return NameIndex([*resolved, *((name, name, 0.0) for name in known)], partial(self._places, resolved))

    def _places(self, aliases: Sequence[tuple[str, str, float]]) -> Places:
        meant: dict[str, set[str]] = {}
        for alias, entity, _ in aliases:
            meant.setdefault(normal(alias), set()).add(normal(entity))
        wholes: dict[str, dict[str, set[str]]] = {"country": {}, "city": {}}
        for attribute, lies_in in wholes.items():
            rows = self._rows("SELECT DISTINCT entity, value FROM facts WHERE attribute = ?", [attribute])
            for entity, value in rows:
                lies_in.setdefault(entity, set()).update({normal(value)}, meant.get(normal(value), ()))
        counted = self._rows("SELECT DISTINCT entity FROM facts WHERE attribute = 'population'")
        return Places(
            wholes["country"], wholes["city"], frozenset(row[0] for row in counted) & wholes["country"].keys()
        )

    def query(self, entity: str, attribute: str | None = None) -> list[Fact]:
        """Facts about an entity, given by any of its names; about one attribute or all. Unknown names give none."""
        entities = [entity, *(name for name in self.names.entities(entity) if name != entity)]
        return self.facts_about(entities, attribute)

    def facts_about(self, entities: Sequence[str], attribute: str | None = None) -> list[Fact]:
        """Facts about entities given by their own names (not aliases), in the order of `entities`."""
        if not entities:
            return []
        key = (*entities, attribute)
        if key not in self._asked:
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            self._asked[key] = self._facts_about(entities, attribute)
        return list(self._asked[key])

    def _facts_about(self, entities: Sequence[str], attribute: str | None) -> list[Fact]:
        marks = ", ".join("?" * len(entities))
        condition = "" if attribute is None else " AND attribute = ?"
        facts = self._objects(
            Fact,
            f"SELECT * FROM facts WHERE entity IN ({marks}){condition} ORDER BY attribute, valid_from NULLS FIRST, value, source",
            [*entities, *([] if attribute is None else [attribute])],
        )
        order = {entity: position for position, entity in enumerate(entities)}
        return sorted(facts, key=lambda fact: order[fact.entity])

    def all_facts(self, attribute: str) -> list[Fact]:
        """Every fact about one attribute, of whatever entity."""
        return self._objects(Fact, "SELECT * FROM facts WHERE attribute = ? ORDER BY ALL", [attribute])

    def get_sources(self, fact: Fact) -> list[Source]:
        """Who says this: the fact's own source first, then every other that gives the same value."""
        same = self._rows(
            "SELECT DISTINCT source FROM facts WHERE entity = ? AND attribute = ? AND value = ? ORDER BY source",
            [fact.entity, fact.attribute, fact.value],
        )
        ids = [fact.source, *(row[0] for row in same if row[0] != fact.source)]
        return [self.sources[source] for source in ids if source in self.sources]

    def values_of(self, attribute: str) -> frozenset[str]:
        """Every value that the attribute has anywhere in the base, normalised."""
        if attribute not in self._ranges:
            rows = self._rows("SELECT DISTINCT value FROM facts WHERE attribute = ?", [attribute])
            self._ranges[attribute] = frozenset(normal(row[0]) for row in rows)
        return self._ranges[attribute]

    def names_of(self, value: str) -> frozenset[str]:
        """Normalised names of whatever a value may stand for; of a plain value, itself."""
        return frozenset(normal(entity) for entity in self.names.entities(value)) | {normal(value)}

    def check_consistency(self, facts: Sequence[Fact] | None = None) -> list[Contradiction]:
        """Return contradicting facts and alias cycles, among `facts` or in the whole base."""
        if facts is not None:
            return contradictions(facts)
        everything = self._objects(
            Fact,
            """SELECT * FROM facts WHERE (entity, attribute) IN (
                   SELECT (entity, attribute) FROM facts GROUP BY entity, attribute
                   HAVING count(DISTINCT value) > 1 OR count(DISTINCT number) > 1)""",
        )
        found = contradictions(everything)
        circle = find_cycle(self._alias_pairs(), self._entities())
        if circle:
            found.append(Contradiction(kind="aliases", text=f"alias cycle: {' → '.join(circle)}"))
        return found

    def update_cache(self, fact: Claim, verification: ClaimVerdict) -> None:
        """Keep a verification for as long as the base does not change (`cached` finds it)."""
        self.cache.put(fact, self.version, verification)

    def cached(self, fact: Claim, backend: str, today: date) -> ClaimVerdict | None:
        """The verification of this claim by this backend against this very base, if it is fresh enough."""
        return self.cache.get(fact, self.version, backend, today)

    def add(self, batch: Batch) -> str:
        """Write one import, wholly or not at all; returns its id.

        Raises:
            InputError: it is empty, names a source nobody describes, or its aliases run in a circle.
            StorageError: the disk refused.
        """
        self._check(batch)
        from videogen.fact_check.knowledge.passages import cut_passages, embedded_rows

        tables: dict[str, list[dict[str, Any]]] = {
            "sources": [source.model_dump() for source in batch.sources],
            "facts": [fact.model_dump() for fact in batch.facts],
            "aliases": [alias.model_dump() for alias in batch.aliases],
            "documents": [document.model_dump() for document in batch.documents],
        }
        if batch.documents:
            tables["passages"] = embedded_rows(cut_passages(batch.documents))
        import_id = storage.write_import(self.folder, batch.name, tables)
        self._read()
        return import_id

    def _check(self, batch: Batch) -> None:
        if not batch:
            raise InputError(f"{batch.name} contains nothing to import", remedy="give at least one fact or document")
        described = {source.id for source in batch.sources} | set(self.sources)
        sources = [fact.source for fact in batch.facts] + [document.source for document in batch.documents]
        for source in sources:
            if source not in described:
                raise InputError(
                    f"{batch.name} uses the source {source!r}, but does not describe it",
                    remedy="describe the source in the same import (id, name, reliability)",
                )
        if batch.aliases:
            pairs = [*self._alias_pairs(), *((item.alias, item.entity) for item in batch.aliases)]
            circle = find_cycle(pairs, {*self._entities(), *(fact.entity for fact in batch.facts)})
            if circle:
                raise InputError(
                    f"{batch.name} contains an alias cycle: {' → '.join(circle)}",
                    remedy="point every alias to the name that the facts use",
                )

    def search(self, texts: Sequence[str], limit: int = 5) -> list[list[Found]]:
        """Passages nearest to each text by BM25 and by meaning, best first; at most `limit` for each."""
        return self._passages.search(texts, limit)

    @cached_property
    def _passages(self) -> PassageIndex:
        from videogen.fact_check.knowledge.retrieval import PassageIndex

        columns = ", ".join(f'"{column}"' for column in COLUMNS["passages"])
        rows = (
            self._rows(f"SELECT {columns} FROM read_parquet(?)", [self._passage_files]) if self._passage_files else []
        )
        names = list(COLUMNS["passages"])
        passages = [Passage.model_construct(**dict(zip(names[:-1], row[:-1], strict=True))) for row in rows]
        return PassageIndex(passages, [row[-1] for row in rows], self.folder / "index" / self.version)

    def _entities(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT DISTINCT entity FROM facts")}

    def _alias_pairs(self) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._rows("SELECT alias, entity FROM aliases")]

    def counts(self) -> dict[str, int]:
        """Rows of each table."""
        totals = dict.fromkeys(COLUMNS, 0)
        for manifest in self.imports:
            for table, rows in manifest["rows"].items():
                totals[table] += rows
        return totals

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        connection: duckdb.DuckDBPyConnection = self._connection
        return connection.execute(sql, list(values)).fetchall()

    def _objects(self, kind: type[Any], sql: str, values: Sequence[Any] = ()) -> list[Any]:
        cursor = self._connection.execute(sql, list(values))
        names = [column[0] for column in cursor.description or []]
        # Rows were validated when they were imported and are checksummed: no second validation.
        return [kind.model_construct(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
