"""Packages that only some formats need: whether they are installed is asked before the work."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from formcheck.data.errors import UsageError

EXTRAS = {
    "parquet": ("Parquet", ("pyarrow",)),
    "xarray": ("netCDF", ("xarray", "netCDF4")),
}
"""By the name of the extra: what it writes, and the packages that it brings."""


def require_extra(extra: str, options: Sequence[str] = ("export",)) -> None:
    """Raise ``UsageError`` when a package of the extra is not installed.

    ``options`` are the names of those that ask for it.
    """
    kind, packages = EXTRAS[extra]
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise UsageError(
            f"{kind} files need the package {missing[0]}, which is not installed",
            hint=f"Run: pip install 'formcheck[{extra}]', or leave {kind} out.",
            options=options,
        )
