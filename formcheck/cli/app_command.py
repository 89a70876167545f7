"""The command ``app``: starts the app in the browser, and prints the links to it."""

from __future__ import annotations

import json
import sys
import webbrowser
from dataclasses import asdict
from threading import Thread
from typing import TYPE_CHECKING, Any

from formcheck.app.options import AppOptions
from formcheck.cli import DONE
from formcheck.cli.lines import say
from formcheck.store.extras import require_app

if TYPE_CHECKING:
    from formcheck.web.invitations import Invitation
    from formcheck.web.server import StartLinks

_ON_BLACK = "bright_white on black"
"""Colours of a QR code: cameras read it best dark on light, and its characters are the light
parts."""


def serve_app(options: AppOptions, *, as_json: bool) -> int:
    """Run the server of the app until Ctrl-C; return the exit code.

    Raises
    ------
    UsageError
        A package is missing, the port is taken, another app uses the folder, or there is no local
        network.
    OutputError
        The folder cannot be used.
    """
    require_app(lan=options.lan)
    from formcheck.web.server import serve

    def ready(opened: StartLinks) -> None:
        if as_json:
            sys.stdout.write(f"{json.dumps(_links_data(opened))}\n")
        else:
            _print_links(opened)
        sys.stdout.flush()
        if options.browser:
            # A browser may start slowly, and the server must run meanwhile.
            Thread(target=webbrowser.open, args=(opened.link,), daemon=True).start()

    try:
        serve(options, ready, say)
    except KeyboardInterrupt:
        say("ended")
    return DONE


def _links_data(opened: StartLinks) -> dict[str, Any]:
    links = asdict(opened)
    for name in ("phone", "screen"):
        links[name] = links[name] and links[name]["link"]
    return {name: value for name, value in links.items() if value}


def _print_links(opened: StartLinks) -> None:
    from formcheck.web.keys import LINK_S

    if opened.phone is not None and opened.screen is not None:
        _print_code("To film with a phone, scan this with its camera:", opened.phone)
        _print_code("To show it on another screen, such as a tablet:", opened.screen)
        sys.stdout.write(
            f"Each link works for one device and for {LINK_S / 60:.0f} minutes. The page Devices "
            "makes new ones.\n"
            "The device's browser warns once that the connection is not private, because this\n"
            "computer made its certificate itself. Continue if the certificate has this\n"
            "fingerprint (SHA-256):\n"
            f"{opened.fingerprint}\n\n"
        )
    sys.stdout.write(
        f"formcheck is running. Open this link on this computer; it works once:\n{opened.link}\n"
        "Ctrl-C ends formcheck. Films that still wait are measured at the next start.\n"
    )


def _print_code(text: str, invitation: Invitation) -> None:
    sys.stdout.write(f"{text}\n")
    if _is_terminal():
        from rich.text import Text

        from formcheck.cli.console import console

        for line in invitation.as_lines().splitlines():
            console().print(Text(line, style=_ON_BLACK), no_wrap=True, crop=False)
    sys.stdout.write(f"{invitation.link}\n\n")


def _is_terminal() -> bool:
    return sys.stdout.isatty()
