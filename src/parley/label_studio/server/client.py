"""The way to a Label Studio server: its address, its token, and requests whose failures say what to do.

Plain HTTP over httpx, which label-studio-sdk stands on too: importing that SDK's client takes seconds, more
than a whole push of a small corpus. The token travels in one header and nowhere else; no message, no
representation of an object and no argument of a process holds it.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeAlias, cast

import msgspec

from parley.faults import UsageError
from parley.model.paths import CorpusPaths

if TYPE_CHECKING:
    import httpx

Json: TypeAlias = Any  # the server's answer; who asks knows its shape, and converts it with msgspec

_TIMEOUT_S = 300.0  # an import of many tasks on SQLite takes its time
_COPY_ONE = "copy a token from the page Account & Settings of Label Studio into LABEL_STUDIO_API_KEY"
_AGAIN = "start it again (`parley annotate`) and repeat the command: nothing is lost, nothing is doubled"


class Studio:
    """A connection to one server; a context manager.

    url: without a trailing slash, safe to show. token: of the server's own kinds, a legacy token or a
    personal access token (a JWT that is exchanged for short-lived ones).
    """

    def __init__(self, url: str, token: str) -> None:
        import httpx

        address = None
        with suppress(httpx.InvalidURL):
            address = httpx.URL(url)
        if address is None or address.scheme not in ("http", "https") or not address.host:
            raise UsageError(
                f"{url!r} is no address of a server",
                "write it like http://127.0.0.1:8080 in LABEL_STUDIO_URL",
            )
        if not token.isascii() or not token.isprintable():
            raise UsageError("the token has letters that no token has", _COPY_ONE)
        self.url = str(address.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")
        self._token = token
        self._access = ""
        loopback = address.host in ("localhost", "127.0.0.1", "::1")
        # a proxy of the surroundings is for the outside: it neither reaches nor may see this machine's server
        self._http = httpx.Client(timeout=httpx.Timeout(_TIMEOUT_S, connect=10.0), trust_env=not loopback)

    def __repr__(self) -> str:
        return f"Studio({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int) -> Json:
        """Return the JSON answer to a GET of `path`, below the server's address.

        Raises UsageError where it is no JSON.
        """
        return self._decoded(path, self.read(path, **query))

    def read(self, path: str, **query: str | int) -> bytes:
        """Return the bytes of the answer to a GET of `path`."""
        return self._request("GET", path, query, None)

    @contextmanager
    def stream(self, path: str, **query: str | int) -> Iterator[BinaryIO]:
        """Open the answer to a GET of `path` as a stream of bytes, however long it is.

        Raises UsageError also while it is read, where the server goes away.
        """
        answer = self._answer("GET", path, query, None, stream=True)
        try:
            yield cast("BinaryIO", io.BufferedReader(_Body(answer, self._gone("GET", path))))
        finally:
            answer.close()

    def post(self, path: str, body: object, **query: str | int) -> Json:
        """Send JSON; return the JSON answer, None where there is none."""
        return self._decoded(path, self._request("POST", path, query, body) or b"null")

    def patch(self, path: str, body: object) -> Json:
        """Change some fields; return the JSON answer."""
        return self._decoded(path, self._request("PATCH", path, {}, body) or b"null")

    def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        self._request("DELETE", path, {}, None)

    def _request(self, method: str, path: str, query: Mapping[str, str | int], body: object) -> bytes:
        return bytes(self._answer(method, path, query, body).content)

    def _answer(
        self, method: str, path: str, query: Mapping[str, str | int], body: object, *, stream: bool = False
    ) -> httpx.Response:
        answer = self._send(method, path, query, body, stream=stream)
        if answer.status_code == 401 and self._is_jwt:
            self._access = ""  # short-lived tokens run out in the middle of long work
            answer = self._send(method, path, query, body, stream=stream)
        if answer.status_code in (401, 403):
            raise UsageError(
                f"Label Studio at {self.url} does not accept the token",
                _COPY_ONE,
            )
        if answer.is_error or answer.is_redirect:
            answer.read()
            refused = f"Label Studio refused {method} {path} with status {answer.status_code}"
            raise UsageError(
                f"{refused}: {self._said(answer)}",
                "look at the server's log, and at whether it is Label Studio 1.23",
            )
        return answer

    def _send(
        self, method: str, path: str, query: Mapping[str, str | int], body: object, *, stream: bool
    ) -> httpx.Response:
        import httpx

        headers = {"Authorization": self._authorization(), "Content-Type": "application/json"}
        content = None if body is None else msgspec.json.encode(body)
        request = self._http.build_request(
            method, f"{self.url}{path}", params=dict(query), content=content, headers=headers
        )
        try:
            return self._http.send(request, stream=stream)
        except httpx.HTTPError as error:
            # not `from error`: the exception holds the request, and the request the token
            cause = type(error).__name__
        raise UsageError(f"{self._gone(method, path)}: {cause}", _AGAIN)

    def _gone(self, method: str, path: str) -> str:
        return f"Label Studio at {self.url} does not answer {method} {path}"

    @property
    def _is_jwt(self) -> bool:
        return self._token.count(".") == 2

    def _authorization(self) -> str:
        if not self._is_jwt:
            return f"Token {self._token}"
        if not self._access:
            import httpx

            answer, cause = None, ""
            try:
                answer = self._http.post(f"{self.url}/api/token/refresh/", json={"refresh": self._token})
            except httpx.HTTPError as error:
                cause = f"Label Studio at {self.url} does not answer: {type(error).__name__}"
            if answer is None:
                raise UsageError(cause, _AGAIN)
            self._access = self._refreshed(answer.content) if answer.is_success else "refused"
        return f"Bearer {self._access}"

    def _refreshed(self, answer: bytes) -> str:
        path = "/api/token/refresh/"
        try:
            return msgspec.convert(self._decoded(path, answer), dict[str, str])["access"]
        except (msgspec.ValidationError, KeyError):
            pass  # the answer may hold a token: nothing of it is shown
        raise self.stranger(path)

    def _decoded(self, path: str, answer: bytes) -> Json:
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(answer)
        raise self.stranger(path)

    def stranger(self, path: str) -> UsageError:
        """Return the error to raise where an answer is not what Label Studio answers."""
        return UsageError(
            f"what answers at {self.url}{path} is not Label Studio",
            "look whether LABEL_STUDIO_URL is the address of Label Studio 1.23, with nothing behind the port",
        )

    def _said(self, answer: httpx.Response) -> str:
        """Return the server's own words, short, and without a token even if it should echo one."""
        if "json" not in answer.headers.get("content-type", ""):
            return answer.reason_phrase  # a page for people, of which nothing helps here
        words = " ".join(answer.text.split())
        for secret in filter(None, (self._token, self._access)):
            words = words.replace(secret, "…")
        return words[:600]


class _Body(io.RawIOBase):
    """The body of an answer as a file. gone: what to say where the server goes away meanwhile."""

    def __init__(self, answer: httpx.Response, gone: str) -> None:
        self._blocks = answer.iter_bytes()
        self._held = memoryview(b"")
        self._gone = gone

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        import httpx

        while not self._held:
            cause = ""
            try:
                block = next(self._blocks, None)
            except httpx.HTTPError as error:
                cause = type(error).__name__  # the exception itself holds the token
            if cause:
                raise UsageError(f"{self._gone}: {cause}", _AGAIN)
            if block is None:
                return 0
            self._held = memoryview(block)
        size = min(len(into), len(self._held))
        into[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def connect(corpus: CorpusPaths, environ: Mapping[str, str] = os.environ) -> Studio:
    """Return the connection that the environment names, else that of this corpus' local server.

    Raises UsageError where neither is there.
    """
    url, token = environ.get("LABEL_STUDIO_URL", ""), environ.get("LABEL_STUDIO_API_KEY", "")
    if url and token:
        return Studio(url, token)
    if url or token:
        missing = "LABEL_STUDIO_API_KEY" if url else "LABEL_STUDIO_URL"
        raise UsageError(
            f"{missing} is not set", "set both to use a server of your own, or none for the local one"
        )
    from parley.label_studio.server.process import access

    return Studio(*access(corpus))
