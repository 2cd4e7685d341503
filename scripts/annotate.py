"""Start annotating: Label Studio on this machine, ready, and who logs in where.

Starts the server, makes an account and a blind project for every annotator of kind human in
annotation/annotators.csv, puts the articles into it in an order of its own, and stays until Ctrl-C. Started
again it finds all as it was. Run `make tasks` first (`make annotate` does).

  scripts/annotate.py                                      all humans; the rules' labels as predictions
  scripts/annotate.py --no-predictions                     fully independent
  scripts/annotate.py --annotators ada --port 8090    one annotator, for instance far away on an own machine,
                                                      whose labels come back with pull_labels.py --export
  scripts/annotate.py --database postgresql://me:pw@host/parley    on PostgreSQL

Exit status: 0 stopped, 1 an article's text is not the one on the server, 2 wrong call or surroundings.
"""

import argparse
from functools import partial

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.steps.annotate import annotate, server_options

parser = cli.parser(__doc__, __file__)
parser.add_argument("--annotators", nargs="+", default=[], metavar="NAME", help="default: all of kind human")
parser.add_argument("--predictions", action=argparse.BooleanOptionalAction, help="show the rules' labels")
server_options(parser)
parser.add_argument("--show-passwords", action="store_true", help="print the passwords too")


def main() -> None:
    args = parser.parse_args()
    options = {k: v for k, v in vars(args).items() if k != "root"}
    annotate(CorpusPaths.at(args.root), **options, say=partial(print, flush=True))


if __name__ == "__main__":
    cli.run(main)
