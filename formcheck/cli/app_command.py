"""The command ``app``: serve the pages, print the link and open it."""

from __future__ import annotations

import json
import sys
import webbrowser
from threading import Thread

from formcheck.app.options import AppOptions
from formcheck.cli import DONE
from formcheck.cli.lines import say
from formcheck.store.extras import require_app


def serve_app(options: AppOptions, *, as_json: bool) -> int:
    """Serve the app until Ctrl-C; returns the exit code.

    Raises
    ------
    UsageError
        A package is missing, the port is taken, or another app uses the folder.
    OutputError
        The folder cannot be used.
    """
    require_app()
    from formcheck.web.server import serve

    def ready(link: str) -> None:
        if as_json:
            sys.stdout.write(f"{json.dumps({'link': link})}\n")
        else:
            sys.stdout.write(
                f"formcheck is open at this link. It is for you alone and works once:\n{link}\n"
                "Ctrl-C ends it. Films that wait are kept for the next start.\n"
            )
        sys.stdout.flush()
        if options.browser:
            # A browser may take its time, and the page must be served meanwhile.
            Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    try:
        serve(options, ready)
    except KeyboardInterrupt:
        say("ended")
    return DONE
