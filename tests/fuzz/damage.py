"""What is done to good bytes and plain data. Every function takes a source of chance."""

from __future__ import annotations

import copy
import json
import random
import re
import struct
from collections.abc import Callable
from typing import Any

Way = Callable[[bytes, random.Random], bytes]

EXTREMES = (
    0,
    1,
    2,
    0x7F,
    0xFF,
    0x7FFF,
    0xFFFF,
    100_000,
    36_000_000,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
)

_FIELDS = re.compile(
    rb"tkhd|mvhd|mdhd|stsd|stts|ctts|elst|stsz|stco|stss|stsc|avc1|avcC|mp4v|esds|trun|tfhd|tfdt"
    rb"|trex|avih|strh|strf|idx1|hdrl|movi|pasp|colr|ftyp|moov|trak|mdia|minf|stbl|mdat"
    rb"|\x1f\x43\xb6\x75|\x16\x54\xae\x6b|\x2a\xd7\xb1|\x44\x89|\xb0|\xba|\xe7|\xa3|IHDR|fcTL|acTL"
)


def flip_bits(data: bytes, chance: random.Random, *, within: int | None = None) -> bytes:
    """Flip from one bit to one in two hundred bytes, anywhere or in the first bytes only."""
    changed = bytearray(data)
    room = min(len(changed), within or len(changed))
    for _ in range(chance.choice((1, 2, 5, 20, max(1, room // 200)))):
        changed[chance.randrange(room)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, chance: random.Random) -> bytes:
    """Cut the end off, or the beginning, or a piece out of the middle, or fill that with zeros."""
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    way = chance.randrange(5)
    if way <= 1:
        return data[:a]
    if way == 2:
        return data[a // 8 :]
    if way == 3:
        return data[:a] + data[b:]
    return data[:a] + bytes(b - a) + data[b:]


def garble(data: bytes, chance: random.Random) -> bytes:
    """Overwrite a piece with noise, repeat a piece, or put pieces in another order."""
    a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    way = chance.randrange(4)
    if way == 0:
        return data[:a] + chance.randbytes(b - a) + data[b:]
    if way == 1:
        return data[:b] + data[a:b] * chance.randrange(1, 4) + data[b:]
    if way == 2:
        return data[a:b] + data[:a] + data[b:]
    return data[: chance.randrange(64)] + chance.randbytes(min(len(data), 20_000))


def patch_fields(data: bytes, chance: random.Random) -> bytes:
    """Write extreme numbers into the fields that containers keep sizes, times and tables in."""
    changed = bytearray(data)
    found = [match.start() for match in _FIELDS.finditer(data)]
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = (chance.choice(found) if found else 0) + chance.randrange(-4, 90)
        width = chance.choice((">B", ">H", ">I", "<I", ">Q"))
        number = chance.choice(EXTREMES) & (256 ** struct.calcsize(width) - 1)
        if 0 <= at <= len(changed) - struct.calcsize(width):
            struct.pack_into(width, changed, at, number)
    return bytes(changed)


def digits(data: bytes, chance: random.Random) -> bytes:
    """Overwrite letters and digits with others, so that it mostly stays JSON."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 5, 50))):
        at = chance.randrange(len(changed))
        if chr(changed[at]).isdigit():
            changed[at] = ord(chance.choice("0123456789-e."))
        elif chr(changed[at]).isalpha():
            changed[at] = ord(chance.choice("aNtZ\\"))
    return bytes(changed)


HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    1e308,
    -1e308,
    5e-324,
    10**400,
    -(10**20),
    2**63,
    2**31,
    "",
    "../../../etc/passwd",
    "/etc/passwd",
    "<script>alert(1)</script>",
    "\x1b[31m",
    "\ud800",
    "\0",
    "a\nb",
    "=1+1",
    "{{ 7 * 7 }}",
    "left",
    "both",
    "step_up",
    "squat",
    "nan",
    "Infinity",
    "2026-13-45",
    "0000",
    "9999-12-31T23:59:59+99:99",
    "y" * 100_000,
    [],
    {},
    [[]],
    [None],
    [0] * 9,
    {"": ""},
    {"a": {"a": {}}},
    [1e308] * 50,
)
RAW = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "1" * 5_000,
    "[" * 100_000,
    '{"a":' * 50_000,
    "[" * 500 + "]" * 500,
)


def put(data: Any, chance: random.Random, value: Any) -> None:
    """Overwrite a value somewhere in plain data, or take it out."""
    while True:
        keys = list(data) if isinstance(data, dict) else list(range(len(data)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(data[key], dict | list) and chance.random() < 0.85:
            data = data[key]
        elif chance.random() < 0.1:
            del data[key]
            return
        else:
            data[key] = copy.deepcopy(value)  # it may itself be overwritten in
            return


def hostile(text: str, chance: random.Random) -> str:
    """Put hostile values into a JSON text that is otherwise whole."""
    data = json.loads(text)
    mark = "\N{SNOWMAN}"
    if chance.random() < 0.3:
        put(data, chance, mark)
    else:
        for _ in range(chance.choice((1, 1, 3, 20))):
            put(data, chance, chance.choice(HOSTILE))
    return json.dumps(data).replace(json.dumps(mark), chance.choice(RAW))


def spoil(data: bytes, chance: random.Random, *more: Way) -> bytes:
    """Flip bits, cut or garble, or one of ``more``."""
    return chance.choice((flip_bits, cut, garble, *more))(data, chance)
