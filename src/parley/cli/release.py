"""Steps that make a release and bring it to others: publish, baselines, audit, push-to-hub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.options import (
    EngineName,
    Master,
    Processes,
    Root,
    Text,
    loaded_corpus,
    number,
    say,
    written_corpus,
)
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
    engine: EngineName = "local",
    master: Master = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Publish the corpus: seeds, gold (or one annotator's labels), entities → dataset/.

    Reads release.toml for the version, its date and the source of the labels.
    Everything is validated first; then the release is built beside dataset/, loaded
    once as a reader loads it, and put in place in one step. dataset/ is either the old
    release or the new one, whatever happens. The same inputs give the same bytes; what
    has not changed since the last release is taken over from it, not made again.

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


def baselines(
    *,
    release: Annotated[
        Path | None,
        Parameter(metavar="FOLDER", help="measure on this release instead, and only show the figures"),
    ] = None,
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Measure what plain models find of the labels, for the card.

    Reads what a publish would publish. Writes annotation/baselines.json, which the
    card shows; a publish of other labels refuses it.

      parley baselines                      of the corpus
      parley baselines --release dataset    of any release folder with text

    One event is left out at a time. Spans: a gazetteer of the training spans, a linear
    tagger, both; also apart for words that were seen in training and for those that
    were not. Relations: a linear model over the pairs of labels that the ontology lets
    each join. The same labels give the same figures. It needs the extra `baselines`
    (scikit-learn).

    Exit status: 0 done, 1 the data has faults, 2 wrong call, or there is only one event.
    """
    from parley.release.baselines.report import relations_table, spans_table
    from parley.release.baselines.study import measure_corpus, measure_release
    from parley.runtime.engine import Cores

    if release:
        measured = measure_release(release)
    else:
        with written_corpus(root) as corpus:
            measured = measure_corpus(corpus, Cores(processes))
    say(spans_table(measured.figures), "", relations_table(measured.figures))


def audit(
    *,
    sheet: Annotated[Path | None, Parameter(metavar="FOLDER", help="write the sheets there")] = None,
    errors: Annotated[int, number(0, help="labels that are shown wrong on purpose (default: 40)")] = 40,
    seed: Annotated[int, number(0, help="of which these are (default: 1)")] = 1,
    answers: Annotated[Path | None, Parameter(metavar="FOLDER", help="read the verdicts there")] = None,
    auditor: Annotated[str, Parameter(metavar="NAME", help="who audited, of annotators.csv")] = "",
    processes: Processes = None,
    root: Root = None,
) -> None:
    """Have every published label audited by somebody who has made none of them.

    First the sheets, then the answers:

      parley audit --sheet build/sheets --errors 40 --seed 7
      parley audit --answers build/sheets --auditor NAME

    A sheet an article has every label in reading order with its sentence, numbered;
    `entities` has the rows of entities.csv and `figures` those of that config. Some labels
    of articles are shown wrong: another label, extent, value, entity, relation, direction
    or end, or a label that nobody gave. build/audit/key.json says which: keep it from the
    auditor. When the answers are back, move the folder to annotation/audit/ and the key
    into it.

    The auditor fills in the .csv file beside each sheet: number, verdict (right, doubtful
    or wrong), note, and about (what the verdict is about; the column may be left out).
    The folder's README.md says how.

    The answers give annotation/audit.json and audit.md: shares by label, relation and
    attribute with intervals, the share of planted errors found, and all that is not right,
    for the lead. The card shows the shares. If labels change afterwards, as they should
    where they are wrong, read the answers again: labels that have changed are counted.

    Exit status: 0 done, 1 a label has no verdict, or the data has faults, 2 wrong call.
    """
    from parley.release.audit.report import summary
    from parley.release.audit.study import make_sheets, read_answers
    from parley.runtime.engine import Cores

    if bool(sheet) == bool(answers) or (answers and not auditor):
        remedy = "call it with --sheet FOLDER, later with --answers FOLDER --auditor NAME"
        raise UsageError("an audit is either begun or read", remedy)
    with written_corpus(root) as corpus:
        if sheet:
            key, path = make_sheets(corpus, sheet, errors=errors, seed=seed, engine=Cores(processes))
            say(*(f"{sheet / name}.md  {len(items)} numbers" for name, items in key.items.items()))
            say(f"keep from the auditor: {corpus.paths.relative(path)}")
        elif answers:
            say(*summary(read_answers(corpus, answers, auditor, engine=Cores(processes))))
            say(f"all that is not right: {corpus.paths.relative(corpus.paths.audit.with_suffix('.md'))}")


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
    into a public one, or a git remote, text goes only with --public-text, and
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
