"""Libraries imported without what they seldom use: it is there when somebody asks for it."""

import subprocess
import sys

import pytest

CALLS = {
    "a module loads when it is used": """
from parley.runtime.lazy_imports import deferred
with deferred("wave"):
    import wave
assert type(wave).__name__ == "_LazyModule"
assert wave.Wave_read
assert type(wave).__name__ == "module"
""",
    "a function that a library only names is not imported": """
from parley.runtime.lazy_imports import without
with without("wave", "open"):
    from wave import open as named
assert "wave" not in sys.modules
try:
    named("x")
except ImportError as error:
    assert "wave.open was left out" in str(error)
else:
    raise AssertionError("it was called")
import wave
assert wave.Wave_read
""",
    "a module that is loaded is left alone": """
from parley.runtime.lazy_imports import deferred, without
import wave
with without("wave", "open"), deferred("wave"):
    from wave import open as named
assert named is wave.open
""",
    "tokens, rules and sentences need no command line of spaCy": """
from parley.values.segmentation import sentences
assert len(sentences("Mr. Smith said no. He left.", "en")) == 2
from parley.runtime.lazy_imports import load_spacy
assert load_spacy().blank("en")("no")[0].text == "no"
assert not any(name.startswith(("spacy.cli", "weasel", "httpx")) for name in sys.modules)
from spacy.cli import info
assert info.__module__ == "spacy.cli.info"
""",
    "whose rules make the tokens is known without spaCy": """
from parley.values.segmentation import rules_of
assert rules_of("en") == rules_of("pt-BR") == "spaCy's rules" != rules_of("xyz")
assert "spacy" not in sys.modules
""",
    "the judge and an audit's intervals need no statistics of scipy": """
from parley.validation.gx.library import load
from parley.release.audit.report import share
load()
assert share(1, 2) == "0.500 [0.095, 0.905]"
assert "scipy.stats._stats_py" not in sys.modules
""",
    "near duplicates need no library of theirs": """
from parley.seeds.near_duplicates import band_keys
band_keys(["one two three four five six"])
assert not {"scipy", "datasketch"} & sys.modules.keys()
""",
}


@pytest.mark.parametrize("what", CALLS)
def test_what_is_not_used_is_not_imported(what: str) -> None:
    """In a process of its own: what is loaded stays loaded."""
    command = [sys.executable, "-c", f"import sys\n{CALLS[what]}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
