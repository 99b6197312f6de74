"""A conversation over a WebSocket: the stream's events, turn after turn, whatever is sent."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from config.settings import Settings
from core.access import Role
from tests.fakes.running_desk import RunningDesk, ask, running_desk

RETURNS = "Unused lamps can be returned within thirty days. The refund takes five working days."
QUESTION = "How many days does the refund take?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    settings = Settings(data=tmp_path_factory.mktemp("desk"), _env_file=None)
    with running_desk(settings) as running:
        running.publish(RETURNS, "returns.txt")
        yield running


def begun(served: RunningDesk) -> tuple[str, str]:
    """The stream's address, and the token for it."""
    conversation_id, client = served.begin()
    client.close()
    address = f"{served.url.replace('http', 'ws', 1)}/v1/conversations/{conversation_id}/stream"
    return address, client.headers["Authorization"].removeprefix("Bearer ")


def turn(socket: ClientConnection, message: object) -> list[dict[str, Any]]:
    """The events that a message leads to."""
    socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
    events = [json.loads(socket.recv(timeout=20))]
    while events[-1]["event"] not in {"answer", "error"}:
        events.append(json.loads(socket.recv(timeout=20)))
    return events


def test_several_turns_pass_through_one_socket(served: RunningDesk) -> None:
    address, token = begun(served)
    with connect(f"{address}?token={token}") as socket:
        for _ in range(2):
            events = turn(socket, {"text": QUESTION})
            assert all(set(event) == {"event", "data"} for event in events)
            assert events[0] == {"event": "status", "data": {"stage": "remember"}}
            assert events[-1]["event"] == "answer"
            words = "".join(event["data"]["text"] for event in events if event["event"] == "token")
            assert words == events[-1]["data"]["text"]


def test_the_socket_says_what_the_event_stream_says(served: RunningDesk) -> None:
    conversation_id, client = served.begin()
    token = client.headers["Authorization"].removeprefix("Bearer ")
    address = f"{served.url.replace('http', 'ws', 1)}/v1/conversations/{conversation_id}/stream"
    with client, connect(f"{address}?token={token}") as socket:
        streamed = ask(client, conversation_id, QUESTION, message_id="m")
        again = turn(socket, {"text": QUESTION, "message_id": "m"})
        assert again[-1]["data"] == streamed[-1][1]
        assert len(client.get(f"/v1/conversations/{conversation_id}").json()["exchanges"]) == 1


@pytest.mark.parametrize("offered", [["frontdesk", "{token}"], ["{token}"]])
def test_the_token_may_come_as_a_subprotocol(served: RunningDesk, offered: list[str]) -> None:
    address, token = begun(served)
    protocols = [Subprotocol(each.format(token=token)) for each in offered]
    with connect(address, subprotocols=protocols) as socket:
        assert socket.subprotocol == protocols[0]
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"


def test_the_token_may_come_as_the_first_message(served: RunningDesk) -> None:
    address, token = begun(served)
    with connect(address) as socket:
        socket.send(json.dumps({"token": token}))
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"


@pytest.mark.parametrize(
    "malformed",
    ["not json", "[]", "null", '{"text": 5}', "{}", '{"text": ""}', "[" * 20_000, b"\x00\x01"],
)
def test_malformed_input_is_answered_and_the_socket_stays(
    served: RunningDesk, malformed: str | bytes
) -> None:
    address, token = begun(served)
    with connect(f"{address}?token={token}") as socket:
        error = turn(socket, malformed)[-1]
        assert error["event"] == "error"
        assert set(error["data"]) == {"message", "retryable"}
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"


def test_a_question_that_is_too_long_is_an_error_and_the_socket_stays(served: RunningDesk) -> None:
    address, token = begun(served)
    with connect(f"{address}?token={token}") as socket:
        for length in (2001, 70_000):
            assert turn(socket, {"text": "x" * length})[-1]["event"] == "error"
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"


def test_a_huge_message_ends_the_socket_and_nothing_else(served: RunningDesk) -> None:
    address, token = begun(served)
    with pytest.raises(ConnectionClosed), connect(f"{address}?token={token}") as socket:
        turn(socket, "x" * 20_000_000)
    with connect(f"{address}?token={token}") as socket:
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"


@pytest.mark.parametrize("proof", ["x.y.z", "fd_nothing"])
def test_a_socket_with_a_bad_token_is_told_and_closed(served: RunningDesk, proof: str) -> None:
    address, _ = begun(served)
    with connect(f"{address}?token={proof}") as socket:
        assert json.loads(socket.recv(timeout=5))["event"] == "error"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    assert socket.close_code == 4401


def test_a_first_message_without_a_token_is_told_and_closed(served: RunningDesk) -> None:
    address, _ = begun(served)
    with connect(address) as socket:
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "error"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


def test_somebody_elses_conversation_is_not_there(served: RunningDesk) -> None:
    theirs, _ = begun(served)
    _, token = begun(served)
    with connect(f"{theirs}?token={token}") as socket:
        assert json.loads(socket.recv(timeout=5))["event"] == "error"
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)
    assert socket.close_code == 4404


def test_questions_sent_at_once_are_answered_in_order(served: RunningDesk) -> None:
    address, token = begun(served)
    with connect(f"{address}?token={token}") as socket:
        for place in range(3):
            socket.send(json.dumps({"text": QUESTION, "message_id": str(place)}))
        answers: list[dict[str, Any]] = []
        while len(answers) < 3:
            event = json.loads(socket.recv(timeout=20))
            answers += [event["data"]] if event["event"] == "answer" else []
    assert len({answer["id"] for answer in answers}) == 3


def test_staff_with_a_key_talk_in_their_own_conversation(served: RunningDesk) -> None:
    key = served.key(Role.STAFF, "sue")
    with served.client(key) as sue:
        conversation_id = sue.post("/v1/conversations").json()["conversation_id"]
    address = f"{served.url.replace('http', 'ws', 1)}/v1/conversations/{conversation_id}/stream"
    with connect(f"{address}?token={key}") as socket:
        assert turn(socket, {"text": QUESTION})[-1]["event"] == "answer"
