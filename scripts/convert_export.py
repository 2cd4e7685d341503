"""Turn an export of Label Studio, of any size, into Parquet tables of annotations, spans and relations.

Reads JSON or JSON lines, plain, .gz or .zst, in pieces over all cores; every offset is checked against its
text. What cannot be carried over is in rejects.jsonl, with its fault and the byte at which its task begins.

  scripts/convert_export.py export.json.gz --out build/tables
  scripts/convert_export.py export.jsonl --out build/tables --strict

Exit status: 0 done (rejects are counted), 1 with --strict: something was rejected, 2 wrong call.
"""

from pathlib import Path

from parley.cli import main as cli
from parley.label_studio.export.convert import REJECTS, convert, report
from parley.label_studio.export.files import worthwhile_processes
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths

parser = cli.parser(__doc__, __file__)
parser.add_argument("export", type=Path, help="JSON or JSON lines; also .gz, .zst")
parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the tables go")
parser.add_argument(
    "--ontology", type=Path, metavar="FILE", help="default: annotation/ontology.toml of the corpus"
)
parser.add_argument("--annotator", default="", metavar="NAME", help="whose the export is, if it is silent")
parser.add_argument(
    "--processes", type=int, default=0, metavar="N", help="default: one a core; one for a small export"
)
parser.add_argument("--strict", action="store_true", help="write nothing if anything is rejected")


def main() -> None:
    args = parser.parse_args()
    ontology = read_ontology(args.ontology or CorpusPaths.at(args.root).ontology)
    processes = args.processes or worthwhile_processes(args.export)
    found = convert(args.export, args.out, ontology, args.annotator, processes=processes, strict=args.strict)
    print(*report(found), sep="\n")
    if found.first:
        print(*(f"  {fault.code}  {fault.place}: {fault.message}" for fault in found.first), sep="\n")
        print(f"all of them: {args.out / REJECTS}")


if __name__ == "__main__":
    cli.run(main)
