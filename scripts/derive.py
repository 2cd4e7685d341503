"""Write the files that follow from the ontology and the entities, or check that they are up to date.

annotation/ontology.toml and annotation/entities.csv give: the Label Studio labelling config, the Great
Expectations suites, and the tables inside guidelines and READMEs (between `generated` comment lines).

  scripts/derive.py            write what differs
  scripts/derive.py --check    name what differs and write nothing

Exit status: 0 done, 1 something is stale (with --check) or the ontology has faults, 2 wrong call.
"""

from parley.cli import main as cli
from parley.faults import check
from parley.model.paths import CorpusPaths
from parley.steps.derive import derive, stale

parser = cli.parser(__doc__, __file__)
parser.add_argument("--check", action="store_true", help="write nothing; fail where a file is stale")


def main() -> None:
    args = parser.parse_args()
    corpus = CorpusPaths.at(args.root)
    if args.check:
        check(stale(corpus))
        print("derived files are up to date")
    for path in [] if args.check else derive(corpus):
        print(f"wrote {corpus.relative(path)}")


if __name__ == "__main__":
    cli.run(main)
