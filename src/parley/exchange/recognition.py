"""Which article of the corpus another tool's article is: by its name, else by its text, else by its title."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.exchange.articles import Article
from parley.exchange.transfer import same_text
from parley.model.documents import Document
from parley.seeds.manifest import decode_seed, read_pin

_RAW_TEXTS = 16  # kept at once


class Recognition:
    """Recognises the articles of a corpus. raw: returns the raw text of a document's seed."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._by_name: dict[str, Document] = {}
        self._by_title: dict[str, list[Document]] = {}
        for document in corpus.documents.values():
            names = (document.file, Path(document.file).stem, document.doc_id)
            self._by_name |= dict.fromkeys(names, document)
            self._by_title.setdefault(document.title, []).append(document)
        self.raw = lru_cache(_RAW_TEXTS)(self._raw)

    def of(self, article: Article) -> Document | None:
        """Return the document that an article is; None if none is it, or several.

        By its name, with or without a suffix; else by its text; else by what else it may be known by; else by
        a text that differs in what is not seen.
        """
        if named := self.named(article.doc_id):
            return named
        has_text = bool(article.text.strip())
        words = _words(article.text)
        same = self._by_text.get(words, []) if has_text else []
        if not same:
            others = [one for name in article.names if (one := self.named(name))]
            others = others or [one for name in article.names for one in self._by_title.get(name, ())]
            same = list({one.doc_id: one for one in others}.values())
        if not same and has_text:
            same = self._by_raw_text.get(words, [])
            documents = self.corpus.documents.values()
            same = same or [one for one in documents if same_text(one.text, article.text) is not None]
        return same[0] if len(same) == 1 else None

    def holding(self, article: Article) -> Document | None:
        """Return a document that has an article's text in its own, blanks apart; None if none has."""
        words = "".join(article.text.split())
        documents = self.corpus.documents.values() if words else ()
        return next((one for one in documents if words in "".join(one.text.split())), None)

    def named(self, name: str) -> Document | None:
        """Return the document of a name, with or without folders and a suffix; None if there is none."""
        some = (name, Path(name).name, Path(name).stem)
        return next((self._by_name[one] for one in some if one and one in self._by_name), None)

    @cached_property
    def _by_text(self) -> dict[bytes, list[Document]]:
        return self._by(lambda document: document.text)

    @cached_property
    def _by_raw_text(self) -> dict[bytes, list[Document]]:
        return self._by(self._raw)

    def _by(self, text: Callable[[Document], str]) -> dict[bytes, list[Document]]:
        found: dict[bytes, list[Document]] = {}
        for document in self.corpus.documents.values():
            found.setdefault(_words(text(document)), []).append(document)
        return found

    def _raw(self, document: Document) -> str:
        read = self.corpus.paths.reader(self.corpus.paths.seeds)
        return decode_seed(read(document.file), read_pin(read, document.file, document.seed_sha256))


def _words(text: str) -> bytes:
    """Return a digest of a text without its blanks."""
    return sha256("".join(text.split()).encode(errors="surrogatepass")).digest()
