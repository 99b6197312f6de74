"""Files: the `files.*` methods, and what a message says of a file."""

from __future__ import annotations

import mimetypes

from channels.simulators.slack_blocks import decoded
from channels.simulators.slack_chat import Caller
from channels.simulators.slack_workspace import Json, Workspace
from channels.simulators.slack_world import SlackWorld
from core.errors import Refused

MOST_BYTES = 50_000_000


def keep_file(world: SlackWorld, workspace: Workspace, name: str, content: bytes, user: str) -> Json:
    """A new file of the workspace, in the shape that messages and `files.info` carry."""
    file_id = workspace.serial("F")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    place = f"{world.base_url}/files-pri/{workspace.id}-{file_id}"
    file: Json = {
        "id": file_id,
        "created": int(world.clock()),
        "timestamp": int(world.clock()),
        "name": name,
        "title": name,
        "mimetype": kind,
        "filetype": name.rpartition(".")[2].lower(),
        "pretty_type": name.rpartition(".")[2].upper(),
        "user": user,
        "user_team": workspace.id,
        "size": len(content),
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "url_private": f"{place}/{name}",
        "url_private_download": f"{place}/download/{name}",
        "permalink": f"{world.base_url}/files/{user}/{file_id}/{name}",
        "file_access": "visible",
    }
    workspace.files[file_id] = file
    workspace.contents[file_id] = content
    return file


def file_info(caller: Caller, arguments: Json) -> Json:
    """`files.info`."""
    name = str(arguments.get("file"))
    if name not in caller.workspace.files:
        raise Refused("file_not_found")
    return {"file": caller.workspace.files[name], "comments": [], "response_metadata": {"next_cursor": ""}}


def upload_url(caller: Caller, arguments: Json) -> Json:
    """`files.getUploadURLExternal`: where to post the bytes of a file."""
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length") or "")
    if not name:
        raise Refused("invalid_arguments: missing required field: filename")
    if not length.isdigit() or not 0 < int(length) <= MOST_BYTES:
        raise Refused("invalid_arguments: length must be between 1 and 50000000")
    file = keep_file(caller.world, caller.workspace, name, b"", caller.workspace.bot)
    return {
        "upload_url": f"{caller.world.base_url}/upload/{caller.workspace.id}/{file['id']}",
        "file_id": file["id"],
    }


def complete_upload(caller: Caller, arguments: Json) -> Json:
    """`files.completeUploadExternal`: share what was uploaded, in a message where a channel is named."""
    asked = decoded(arguments.get("files"), "invalid_arguments")
    if not isinstance(asked, list) or not asked:
        raise Refused("invalid_arguments: missing required field: files")
    files: list[Json] = []
    for one in asked:
        file = caller.workspace.files.get(str(one.get("id")))
        if file is None or not file["size"]:
            raise Refused("file_not_found")
        file["title"] = str(one.get("title") or file["name"])
        files.append(file)
    if arguments.get("channel_id"):
        channel = caller.own_channel({"channel": arguments["channel_id"]})
        words = str(arguments.get("initial_comment") or "")
        message = caller.world.bot_message(caller.workspace, words, str(arguments.get("thread_ts") or ""))
        message |= {"files": files, "upload": True}
        caller.world.posted(caller.workspace, channel, message)
    return {"files": files}


def receive_upload(world: SlackWorld, team_id: str, file_id: str, content: bytes) -> tuple[int, str]:
    """Take the bytes that were announced by `files.getUploadURLExternal`; the HTTP status and its words."""
    workspace = world.workspaces.get(team_id)
    if workspace is None or file_id not in workspace.files:
        return 404, "not found"
    workspace.contents[file_id] = content
    workspace.files[file_id]["size"] = len(content)
    return 200, f"OK - {len(content)}"
