// Films are chosen, dropped or filmed, sent one after the other, and shown while they are measured.
// A film that is here already, because it could not be measured, has an id and is not sent again.
import { answerOf } from "./asking.js";
import { element } from "./element.js";
import { problemsOf } from "./problem.js";

const form = document.getElementById("film-form");
const pickers = [document.getElementById("films"), document.getElementById("camera")];
const drop = document.getElementById("drop");
const chosenList = document.getElementById("chosen");
const measure = document.getElementById("measure");
const measureHint = document.getElementById("measure-hint");
const problem = document.getElementById("form-problem");
const list = document.getElementById("queue");
const empty = document.getElementById("queue-empty");
const said = document.getElementById("said");
const connection = document.getElementById("connection");
const largest = Number(form.dataset.largest);
const BUSY_MS = 700;
const CALM_MS = 3000;
let chosen = [];
let sending = 0;
let isListed = false; // what was there when the page was opened is not said again
const rows = new Map();

const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
};

// --- choosing ---------------------------------------------------------------------------------

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : bytes < 1e9
  ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`);

const showChosen = () => {
  chosenList.replaceChildren(...chosen.map((film) => {
    const row = element("li");
    row.append(element("span", "", film.name), element("span", "soft", film.id ? "already on this computer" : size(film.size)));
    const remove = element("button", "button small-button", "Remove");
    remove.type = "button";
    remove.setAttribute("aria-label", `Remove ${film.name}`);
    remove.addEventListener("click", () => {
      chosen = chosen.filter((one) => one !== film);
      showChosen();
      pickers[0].focus();
    });
    row.append(remove);
    return row;
  }));
  measure.disabled = chosen.length === 0 || sending > 0;
  measureHint.hidden = chosen.length > 0 || sending > 0;
  measure.textContent = chosen.length > 1 ? `Measure ${chosen.length} films` : "Measure";
};

const choose = (files) => {
  const tooLarge = [...files].filter((file) => file.size > largest);
  setText(problem, tooLarge.length ? `${tooLarge[0].name} is larger than ${size(largest)}.` : "");
  chosen = [...chosen, ...[...files].filter((file) => file.size <= largest)];
  showChosen();
};

const take = (picker) => {
  if (picker.files.length) choose(picker.files);
  picker.value = "";
};
for (const picker of pickers) {
  picker.addEventListener("change", () => take(picker));
  take(picker); // one may have been chosen before this script listened
}
let inside = 0;
document.addEventListener("dragenter", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  inside += 1;
  drop.classList.add("over");
});
document.addEventListener("dragleave", () => {
  inside = Math.max(0, inside - 1);
  if (!inside) drop.classList.remove("over");
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  inside = 0;
  drop.classList.remove("over");
  if (event.dataTransfer.files.length) choose(event.dataTransfer.files);
});

// --- sending ----------------------------------------------------------------------------------

const values = () => {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value) found[name] = value;
  }
  return found;
};

const showProblem = problemsOf(form, problem);

const send = async (file, entered) => {
  if (file.id) {
    await answerOf(await fetch(`/queue/${file.id}`, { method: "POST", body: JSON.stringify({ values: entered }) }));
    return;
  }
  const made = await answerOf(await fetch("/queue", {
    method: "POST",
    body: JSON.stringify({ name: file.name, size_bytes: file.size, values: entered }),
  }));
  soon();
  await answerOf(await fetch(`/queue/${made.id}/film`, { method: "PUT", body: file }));
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (!chosen.length || sending) return;
  const entered = values();
  sending = 1;
  showProblem(null);
  measure.disabled = true;
  while (chosen.length) {
    try {
      await send(chosen[0], entered);
      chosen = chosen.slice(1);
    } catch (error) {
      showProblem(error.told || { message: `${chosen[0].name} could not be sent.`, hint: "Check that formcheck is still running on the computer." });
      break;
    } finally {
      soon();
    }
    showChosen();
  }
  sending = 0;
  showChosen();
});
const tryAgain = (film) => {
  chosen = [...chosen.filter((one) => one.id !== film.id), { id: film.id, name: film.name, size: film.size_bytes }];
  form.reset();
  for (const [name, value] of Object.entries(film.values)) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    const more = field.closest("details");
    if (more && (field.type === "checkbox" || field.value !== value)) more.open = true;
    if (field.type === "checkbox") field.checked = value === "on"; else field.value = value;
  }
  showChosen();
  form.elements.namedItem("exercise").focus();
  showProblem(film.fields.length ? film : null);
  drop.scrollIntoView();
};

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});

// --- the list ---------------------------------------------------------------------------------

const duration = (seconds) => {
  if (seconds < 60) return `about ${Math.max(5, Math.ceil(seconds / 5) * 5)} s left`;
  return `about ${Math.ceil(seconds / 60)} min left`;
};

const makeRow = (film) => {
  const row = element("li", "card film");
  const shot = element("div", "shot");
  const picture = element("img");
  picture.alt = "";
  shot.append(picture);
  const text = element("div", "film-text");
  const head = element("h3", "", film.name);
  const status = element("p", "film-status");
  const bar = element("progress");
  bar.max = 1;
  bar.setAttribute("aria-label", `Progress of ${film.name}`);
  const verdict = element("p", "film-verdict");
  const hint = element("p", "film-hint");
  text.append(head, status, bar, verdict, hint);
  const actions = element("div", "film-actions");
  const open = element("a", "button main-button", "Open the report");
  const remove = element("button", "button", "Cancel");
  remove.type = "button";
  remove.addEventListener("click", async () => {
    remove.disabled = true;
    await fetch(`/queue/${film.id}`, { method: "DELETE" }).catch(() => undefined);
    soon();
  });
  const again = element("button", "button", "Try again");
  again.type = "button";
  again.setAttribute("aria-label", `Try again with other options: ${film.name}`);
  actions.append(open, again, remove);
  row.append(shot, text, actions);
  list.prepend(row);
  return { row, shot, picture, status, bar, verdict, hint, open, again, remove, state: isListed ? "" : film.state, shown: "" };
};

const showFilm = (film) => {
  if (!rows.has(film.id)) rows.set(film.id, makeRow(film));
  const at = rows.get(film.id);
  const busy = ["receiving", "waiting", "measuring"].includes(film.state);
  const parts = [film.status];
  if (busy && film.counted) parts.push(film.report ? film.counted : `${film.counted} so far`);
  if (busy && film.left_s !== null) parts.push(duration(film.left_s));
  setText(at.status, parts.join(" · "));
  at.row.dataset.state = film.state;
  at.bar.hidden = !busy || film.state === "waiting";
  if (film.share === null) at.bar.removeAttribute("value"); else at.bar.value = film.share;
  const words = film.state === "failed" || film.state === "no_repetition" ? [film.message] : film.verdict.length ? film.verdict : [film.message];
  setText(at.verdict, words.filter(Boolean).join(" "));
  const stays = film.again ? `The film (${size(film.size_bytes)}) stays on this computer until you remove it from the list.` : "";
  setText(at.hint, [film.verdict.length && film.state === "done" ? film.message : "", film.hint, stays].filter(Boolean).join(" "));
  // A film that is being cancelled may be gone before its picture is asked for.
  const source = busy && !film.cancelling && film.picture !== null ? `/queue/${film.id}/picture?n=${film.picture}` : film.still || "";
  if (source && source !== at.shown) {
    at.shown = source;
    at.picture.src = source;
  }
  at.picture.hidden = !at.shown;
  at.picture.alt = `Picture from ${film.name}`;
  at.shot.hidden = !at.shown;
  at.again.hidden = !film.again;
  at.again.onclick = () => tryAgain(film);
  at.open.hidden = !film.report;
  if (film.report) at.open.href = film.report;
  at.remove.textContent = busy ? "Cancel" : "Remove from the list";
  at.remove.setAttribute("aria-label", `${at.remove.textContent}: ${film.name}`);
  at.remove.disabled = film.cancelling;
  at.remove.hidden = !film.may_remove;
  if (at.state !== film.state && film.state === "measuring") said.textContent = `${film.name} is being measured.`;
  if (at.state !== film.state && !busy) said.textContent = `${film.name}: ${film.status}. ${words.join(" ")}`;
  at.state = film.state;
  return busy;
};

let timer = 0;
const poll = async () => {
  clearTimeout(timer);
  let busy = false;
  try {
    const answer = await fetch("/queue");
    if (answer.status === 403) {
      location.reload();
      return;
    }
    const { films } = await answerOf(answer);
    connection.hidden = true;
    const there = new Set(films.map((film) => film.id));
    for (const [id, at] of rows) {
      if (!there.has(id)) {
        at.row.remove();
        rows.delete(id);
      }
    }
    for (const film of [...films].reverse()) busy = showFilm(film) || busy;
    isListed = true;
    empty.hidden = films.length > 0;
  } catch {
    connection.hidden = false;
  }
  timer = setTimeout(poll, busy || sending ? BUSY_MS : CALM_MS);
};
const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(poll, 50);
};
await poll();
