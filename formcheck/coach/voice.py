"""Speaks the cues of a live session: a process for each sentence, so that speech never blocks it.

The speech library (``pyttsx3``, MPL-2.0, the optional extra ``formcheck[speech]``) uses the
computer's own voice, offline. On several systems its engine hangs when it is used a second time,
and on macOS when it does not run on the main thread. So each process speaks once and exits; the
next process is started in advance, loads its engine and waits for its sentence. A newer cue
interrupts an older one, because a late cue does not help.
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

WITHOUT_VOICE = "this computer has no voice for spoken cues"

NO_VOICE = 3
"""Exit status of a speaking process on a computer without a voice, for who runs it by hand: a
process that waits for its sentence ends early for this reason only."""


def why_no_voice() -> str | None:
    """Return why cues cannot be spoken on this computer; ``None`` if no reason is known."""
    if importlib.util.find_spec("pyttsx3") is None:
        return "spoken cues need another package: pip install 'formcheck[speech]'"
    if platform.system() == "Linux" and shutil.which("aplay") is None:
        return "spoken cues need aplay and espeak-ng: apt install alsa-utils espeak-ng"
    return None


def why_cannot_speak() -> str | None:
    """Load the speech engine; return why it cannot speak, or ``None`` if it can.

    The engine may hang or end the process, so call this function in a separate process.
    """
    reason = why_no_voice()
    if reason is not None:
        return reason
    import pyttsx3

    try:
        pyttsx3.init()
    except (ImportError, OSError, RuntimeError):
        return WITHOUT_VOICE
    return None


class Voice:
    """Speaks sentences, only the latest one; never blocks.

    Parameters
    ----------
    command
        The program that reads a line from its standard input and speaks it; by default this
        module.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._command = list(command or (sys.executable, "-m", "formcheck.coach.voice"))
        self.why_silent = why_no_voice() if command is None else None
        self._requested: str | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None
        if self.why_silent is None:
            self._scratch = tempfile.TemporaryDirectory(
                prefix="formcheck_voice_", ignore_cleanup_errors=True
            )
            self._worker = threading.Thread(target=self._work, name="voice", daemon=True)
            self._worker.start()

    @property
    def available(self) -> bool:
        """Whether cues can be spoken."""
        return self.why_silent is None

    def say(self, sentence: str) -> None:
        """Interrupt the present sentence and speak this one."""
        with self._changed:
            self._requested = " ".join(sentence.split())
            self._changed.notify()

    def stop(self) -> None:
        """Stop speaking."""
        self.say("")

    def close(self) -> None:
        """Stop speaking and end the processes."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._worker is not None:
            self._worker.join(CLOSING_S)

    def _work(self) -> None:
        """Speak the requested sentences until closed; runs in the thread of the voice."""
        speaking: subprocess.Popen[bytes] | None = None
        spare = self._start_process()
        try:
            while spare is not None and (sentence := self._next_sentence()) is not None:
                if spare.poll() is not None:
                    self.why_silent = WITHOUT_VOICE
                    return
                if speaking is not None:
                    _kill(speaking)
                if not sentence:
                    continue
                speaking = spare
                _send(speaking, sentence)
                spare = self._start_process()
        finally:
            for process in (spare, speaking):
                if process is not None:
                    _kill(process)
            self._scratch.cleanup()

    def _next_sentence(self) -> str | None:
        """Wait for the next sentence; ``None`` after :meth:`close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._requested is not None)
            sentence, self._requested = self._requested, None
            return None if self._closed else sentence

    def _start_process(self) -> subprocess.Popen[bytes] | None:
        try:
            return subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # An interrupted sentence leaves its sound file in this folder, deleted at the end.
                env={**os.environ, "TMPDIR": self._scratch.name},
                # Its own process group: the player it starts is killed with it, and Ctrl-C in
                # the terminal does not reach it.
                start_new_session=True,
            )
        except OSError as error:
            self.why_silent = f"spoken cues cannot be started ({error.strerror})"
            return None


def _send(process: subprocess.Popen[bytes], sentence: str) -> None:
    """Send a sentence to a waiting process, which then speaks it."""
    # The process may have exited already because the computer has no voice.
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.write(sentence.encode() + b"\n")
            process.stdin.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and the player that it has started."""
    if hasattr(os, "killpg") and process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    process.wait()


def speak_one_line() -> int:
    """Load the voice, then speak a line from stdin; return its status: 0 or ``NO_VOICE``."""
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
