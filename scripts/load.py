"""Load dataset/ the way its readers do, and show what is in it.

Uses `datasets.load_dataset` on the folder, offline and with an empty cache.
Exit status: 0 done, 2 nothing is published.
"""

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.release.data.loading import show

parser = cli.parser(__doc__, __file__)


def main() -> None:
    args = parser.parse_args()
    show(CorpusPaths.at(args.root).dataset)


if __name__ == "__main__":
    cli.run(main)
