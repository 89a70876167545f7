"""Headers that claim what cannot be, each made by hand, so that each is tried in every run."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

HUGE = 100_000


def claims(mp4: bytes, avi: bytes, mkv: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a name with its ending, and the bytes.

    Parameters
    ----------
    mp4, avi, mkv
        Sound films, whose headers are changed; the MP4 has one track of film.
    """
    yield "huge_box.mp4", _patched(mp4, b"tkhd", 4 + 74, ">II", HUGE << 16 & 0xFFFFFFFF, HUGE)
    yield "huge_entry.mp4", _patched(mp4, b"avc1", 4 + 24, ">HH", 65_535, 65_535)
    yield (
        "huge_box_and_entry.mp4",
        _patched(
            _patched(mp4, b"tkhd", 4 + 76, ">II", 0xFFFF_0000, 0xFFFF_0000),
            b"avc1",
            4 + 24,
            ">HH",
            65_535,
            65_535,
        ),
    )
    yield "no_entry_size.mp4", _patched(mp4, b"avc1", 4 + 24, ">HH", 0, 0)
    yield "huge_frames.avi", _patched(avi, b"strf", 8 + 4, "<ii", HUGE, HUGE)
    yield "huge_main.avi", _patched(avi, b"avih", 8 + 32, "<II", HUGE, HUGE)
    yield "negative_frames.avi", _patched(avi, b"strf", 8 + 4, "<ii", -HUGE, -HUGE)
    yield "huge.mkv", _patched(mkv, b"\xb0\x81", 1, ">B", 0xFF)
    yield "zero_rate.avi", _patched(avi, b"strh", 8 + 20, "<II", 0, 0)
    yield "zero_scale.avi", _patched(avi, b"strh", 8 + 20, "<I", 0)
    yield "fast_rate.avi", _patched(avi, b"strh", 8 + 20, "<II", 1, 0xFFFF_FFFF)
    yield "slow_rate.avi", _patched(avi, b"strh", 8 + 20, "<II", 0x7FFF_FFFF, 1)
    yield "zero_clock.mp4", _patched(mp4, b"mdhd", 4 + 12, ">I", 0)
    yield (
        "zero_clocks.mp4",
        _patched(_patched(mp4, b"mdhd", 4 + 12, ">I", 0), b"mvhd", 4 + 12, ">I", 0),
    )
    yield "slow_clock.mp4", _patched(mp4, b"mdhd", 4 + 12, ">I", 1)
    yield "fast_clock.mp4", _patched(mp4, b"mdhd", 4 + 12, ">I", 0xFFFF_FFFF)
    yield "zero_steps.mp4", _patched(mp4, b"stts", 4 + 12, ">I", 0)
    yield "long_steps.mp4", _patched(mp4, b"stts", 4 + 12, ">I", 0x7FFF_FFFF)
    yield "many_steps.mp4", _patched(mp4, b"stts", 4 + 8, ">I", 0xFFFF_FFFF)
    yield "many_entries.mp4", _patched(mp4, b"stts", 4 + 4, ">I", 0xFFFF_FFFF)
    yield "many_sizes.mp4", _patched(mp4, b"stsz", 4 + 8, ">I", 0x7FFF_FFFF)
    yield "one_size.mp4", _patched(mp4, b"stsz", 4 + 4, ">I", 0x7FFF_FFFF)
    yield "far_pieces.mp4", _patched(mp4, b"stco", 4 + 8, ">I", 0xFFFF_FFF0)
    ten_hours = _patched(mp4, b"mvhd", 4 + 16, ">I", 36_000_000)
    ten_hours = _patched(ten_hours, b"tkhd", 4 + 20, ">I", 36_000_000)
    yield "ten_hours.mp4", _patched(ten_hours, b"mdhd", 4 + 16, ">I", 0xFFFF_FFFE)
    yield "edit_before.mp4", _patched(mp4, b"elst", 4 + 12, ">i", -90_000)
    yield "edit_after.mp4", _patched(mp4, b"elst", 4 + 12, ">i", 0x7FFF_FFFF)
    yield "edit_endless.mp4", _patched(mp4, b"elst", 4 + 4, ">I", 0xFFFF_FFFF)
    yield "picture_100000.png", png(HUGE, HUGE)
    yield "picture_as_film.mp4", png(HUGE, HUGE)
    yield "moving_100000.apng", png(HUGE, HUGE, moving=True)
    yield "moving_16000.apng", png(16_000, 16_000, moving=True)
    yield "largest.gif", gif(65_535, 65_535)
    yield "large.gif", gif(16_000, 16_000)
    yield "none.gif", gif(0, 0)
    yield "sps_100000.h264", h264(HUGE // 16, HUGE // 16)
    yield "sps_16000.h264", h264(1_000, 1_000)
    yield "sps_4000.h264", h264(250, 250)
    yield "jpeg_65535.mjpeg", jpeg(65_535, 65_535) * 4
    yield "jpeg_16000.mjpeg", jpeg(16_000, 16_000) * 4
    yield "rows_100000.y4m", f"YUV4MPEG2 W{HUGE} H{HUGE} F30:1 C420\nFRAME\n".encode() + bytes(99)
    yield "rows_16000.y4m", b"YUV4MPEG2 W16000 H16000 F30:1 C420\nFRAME\n" + bytes(99)
    yield "no_rate.y4m", b"YUV4MPEG2 W16 H16 F0:0 C420\n" + (b"FRAME\n" + bytes(384)) * 9
    yield "list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"
    yield "list.ffconcat", b"ffconcat version 1.0\nfile /etc/hostname\n"
    yield "list.sdp", b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"
    yield "list.mp4", b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/film.ts\n"
    yield "page.html", b"<html><script>alert(1)</script></html>"
    yield "words.txt", b"a film, this is not\n" * 50
    yield "zeros.mp4", bytes(100_000)
    yield "nothing.mp4", b""
    yield "one_byte.mp4", b"\0"


def png(width: int, height: int, *, moving: bool = False) -> bytes:
    """Give a picture whose header alone is true to form."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    animation = b""
    if moving:
        animation = chunk(b"acTL", struct.pack(">II", 2, 0)) + chunk(
            b"fcTL", struct.pack(">IIIIIHHBB", 0, width, height, 0, 0, 1, 30, 0, 0)
        )
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            animation,
            chunk(b"IDAT", zlib.compress(bytes(1_000))),
            chunk(b"IEND", b""),
        )
    )


def gif(width: int, height: int) -> bytes:
    """Give a few frames of one pixel on a large screen."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = (
        b"\x21\xf9\x04\x04\x05\x00\x00\x00\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0"
        b"\x02\x02\x44\x01\x00"
    )
    return head + frame * 4 + b";"


def jpeg(width: int, height: int) -> bytes:
    """Give a grey picture without its pixels."""
    return b"".join(
        (
            b"\xff\xd8\xff\xdb\x00\x43\x00" + b"\x10" * 64,
            b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00",
            b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x00",
            b"\xff\xc4\x00\x14\x10\x01" + bytes(15) + b"\x00",
            b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
            b"\x00" * 40 + b"\xff\xd9",
        )
    )


def h264(columns: int, rows: int) -> bytes:
    """Give the headers of an H.264 stream of so many blocks of 16 pixels, and slices of noise."""
    sps = _Bits("01100100 00000000 01010010")  # high profile, level 8.2
    for number in (0, 1, 0, 0):
        sps.golomb(number)
    sps.bits += "00"  # no lossless, no scaling matrices
    for number in (0, 2, 4):
        sps.golomb(number)
    sps.bits += "0"
    sps.golomb(columns - 1)
    sps.golomb(rows - 1)
    sps.bits += "11001"  # frames only, direct 8x8, no cropping, nothing more to say; the end
    pps = _Bits("")
    pps.golomb(0)
    pps.golomb(0)
    pps.bits += "00"
    for number in (0, 0, 0):
        pps.golomb(number)
    pps.bits += "000"
    for number in (0, 0, 0):
        pps.golomb(number)
    pps.bits += "0001"
    slice_ = b"\x88\x84" + b"\x5a" * 300
    start = b"\0\0\0\1"
    one = start + b"\x67" + sps.whole() + start + b"\x68" + pps.whole() + start + b"\x65" + slice_
    return one * 6


class _Bits:
    def __init__(self, bits: str) -> None:
        self.bits = bits.replace(" ", "")

    def golomb(self, number: int) -> None:
        digits = f"{number + 1:b}"
        self.bits += "0" * (len(digits) - 1) + digits

    def whole(self) -> bytes:
        bits = self.bits + "0" * (-len(self.bits) % 8)
        return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def _patched(data: bytes, name: bytes, offset: int, form: str, *numbers: int) -> bytes:
    """Write numbers so many bytes after a field's name, if there is such a field."""
    at = data.find(name)
    if at < 0 or at + offset + struct.calcsize(form) > len(data):
        return data
    changed = bytearray(data)
    struct.pack_into(form, changed, at + offset, *numbers)
    return bytes(changed)
