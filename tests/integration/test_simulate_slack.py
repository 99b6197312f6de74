"""`frontdesk simulate slack` as a process: it greets, sends what is typed, says what comes back, and ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
from slack_sdk.signature import SignatureVerifier

from channels.simulators.credentials import slack_credentials

ROOT = Path(__file__).parents[2]


@contextmanager
def listening(seen: list[tuple[dict[str, str], bytes]]) -> Iterator[str]:
    """A desk that takes all that is posted to it."""

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append((dict(self.headers), body))
            answer = json.loads(body).get("challenge", "").encode() if body.startswith(b"{") else b"at once"
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_is_typed_reaches_the_desk_signed_and_answers_are_shown(tmp_path: Path) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []
    with listening(seen) as desk:
        command = [
            sys.executable,
            str(ROOT / "frontdesk.py"),
            "simulate",
            "slack",
            "--no-page",
            "--port",
            "0",
        ]
        command += ["--desk", desk, "--data", str(tmp_path)]
        running = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
        )
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        greeting = running.stderr.readline()
        url = re.search(r"http://\S+", greeting)[0].removesuffix("api/")  # type: ignore[index]
        shown = running.stdout.readline()
        assert "url_verification: 200" in shown
        for line in ("ben: hello there", "/ask the time", "#nowhere hello"):
            running.stdin.write(line + "\n")
            running.stdin.flush()
        for awaited in ("Ben Okafor (direct, Ben Okafor): hello there", "at once", "channel_not_found"):
            while awaited not in shown:
                shown += running.stdout.readline()
        token = slack_credentials(tmp_path).bot_token
        said = httpx.post(
            f"{url}api/chat.postMessage",
            headers={"Authorization": f"Bearer {token}"},
            json={"channel": "D01BEN", "text": "good day"},
        )
        assert said.json()["ok"]
        while "Frontdesk (direct, Ben Okafor): good day" not in shown:
            shown += running.stdout.readline()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        assert running.returncode == 0
    verifier = SignatureVerifier(slack_credentials(tmp_path).signing_secret)
    assert all(verifier.is_valid_request(body, headers) for headers, body in seen)
    assert b"hello there" in b"".join(body for _, body in seen)


def test_a_port_that_is_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    with listening([]) as desk:
        command = [sys.executable, str(ROOT / "frontdesk.py"), "simulate", "slack", "--data", str(tmp_path)]
        command += ["--port", desk.rpartition(":")[2]]
        ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ended.returncode == 1
    assert "choose another with --port" in ended.stderr
    assert "Traceback" not in ended.stderr
