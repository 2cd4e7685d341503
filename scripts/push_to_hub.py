"""Ship the published release: dataset/ → a dataset repository on the Hub, or any git remote.

  scripts/push_to_hub.py --repo org/parley          through huggingface_hub, as one commit, then the tag v…
  scripts/push_to_hub.py --remote URL               through git, commit and tag at once

The release is held against the corpus first. A tag that is there with other content is refused; one with the
same content is left. Broken off, the command can be repeated. A repository that is made here is private if
the release holds the articles' text; into a public one, or a git remote, text goes with --public-text alone,
and --text withhold sends the release without text.
HF_ENDPOINT names another Hub, HF_TOKEN the token.

Exit status: 0 it is there, 1 the release has faults or the tag is taken, 2 wrong call or no way there.
"""

from parley.cli import main as cli
from parley.model.paths import CorpusPaths
from parley.release.upload.git import push_to_remote
from parley.release.upload.hub import push_to_hub
from parley.release.upload.release import release_of

parser = cli.parser(__doc__, __file__)
where = parser.add_mutually_exclusive_group(required=True)
where.add_argument("--repo", metavar="ORG/NAME", help="a dataset repository on the Hub")
where.add_argument("--remote", metavar="URL", help="whatever `git push` takes")
parser.add_argument("--public-text", action="store_true", help="the articles' text may be read by anybody")

parser.add_argument("--text", choices=("include", "withhold"), default="include", help="the articles' text")


def main() -> None:
    args = parser.parse_args()
    release = release_of(CorpusPaths.at(args.root), withhold=args.text == "withhold")
    if args.repo:
        done = push_to_hub(release, args.repo, public_text=args.public_text)
    else:
        done = push_to_remote(release, args.remote, public_text=args.public_text)
    print(f"{'pushed' if done.new else 'was there'}: {done.place} {done.tag} ({done.revision[:12]})")


if __name__ == "__main__":
    cli.run(main)
