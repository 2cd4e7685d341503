"""How a call of Parley ends."""

import os
import signal
import subprocess
import sys

import pytest

from parley.cli.exit_status import signals_interrupt


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_ends_a_session_like_an_interrupt(sign: signal.Signals) -> None:
    """Else the server, which has a session of its own, would stay."""
    before = signal.getsignal(sign)
    with pytest.raises(KeyboardInterrupt), signals_interrupt():
        os.kill(os.getpid(), sign)
        signal.pause()
    assert signal.getsignal(sign) is before


def test_what_a_terminal_cannot_encode_is_shown_as_an_escape() -> None:
    """A name in another script ends no step: neither as a line nor in a table."""
    program = (
        "from rich.console import Console\n"
        "from parley.cli.exit_status import finish\n"
        "finish(lambda: print('\\u0423') or Console().print('\\u03ba 0.9'))"
    )
    surroundings = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    surroundings.pop("PYTHONIOENCODING", None)
    done = subprocess.run([sys.executable, "-c", program], env=surroundings, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("ascii").splitlines() == [r"\u0423", r"\u03ba 0.9"]
