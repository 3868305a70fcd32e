"""The review over HTTP: who gets in, what goes out, and what each refusal looks like."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx")

from review.client import HOME, Client

from qbank import bankfile
from qbank.model import Asset, Bank, Choice, Essay, Header, Html, SingleChoice, Source
from qbank.review.app import MAX_BODY, STATIC, WRITE_HEADER
from qbank.review.session import open_session
from qbank.review.sources import Papers

HOSTILE = '<p>Hi <em>you</em><script>document.title="owned"</script><img src="x" onerror="owned()"/><a href="javascript:owned()">x</a></p>'
PAPER = "Quiz\n1. First? A. one B. two\nNobody claims this.\n2. Second & <b>?\n"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    """A review of three questions, one of them hostile, with their paper."""
    (tmp_path / "paper.txt").write_text(PAPER, encoding="utf-8")
    (tmp_path / "dot.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>", encoding="utf-8"
    )
    source = Source(
        document="paper.txt", line=2, column=1, end_line=2, end_column=24, text="1. First? A. one B. two", number="1"
    )
    questions = (
        SingleChoice(
            id="one", stem="First?", choices=(Choice(id="a", text="one"), Choice(id="b", text="two")), source=source
        ),
        Essay(
            id="two",
            stem="Second & <b>?",
            source=Source(document="paper.txt", line=4, text="2. Second & <b>?", confidence=0.4),
        ),
        Essay(
            id="bad",
            stem=Html(html=HOSTILE),
            answer=Html(html='<p><tex>x^2</tex> <img src="asset:dot" alt="a &quot;dot&quot;"/></p>'),
        ),
    )
    header = Header(qbank=1, title="A <b>title</b>", assets={"dot": Asset(file="dot.svg")})
    bankfile.dump(Bank(header=header, questions=questions), tmp_path / "bank.json")
    whole = json.loads((tmp_path / "bank.json").read_bytes())
    whole["questions"][2]["stem"] = {"html": HOSTILE}
    (tmp_path / "bank.json").write_text(json.dumps(whole), encoding="utf-8")
    return Client(open_session(tmp_path / "bank.json"), Papers((tmp_path,)))


def test_the_token_opens_the_door_once(client: Client) -> None:
    """The printed address gives a strict cookie and leads to an address without the token; the cookie suffices then."""
    assert client.request("GET", "/").status_code == 403
    answer = client.request("GET", f"/?token={client.keys.token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    page = client.request("GET", "/")
    assert page.status_code == 200
    assert client.keys.token not in page.text
    assert "A &lt;b&gt;title&lt;/b&gt;" in page.text


@pytest.mark.parametrize(
    "path",
    ["/", "/?token=", "/?token=wrong", "/api/all", "/api/question/one", "/asset/dot", "/static/app.js", "/nothing"],
)
def test_without_the_token_nothing_is_served(client: Client, path: str) -> None:
    """Every address is closed to who does not know the token."""
    answer = client.request("GET", path)
    assert answer.status_code == 403
    assert "First?" not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:4711", "127.0.0.1", "127.0.0.1:80", "127.0.0.1.evil.example:4711", ""]
)
def test_another_name_leads_nowhere(client: Client, host: str) -> None:
    """A name that somebody points at this machine (DNS rebinding) is refused, cookie or not."""
    client.enter()
    assert client.request("GET", "/api/all", headers={"host": host}).status_code == 403


def test_a_change_needs_more_than_the_cookie(client: Client) -> None:
    """Another site that gets the cookie sent along still cannot write: secret, origin and content type are checked."""
    client.enter()
    skip = {"change": {"do": "skip", "handle": "one"}, "since": 0}
    assert client.request("POST", "/api/do", json=skip).status_code == 403
    assert client.request("POST", "/api/do", json=skip, headers={WRITE_HEADER: "x"}).status_code == 403
    assert client.do(skip["change"], origin="http://evil.example").status_code == 403  # type: ignore[arg-type]
    form = {WRITE_HEADER: client.keys.write, "content-type": "text/plain"}
    assert client.request("POST", "/api/do", content=b"{}", headers=form).status_code == 415
    assert client.session.version == 1
    assert client.do(skip["change"], origin=HOME).status_code == 200  # type: ignore[arg-type]


def test_every_answer_has_the_strict_policy(client: Client) -> None:
    """Pages, data, refusals and errors alike carry a policy that allows this server's own files and nothing inline."""
    client.enter()
    for path in ["/", "/api/all", "/static/app.js", "/static/none", "/nothing", "/?token=wrong", "/api/question/none"]:
        headers = client.request("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_the_page_asks_for_nothing_elsewhere(client: Client) -> None:
    """Neither page, style nor scripts name another server, and every file they name is served."""
    client.enter()
    files = {"/": client.request("GET", "/").text}
    files |= {f"/static/{name}": client.request("GET", f"/static/{name}").text for name in STATIC}
    for name, text in files.items():
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        assert not re.search(r"\son\w+=|javascript:|eval\(|document\.write", text), name
        for wanted in re.findall(r"/static/([\w.]+)|from \"\./([\w.]+)\"", text):
            assert (wanted[0] or wanted[1]) in STATIC
    scripts = "".join(text for name, text in files.items() if name.endswith(".js"))
    assert scripts.count("innerHTML") == 1


def test_hostile_rich_text_goes_out_harmless(client: Client) -> None:
    """The HTML the page inserts is that of the safe tree: no script, no handler, no foreign address."""
    client.enter()
    question = client.get("/api/question/bad")
    assert question["shown"]["stem"] == "<p>Hi <em>you</em>x</p>"
    assert "<math" in question["shown"]["answer"]
    assert '<img src="/asset/dot" alt="a &quot;dot&quot;"/>' in question["shown"]["answer"]


def test_media_cannot_run(client: Client) -> None:
    """An SVG is served as an image, without scripts even when it is opened by itself; nothing outside the list is."""
    client.enter()
    answer = client.request("GET", "/asset/dot")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert client.request("GET", "/asset/bank.json").status_code == 404
    assert client.request("GET", "/asset/..%2fbank.json").status_code == 404


def test_the_paper_is_cut_where_questions_lie(client: Client) -> None:
    """The segments make up the whole paper; each question's words are its own; what nobody claimed is marked."""
    client.enter()
    paper = client.get("/api/paper?document=paper.txt")
    assert "".join(s["text"] for s in paper["segments"]) == PAPER
    owners = {s["in"][0]: s["text"] for s in paper["segments"] if s["in"]}
    assert owners == {"one": "1. First? A. one B. two", "two": "2. Second & <b>?"}


@pytest.mark.parametrize(
    "document", ["../outside.txt", "/etc/passwd", "missing.txt", "", "a\u0000b", "..", "x/../../../etc/passwd"]
)
def test_a_document_is_looked_for_in_its_folders_only(client: Client, document: str) -> None:
    """A document's name leads to no file outside the folders, whatever it says."""
    client.enter()
    client.session.path.parent.with_name("outside.txt").write_text("secret", encoding="utf-8")
    answer = client.request("GET", "/api/paper", params={"document": document})
    assert answer.status_code == 200
    assert answer.json()["found"] is False


def test_a_changed_paper_is_not_marked_wrongly(client: Client, tmp_path: Path) -> None:
    """A paper in which lines were added still shows the right words; one without them shows none."""
    client.enter()
    (tmp_path / "paper.txt").write_text("New first line\n\n" + PAPER, encoding="utf-8")
    owners = {s["in"][0]: s["text"] for s in client.get("/api/paper?document=paper.txt")["segments"] if s["in"]}
    assert owners["one"] == "1. First? A. one B. two"
    (tmp_path / "paper.txt").write_text("Nothing of it.", encoding="utf-8")
    assert client.get("/api/paper?document=paper.txt")["placed"] == []


def test_a_change_answers_with_the_question_as_it_is(client: Client) -> None:
    """The answer to a change holds the new state, so the page needs no second request."""
    client.enter()
    revision = client.get("/api/question/one")["revision"]
    answer = client.do({"do": "edit", "handle": "one", "revision": revision, "field": "key", "value": "b"}).json()
    assert answer["question"]["values"]["key"] == "b"
    assert answer["question"]["revision"] == answer["version"] > revision
    assert [e["handle"] for e in answer["entries"] if e["revision"] == answer["version"]] == ["one"]


def test_refusals_are_told_apart(client: Client) -> None:
    """Each sort of refusal has its status, its name and one sentence."""
    client.enter()
    revision = client.get("/api/question/one")["revision"]
    edit = {"do": "edit", "handle": "one", "revision": revision, "field": "stem", "value": {"text": "x"}}
    assert client.do(edit).status_code == 200
    conflict = client.do({**edit, "value": {"text": "y"}})
    assert conflict.status_code == 409
    body = conflict.json()
    assert (body["error"], body["mine"], body["theirs"]) == ("conflict", {"text": "y"}, {"text": "x"})
    assert body["question"]["values"]["stem"] == {"text": "x"}
    gone = client.do({**edit, "handle": "nobody"})
    assert (gone.status_code, gone.json()["error"]) == (410, "gone")
    refused = client.do({**edit, "field": "points", "value": "many"})
    assert (refused.status_code, refused.json()["error"]) == (422, "refused")
    client.session.path.write_text("{", encoding="utf-8")
    broken = client.do({**edit, "revision": 99, "value": {"text": "z"}})
    assert (broken.status_code, broken.json()["error"]) == (423, "outside")
    assert client.get("/api/changes?since=1")["trouble"]
    for answer in (conflict, gone, refused, broken):
        assert "\n" not in answer.json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"change": {"do": "drop"}, "since": 0}',
        b'{"change": {"do": "skip", "handle": 3}, "since": 0}',
        b'{"since": 0}',
        b"\xff",
    ],
)
def test_a_request_that_makes_no_sense_is_a_400(client: Client, body: bytes) -> None:
    """Malformed changes are refused with a sentence, never with a traceback."""
    client.enter()
    headers = {WRITE_HEADER: client.keys.write, "content-type": "application/json"}
    answer = client.request("POST", "/api/do", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "request")


def test_a_body_has_a_limit(client: Client) -> None:
    """More than the limit is refused before it is read to the end."""
    client.enter()
    headers = {WRITE_HEADER: client.keys.write, "content-type": "application/json"}
    answer = client.request("POST", "/api/do", content=b" " * (MAX_BODY + 1), headers=headers)
    assert answer.status_code == 413


def test_both_languages_say_everything() -> None:
    """Every phrase exists in English and in Chinese, with the same places to fill in."""
    from importlib.resources import files

    text = (files("qbank.templates") / "review" / "words.js").read_text(encoding="utf-8")
    english, chinese = (dict(re.findall(r'^    "?([\w-]+)"?: "(.*)",$', part, re.M)) for part in text.split("zh: {"))
    assert english.keys() == chinese.keys()
    assert len(english) > 100
    for name in english:
        assert set(re.findall(r"\{\d\}", english[name])) == set(re.findall(r"\{\d\}", chinese[name])), name
