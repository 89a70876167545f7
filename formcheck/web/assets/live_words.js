// Lays out the texts of a live session. Texts, sizes and colours come from the session.
import { byId, css, look, setText } from "./live_look.js";

const stage = byId("stage");
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  good: ["M50 2a48 48 0 1 0 0 96 48 48 0 1 0 0-96Z", "M26 53 43 70 75 34"],
  watch: ["M50 4 98 94H2Z", "M50 34V62M50 77V79"],
  fault: ["M50 0 100 50 50 100 0 50Z", "M36 36 64 64M64 36 36 64"],
};

export const icon = (grade) => {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("viewBox", "0 0 100 100");
  made.setAttribute("class", "mark-icon");
  const [outer, inner] = ICONS[grade] || ["M50 6a44 44 0 1 0 0 88 44 44 0 1 0 0-88Z", "M30 50H70"];
  const colour = css(look.fills[grade] || look.paper);
  for (const [path, fill, line] of [[outer, grade ? colour : "none", colour], [inner, "none", grade ? css(look.ink) : colour]]) {
    const drawn = document.createElementNS(SVG, "path");
    drawn.setAttribute("d", path);
    drawn.setAttribute("fill", fill);
    drawn.setAttribute("stroke", line);
    drawn.setAttribute("stroke-width", path === outer && grade ? 0 : 11);
    made.append(drawn);
  }
  return made;
};

// Only texts that have changed are laid out again.
const shown = new Map();
const changed = (part, value) => {
  const text = JSON.stringify(value) ?? "";
  if (shown.get(part) === text) return false;
  shown.set(part, text);
  return true;
};

const line = ({ text, size, colour }, tag = "p") => {
  const made = document.createElement(tag);
  made.textContent = text;
  made.style.fontSize = `calc(${size} * var(--u))`;
  made.style.color = css(colour);
  return made;
};

// A card with many lines is smaller: none is cut off.
const fitCard = () => {
  const middle = byId("middle");
  for (let fit = 1; fit > 0.4; fit -= 0.06) {
    middle.style.setProperty("--fit", fit);
    if (middle.scrollHeight <= middle.clientHeight + 1 && middle.offsetHeight <= middle.parentElement.clientHeight) break;
  }
};

// The verdict is smaller where it would reach under the cue below it.
const fitSide = () => {
  const [verdict, cue] = [byId("verdict"), byId("corner")];
  verdict.style.removeProperty("--fit");
  if (verdict.hidden || cue.hidden) return;
  for (let fit = 1; fit > 0.5 && verdict.offsetTop + verdict.offsetHeight > cue.offsetTop; fit -= 0.06) {
    verdict.style.setProperty("--fit", fit);
  }
};

window.addEventListener("resize", () => { fitCard(); fitSide(); });

// Notices at the lower edge move the cue up.
new ResizeObserver(() => {
  stage.style.setProperty("--notices", `${byId("notices").offsetHeight}px`);
  fitSide();
}).observe(byId("notices"));

// Long words are smaller, down to seven tenths, as in the window.
const SHORT = 26;
const fitted = (size, text) => `calc(var(--fit, 1) * ${(size * Math.min(1, Math.max(0.7, Math.sqrt(SHORT / text.length)))).toFixed(2)} * var(--u))`;

export const showCard = (card) => {
  if (!changed("card", card)) return;
  byId("middle").hidden = !card.length;
  byId("middle").replaceChildren(...card.map((one) => {
    const made = line(one);
    const longest = Math.max(...one.text.split(" ").map((word) => word.length));
    // The longest word fits: a letter is about 0.68 of its size wide.
    made.style.fontSize = `calc(var(--fit, 1) * min(${one.size} * var(--u), var(--card-width) / ${(0.68 * longest).toFixed(2)}))`;
    return made;
  }));
  fitCard();
};

const showSign = (sign) => {
  if (!changed("sign", sign)) return;
  byId("sign").hidden = !sign || !sign.headline;
  byId("checks").hidden = !sign || !sign.checks.length;
  byId("below").hidden = !sign || !sign.notice;
  byId("ready-frame").hidden = !sign;
  if (!sign) return;
  for (const id of ["sign", "ready-frame"]) byId(id).classList.toggle("ready", sign.ready);
  setText(byId("headline"), sign.headline);
  setText(byId("below"), sign.notice);
  byId("progress").hidden = sign.progress === null;
  byId("progress-fill").style.width = `${100 * Math.max(0.05, sign.progress || 0)}%`;
  byId("checks").replaceChildren(...sign.checks.map(({ text, done, needed }) => {
    const row = document.createElement("li");
    const grade = done ? "good" : needed ? "watch" : null;
    row.append(icon(grade), text);
    if (!done && needed) row.style.color = css(look.fills.watch);
    return row;
  }));
};

const showSet = (set) => {
  byId("count-tile").hidden = !set;
  if (!changed("set", set)) return;
  byId("verdict").hidden = !set || !set.verdict;
  byId("corner").hidden = !set || !set.corner;
  if (!set) return;
  setText(byId("count"), String(set.count));
  byId("count-lines").replaceChildren(...set.lines.map((one) => line(one, "li")));
  byId("verdict").replaceChildren(icon(set.verdict_grade), set.verdict);
  byId("verdict").style.fontSize = fitted(9, set.verdict);
  byId("depth").hidden = !set.depth;
  if (set.depth) {
    byId("depth-fill").style.height = `${100 * set.depth.share}%`;
    setText(byId("depth-text"), set.depth.text);
  }
  if (set.corner) {
    const corner = byId("corner");
    setText(corner, set.corner.text);
    corner.style.fontSize = fitted(set.corner.size, set.corner.text);
    corner.style.background = set.corner.colour ? css(set.corner.colour) : "";
    corner.style.color = set.corner.colour ? css(look.ink) : "";
  }
  fitSide();
};

const seconds = (value) => `${value.toFixed(1)} s`;
const showTempo = (tempo) => {
  byId("tempo").hidden = !tempo;
  if (!tempo || !changed("tempo", tempo)) return;
  const colour = css(look.fills[tempo.grade] || look.paper);
  const share = tempo.elapsed_s === null ? 0 : Math.min(1, (look.target_at * tempo.elapsed_s) / tempo.target_s);
  byId("tempo-fill").style.height = `calc(${100 * share}% - ${share ? 1.6 : 0} * var(--u))`;
  byId("tempo-fill").style.background = colour;
  byId("tempo-text").hidden = tempo.elapsed_s === null;
  setText(byId("tempo-text"), tempo.elapsed_s === null ? "" : seconds(tempo.elapsed_s));
  byId("tempo-text").style.color = colour;
  const mark = byId("tempo-target");
  mark.style.top = `${100 * look.target_at}%`;
  mark.style.color = css(look.paper);
  mark.dataset.text = `${Number(tempo.target_s.toFixed(2))} s`;
};

export const showNotices = (texts) => {
  if (!changed("notices", texts)) return;
  byId("notices").replaceChildren(...texts.map((text) => {
    const made = document.createElement("span");
    made.textContent = text;
    return made;
  }));
};

const showHand = (hand) => {
  byId("hand").hidden = !hand;
  if (!hand) return;
  setText(byId("hand-text"), hand.text);
  byId("hand-fill").style.width = `${100 * hand.share}%`;
};

let spoken = "";
export const showMoment = (moment, more) => {
  const { sign, in_set: set, card } = moment.words;
  stage.classList.toggle("left", Boolean(moment.on_the_left));
  showCard(card);
  showSign(sign);
  showSet(set);
  byId("pace").hidden = !set;
  if (set) showTempo(moment.tempo || null);
  showHand(moment.hand || null);
  showNotices([...(moment.notices || []), ...more]);
  const now = card.length ? card[0].text : sign ? sign.headline : set && set.corner ? set.corner.text : "";
  if (now && now !== spoken) setText(byId("said"), now);
  spoken = now;
};
