"""Make Label Studio tasks from the seeds, with the rules' labels as predictions.

Reads seeds/ (manifest.csv, cleaning.toml, the raw articles) and annotation/ (ontology.toml, entities.csv,
preannotation.toml); writes build/tasks.json, and prints what cleaning cut, by which rule: article by article
while they are few, and always so in build/cuts.txt.

  scripts/make_tasks.py                       all articles, with predictions
  scripts/make_tasks.py --no-predictions      for annotators who should start from nothing
  scripts/make_tasks.py --processes 4         on so many cores; else on all where the articles are many

Exit status: 0 done, 1 seeds, rules or ontology have faults, each named, 2 wrong call.
"""

import argparse

from parley.cli import main as cli
from parley.corpus.corpus import Corpus
from parley.steps.tasks import make_tasks

parser = cli.parser(__doc__, __file__)
parser.add_argument(
    "--predictions", action=argparse.BooleanOptionalAction, default=True, help="let the rules propose labels"
)
parser.add_argument(
    "--processes", type=int, metavar="N", help="that read, clean and propose (default: by number of articles)"
)


def main() -> None:
    args = parser.parse_args()
    if args.processes is not None and args.processes < 1:
        parser.error("--processes is at least 1")
    print(make_tasks(Corpus.at(args.root), predictions=args.predictions, processes=args.processes))


if __name__ == "__main__":
    cli.run(main)
