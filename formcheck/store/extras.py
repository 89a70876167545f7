"""Checks that the optional packages for a file format or for the app are installed.

It is done before the work starts, so that a long analysis does not fail at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from formcheck.data.errors import UsageError

APP_EXTRA = "app"
_APP_PACKAGES = ("starlette", "uvicorn", "websockets")
_LAN_PACKAGES = ("cryptography", "segno")

EXTRAS = {
    "parquet": ("Parquet", ("pyarrow",)),
    "xarray": ("netCDF", ("xarray", "netCDF4")),
}
"""The optional parts of the installation (extras): name of the file format, and its packages."""


def require_extra(extra: str, options: Sequence[str] = ("export",)) -> None:
    """Raise ``UsageError`` if a package of the extra is not installed.

    ``options`` are the names of the options that need it, for the message.
    """
    kind, packages = EXTRAS[extra]
    missing = _missing(packages)
    if missing:
        raise UsageError(
            f"{kind} files need the package {missing[0]}, which is not installed",
            hint=f"Run: pip install 'formcheck[{extra}]', or leave {kind} out.",
            options=options,
        )


def require_app(*, lan: bool = False) -> None:
    """Raise ``UsageError`` if a package that the app in the browser needs is not installed.

    With ``lan``, the packages for the access of phones are checked too.
    """
    missing = _missing((*_APP_PACKAGES, *_LAN_PACKAGES) if lan else _APP_PACKAGES)
    if missing:
        raise UsageError(
            f"the app needs the package {missing[0]}, which is not installed",
            hint=f"Run: pip install 'formcheck[{APP_EXTRA}]'",
        )


def _missing(packages: Sequence[str]) -> list[str]:
    """Return the packages that are not installed."""
    return [package for package in packages if find_spec(package) is None]
