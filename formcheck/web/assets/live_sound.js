// Tones, the metronome one can see, and spoken cues. Which and when is said by the session.
import { byId, look } from "./live_look.js";

const BEAT_MS = 160;

export class Sound {
  constructor() {
    this.on = true;
    this.speaks = false;
    this.elsewhere = false;
    this.player = null;
  }

  // A browser plays nothing before a tap or a key.
  allow() {
    if (!this.player && window.AudioContext) this.player = new AudioContext();
    if (this.player) this.player.resume().catch(() => undefined);
  }

  get isAudible() {
    return Boolean(this.player) && this.player.state === "running";
  }

  get canSpeak() {
    return "speechSynthesis" in window;
  }

  hear({ tones, sentence, cue_tone: cueTone }) {
    for (const [name, delay] of tones) {
      if (name === "tick" || name === "accent") this.beat(name, delay);
      if (this.on && !this.elsewhere) this.play(name, delay);
    }
    if (!this.on || this.elsewhere) return;
    if (this.speaks && this.canSpeak) {
      if (sentence) this.say(sentence);
    } else if (cueTone) {
      this.play("cue", 0);
    }
  }

  beat(name, delay) {
    const dot = byId("beat");
    setTimeout(() => {
      dot.className = `beat on ${name}`;
      setTimeout(() => { dot.className = "beat"; }, BEAT_MS);
    }, 1000 * delay);
  }

  play(name, delay) {
    if (!this.isAudible) return;
    let at = this.player.currentTime + delay;
    const all = look.overtones.reduce((sum, share) => sum + share, 0);
    for (const [pitch, length, loudness] of look.tones[name]) {
      const gain = this.player.createGain();
      gain.connect(this.player.destination);
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime((look.loudness * loudness) / all, at + look.fade_in_s);
      gain.gain.exponentialRampToValueAtTime(0.003, at + length);
      look.overtones.forEach((share, n) => {
        const partial = this.player.createOscillator();
        const part = this.player.createGain();
        part.gain.value = share;
        partial.frequency.value = (n + 1) * pitch;
        partial.connect(part).connect(gain);
        partial.start(at);
        partial.stop(at + length);
      });
      at += length;
    }
  }

  say(sentence) {
    const words = new SpeechSynthesisUtterance(sentence);
    words.lang = "en";
    window.speechSynthesis.cancel(); // a late cue does not help
    window.speechSynthesis.speak(words);
  }

  stop() {
    if (this.canSpeak) window.speechSynthesis.cancel();
  }
}
