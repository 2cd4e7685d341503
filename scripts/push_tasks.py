"""Bring every annotator's Label Studio project up to date with the articles.

Reads build/tasks.json (made by `make tasks`), annotation/ontology.toml, entities.csv, guidelines.md and
annotators.csv. Makes one project an annotator of kind human, with the articles in an order of its own and
the guidelines as its instructions; on a second run only what is missing is added, and what was changed by
hand on the server is restored and told. No labels are ever removed.

The server is the local one, or the one that LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY name.

  scripts/push_tasks.py                                  all humans, with the rules' labels as predictions
  scripts/push_tasks.py --annotators ada --no-predictions   one, fully independent
  scripts/push_tasks.py --annotators rules               the rules' labels as the annotator `rules`
  scripts/push_tasks.py --annotators ada --labels        ada's label files as her finished annotations

Exit status: 0 done, 1 an article's text is not the one on the server, 2 wrong call, no server.
"""

import argparse

from parley.cli import main as cli
from parley.label_studio.server.client import connect
from parley.label_studio.server.push import push, report
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("--annotators", nargs="+", default=[], metavar="NAME", help="default: all of kind human")
parser.add_argument("--predictions", action=argparse.BooleanOptionalAction, help="show the rules' labels")
parser.add_argument("--labels", action="store_true", help="import label files as finished annotations")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    with connect(corpus) as studio:
        done = push(corpus, studio, args.annotators, predictions=args.predictions, labels=args.labels)
    print(*report(done), sep="\n")


if __name__ == "__main__":
    cli.run(main)
