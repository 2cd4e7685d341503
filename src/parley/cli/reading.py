"""Steps for readers of a release: explore, load, diff, export, rehydrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from parley.cli.options import EngineName, Master, Processes, Root, Text, corpus_at, loaded_corpus, say
from parley.faults import UsageError
from parley.runtime.counts import counted

_LARGE = 100_000_000  # bytes of a release's data files, which several processes load

ExportFormat = Literal["brat", "spacy", "conll", "dygie", "gliner", "docred", "cas", "w3c"]


def explore(
    release: Annotated[
        Path | None, Parameter(help="a release folder (default: dataset/ of the corpus)")
    ] = None,
    /,
    *,
    out: Annotated[
        Path, Parameter(metavar="FOLDER", help="folder to write; an earlier page there is replaced")
    ],
    text: Text = "include",
    engine: EngineName = "local",
    master: Master = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Write the explorer: a page on which a reader sees what the articles say.

    Reads a release and writes FOLDER, which a browser opens without a server:

      parley explore --out build/explorer                   the corpus' dataset/, with the
                                                            ledger's notes, the guidelines
                                                            and the raw pages beside it
      parley explore RELEASE --out FOLDER                   any release folder, without
                                                            its corpus
      parley explore --text withhold --out FOLDER           for a public place: labels,
                                                            values and places without the
                                                            articles' words
      parley explore --engine spark --master URL --out FOLDER    the same page, made on a
                                                            cluster whose workers see all
                                                            folders at the same paths

    Open FOLDER/index.html. Each label has an address, index.html#DOC_ID/LABEL_ID, that
    can be sent. Nothing in FOLDER reaches for the network. With text the page is for
    your own reading: the articles are their publishers'. Without it a reader's own
    copy of an article can be put in, and stays in the browser.

    Exit status: 0 written, 1 a file of the release is not as it was published, 2 there
    is no release, or FOLDER is something else.
    """
    from parley.explorer.extras import Extras, read_extras
    from parley.explorer.page import write_page
    from parley.runtime.engine import engine as started

    extras = Extras()
    if release is None:
        corpus = loaded_corpus(root)
        release, extras = corpus.paths.dataset, read_extras(corpus)
    with started(engine, master, processes) as chosen:
        done = write_page(release, out, extras, withheld=text == "withhold", engine=chosen)
    say(
        f"{done.articles} articles, {done.spans} labels, {done.relations} relations",
        f"{done.bytes / 1000:,.0f} kB in {out}",
        f"open {out / 'index.html'}",
    )
    if not done.withheld:
        say("it has the articles' words; for a public place make it with --text withhold")


def load(*, root: Root = None) -> None:
    """Load dataset/ the way its readers do, and show what is in it.

    Uses `datasets.load_dataset` on the folder, offline and with an empty cache.

    Exit status: 0 done, 1 a link or a pipe is among the files, 2 nothing is published.
    """
    from parley.faults import check
    from parley.release.data.files import configs, print_rows, rows
    from parley.release.versions.history import damage
    from parley.runtime.engine import Cores

    folder = corpus_at(root).dataset
    check(fault for fault in damage(folder) if fault.code == "release-link")  # a pipe holds a reader up
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*.parquet"))
    engine = Cores(None if size > _LARGE else 1)  # below, other processes do not repay their start
    print_rows(folder, rows(folder, configs(folder), engine))


def diff(
    before: Annotated[str, Parameter(help="the earlier version")],
    after: Annotated[
        str, Parameter(help="the later one (default: the labels of the corpus, published or not)")
    ] = "",
    /,
    *,
    root: Root = None,
) -> None:
    """Show how the labels of two versions differ, as Markdown.

    BEFORE and AFTER are folders (a dataset/, or a corpus that has one), git revisions
    of the corpus's repository, or Hub repositories with a revision (org/name@v0.1.0).
    Two folders need no corpus and no git. Without AFTER it is the labels of the corpus
    as they are now, as a release would have them.

      parley diff v0.1.0 v0.2.0
      parley diff HEAD~1 .
      parley diff v0.1.0                   what would change if you published now
      parley diff old/dataset dataset

    Exit status: 0 done, 1 no release can be made of the labels as they are, each fault
    is named, 2 one of the two does not exist.
    """
    from parley.release.publish import unpublished
    from parley.release.remote import dataset_at
    from parley.release.versions.changelog import as_markdown
    from parley.release.versions.difference import difference, read_labels

    folders = all(place and Path(place).is_dir() for place in (before, after))
    try:
        corpus = None if folders and root is None else corpus_at(root)
    except UsageError as error:
        remedy = "name two folders, or revisions of a corpus: --root names another than the current folder"
        raise UsageError(f"{before} or what it is compared with is no folder, and {error.cause}", remedy)
    with dataset_at(corpus, before) as earlier:
        there = dataset_at(corpus, after) if after else unpublished(loaded_corpus(root))
        with there as later:
            found = difference(read_labels(earlier), read_labels(later))
    say(as_markdown(found, before, after or "the corpus as it is"))


def export(
    format: Annotated[ExportFormat, Parameter(metavar="FORMAT", help="what to write")],
    /,
    *,
    out: Annotated[
        Path, Parameter(metavar="FOLDER", help="folder to write; an export that is there is replaced")
    ],
    release: Annotated[
        Path | None, Parameter(metavar="FOLDER", help="any release (default: dataset/ of the corpus)")
    ] = None,
    annotator: Annotated[
        str, Parameter(metavar="NAME", help="one annotator's labels, or `gold` (default: the published ones)")
    ] = "",
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Write articles and labels as another tool reads them.

    Reads dataset/, another release or label files, and writes FOLDER:

      parley export brat --out build/brat            the published labels, all articles
      parley export spacy --out build/spacy --release DOWNLOADED    of a release from
                                                     elsewhere, without its corpus
      parley export brat --out build/ada --annotator ada    one annotator's label files

    FORMAT is one of

      brat     a text and a standoff file an article; annotation.conf, visual.conf
      spacy    DocBin: ents, the span group `sc`, relations in user_data
      conll    CoNLL-2003 columns, BIO tags of the ontology's first group of labels
      dygie    DyGIE++ and SciERC: JSON lines with ner, relations, clusters
      gliner   gliner.json and glirel.jsonl, passages of at most 384 tokens
      docred   DocRED: vertices of mentions, relations of vertices with evidence
      cas      UIMA CAS XMI with its type system, for INCEpTION; needs the extra `formats`
      w3c      W3C Web Annotation: JSON-LD, selected by position and by quote

    FOLDER gets a file, or a folder of files, for each file of the release, named after
    its split, and loss.json: what was written is read back, and whatever of the labels
    and texts is not found again is counted there, by kind and label. Nothing is
    approximated: what a format has no place for is left out, not bent.

    Exit status: 0 written, also if something is lost; 1 a file of the release or corpus
    is damaged; 2 wrong call, or the format needs a package that is not installed.
    """
    from parley.exchange.articles import layer_source, release_source
    from parley.exchange.export import LOSS
    from parley.exchange.export import export as write
    from parley.runtime.engine import Cores

    if release:
        source = release_source(release, annotator)
    elif annotator:
        source = layer_source(loaded_corpus(root), annotator)
    else:
        try:
            corpus = loaded_corpus(root)
        except UsageError as error:
            raise UsageError(error.cause, "name a release with --release, or a corpus with --root")
        source = release_source(corpus.paths.dataset, ontology=lambda: corpus.ontology)
    account = write(source, format, out, Cores(processes))
    given = ", ".join(counted(account.of(kind)[0], kind[:-1]) for kind in ("articles", "spans", "relations"))
    say(
        f"exported: {given} of {source.title}, in {out}", f"lost: {account.as_line()}; {out / LOSS} counts it"
    )


def rehydrate(
    release: Annotated[Path, Parameter(help="the release without text")],
    copies: Annotated[Path, Parameter(help="the folder of your copies")],
    /,
    *,
    out: Annotated[Path, Parameter(metavar="FOLDER", help="folder to write, which must not exist")],
) -> int:
    """Put the labels of a release without text onto your own copies of the articles.

    Reads the release and the copies, writes FOLDER, needs no corpus folder:

      parley rehydrate RELEASE COPIES --out FOLDER

    RELEASE is a release without text (`parley publish --text withhold`); COPIES a
    folder with one file an article, named after its doc_id: a text in UTF-8, raw or
    clean (000_5016c1a94fcbe2b0.txt), or a web page (.html), of which the article is read
    as `parley add` reads it. A copy that is the same word for word gives the release as
    it was made. In any other (other quotation marks, other white space, a changed
    sentence) each label is looked for by its hash: kept, moved, or lost; no label is put
    on other words. FOLDER gets the Parquet files, for load_dataset("parquet", …), and
    rehydration.csv, which accounts for each label.

    Exit status: 0 every label has its place; 1 some are lost, an article has no copy,
    or a file of the release is damaged; 2 wrong call.
    """
    from parley.release.standoff.rehydrate import REPORT
    from parley.release.standoff.rehydrate import rehydrate as put_back
    from parley.release.versions.history import read_versions

    done = put_back(release, copies, out)
    say(
        f"articles: {len(done.exact)} word for word, {len(done.aligned)} aligned, {len(done.absent)} absent",
        *(f"  no copy of {doc_id}" for doc_id in done.absent),
        "labels: " + ", ".join(f"{n} {status}" for status, n in done.counts.items()),
    )
    if done.content_sha256 in {one["content_sha256"] for one in read_versions(release)[-1:]}:
        say("the result is the release itself: the content hash is the same")
    say(f"{out / REPORT} accounts for each label")
    return int(bool(done.absent or done.counts.get("lost")))
