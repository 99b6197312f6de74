"""Streams: `chat.startStream`, `chat.appendStream`, `chat.stopStream`, and how a stream ends."""

from __future__ import annotations

from channels.simulators.slack_blocks import MOST_BLOCKS, MOST_MARKDOWN, blocks_of, decoded
from channels.simulators.slack_chat import Caller
from channels.simulators.slack_workspace import Channel, Json, Stream
from core.errors import Refused

TASK_STATES = ("pending", "in_progress", "complete", "error")


def start(caller: Caller, arguments: Json) -> Json:
    """`chat.startStream`; in a channel it names who the answer is for."""
    channel = caller.own_channel(arguments)
    thread_ts = str(arguments.get("thread_ts") or "")
    if not thread_ts:
        raise Refused("invalid_arguments: missing required field: thread_ts")
    if caller.world.faults.needs_recipient and not channel.partner:
        for needed in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(needed):
                raise Refused(f"missing_{needed}")
    chunks = _chunks(arguments)
    message = caller.world.bot_message(caller.workspace, "", thread_ts)
    message |= {"streaming_state": "in_progress", "blocks": []}
    stream = Stream(began=caller.world.clock())
    _grow(caller, stream, message, chunks)
    caller.workspace.streams[channel.id, message["ts"]] = stream
    caller.world.posted(caller.workspace, channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def append(caller: Caller, arguments: Json) -> Json:
    """`chat.appendStream`."""
    channel, message, stream = _open_stream(caller, arguments)
    chunks = _chunks(arguments)
    if not chunks:
        raise Refused("no_text")
    _grow(caller, stream, message, chunks)
    stream.appends += 1
    caller.world.changed("stream", {"channel": channel.id, "ts": message["ts"]})
    return {"channel": channel.id, "ts": message["ts"]}


def stop(caller: Caller, arguments: Json) -> Json:
    """`chat.stopStream`, with the last words, and blocks below what was streamed."""
    channel, message, stream = _open_stream(caller, arguments)
    chunks = _chunks(arguments)
    blocks = blocks_of(arguments)
    metadata = decoded(arguments.get("metadata"), "invalid_metadata_format")
    before = {**message, "blocks": list(message["blocks"])}
    _grow(caller, stream, message, chunks)
    for place, block in enumerate(blocks):
        message["blocks"].append(block | {"block_id": block.get("block_id") or f"s{place}"})
    if metadata:
        message["metadata"] = metadata
    _close(stream, message)
    caller.world.edited(caller.workspace, channel, before, message)
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def _open_stream(caller: Caller, arguments: Json) -> tuple[Channel, Json, Stream]:
    """The stream a call names, while it is one: it ends by itself after some minutes, however busy."""
    channel, message = caller.own_message(arguments, "message_not_owned_by_app")
    stream = caller.workspace.streams.get((channel.id, message["ts"]))
    faults = caller.world.faults
    if stream is None or not stream.is_open:
        raise Refused("message_not_in_streaming_state")
    is_old = caller.world.clock() - stream.began >= faults.stream_seconds
    is_worn = bool(faults.stream_appends) and stream.appends >= faults.stream_appends
    if is_old or is_worn:
        _close(stream, message)
        caller.world.changed("stopped", {"channel": channel.id, "ts": message["ts"]})
        raise Refused("message_not_in_streaming_state")
    return channel, message, stream


def _close(stream: Stream, message: Json) -> None:
    stream.is_open = False
    message["streaming_state"] = "completed"


def _chunks(arguments: Json) -> list[Json]:
    """What a call adds, checked: `markdown_text`, or `chunks`."""
    chunks = decoded(arguments.get("chunks"), "invalid_chunks") or []
    if not isinstance(chunks, list) or not all(isinstance(one, dict) for one in chunks):
        raise Refused("invalid_chunks")
    if arguments.get("markdown_text"):
        if chunks:
            raise Refused("markdown_text_conflict")
        chunks = [{"type": "markdown_text", "text": str(arguments["markdown_text"])}]
    for chunk in chunks:
        _check(chunk)
    if sum(len(one["text"]) for one in chunks if one["type"] == "markdown_text") > MOST_MARKDOWN:
        raise Refused("msg_too_long")
    return chunks


def _check(chunk: Json) -> None:
    kind = chunk.get("type")
    if kind == "markdown_text":
        is_sound = isinstance(chunk.get("text"), str)
    elif kind == "task_update":
        is_sound = bool(chunk.get("id")) and chunk.get("status", "pending") in TASK_STATES
    elif kind == "plan_update":
        is_sound = isinstance(chunk.get("title"), str)
    else:
        is_sound = kind == "blocks" and len(blocks_of(chunk)) <= MOST_BLOCKS
    if not is_sound:
        raise Refused("invalid_chunks")


def _grow(caller: Caller, stream: Stream, message: Json, chunks: list[Json]) -> None:
    """Add chunks to a message: words follow the last words, a task with the same id takes its place."""
    added = sum(len(one["text"]) for one in chunks if one["type"] == "markdown_text")
    if stream.characters + added > caller.world.faults.stream_characters:
        raise Refused("msg_too_long")
    stream.characters += added
    for chunk in chunks:
        _add(message, chunk)


def _add(message: Json, chunk: Json) -> None:
    blocks: list[Json] = message["blocks"]
    if chunk["type"] == "markdown_text":
        message["text"] += chunk["text"]
        if blocks and blocks[-1]["type"] == "markdown":
            blocks[-1] = blocks[-1] | {"text": blocks[-1]["text"] + chunk["text"]}
        elif chunk["text"]:
            blocks.append({"type": "markdown", "block_id": f"m{len(blocks)}", "text": chunk["text"]})
    elif chunk["type"] == "blocks":
        blocks.extend(blocks_of(chunk))
    else:
        name = chunk.get("id", "plan")
        kind = "task_card" if chunk["type"] == "task_update" else "plan"
        card = {**chunk, "type": kind, "block_id": f"{kind}-{name}"}
        for place, block in enumerate(blocks):
            if block.get("block_id") == card["block_id"]:
                blocks[place] = block | card
                return
        blocks.append(card)
