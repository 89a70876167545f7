"""What no run of formcheck may do, and how a process is stopped that tries it.

Two nets: Python's audit events see every socket that Python code makes and every pickle it opens;
a filter in the Linux kernel sees the internet sockets of the native libraries as well. It lets the
plainest datagram socket pass: MediaPipe makes one to ask whether the machine knows IPv4 and IPv6,
and sends nothing with it. Looking up a name and connecting use others.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

FORBIDDEN_EXIT = 97
"""Exit code of a process that Python's audit events stopped; the filter ends it with SIGSYS."""

_FORBIDDEN_EVENTS = ("socket.", "pickle.find_class", "urllib.Request", "ftplib.", "smtplib.")
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_KILL_PROCESS = 0x8000_0000
_ALLOW = 0x7FFF_0000
_AF_INET, _AF_INET6 = 2, 10
_SOCK_DGRAM = 2

# Of linux/audit.h and the tables of system calls: the machine's number, and that of socket().
_MACHINES = {"x86_64": (0xC000_003E, 41), "aarch64": (0xC000_00B7, 198)}


def can_filter() -> bool:
    """Whether the kernel's filter is there."""
    return sys.platform == "linux" and platform.machine() in _MACHINES


def forbid_network_and_pickles() -> None:
    """End this process, and those it starts, as soon as one tries; cannot be undone."""
    if can_filter():
        _forbid_internet_sockets()
    sys.addaudithook(_stop_forbidden)


def _stop_forbidden(event: str, args: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN_EVENTS):
        os.write(2, f"FORBIDDEN: {event} {args!r}\n".encode())
        os._exit(FORBIDDEN_EXIT)


def _forbid_internet_sockets() -> None:
    machine, socket_call = _MACHINES[platform.machine()]
    load, equal, give = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return

    def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("HBBI", code, yes, no, value)

    program = b"".join(
        (
            step(load, 4),  # the machine
            step(equal, machine, 0, 7),
            step(load, 0),  # the system call
            step(equal, socket_call, 0, 5),
            step(load, 16),  # its first word: the family
            step(equal, _AF_INET, 1, 0),
            step(equal, _AF_INET6, 0, 2),
            step(load, 24),  # its second: the type
            step(equal, _SOCK_DGRAM, 0, 1),
            step(give, _ALLOW),
            step(give, _KILL_PROCESS),
        )
    )
    code = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero):
        raise OSError(ctypes.get_errno(), "prctl")
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), fprog, zero, zero):
        raise OSError(ctypes.get_errno(), "seccomp")
