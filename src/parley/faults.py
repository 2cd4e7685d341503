"""Faults as data: a stable code, the place, what is wrong and what to do next.

A fault is something wrong with the *data* (exit status 1). Something wrong with the call or its
surroundings is a `UsageError` (exit status 2). All faults of a run are gathered before it fails.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class FaultKind:
    """What one code means: a title for people, the remedy that always applies, whether it may be waived."""

    code: str
    title: str
    remedy: str
    waivable: bool


_KINDS = (
    # seeds
    ("seed-missing", "seed file missing", "restore the file, or take its row out of seeds/manifest.csv"),
    ("seed-changed", "seed bytes changed", "restore the file; a corrected article is a new doc_id"),
    ("seed-duplicate", "document id given twice", "give each row of seeds/manifest.csv its own doc_id"),
    ("seed-encoding", "seed is not UTF-8", "convert the file to UTF-8 and record its new sha256"),
    ("seed-character", "control character in a seed", "take it out of the file and record its new sha256"),
    ("seed-empty", "no text left after cleaning", "look at seeds/cleaning.toml: a rule cuts too much"),
    ("seed-unlisted", "seed file not in manifest", "add a row to seeds/manifest.csv or move the file away"),
    ("manifest-malformed", "manifest row malformed", "correct the row of seeds/manifest.csv"),
    ("cleaning-malformed", "cleaning rule malformed", "correct the rule of seeds/cleaning.toml"),
    # the folder
    ("file-irregular", "pipe or other thing in place of a file", "put the file itself in its place"),
    ("file-unexpected", "file that no step reads", "move it away, or to the place of what it is"),
    ("corpus-link", "symbolic link in a corpus", "put in its place the folder that it leads to"),
    # scheme
    ("ontology-malformed", "ontology malformed", "correct annotation/ontology.toml"),
    ("entities-malformed", "entity row malformed", "correct the row of annotation/entities.csv"),
    ("entity-duplicate", "entity id given twice", "merge the two rows of annotation/entities.csv"),
    ("annotators-malformed", "annotator row malformed", "correct the row of annotation/annotators.csv"),
    ("preannotation-malformed", "rule of pre-annotation malformed", "correct annotation/preannotation.toml"),
    ("guidelines-malformed", "guidelines cannot be read", "restore annotation/guidelines.md"),
    ("derived-stale", "derived file does not fit its source", "run `parley derive` and commit the result"),
    (
        "block-malformed",
        "mark of a generated block wrong",
        "restore the pair `<!-- generated: NAME -->` and `<!-- end generated -->`, from version control",
    ),
    # label files
    ("labels-unreadable", "label file unreadable", "restore the file from version control, or pull it again"),
    ("labels-misplaced", "label file stands in the wrong place", "move it to <annotator>/<doc_id>.json"),
    ("labels-noncanonical", "label file is not in canonical form", "pull it again; do not edit it by hand"),
    ("document-unknown", "labels for an unknown document", "add the article to seeds/, or remove the file"),
    ("annotator-unknown", "annotator not listed", "add a row to annotation/annotators.csv"),
    ("revision-unknown", "labels of another ontology", "pull the labels again, or restore ontology.toml"),
    ("text-mismatch", "labels were made on another text", "label the present text again, or restore the old"),
    # decisions written as quotes
    ("quote-malformed", "decision line malformed", "write it as `parley label-from-quotes --help` says"),
    ("quote-missing", "quote not in the paragraph", "quote the text as it stands, with its occurrence"),
    ("labels-time", "time in a label file malformed", "pull the labels again"),
    # spans
    ("span-duplicate", "span given twice", "remove one of the two"),
    ("span-outside", "span outside the text", "correct start and end: code points, half-open"),
    ("span-empty", "span without text", "remove it, or give it an extent"),
    ("span-surface", "surface is not the text at its offsets", "correct the offsets or label it again"),
    ("span-edge-space", "white space at the edge of a span", "move the boundary to the word"),
    ("span-cut-grapheme", "span cuts a character in two", "move the boundary to the whole character"),
    ("span-cut-word", "span cuts a word in two", "move the boundary to the whole word"),
    ("span-label", "unknown span label", "use a label of annotation/ontology.toml"),
    ("span-id", "span id is not derived from its label and offsets", "pull the labels again"),
    # attributes
    ("attribute-unknown", "attribute not allowed for this label", "remove it"),
    ("attribute-value", "illegal attribute value", "choose a value of annotation/ontology.toml"),
    ("attribute-missing", "required attribute missing", "set it in Label Studio and pull again"),
    ("attribute-timex", "time value does not parse", "write it as the guidelines say: TIMEX3, ISO 8601"),
    ("attribute-quantity", "quantity does not parse", "write number and unit, as the guidelines say"),
    ("entity-unknown", "entity not in entities.csv", "add the entity, or choose another"),
    ("entity-type", "entity of another type", "choose an entity whose type fits the label"),
    # relations
    ("relation-duplicate", "relation given twice", "remove one of the two"),
    ("relation-label", "unknown relation label", "use a relation of annotation/ontology.toml"),
    ("relation-dangling", "relation to a span that does not exist", "remove it, or restore the span"),
    ("relation-self", "relation of a span to itself", "remove it"),
    ("relation-domain", "relation from a label it cannot leave", "turn it round, or choose another relation"),
    ("relation-range", "relation to a label it cannot reach", "turn it round, or choose another relation"),
    ("relation-order", "symmetric relation not in canonical order", "pull the labels again"),
    ("relation-id", "relation id is not derived from its ends", "pull the labels again"),
    ("relation-expected", "a relation every such span should have is missing", "draw it, or say why not"),
    # Label Studio
    ("studio-task", "Label Studio task malformed", "look at the named task in the export"),
    ("studio-count", "Label Studio task says it has more annotations", "export again, with all annotations"),
    ("studio-person", "annotation of somebody else", "name each person: --annotator PERSON=NAME"),
    ("studio-time", "time that cannot be read", "look at the named annotation in the export"),
    ("studio-text-edited", "task text was edited on the server", "push the tasks to a new project"),
    ("studio-config-edited", "labelling config was edited on the server", "push again to restore it"),
    ("studio-offset", "offsets do not fit the quoted surface", "select the span again in Label Studio"),
    ("studio-region", "region without a label, or of an unknown kind", "label or delete it in Label Studio"),
    ("studio-direction", "relation with an unknown direction", "draw it again in Label Studio"),
    (
        "tables-malformed",
        "tables of an export do not fit together",
        "convert the export again; give each annotation one name",
    ),
    # gold
    ("gold-unsourced", "gold label without a source", "rebuild gold from the layers and the ledger"),
    ("gold-stale", "gold is not what layers and ledger give", "run `parley adjudicate` again"),
    ("gold-adjudicator", "gold adjudicated by rules", "adjudicate as a human: `parley adjudicate`"),
    ("gold-decision", "unknown decision or reason code", "rebuild gold from the layers and the ledger"),
    ("ledger-malformed", "ledger row malformed", "restore annotation/ledger.csv from version control"),
    # adjudication
    ("layers-differ", "layers of different ontology revisions", "pull all of them again, then compare"),
    ("decision-missing", "undecided disagreement", "keep, edit or reject it: `parley adjudicate --list`"),
    ("decision-unknown", "decision on something that does not exist", "see `parley adjudicate --list`"),
    ("decision-malformed", "decision malformed", "write it as `parley adjudicate --help` says"),
    # agreement
    (
        "agreement-malformed",
        "agreement.json malformed",
        "restore annotation/agreement.json from version control, or remove it and run `parley agreement`",
    ),
    (
        "agreement-edited",
        "agreement.json edited by hand",
        "restore annotation/agreement.json from version control, or remove it and run `parley agreement`",
    ),
    (
        "agreement-stale",
        "agreement was measured on other labels",
        "run `parley agreement` and commit what it writes",
    ),
    # expectations
    ("expectation-failed", "expectation written by hand not met", "see validation/by_hand/"),
    ("waivers-malformed", "waiver malformed", "correct the row of validation/waivers.csv"),
    ("waiver-unused", "waiver of a fault that is not there", "remove the row of validation/waivers.csv"),
    ("expectations-malformed", "expectation malformed", "correct the file, or run `parley derive` again"),
    # published
    ("release-malformed", "release settings malformed", "correct release.toml at the root of the corpus"),
    ("release-stale", "published file is not what the corpus gives", "run `parley publish` and commit it"),
    (
        "release-damaged",
        "published file damaged or missing",
        "restore it from version control, or run `parley publish` at its own version",
    ),
    (
        "withheld-damaged",
        "file of a release without text is not as it was published",
        "get the whole release again from where it was published",
    ),
    ("release-extra", "file that does not belong to the release", "remove it from dataset/"),
    ("release-link", "link, pipe or socket among published files", "remove it and run `parley publish`"),
    ("release-history", "published history changed", "restore dataset/versions.json from version control"),
    ("release-count", "figure that differs from the data", "run `parley publish` again"),
    ("release-labels", "published labels differ from gold", "run `parley publish` again"),
    ("split-leak-event", "one event in two splits", "give the articles one split"),
    ("split-leak-text", "near-duplicate texts in two splits", "give the articles one event"),
    ("version-reused", "version published before with other content", "raise the version"),
    ("version-wrong", "version does not fit the change of labels", "use the version named"),
    (
        "ontology-version",
        "ontology changed, its version did not",
        "raise `version` in annotation/ontology.toml",
    ),
)

# What a maintainer may accept: what labels say or lack. Never what no later step could rely on: offsets,
# identities, hashes, what is published.
_WAIVABLE = {
    *("span-cut-word", "labels-time", "attribute-missing", "entity-type"),
    *("relation-domain", "relation-range", "relation-expected"),
}

KINDS = {code: FaultKind(code, title, remedy, code in _WAIVABLE) for code, title, remedy in _KINDS}


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with the data.

    place: from the outside in, `002_… > PER-63-69 "Umerov" 63:69`. file: relative to the corpus folder, ""
    if the fault is not in one file.
    """

    code: str
    place: str
    message: str
    file: str = ""

    def __post_init__(self) -> None:
        """Refuse a code that no one can look up."""
        if self.code not in KINDS:
            raise KeyError(f"fault code {self.code!r} is not declared in parley.faults")

    @property
    def remedy(self) -> str:
        """What to do next."""
        return as_called(KINDS[self.code].remedy)


class DataFaults(Exception):
    """The data has faults; carries all of them, sorted and without repeats."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults), key=lambda f: (f.file, f.place, f.code, f.message))
        super().__init__("\n".join(as_text(self.faults)))

    def __reduce__(self) -> tuple[type[DataFaults], tuple[list[Fault]]]:
        """Tell pickle how: it crosses from one process to another."""
        return DataFaults, (self.faults,)


class UsageError(Exception):
    """The call or its surroundings are wrong: what happened, then what to try next.

    details: lines of another program's output, shown below the cause.
    """

    def __init__(self, cause: str, remedy: str, details: Sequence[str] = ()) -> None:
        self.cause, self.remedy, self.details = cause, remedy, tuple(details)
        lines = [visible(cause), *(f"    | {visible(line)}" for line in details), f"  try: {visible(remedy)}"]
        super().__init__(as_called("\n".join(lines)))

    def __reduce__(self) -> tuple[type[UsageError], tuple[str, str, tuple[str, ...]]]:
        """Tell pickle how: it crosses from one process to another."""
        return UsageError, (self.cause, self.remedy, self.details)


CALLED_BY = "PARLEY_CALLED_BY"  # "make" in a checkout, where steps are targets of make and scripts/


def as_called(message: str) -> str:
    """Return a message with its commands as the user types them.

    Messages spell a command `` `parley STEP OPTIONS` `` and the installation of an extra
    `` `pip install 'parley-corpus[EXTRA]'` ``. In a checkout they become `` `make STEP` ``, a script with
    options, and `` `make setup` ``.
    """
    if os.environ.get(CALLED_BY) != "make":
        return message

    def step(found: re.Match[str]) -> str:
        name, options = found.groups()
        script = name.replace("-", "_")
        return f"`.venv/bin/python scripts/{script}.py{options}`" if options else f"`make {name}`"

    message = re.sub(r"`parley ([a-z-]+)([^`]*)`", step, message)
    message = message.replace("`pip install 'parley-corpus[spark]'`", "`make setup-spark`")
    return re.sub(r"`pip install 'parley-corpus\[[a-z-]+\]'`", "`make setup`", message)


_MORE_MEMORY = "close other programs, or use fewer processes: --processes 1"
_REMEDIES = {  # for errors of the machine, whatever file they happen at
    errno.ENOSPC: "free some space on that disk (for temporary files TMPDIR names another) and repeat",
    errno.EDQUOT: "free some space within your quota and repeat the command",
    errno.EFBIG: "raise the limit of a file's size: `ulimit -f unlimited`",
    errno.EACCES: "give yourself the rights to that file or folder",
    errno.EPERM: "give yourself the rights to that file or folder",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENOMEM: _MORE_MEMORY,
    errno.EMFILE: "raise the limit of open files: `ulimit -n 4096`",
}
# of a library or a thread that cannot be started, of C++
_NO_MEMORY = re.compile(
    r"failed to map segment|cannot allocate memory|(start new|launch worker) thread|bad_alloc", re.IGNORECASE
)


def machine_error(error: BaseException | None) -> UsageError | None:
    """Return a lack of rights, room, memory or the like as a misuse; None for any other error.

    Such an error is no fault of the file at which it happens. Libraries wrap it: what an error came from is
    looked at too.
    """
    while error is not None:
        if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
            return UsageError("there is not enough memory", _MORE_MEMORY)
        if isinstance(error, OSError) and error.errno in _REMEDIES:
            return UsageError(str(error), _REMEDIES[error.errno])
        if isinstance(error, OSError) and "Not enough disk space" in str(
            error
        ):  # `datasets` looks for itself
            return UsageError(str(error), _REMEDIES[errno.ENOSPC])
        error = error.__cause__ or error.__context__
    return None


def check_machine(error: BaseException) -> None:
    """Raise UsageError if an error is of the machine: its file is not at fault (`machine_error`)."""
    misuse = machine_error(error)
    if misuse:
        raise misuse


def check(faults: Iterable[Fault]) -> None:
    """Raise `DataFaults` if there is any fault."""
    gathered = list(faults)
    if gathered:
        raise DataFaults(gathered)


# control characters, separators of lines, Unicode's Bidi_Control, halves of surrogate pairs
_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_CREDENTIALS = re.compile(r"(?<=://)[^/\s]*@")


def visible(text: str) -> str:
    """Return a text as it may be shown: one line, no credentials, nothing that a terminal would obey.

    Places and messages quote what others wrote: control characters could forge lines of a log, bidirectional
    formatting could hide words; they become escapes. `https://user:token@host` becomes `https://…@host`.
    """
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], _CREDENTIALS.sub("…@", text))


def control_character(text: str) -> str:
    """Return the first character that neither XML 1.0 nor a terminal takes as text, `U+001B`; "" if none."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def as_text(faults: Iterable[Fault]) -> list[str]:
    """Render faults for people, two lines each."""
    return [f"{f.code}  {visible(f.place)}\n    {visible(f.message)}; {f.remedy}" for f in faults]


def as_github(faults: Iterable[Fault]) -> list[str]:
    """Render faults as GitHub workflow commands, shown beside the changed lines."""

    def escape(text: str) -> str:
        return visible(text).replace("%", "%25")

    def parameter(text: str) -> str:
        return escape(text).replace(":", "%3A").replace(",", "%2C")

    def line(fault: Fault) -> str:
        place = f"file={parameter(fault.file)}," if fault.file else ""
        body = escape(f"{fault.place}: {fault.message}; {fault.remedy}")
        return f"::error {place}title={parameter(fault.code)}::{body}"

    return [line(fault) for fault in faults]


def as_json(faults: Iterable[Fault]) -> str:
    """Render faults for programs: a JSON array of objects."""
    return json.dumps([asdict(f) | {"remedy": f.remedy} for f in faults], ensure_ascii=False, indent=2)
