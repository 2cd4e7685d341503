"""`parley import` on this checkout: `--help` says what it does and how it ends."""

from parley.cli.main import door

if __name__ == "__main__":
    door(__file__)
