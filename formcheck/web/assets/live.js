// The page of a live session: the form, the camera of this device, the pictures sent, and the results shown.
import { answerOf, SILENT } from "./asking.js";
import { Camera, cameras, canFilm, whyNot } from "./live_camera.js";
import { Link } from "./live_link.js";
import { byId, setText } from "./live_look.js";
import { paint, wipe } from "./live_paint.js";
import { Sound } from "./live_sound.js";
import { problemsOf } from "./problem.js";
import { showCard, showMoment, showNotices } from "./live_words.js";

const MOST_ON_THE_WAY = 2;
const GIVEN_UP_MS = 1500; // a picture without an answer for this long counts as lost
const MOST_DELAYS = 5000;
const KEY = "formcheck-live";
const form = byId("live-form");
const stage = byId("stage");
const sound = new Sound();
const preview = new Camera(byId("preview-video"), () => undefined);
const camera = new Camera(byId("video"), (lost) => { state.cameraLost = lost; refreshNotices(); });
// For tests and a benchmark: milliseconds from a picture's capture until its result
// was drawn, and when that was.
const measured = { delays: [], shown: [], lost: 0 };
window.formcheckLive = measured;
const state = { link: null, number: 0, lostBefore: 0, onTheWay: new Map(), taken: new Map(), encoding: false, moment: null, paused: false, ended: false, cameraLost: false, away: false, screens: 0, lost: 0 };

// --- the form -----------------------------------------------------------------------------------

const showProblem = problemsOf(form, byId("form-problem"));

const listCameras = async () => {
  const chosen = byId("camera").value;
  const found = await cameras();
  const usual = new Option("Default camera", "");
  byId("camera").replaceChildren(usual, ...found.map((one, n) => new Option(one.label || `Camera ${n + 1}`, one.deviceId)));
  byId("camera").value = found.some((one) => one.deviceId === chosen) ? chosen : "";
};

const showPreview = async () => {
  showProblem(null);
  try {
    if (!await preview.open(byId("camera").value, 640)) return;
    byId("preview-video").hidden = false;
    byId("show-camera").hidden = true;
    await listCameras();
  } catch (error) {
    showProblem({ message: whyNot(error) });
  }
};

const hidePreview = () => {
  preview.close();
  byId("preview-video").hidden = true;
  byId("show-camera").hidden = false;
};

byId("show-camera").addEventListener("click", showPreview);
byId("camera").addEventListener("change", () => { if (preview.stream) showPreview(); });
if (!canFilm()) {
  showProblem({ message: "The browser does not allow a camera at this address.", hint: "Open the page with the link that formcheck printed, or with the code for a phone." });
  byId("start").disabled = true;
} else {
  listCameras();
}

const ask = async (where, body) => {
  const answer = await fetch(where, body === undefined ? {} : { method: "POST", body });
  return answerOf(answer);
};

const filled = () => {
  const found = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) found[name] = value;
  return found;
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (byId("start").disabled) return;
  showProblem(null);
  sound.allow();
  sound.on = byId("sound").checked;
  sound.speaks = byId("speak").checked;
  byId("start").disabled = true;
  hidePreview();
  try {
    await camera.open(byId("camera").value, Number(byId("picture-size").value));
  } catch (error) {
    showProblem({ message: whyNot(error) });
    byId("start").disabled = false;
    return;
  }
  try {
    const { id, guided } = await ask("/live", JSON.stringify({ values: filled(), camera: camera.name }));
    go(id, guided);
  } catch (error) {
    camera.close();
    showProblem(error.told || SILENT);
  }
  byId("start").disabled = false;
});

// --- a programme says for each block what is a field of one exercise -------------------------------

const show = (name, shown) => {
  const field = byId(`f-${name}`);
  field.disabled = !shown;
  field.closest(".field").hidden = !shown;
};

const fitProgramme = () => {
  const chosen = byId("f-programme").value;
  for (const name of form.dataset.saidByBlocks.split(" ")) show(name, !chosen);
  for (const name of form.dataset.ofProgrammes.split(" ")) show(name, Boolean(chosen));
  show("own_programme", chosen === form.dataset.own);
};
byId("f-programme").addEventListener("change", fitProgramme);
fitProgramme();

byId("own-file").addEventListener("change", async () => {
  showProblem(null);
  const [file] = byId("own-file").files;
  byId("own-file").value = ""; // the same file can be chosen again
  if (!file) return;
  const longest = byId("f-own_programme").maxLength;
  if (file.size > longest) {
    showProblem({ message: `${file.name} is longer than ${longest} characters.`, fields: ["own_programme"] });
    return;
  }
  byId("f-own_programme").value = await file.text();
});

// --- before: the model is loaded while the form is filled in --------------------------------------

let running = null;
let runningGuided = false;
const getReady = async () => {
  if (!stage.hidden) return;
  try {
    const { warm, id, stage: runStage, guided } = await ask("/live/warm", "");
    running = runStage === "live" ? id : null;
    runningGuided = guided;
    byId("running").hidden = !running;
    byId("start").disabled = Boolean(running) || !canFilm();
    setText(byId("start-hint"), warm || running ? "" : "formcheck is getting ready …");
  } catch {
    setText(byId("start-hint"), "formcheck does not answer.");
  }
};
setInterval(() => { if (!document.hidden) getReady(); }, 2000);

byId("resume").addEventListener("click", async () => {
  sound.allow();
  hidePreview();
  try {
    await camera.open(byId("camera").value, Number(byId("picture-size").value));
    go(running, runningGuided);
  } catch (error) {
    showProblem({ message: whyNot(error) });
  }
});
byId("end-running").addEventListener("click", () => {
  const link = new Link(running, "camera", { told: () => undefined, lost: (lost) => { if (!lost) { link.command("end"); setTimeout(() => link.close(), 300); } }, ended: () => undefined });
});

// --- the set --------------------------------------------------------------------------------------

let lock = null;
const stayAwake = async () => {
  if ("wakeLock" in navigator && !document.hidden && !stage.hidden) {
    lock = await navigator.wakeLock.request("screen").catch(() => null);
  }
};
document.addEventListener("visibilitychange", stayAwake);

const go = (id, guided) => {
  sessionStorage.setItem(KEY, JSON.stringify({ id, camera: camera.deviceId, longest: camera.longest, on: sound.on, speaks: sound.speaks }));
  Object.assign(state, { number: 0, lostBefore: 0, encoding: false, moment: null, paused: false, ended: false, away: false, lost: 0 });
  state.onTheWay.clear();
  state.taken.clear();
  camera.size = null;
  stage.hidden = false;
  stage.classList.remove("ended");
  byId("after").hidden = true;
  byId("open-report").hidden = true;
  byId("after-sessions").hidden = true;
  for (const one of ["skip", "repeat"]) byId(one).hidden = !guided;
  document.body.classList.add("in-set");
  showCard([]);
  stayAwake();
  setText(byId("mute"), sound.on ? "Sound off" : "Sound on");
  state.link = new Link(id, "camera", { told, lost: (lost) => { state.away = lost; if (lost) state.onTheWay.clear(); refreshNotices(); }, ended });
  byId("pause").focus();
};

const leave = () => {
  camera.close();
  if (lock) lock.release().catch(() => undefined);
  lock = null;
  sessionStorage.removeItem(KEY);
};

const ended = () => {
  if (!state.ended) finish({ message: "The set has ended.", hint: "What was measured is saved." });
};

const finish = ({ message = "", hint = "", report, session, sessions = [] }) => {
  state.ended = true;
  leave();
  wipe(byId("overlay"));
  stage.classList.add("ended");
  byId("after").hidden = false;
  setText(byId("after-text"), `${message} ${hint}`.trim());
  byId("after-text").hidden = !byId("after-text").textContent;
  state.saved = report ? [session] : sessions.map(([id]) => id);
  byId("ask-pain").hidden = !state.saved.length;
  byId("pain").value = "";
  setText(byId("pain-said"), "");
  byId("after-sessions").hidden = !sessions.length;
  byId("after-sessions").replaceChildren(...sessions.map(linked));
  if (report) {
    byId("open-report").href = `/sessions/${session}`;
    byId("open-report").hidden = false;
    byId("open-report").focus();
  } else {
    byId("again").focus();
  }
};

const linked = ([id, title]) => {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = `/sessions/${id}`;
  link.textContent = title;
  row.append(link);
  return row;
};

const refreshNotices = () => {
  const texts = [];
  if (state.ended) return texts;
  if (state.away) texts.push("No connection to formcheck. The set goes on when the connection is back.");
  if (state.cameraLost) texts.push("The camera is disconnected: check its cable.");
  if (sound.on && !sound.elsewhere && !sound.isAudible) texts.push("Tap the screen to turn the sound on.");
  state.more = texts;
  showNotices([...((state.moment && state.moment.notices) || []), ...texts]);
  return texts;
};

const told = (message) => {
  if (message.kind === "took") {
    for (const sent of state.onTheWay.keys()) {
      if (sent <= message.number) state.onTheWay.delete(sent);
    }
  } else if (message.kind === "moment") {
    if (message.heard) sound.hear(message.heard);
    heardOf(message.number);
    if (message.known !== false) {
      state.moment = message;
      state.paused = Boolean(message.paused);
      state.lost = message.lost || 0;
      setText(byId("pause"), state.paused ? "Go on" : "Pause");
    }
  } else if (message.kind === "card") {
    showCard(message.card);
  } else if (message.kind === "saved") {
    showCard(message.card);
    if (!state.ended) finish({ message: message.remark, report: true, session: message.session });
  } else if (message.kind === "over") {
    showCard(message.card || []);
    finish(message);
  } else if (message.kind === "screens") {
    state.screens = message.count;
    sound.elsewhere = message.count > 0;
    refreshNotices();
  } else if (message.kind === "camera_taken_over") {
    finish({ message: "This set now goes on in another page.", hint: "" });
  }
};

// --- pictures -------------------------------------------------------------------------------------

// When each picture was taken; removed when its result is drawn.
const heardOf = (number) => {
  for (const [sent, takenMs] of state.taken) {
    if (sent > number) break;
    state.taken.delete(sent);
    if (sent === number) [state.drawn, state.drawnNumber] = [takenMs, number];
  }
};

const paintLines = () => {
  if (state.moment.paused) wipe(byId("overlay"));
  else paint(byId("overlay"), state.moment);
};

const draw = () => {
  requestAnimationFrame(draw);
  if (stage.hidden || state.ended || !state.moment) return;
  if (state.moment !== state.painted) {
    state.painted = state.moment;
    paintLines();
    showMoment(state.moment, refreshNotices());
  }
  if (state.drawn) {
    measured.delays.push(performance.now() - state.drawn);
    measured.shown.push([state.drawnNumber, performance.timeOrigin + performance.now()]);
    if (measured.delays.length > MOST_DELAYS) {
      measured.delays.shift();
      measured.shown.shift();
    }
    measured.lost = state.lost;
    state.drawn = 0;
  }
};
requestAnimationFrame(draw);
// The texts are not removed: a card may have been shown since.
window.addEventListener("resize", () => { if (state.moment && !state.ended) paintLines(); });

camera.watch(async (takenS) => {
  if (stage.hidden || state.ended || !state.link || !state.link.isOpen) return;
  for (const [number, takenMs] of state.onTheWay) {
    if (performance.now() - takenMs > GIVEN_UP_MS) state.onTheWay.delete(number);
  }
  if (state.encoding || state.onTheWay.size >= MOST_ON_THE_WAY) {
    state.lostBefore += 1;
    return;
  }
  state.encoding = true;
  const jpeg = await camera.picture();
  state.encoding = false;
  if (!jpeg || state.ended || !state.link.isOpen) return;
  state.number += 1;
  state.onTheWay.set(state.number, 1000 * takenS);
  state.taken.set(state.number, 1000 * takenS);
  state.link.picture(state.number, state.lostBefore, takenS, jpeg);
  state.lostBefore = 0;
});

// --- keys, taps, buttons --------------------------------------------------------------------------

const command = (what) => { if (!state.ended && state.link) state.link.command(what); };
const pause = () => command(state.paused ? "go_on" : "pause");
// Between the blocks of a guided session a tap begins the next one, or counts one more lap.
const tap = () => { if (state.moment && state.moment.tap) command(state.moment.tap); else pause(); };
const end = () => command("end");
const mute = () => {
  sound.allow();
  sound.on = !sound.on;
  if (!sound.on) sound.stop();
  setText(byId("mute"), sound.on ? "Sound off" : "Sound on");
  refreshNotices();
};
const full = () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (stage.requestFullscreen) stage.requestFullscreen().catch(() => undefined);
};
byId("pause").addEventListener("click", pause);
byId("end").addEventListener("click", end);
for (const one of ["skip", "repeat"]) byId(one).addEventListener("click", () => command(one));
byId("mute").addEventListener("click", mute);
byId("full").addEventListener("click", full);
byId("full").hidden = !stage.requestFullscreen;
byId("frame").addEventListener("click", () => {
  if (sound.on && !sound.isAudible) sound.allow();
  else tap();
});
byId("pain").addEventListener("change", async () => {
  if (!byId("pain").value) return;
  let said = "Saved.";
  try {
    const pain = JSON.stringify({ pain: Number(byId("pain").value) });
    for (const id of state.saved) await ask(`/sessions/${id}/pain`, pain);
  } catch (error) {
    const { message, hint } = error.told || SILENT;
    said = `${message} ${hint}`;
  }
  setText(byId("pain-said"), said);
});
byId("again").addEventListener("click", () => {
  if (state.link) state.link.close();
  if (document.fullscreenElement) document.exitFullscreen();
  stage.hidden = true;
  document.body.classList.remove("in-set");
  getReady();
});
document.addEventListener("keydown", (event) => {
  if (!stage.hidden) sound.allow();
  if (stage.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  const on = event.target.closest("button, a");
  if (event.key === " " && (!on || on.id === "pause")) { event.preventDefault(); tap(); }
  else if (event.key === "q" || (event.key === "Escape" && !document.fullscreenElement)) end();
  else if (event.key === "m") mute();
  else if (event.key === "f") full();
  else if (event.key === "n" && !byId("skip").hidden) command("skip");
  else if (event.key === "r" && !byId("repeat").hidden) command("repeat");
  else if (event.key === "p") pause();
});
document.addEventListener("keyup", (event) => { if (event.key === " " && event.target.id === "pause") event.preventDefault(); });

// --- after a reload the set goes on ---------------------------------------------------------------

const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
await getReady();
if (kept && kept.id === running) {
  sound.on = kept.on;
  sound.speaks = kept.speaks;
  try {
    await camera.open(kept.camera, kept.longest);
    go(kept.id, runningGuided);
  } catch (error) {
    showProblem({ message: whyNot(error) });
  }
}
