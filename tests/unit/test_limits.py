"""How large a request's body may be, by where it goes."""

from pathlib import Path

import pytest

from channels.limits import MOST_JSON_BYTES, body_limit
from config.settings import Settings

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("path", "form", "least", "most"),
    [
        ("/v1/conversations/x/messages", False, MOST_JSON_BYTES, MOST_JSON_BYTES),
        ("/v1/documents", False, MOST_JSON_BYTES, MOST_JSON_BYTES),
        ("/v1/documents", True, 50 * MEGABYTE, 51 * MEGABYTE),
        ("/gradio_api/upload", True, 50 * MEGABYTE, 51 * MEGABYTE),
        ("/admin/gradio_api/upload", True, 1000 * MEGABYTE, 1001 * MEGABYTE),
    ],
)
def test_a_body_has_the_room_its_place_needs(
    path: str, form: bool, least: int, most: int, tmp_path: Path
) -> None:
    limit = body_limit(Settings(data=tmp_path, _env_file=None))
    headers = [(b"content-type", b"multipart/form-data; boundary=x")] if form else []
    assert least <= limit({"type": "http", "path": path, "headers": headers}) <= most
