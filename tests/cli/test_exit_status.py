"""How a call of Parley ends."""

import os
import signal

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
