"""What is done to good bytes. Every function takes a source of chance and gives new bytes."""

from __future__ import annotations

import random
import re
import struct

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
