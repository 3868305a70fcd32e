"""The review over HTTP: who may ask, what they may ask, and how refusals are said.

One person, one machine: the address is known only to who saw the terminal. The
first request brings the token and gets a cookie; the Host must be this machine
by number or as `localhost`, so that no other site's name can lead here; a
change must come as JSON with a second secret that only our page knows.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, TypeAlias, assert_never

import jinja2
import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qbank.assets import AssetError
from qbank.diagnostics import QbankError
from qbank.review import view
from qbank.review.fields import FieldError
from qbank.review.session import Conflict, Done, Gone, Outside, Session
from qbank.review.sources import Papers

MAX_BODY = 4 * 1024 * 1024
WRITE_HEADER = "x-qbank-write"
STATIC: dict[str, str] = {
    "review.css": "text/css",
    "app.js": "text/javascript",
    "api.js": "text/javascript",
    "dom.js": "text/javascript",
    "form.js": "text/javascript",
    "paper.js": "text/javascript",
    "words.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types qbank"
)
_HEADERS: dict[str, str] = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Edit(msgspec.Struct, tag_field="do", tag="edit", forbid_unknown_fields=True):
    """Set a field."""

    handle: str
    revision: int
    field: str
    value: Any
    more: bool = False


class Arrange(msgspec.Struct, tag_field="do", tag="arrange", forbid_unknown_fields=True):
    """Add, remove or raise a part."""

    handle: str
    revision: int
    what: str
    change: str
    part: str = ""


class Accept(msgspec.Struct, tag_field="do", tag="accept", forbid_unknown_fields=True):
    """Accept the question as it was seen."""

    handle: str
    revision: int


class Skip(msgspec.Struct, tag_field="do", tag="skip", forbid_unknown_fields=True):
    """Put the question off."""

    handle: str


class Split(msgspec.Struct, tag_field="do", tag="split", forbid_unknown_fields=True):
    """Cut the question in two."""

    handle: str
    revision: int
    where: str
    at: int


class Merge(msgspec.Struct, tag_field="do", tag="merge", forbid_unknown_fields=True):
    """Join the question to the one before it."""

    handle: str
    revision: int
    previous_revision: int


class Undo(msgspec.Struct, tag_field="do", tag="undo", forbid_unknown_fields=True):
    """Take back the step that was last at that version."""

    version: int


class Redo(msgspec.Struct, tag_field="do", tag="redo", forbid_unknown_fields=True):
    """Make it again."""

    version: int


Change: TypeAlias = Edit | Arrange | Accept | Skip | Split | Merge | Undo | Redo


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """A change, the version the page knows, and the tab it comes from."""

    change: Change
    since: int
    tab: str = ""


_ORDER = msgspec.json.Decoder(Order)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a browser must know: `token` to get in, `write` to change anything."""

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    write: str = field(default_factory=lambda: secrets.token_urlsafe(32))


def build(session: Session, papers: Papers, keys: Secrets, port: int, language: str = "") -> ASGIApp:
    """The application, guarded: `port` is the one it will be reached at."""
    cookie = f"qbank-review-{port}"
    templates = files("qbank.templates") / "review"
    page = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        (templates / "page.html.j2").read_text(encoding="utf-8")
    )

    async def start(request: Request) -> Response:
        if "token" in request.query_params:
            answer: Response = RedirectResponse("/", status_code=303)
            answer.set_cookie(cookie, keys.token, httponly=True, samesite="strict", path="/")
            return answer
        spoken = language or session.bank.header.language or ""
        text = page.render(
            write=keys.write,
            title=session.bank.header.title or session.path.name,
            language="zh" if spoken.lower().startswith("zh") else "en",
        )
        return HTMLResponse(text)

    async def static(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse("not found", 404)
        return Response((templates / name).read_bytes(), media_type=STATIC[name])

    def everything() -> Response:
        _settled(session)
        with session.locked():
            return _json(view.whole(session))

    def changes(since: int) -> Response:
        _settled(session)
        with session.locked():
            return _json(view.delta(session, since))

    def one(handle: str) -> Response:
        with session.locked():
            return _json(view.question(session, handle))

    def source(document: str) -> Response:
        try:
            found = papers.paper(document)
        except QbankError as error:
            return _json({"document": document, "found": False, "message": str(error)})
        if found is None:
            return _json({"document": document, "found": False, "message": ""})
        with session.locked():
            return _json(view.paper(session, document, found))

    def change(body: bytes) -> Response:
        order = _ORDER.decode(body)
        done = _carried_out(session, order)
        with session.locked():
            handle = done.handle if done.handle in session.entries else ""
            answer = {"label": done.label, "handle": handle, "notes": list(done.notes)}
            return _json(
                {
                    **answer,
                    **view.delta(session, order.since),
                    "question": view.question(session, handle) if handle else None,
                }
            )

    def asset(name: str) -> Response:
        try:
            store = session.assets
            answer = Response(store.read(name), media_type=store.media_type(name))
        except AssetError as error:
            return PlainTextResponse(str(error), 404)
        # An SVG that is opened by itself is a page: it gets no scripts and no origin.
        answer.headers["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return answer

    def said(work: Callable[[], Response]) -> Response:
        try:
            return work()
        except Conflict as error:
            return _conflict(session, error)
        except Gone as error:
            return _json({"error": "gone", "message": str(error)}, 410)
        except FieldError as error:
            return _json({"error": "refused", "message": str(error)}, 422)
        except Outside as error:
            return _json({"error": "outside", "message": str(error)}, 423)
        except msgspec.MsgspecError as error:
            return _json({"error": "request", "message": f"the request cannot be understood: {error}"}, 400)
        except (QbankError, OSError) as error:
            return _json({"error": "unsaved", "message": f"not saved: {error}"}, 503)

    def get(work: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(said, lambda: work(request))

        return endpoint

    async def do(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _json({"error": "request", "message": "a change is sent as application/json"}, 415)
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                return _json({"error": "refused", "message": f"more than {MAX_BODY >> 20} MiB in one change"}, 413)
        return await run_in_threadpool(said, lambda: change(bytes(body)))

    app = Starlette(
        routes=[
            Route("/", start),
            Route("/static/{name}", static),
            Route("/asset/{name}", get(lambda r: asset(r.path_params["name"]))),
            Route("/api/all", get(lambda r: everything())),
            Route("/api/changes", get(lambda r: changes(_whole(r.query_params.get("since", ""))))),
            Route("/api/question/{handle}", get(lambda r: one(r.path_params["handle"]))),
            Route("/api/paper", get(lambda r: source(r.query_params.get("document", "")))),
            Route("/api/do", do, methods=["POST"]),
        ]
    )
    return Guard(app, keys, cookie, frozenset({f"127.0.0.1:{port}", f"localhost:{port}"}))


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a request through only from this machine's own page, and puts the headers on every answer."""

    app: ASGIApp
    keys: Secrets
    cookie: str
    hosts: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        refusal = self.refusal(Request(scope))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = {key.lower() for key, _ in message["headers"]}
                added = [(k.encode(), v.encode()) for k, v in _HEADERS.items() if k.encode() not in named]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        if refusal is not None:
            await PlainTextResponse(refusal, 403)(scope, receive, sent)
            return
        await self.app(scope, receive, sent)

    def refusal(self, request: Request) -> str | None:
        """Why a request is not answered; None where it is."""
        host = request.headers.get("host", "")
        if host not in self.hosts:
            return "this address is not served here"
        origin = request.headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return "requests from other sites are not answered"
        given = request.query_params.get("token") if request.url.path == "/" else None
        if not _same(given or request.cookies.get(self.cookie, ""), self.keys.token):
            return "open the address that qbank review printed, with its token; it changes with every start"
        if request.method not in ("GET", "HEAD") and not _same(request.headers.get(WRITE_HEADER, ""), self.keys.write):
            return "a change must come from the page that qbank review served; load it again"
        return None


def _carried_out(session: Session, order: Order) -> Done:
    match order.change:
        case Edit(handle, revision, name, value, more):
            return session.edit(handle, revision, name, value, order.tab, more)
        case Arrange(handle, revision, what, change, part):
            return session.arrange(handle, revision, what, change, part)
        case Accept(handle, revision):
            return session.accept(handle, revision)
        case Skip(handle):
            return session.skip(handle)
        case Split(handle, revision, where, at):
            return session.split(handle, revision, where, at)
        case Merge(handle, revision, previous_revision):
            return session.merge(handle, revision, previous_revision)
        case Undo(version):
            return session.undo(version)
        case Redo(version):
            return session.redo(version)
        case _:
            assert_never(order.change)


def _settled(session: Session) -> None:
    """Take over what was written outside; what cannot be is said in `trouble`, and looking goes on."""
    try:
        session.refresh()
    except Outside:
        return


def _conflict(session: Session, error: Conflict) -> Response:
    with session.locked():
        there = error.handle in session.entries
        return _json(
            {
                "error": "conflict",
                "message": str(error),
                "handle": error.handle,
                "field": error.field,
                "mine": error.mine,
                "theirs": error.theirs,
                "question": view.question(session, error.handle) if there else None,
            },
            409,
        )


def _json(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status)


def _whole(text: str) -> int:
    return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else -1


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
