"""The front door: `frontdesk VERB`. Puts the desk's own rooms first on the path, then hands over."""

import faulthandler
import os
import sys
from pathlib import Path


def main() -> None:
    """Run one verb of the command line."""
    # Where a library crashes the process, say on standard error where that was.
    faulthandler.enable()
    here = Path(__file__).resolve().parent
    packaged = here / "_frontdesk"
    sys.path.insert(0, str(packaged if packaged.is_dir() else here))
    # Read by gradio and the model libraries when they are imported: nothing is sent home.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Read by numpy: threads of its own would spin on the cores that the models run on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from channels.command_line import run
    from workers.app import Workers

    run(Workers())


if __name__ == "__main__":
    main()
