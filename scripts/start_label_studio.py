"""Start the Label Studio server of this corpus on this machine, and stay until Ctrl-C.

The server alone, without accounts and projects: `make annotate` does it all. Its database, log and secrets
stand in .label-studio/data below the corpus folder; the secrets (secrets.json) can be read by you alone.
The scripts push_tasks.py and pull_labels.py find the running server by themselves.

  scripts/start_label_studio.py                          on SQLite, port 8080
  scripts/start_label_studio.py --port 0                 on any free port
  PARLEY_DATABASE=postgresql://… scripts/start_label_studio.py     on PostgreSQL

Exit status: 0 stopped, 2 it is not installed, runs already, or cannot start.
"""

from parley.cli import main as cli
from parley.label_studio.server.process import LabelStudioServer, data_folder
from parley.model.paths import CorpusPaths
from parley.steps.annotate import server_options, stay, stopping_cleanly

parser = cli.parser(__doc__, __file__)
server_options(parser)


def main() -> None:
    args = parser.parse_args()
    data = args.data or data_folder(CorpusPaths.at(args.root))
    with stopping_cleanly(), LabelStudioServer(data, port=args.port, database=args.database) as server:
        print(f"Label Studio runs at {server.url}; its secrets are in {server.secrets.path}", flush=True)
        stay(server)


if __name__ == "__main__":
    cli.run(main)
