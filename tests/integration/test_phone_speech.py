"""The desk's own ears and voice, opened with its door: let go of however the desk ends."""

import anyio
import anyio.lowlevel
import psutil
import pytest

from channels.phone.speech import open_speech
from config.phone_settings import PhoneSettings
from tests.services.speech_packages import need_speech

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_warm", [True, False], ids=["loaded", "as it loads"])
async def test_no_process_is_left_of_a_desk_that_is_cancelled(*, is_warm: bool) -> None:
    need_speech("moonshine_voice", "espeakng_loader")
    before = set(psutil.Process().children())
    with anyio.fail_after(300):
        with anyio.CancelScope() as scope:
            async with open_speech(PhoneSettings(), ("en",), at_once=True) as speech:
                if is_warm:
                    await speech.begin_warming()
                    assert set(psutil.Process().children()) > before
                else:
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
        assert set(psutil.Process().children()) <= before
