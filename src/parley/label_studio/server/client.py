"""The connection to a Label Studio server: label-studio-sdk's client, with failures that say what to do.

Importing the SDK takes more than a second, so that only a connection imports it. The token is in one header
of each request and nowhere else: no message, no exception and no representation of an object has it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar, cast

import msgspec

from parley.faults import UsageError

if TYPE_CHECKING:
    import httpx
    from label_studio_sdk.client import LabelStudio
    from label_studio_sdk.core.request_options import RequestOptions

Result = TypeVar("Result")
AnyTask = TypeVar("AnyTask")

_TIMEOUT_S = 300.0  # an import of many tasks on SQLite takes its time
_CONNECT_S = 10.0
_COPY_ONE = "copy a token from the page Account & Settings of Label Studio into LABEL_STUDIO_API_KEY"
_AGAIN = "start it again (`parley annotate`) and repeat the command: nothing is lost, nothing is doubled"
# the SDK repeats what the server answers with 5xx, though it may have been done
_ONCE: RequestOptions = {"max_retries": 0}


class Project(msgspec.Struct, frozen=True):
    """A project of the server, as far as it matters here."""

    id: int
    title: str
    description: str | None = ""
    label_config: str | None = ""
    show_collab_predictions: bool | None = True


class Studio:
    """A connection to one server; a context manager.

    url: without a trailing slash, safe to show. token: of the server's own kinds, a legacy token or a
    personal access token (a JWT that is exchanged for short-lived ones). Each method raises UsageError if
    the server is not reached, refuses the request, or is not Label Studio.
    """

    def __init__(self, url: str, token: str) -> None:
        import httpx

        address = None
        with suppress(httpx.InvalidURL):
            address = httpx.URL(url)
        if address is None or address.scheme not in ("http", "https") or not address.host:
            remedy = "write it like http://127.0.0.1:8080 in LABEL_STUDIO_URL"
            raise UsageError(f"{url!r} is not an address of a server", remedy)
        if not token.isascii() or not token.isprintable():
            raise UsageError("the token has letters that no token has", _COPY_ONE)
        self.url = str(address.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")
        self._token = token
        self._secrets = {token}
        self._request = ""  # the last one: method and path
        self._client: LabelStudio | None = None
        # a proxy is for other machines: it neither reaches nor may see a server of this one
        loopback = address.host in ("localhost", "127.0.0.1", "::1")
        self.http = httpx.Client(
            timeout=_TIMEOUT_S, trust_env=not loopback, event_hooks={"request": [self._before_request]}
        )

    def __repr__(self) -> str:
        return f"Studio({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def seat(self, name: str) -> Studio:
        """Return the connection to an annotator's server: this one."""
        return self

    def account(self, name: str) -> Studio:
        """Return the connection as an annotator's own account: on a server of one's own the token's."""
        return self

    def running(self, names: Iterable[str]) -> list[str]:
        """Return the names, of some, whose server runs: all."""
        return [*names]

    def people(self, name: str) -> str:
        """Return whose work is in an annotator's project, as far as a server of one's own tells."""
        return name

    def projects(self) -> list[Project]:
        """Return all projects."""

        def read(ls: LabelStudio) -> list[Project]:
            pages = ls.projects.list(include=",".join(Project.__struct_fields__), page_size=100)
            if pages.items is None:
                raise TypeError("no list of projects")
            return [_project(found) for found in pages]

        return self._ask(read)

    def create_project(self, fields: Mapping[str, Any]) -> Project:
        """Create a project; its fields are those of the server."""
        return self._ask(lambda ls: _project(ls.projects.create(**fields, request_options=_ONCE)))

    def update_project(self, project: Project, fields: Mapping[str, Any]) -> Project:
        """Change some fields of a project."""
        return self._ask(lambda ls: _project(ls.projects.update(project.id, **fields, request_options=_ONCE)))

    def delete_project(self, project: Project) -> None:
        """Delete a project and all in it."""
        self._ask(lambda ls: ls.projects.delete(project.id, request_options=_ONCE))

    def import_tasks(self, project: Project, tasks: Sequence[Any]) -> None:
        """Add tasks, all of them or none."""
        self._ask(lambda ls: ls.projects.import_tasks(project.id, request=tasks, request_options=_ONCE))

    def delete_task(self, task: int) -> None:
        """Delete a task."""
        self._ask(lambda ls: ls.tasks.delete(str(task), request_options=_ONCE))

    def create_prediction(self, task: int, model_version: str, result: Sequence[dict[str, Any]]) -> None:
        """Add a prediction to a task."""
        fields: Any = {"task": task, "model_version": model_version, "result": result}
        self._ask(lambda ls: ls.predictions.create(**fields, request_options=_ONCE))

    def delete_predictions(self, project: Project) -> None:
        """Delete the predictions of all tasks of a project."""
        # as Any: the SDK's type of actions has those of another edition
        fields: Any = {"id": "delete_tasks_predictions", "selected_items": {"all": True, "excluded": []}}
        self._ask(lambda ls: ls.actions.create(project=project.id, **fields, request_options=_ONCE))

    def create_annotation(self, task: int, fields: Mapping[str, Any]) -> None:
        """Add an annotation to a task; its fields are those of the server."""
        self._ask(lambda ls: ls.annotations.create(task, **fields, request_options=_ONCE))

    def update_annotation(self, annotation: int, result: Sequence[dict[str, Any]]) -> None:
        """Replace the regions of an annotation."""
        self._ask(lambda ls: ls.annotations.update(annotation, result=result, request_options=_ONCE))

    def users(self) -> dict[int, str]:
        """Return the address of each account, by its number."""
        return self._ask(
            lambda ls: msgspec.convert({user.id: user.email for user in ls.users.list()}, dict[int, str])
        )

    def own_number(self) -> int:
        """Return the number of the account that the token is of."""
        return self._ask(lambda ls: msgspec.convert(ls.users.whoami().id, int))

    def invitation(self) -> str:
        """Return the path of the sign-up form that is open with the invitation."""
        return self._ask(
            lambda ls: msgspec.convert(ls.organizations.invites.get_invite_link().invite_url, str)
        )

    def reset_invitation(self) -> None:
        """Make the invitation invalid."""
        self._ask(lambda ls: ls.organizations.reset_token(request_options=_ONCE))

    @contextmanager
    def export(self, project: Project) -> Iterator[BinaryIO]:
        """Open the JSON export of a project: all its tasks with annotations and drafts, read as they arrive.

        Raises UsageError also while it is read, if the server goes away or has not sent a complete export.
        """

        def begin(ls: LabelStudio) -> tuple[Iterator[bytes], bytes]:
            options: Any = {"export_type": "JSON", "download_all_tasks": True}
            blocks = ls.projects.exports.download_sync(project.id, **options)
            return blocks, next(blocks, b"")

        blocks, first = self._ask(begin)
        try:
            with closing(cast("Any", blocks)):
                rest = partial(self._ask, lambda _: next(blocks, b""))
                yield cast("BinaryIO", io.BufferedReader(_Body(first, rest)))
        except msgspec.DecodeError as error:
            cause = f"{self.url} sent an incomplete export of {project.title!r}: {error}"
            raise UsageError(cause, "repeat the command")

    def tasks(self, project: Project, kind: type[AnyTask]) -> list[AnyTask]:
        """Return the tasks of a project as the server has them.

        Raises UsageError if one of them is not of a kind that Parley pushes.
        """
        with self.export(project) as stream:
            data = stream.read()
        try:
            return msgspec.json.decode(data, type=list[kind])  # type: ignore[valid-type]
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f"project {project.id} at {self.url} has tasks that no push made: {error}",
                "look at its tasks; remove those, or take the mark out of the project's description",
            )

    def _ask(self, work: Callable[[LabelStudio], Result]) -> Result:
        """Return what `work` gets from the server. It makes one request that changes anything, or none.

        An exception of the SDK or of httpx may have the token. It is never raised, nor the cause or context
        of what is raised.
        """
        import httpx
        from label_studio_sdk.client import LabelStudio
        from label_studio_sdk.core.api_error import ApiError

        for repeats in (self._token.count(".") == 2, False):
            try:
                if self._client is None:
                    self._client = LabelStudio(
                        base_url=f"{self.url}/", api_key=self._token, httpx_client=self.http
                    )
                return work(self._client)
            except ApiError as error:
                failure = self._refusal(error.status_code or 0, error.body)
                if not repeats or error.status_code != HTTPStatus.UNAUTHORIZED:
                    break
                self._client = None  # a short-lived token has run out: get another, once
            except httpx.HTTPError as error:
                cause = f"Label Studio at {self.url} does not answer {self._request}: {type(error).__name__}"
                failure = UsageError(cause, _AGAIN)
                break
            except (ValueError, TypeError, AttributeError, msgspec.ValidationError):
                # the SDK takes any JSON for what it expects, and fails when it uses it
                failure = self._not_label_studio()
                break
        raise failure

    def _refusal(self, status: int, body: object) -> UsageError:
        """Return the error for an answer of the server that is none of success."""
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return UsageError(f"Label Studio at {self.url} does not accept the token", _COPY_ONE)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:  # but no JSON
            return self._not_label_studio()
        # a string is a page for people, of which nothing helps here
        words = "" if isinstance(body, str) else msgspec.json.encode(body).decode()
        for secret in self._secrets:
            words = words.replace(secret, "…")
        return UsageError(
            f"Label Studio refused {self._request} with status {status}: {' '.join(words.split())[:600]}",
            "look at the server's log, and check that it is Label Studio 1.23",
        )

    def _not_label_studio(self) -> UsageError:
        return UsageError(
            f"what answers {self._request} at {self.url} is not Label Studio",
            "check that LABEL_STUDIO_URL is the address of Label Studio 1.23, without a path",
        )

    def _before_request(self, request: httpx.Request) -> None:
        """Note which request it is and which tokens it has; the SDK gives one timeout for everything."""
        self._request = f"{request.method} {request.url.path}"
        self._secrets |= {request.headers.get("Authorization", "").rpartition(" ")[2]} - {""}
        request.extensions["timeout"]["connect"] = _CONNECT_S


def _project(found: object) -> Project:
    """Return a project of the SDK's."""
    return msgspec.convert(found, Project, from_attributes=True)


class _Body(io.RawIOBase):
    """The body of an answer as a file. following: returns the next bytes, none at the end."""

    def __init__(self, first: bytes, following: Callable[[], bytes]) -> None:
        self._block = memoryview(first)
        self._following = following

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        if not self._block:
            self._block = memoryview(self._following())
        size = min(len(into), len(self._block))
        into[:size] = self._block[:size]
        self._block = self._block[size:]
        return size
