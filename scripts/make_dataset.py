"""The main job: seeds → tasks → checks → dataset/, and the result as its readers load it.

The same as make_tasks.py, validate.py, publish.py and load.py one after the other, in one process. Stops at
the first step that finds faults, with dataset/ untouched. Run again, it changes nothing.

Exit status: 0 done, 1 the data has faults, each named, 2 wrong call, or there is nothing to publish.
"""

from functools import partial

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.steps.dataset import make_dataset

parser = cli.parser(__doc__, __file__)


def main() -> None:
    args = parser.parse_args()
    make_dataset(CorpusPaths.at(args.root), partial(print, flush=True))


if __name__ == "__main__":
    cli.run(main)
