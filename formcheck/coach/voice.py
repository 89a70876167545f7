"""Spoken cues: one short-lived process for each sentence, so that nothing else ever waits.

The speech library (``pyttsx3``, MPL-2.0, the optional extra ``formcheck[speech]``) speaks with the
voice that the computer has, offline. On several systems its engine hangs when it is used a second
time, and on macOS when it is not on the main thread. So each process speaks once and ends; the next
one is started ahead, with its engine loaded, and waits for its sentence. A newer cue ends an older
one: late advice is no advice.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

CLOSING_S = 2.0

NO_VOICE = 3
"""What the process ends with when the computer has no voice."""


def why_no_voice() -> str | None:
    """Why cues cannot be spoken here, in words; ``None`` when they can, as far as is known."""
    if importlib.util.find_spec("pyttsx3") is None:
        return "spoken cues need an extra: pip install 'formcheck[speech]'"
    if platform.system() == "Linux" and shutil.which("aplay") is None:
        return "spoken cues need aplay and espeak-ng: apt install alsa-utils espeak-ng"
    return None


class Voice:
    """Speaks sentences, the newest only; never waits.

    Parameters
    ----------
    command
        The program that reads a line from its input and speaks it; ours when left out.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = list(command or (sys.executable, "-m", "formcheck.coach.voice"))
        self.why_silent = why_no_voice() if command is None else None
        self._wanted: str | None = None
        self._closed = False
        self._news = threading.Condition()
        self._worker: threading.Thread | None = None
        if self.why_silent is None:
            self._scratch = tempfile.TemporaryDirectory(
                prefix="formcheck_voice_", ignore_cleanup_errors=True
            )
            self._worker = threading.Thread(target=self._work, name="voice", daemon=True)
            self._worker.start()

    @property
    def available(self) -> bool:
        """Whether cues are spoken."""
        return self.why_silent is None

    def say(self, sentence: str) -> None:
        """Speak, in place of what is being spoken."""
        with self._news:
            self._wanted = " ".join(sentence.split())
            self._news.notify()

    def hush(self) -> None:
        """Stop speaking."""
        self.say("")

    def close(self) -> None:
        """Stop speaking and end the process."""
        with self._news:
            self._closed = True
            self._news.notify()
        if self._worker is not None:
            self._worker.join(CLOSING_S)

    def _work(self) -> None:
        speaking: subprocess.Popen[bytes] | None = None
        spare = self._start()
        try:
            while spare is not None and (sentence := self._next()) is not None:
                if spare.poll() is not None:
                    self.why_silent = "this computer has no voice for spoken cues"
                    return
                if speaking is not None:
                    _end(speaking)
                if not sentence:
                    continue
                speaking = spare
                _tell(speaking, sentence)
                spare = self._start()
        finally:
            for process in (spare, speaking):
                if process is not None:
                    _end(process)
            self._scratch.cleanup()

    def _next(self) -> str | None:
        """Wait for the next sentence; ``None`` at the end."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._wanted is not None)
            sentence, self._wanted = self._wanted, None
            return None if self._closed else sentence

    def _start(self) -> subprocess.Popen[bytes] | None:
        try:
            return subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # A sentence that is cut off leaves its sound file behind: in a folder of ours.
                env={**os.environ, "TMPDIR": self._scratch.name},
                # A group of its own: the player it started ends with it, and Ctrl-C is not its.
                start_new_session=True,
            )
        except OSError as error:
            self.why_silent = f"spoken cues do not start ({error.strerror})"
            return None


def _tell(process: subprocess.Popen[bytes], sentence: str) -> None:
    # It may have ended by itself already, for want of a voice.
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.write(sentence.encode() + b"\n")
            process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg") and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    process.wait()


def speak_one_line() -> int:
    """Load the voice, read a line from standard input, speak it: what the process does."""
    import pyttsx3

    try:
        engine = pyttsx3.init()
    except (ImportError, OSError, RuntimeError):
        return NO_VOICE
    sentence = sys.stdin.readline().strip()
    if sentence:
        engine.say(sentence)
        engine.runAndWait()
    return 0


if __name__ == "__main__":
    sys.exit(speak_one_line())
