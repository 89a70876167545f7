// The page of a big screen: shows the running session with its pictures, and plays its sounds.
import { Link } from "./live_link.js";
import { byId, setText } from "./live_look.js";
import { onCanvas, paint, wipe } from "./live_paint.js";
import { Sound } from "./live_sound.js";
import { showCard, showMoment, showNotices } from "./live_words.js";

const LOOK_EVERY_MS = 1000;
const stage = byId("stage");
const sound = new Sound();
sound.speaks = sound.canSpeak;
const measured = { shown: [] };
window.formcheckScreen = measured;
let link = null;
let isSaved = false;
let size = null;
let last = null;

const showPicture = (bitmap) => {
  size = [bitmap.width, bitmap.height];
  const pen = onCanvas(byId("picture"), size);
  pen.translate(size[0], 0);
  pen.scale(-1, 1); // for display only
  pen.drawImage(bitmap, 0, 0);
  bitmap.close();
};

const show = async (message, picture) => {
  if (message.heard) sound.hear(message.heard);
  if (message.kind === "moment" && waiting.length) return; // a newer one is here already
  const bitmap = picture ? await createImageBitmap(picture).catch(() => null) : null;
  if (bitmap) showPicture(bitmap);
  if (message.kind === "moment" && message.known !== false) {
    byId("after").hidden = true;
    stage.classList.remove("ended");
    last = message;
    paint(byId("overlay"), message);
    showMoment(message, sound.on && !sound.isAudible ? ["Tap the screen to turn the sound on."] : []);
  } else if (message.kind === "card" || (message.card && message.card.length)) {
    showCard(message.card);
  }
  if (message.kind === "moment") {
    measured.shown.push([message.number, performance.timeOrigin + performance.now()]);
    if (measured.shown.length > 5000) measured.shown.shift();
  }
  if (message.report) {
    byId("after").hidden = false;
    stage.classList.add("ended");
    wipe(byId("overlay"));
    last = null;
    byId("open-report").hidden = false;
    byId("open-report").href = `/sessions/${message.session}`;
  }
};

const waiting = [];
let busy = false;
const showAll = async () => {
  if (busy) return;
  busy = true;
  while (waiting.length) await show(...waiting.shift()).catch(() => undefined);
  busy = false;
};
const lost = (away) => {
  if (away) {
    showNotices(["No connection to formcheck. This page goes on when the connection is back."]);
    return;
  }
  showNotices([]);
  stage.hidden = false;
  stage.classList.remove("ended");
  byId("after").hidden = true;
  document.body.classList.add("in-set");
  showCard([]);
};

const follow = (id) => {
  if (link) link.close();
  isSaved = false;
  link = new Link(id, "screen", { told, lost, ended: () => { link = null; } });
};

// A session whose film is still being drawn is left when a new one begins.
const told = (message, picture) => {
  if (message.kind === "saved") isSaved = true;
  if (message.kind === "over") link = null;
  waiting.push([message, picture]);
  showAll();
};

const look = async () => {
  if ((link && !isSaved) || document.hidden) return;
  const answer = await fetch("/live/state").catch(() => null);
  if (answer && answer.status === 403) {
    location.reload(); // this device was disconnected
    return;
  }
  if (!answer || !answer.ok) {
    setText(byId("screen-text"), "formcheck does not answer. Check that it is still running on the computer.");
    return;
  }
  const { id, stage: runStage } = await answer.json();
  setText(byId("screen-text"), "No set is running. As soon as one starts, it appears here.");
  if (runStage === "live" && (!link || link.id !== id)) follow(id);
};
setInterval(look, LOOK_EVERY_MS);
look();

const on = () => {
  sound.allow();
  byId("sound-on").hidden = true;
};
byId("sound-on").addEventListener("click", on);
byId("frame").addEventListener("click", on);
byId("mute").addEventListener("click", () => {
  on();
  sound.on = !sound.on;
  if (!sound.on) sound.stop();
  setText(byId("mute"), sound.on ? "Sound off" : "Sound on");
});
byId("full").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (stage.requestFullscreen) stage.requestFullscreen().catch(() => undefined);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "f") byId("full").click();
  else if (event.key === "m") byId("mute").click();
});
window.addEventListener("resize", () => { if (last) paint(byId("overlay"), last); });
