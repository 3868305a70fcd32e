"""A browser of sorts: asks the application directly, keeps cookies, sends what a page would send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from qbank.review.app import WRITE_HEADER, Secrets, build
from qbank.review.session import Session
from qbank.review.sources import Papers

PORT = 4711
HOME = f"http://127.0.0.1:{PORT}"


@dataclass
class Client:
    """Requests to one review."""

    session: Session
    papers: Papers
    keys: Secrets = field(default_factory=Secrets)
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = build(self.session, self.papers, self.keys, PORT)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, cookies kept, redirects not followed."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)  # type: ignore[arg-type]  # its types are narrower than ASGI's
            async with httpx.AsyncClient(transport=transport, base_url=HOME, cookies=self.cookies) as client:
                answer = await client.request(method, path, **more)
                self.cookies = dict(client.cookies)
                return answer

        return asyncio.run(ask())

    def enter(self) -> Client:
        """Open the printed address."""
        self.request("GET", f"/?token={self.keys.token}")
        return self

    def get(self, path: str) -> Any:
        """The JSON of a page."""
        return self.request("GET", path).json()

    def do(self, change: dict[str, Any], since: int = 0, **headers: str) -> httpx.Response:
        """A change, as the page sends it."""
        return self.request(
            "POST",
            "/api/do",
            json={"change": change, "since": since},
            headers={WRITE_HEADER: self.keys.write, **headers},
        )
