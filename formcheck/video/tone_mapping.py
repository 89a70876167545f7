"""Convert films of high dynamic range (HDR) to the range of an ordinary screen.

HLG and PQ are the two standards by which HDR films encode light. Shown without conversion they look
grey and flat. The conversion is a table of colours, made once from the published formulas and
applied by FFmpeg: decode to the light that the film's own display would emit (ITU-R BT.2100),
change the colour primaries from BT.2020 to BT.709 (ITU-R BT.2087), compress the highlights (ITU-R
BT.2390, section 5.4.1) and encode for an ordinary screen (ITU-R BT.1886).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, VideoReformatter

from formcheck.data.arrays import FloatArray

PEAK_NITS = 1000.0
"""Brightest light of the film's display, in cd/m2: the nominal peak of HLG (BT.2100, table 5), for
which phones and most studios make PQ films, too. Brighter light is shown as white."""

WHITE_NITS = 203.0
"""Light of a white sheet of paper in HDR, in cd/m2 (ITU-R BT.2408, table 1): white on an ordinary
screen."""

SCREEN_GAMMA = 2.4
"""Gamma (exponent) of an ordinary screen (ITU-R BT.1886)."""

GRID = 33
"""Steps of the table in each colour; between them it is interpolated."""

_RGB_FORMAT = "gbrp12le"
"""FFmpeg's name for RGB with 12 bits."""

# BT.2100, table 5: weights of the colours in luminance, and the constants of HLG.
_LUMINANCE = np.array([0.2627, 0.6780, 0.0593])
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2  # at a peak of 1000 cd/m2

# BT.2100, table 4: the constants of PQ.
_PQ_M1, _PQ_M2 = 2610 / 16384, 2523 / 4096 * 128
_PQ_C1, _PQ_C2, _PQ_C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_PQ_MOST_NITS = 10_000.0

_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
)
"""Matrix from linear BT.2020 to linear BT.709 colours (BT.2087, annex 2)."""


def hlg_to_nits(signal: FloatArray) -> FloatArray:
    """Return the light of a display of 1000 cd/m2 for an HLG signal (BT.2100, table 5).

    Parameters
    ----------
    signal
        Shape (..., 3), red, green and blue from 0 to 1.

    Returns
    -------
    FloatArray
        Same shape, in cd/m2.
    """
    low = signal**2 / 3
    high = (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12
    scene = np.where(signal <= 0.5, low, high)
    luminance = np.maximum(scene @ _LUMINANCE, 0.0)[..., None]
    return np.asarray(PEAK_NITS * luminance ** (_HLG_GAMMA - 1) * scene)


def pq_to_nits(signal: FloatArray) -> FloatArray:
    """Return the light for a PQ signal from 0 to 1, in cd/m2 (BT.2100, table 4)."""
    power = signal ** (1 / _PQ_M2)
    ratio = np.maximum(power - _PQ_C1, 0.0) / (_PQ_C2 - _PQ_C3 * power)
    return np.asarray(_PQ_MOST_NITS * ratio ** (1 / _PQ_M1))


def nits_to_pq(nits: FloatArray) -> FloatArray:
    """Return the PQ signal for light in cd/m2: the inverse of :func:`pq_to_nits`."""
    power = (nits / _PQ_MOST_NITS) ** _PQ_M1
    return np.asarray(((_PQ_C1 + _PQ_C2 * power) / (1 + _PQ_C3 * power)) ** _PQ_M2)


def compressed_nits(nits: FloatArray) -> FloatArray:
    """Return light compressed so that the peak of the film's display becomes ordinary white.

    Dark and middle tones stay the same; highlights are compressed by a spline in PQ (BT.2390,
    section 5.4.1, without its lift of the blacks). Units are cd/m2.
    """
    peak_pq = nits_to_pq(np.array(PEAK_NITS))
    most = float(nits_to_pq(np.array(WHITE_NITS)) / peak_pq)
    knee = 1.5 * most - 0.5
    signal = np.minimum(nits_to_pq(nits) / peak_pq, 1.0)
    t = np.maximum(signal - knee, 0.0) / (1 - knee)
    rolled = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return pq_to_nits(np.where(signal < knee, signal, rolled) * peak_pq)


def screen_signal(nits: FloatArray) -> FloatArray:
    """Return the signal for an ordinary screen, from light of BT.2020 colours.

    Parameters
    ----------
    nits
        Shape (..., 3), linear, in cd/m2.

    Returns
    -------
    FloatArray
        Same shape, from 0 to 1. Colours that an ordinary screen cannot show are cut off.
    """
    light = np.maximum(nits @ _TO_BT709.T, 0.0)
    # The same factor for all three colours, as separate ones would change the hue of highlights.
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    shown = light * (compressed_nits(brightest) / brightest) / WHITE_NITS
    return np.asarray(np.clip(shown, 0.0, 1.0) ** (1 / SCREEN_GAMMA))


_DECODERS: dict[int, Callable[[FloatArray], FloatArray]] = {
    ColorTrc.ARIB_STD_B67: hlg_to_nits,
    ColorTrc.SMPTE2084: pq_to_nits,
}
"""How to decode a frame, by FFmpeg's code of its encoding."""


def is_high_range(frame: VideoFrame) -> bool:
    """Return whether a frame is encoded as HLG or PQ."""
    return frame.color_trc in _DECODERS


@cache
def _table(transfer: int) -> str:
    """Return the conversion table as the text of a .cube file; red changes fastest."""
    steps = np.linspace(0.0, 1.0, GRID)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    signal = np.stack([red, green, blue], axis=-1).reshape(-1, 3)
    shown = screen_signal(_DECODERS[transfer](signal))
    rows = "\n".join(f"{r:.5f} {g:.5f} {b:.5f}" for r, g, b in shown)
    return f"LUT_3D_SIZE {GRID}\n{rows}\n"


class ToneMapper:
    """Converts frames of high dynamic range, one after the other; for use in one thread."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._made_for: tuple[int, int, int] | None = None
        self._converter = VideoReformatter()

    def to_screen(self, frame: VideoFrame) -> VideoFrame:
        """Return the frame for an ordinary screen; one that is not HDR is returned unchanged."""
        if not is_high_range(frame):
            return frame
        # Without a tag the colours are those that BT.2100 prescribes.
        tagged = frame.colorspace in set(Colorspace)
        rgb = self._converter.reformat(
            frame,
            format=_RGB_FORMAT,
            src_colorspace=frame.colorspace if tagged else Colorspace.BT2020,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        wanted = (frame.width, frame.height, int(frame.color_trc))
        if self._graph is None or self._made_for != wanted:
            self._graph, self._made_for = _graph(*wanted), wanted
        self._graph.push(rgb)
        return cast(VideoFrame, self._graph.pull())


def _graph(width: int, height: int, transfer: int) -> Graph:
    """Return the FFmpeg filter that applies the table to frames of this size and encoding."""
    graph = Graph()
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        table = Path(folder) / "table.cube"
        table.write_text(_table(transfer), encoding="ascii")
        source = graph.add_buffer(
            width=width,
            height=height,
            format=av.VideoFormat(_RGB_FORMAT),
            time_base=Fraction(1, av.time_base),
        )
        mapping = graph.add("lut3d", file=str(table), interp="trilinear")
        sink = graph.add("buffersink")
        source.link_to(mapping)
        mapping.link_to(sink)
        graph.configure()  # reads the table
    return graph
