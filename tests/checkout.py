"""Where this checkout is, and the second corpus in it."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
HARBOUR = CHECKOUT / "tests" / "harbour"
UV = CHECKOUT / ".uv" / "bin" / "uv"
