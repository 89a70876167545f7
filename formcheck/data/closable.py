"""``Closable``: makes a class with a ``close`` method a context manager."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Closable(ABC):
    """A context manager that calls :meth:`close` at the end of the ``with`` block."""

    @abstractmethod
    def close(self) -> None:
        """Release all resources; may be called more than once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
