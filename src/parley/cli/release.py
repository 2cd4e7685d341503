"""Steps on a release: publish, load, diff, push-to-hub, rehydrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from parley.cli.options import Master, Processes, Root, Text, corpus_at, loaded_corpus, say, written_corpus
from parley.faults import UsageError


def publish(
    *,
    validate: Annotated[
        bool,
        Parameter(negative="--no-validate", help="validate first (default); not if you did so a moment ago"),
    ] = True,
    text: Text = "include",
    out: Annotated[
        Path | None, Parameter(metavar="FOLDER", help="without text: where to (default: build/withheld)")
    ] = None,
    engine: Annotated[Literal["local", "spark"], Parameter(help="what works on the articles")] = "local",
    master: Master = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Publish the corpus: seeds, gold (or one annotator's labels), entities → dataset/.

    Reads release.toml for the version, its date and the source of the labels.
    Everything is validated first; then the release is built beside dataset/, loaded
    once as a reader loads it, and put in place in one step. dataset/ is either the old
    release or the new one, whatever happens. The same inputs give the same bytes.

      parley publish                     with the articles' text, into dataset/
      parley publish --text withhold     the published version without text, into
                                         build/withheld/; `parley rehydrate` puts the
                                         labels onto a reader's own copies
      parley publish --engine spark --master URL    the same files, made on a cluster
                                         whose workers see the corpus folder at the
                                         same path; validation stays on this machine

    Exit status: 0 published, or nothing to change; 1 the data has faults or the version
    does not fit the change; 2 wrong call, or there is nothing to publish.
    """
    if out and text == "include":
        raise UsageError("--out is for a release without text", "add --text withhold")
    from parley.release.publish import publish as build
    from parley.release.publish import write_withheld
    from parley.runtime.engine import engine as started
    from parley.steps.dataset import judge_and_publish

    with written_corpus(root) as corpus, started(engine, master, processes) as chosen:
        if text == "withhold":
            made = write_withheld(corpus, out or corpus.paths.build / "withheld", chosen)
            say(f"without text: version {made.version}, {made.fingerprints} fingerprints, in {made.folder}")
            return
        done = (judge_and_publish if validate else build)(corpus, chosen)
    what = "published" if done.changed else "already published"
    say(f"{what}: version {done.version}, content {done.content_sha256[:12]}")


def load(*, root: Root = None) -> None:
    """Load dataset/ the way its readers do, and show what is in it.

    Uses `datasets.load_dataset` on the folder, offline and with an empty cache.

    Exit status: 0 done, 1 a link or a pipe is among the files, 2 nothing is published.
    """
    from parley.faults import check
    from parley.release.data.files import configs, print_rows, rows
    from parley.release.versions.history import damage

    folder = corpus_at(root).dataset
    check(fault for fault in damage(folder) if fault.code == "release-link")  # a pipe holds a reader up
    print_rows(folder, rows(folder, configs(folder)))


def diff(before: str, after: str, /, *, root: Root = None) -> None:
    """Show how the labels of two published versions differ, as Markdown.

    BEFORE and AFTER are folders (a dataset/, or a corpus that has one), git revisions
    of the corpus's repository, or Hub repositories with a revision (org/name@v0.1.0).

      parley diff HEAD~1 .
      parley diff v0.1.0 v0.2.0

    Exit status: 0 done, 2 one of the two does not exist.
    """
    from parley.release.remote import dataset_at
    from parley.release.versions.changelog import as_markdown
    from parley.release.versions.difference import difference, read_labels

    corpus = corpus_at(root)
    with dataset_at(corpus, before) as earlier, dataset_at(corpus, after) as later:
        found = difference(read_labels(earlier), read_labels(later))
    say(as_markdown(found, before, after))


def push_to_hub(
    *,
    repo: Annotated[str | None, Parameter(metavar="ORG/NAME", help="a dataset repository on the Hub")] = None,
    remote: Annotated[str | None, Parameter(metavar="URL", help="whatever `git push` takes")] = None,
    public_text: Annotated[bool, Parameter(help="anybody may read the articles' text")] = False,
    text: Text = "include",
    root: Root = None,
) -> None:
    """Push the published release to a dataset repository on the Hub, or a git remote.

    Reads dataset/, or makes build/withheld/ for a release without text.

      parley push-to-hub --repo org/parley    through huggingface_hub: one commit, then
                                              the tag v…
      parley push-to-hub --remote URL         through git, commit and tag at once

    The release is compared with the corpus first. A tag that exists with other content
    is refused; one with the same content is left. An interrupted call can be repeated.
    A repository that is made here is private if the release has the articles' text;
    into a public one, or a git remote, text goes with --public-text alone, and
    --text withhold sends the release without text. HF_ENDPOINT names another Hub,
    HF_TOKEN the token.

    Exit status: 0 it is there, 1 the release has faults or the tag is taken, 2 wrong
    call or no way there.
    """
    if (repo is None) == (remote is None):
        raise UsageError("a release goes to one place", "name either --repo or --remote")
    from parley.release.remote import push_to_hub as push
    from parley.release.remote import push_to_remote, release_of

    release = release_of(loaded_corpus(root), withhold=text == "withhold")
    if repo:
        done = push(release, repo, public_text=public_text)
    else:
        done = push_to_remote(release, remote or "", public_text=public_text)
    say(f"{'pushed' if done.new else 'was there'}: {done.place} {done.tag} ({done.revision[:12]})")


def rehydrate(
    release: Path,
    copies: Path,
    /,
    *,
    out: Annotated[Path, Parameter(metavar="FOLDER", help="folder to write, which must not exist")],
) -> int:
    """Put the labels of a release without text onto your own copies of the articles.

    Reads the release and the copies, writes FOLDER, needs no corpus folder:

      parley rehydrate RELEASE COPIES --out FOLDER

    RELEASE is a release without text (`parley publish --text withhold`); COPIES a
    folder with one UTF-8 file an article, named after its doc_id:
    000_5016c1a94fcbe2b0.txt. The raw page and the clean text both do. A copy that is
    the same word for word gives the release as it was made. In any other (other
    quotation marks, other white space, a changed sentence) each label is looked for by
    its hash: kept, moved, or lost; no label is put on other words. FOLDER gets the
    Parquet files, for load_dataset("parquet", …), and rehydration.csv, which accounts
    for each label.

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
