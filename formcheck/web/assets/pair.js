// Two films in step by the phases of a repetition. One clock, that of the first repetition, runs; each
// film follows it through its own time map: by its speed while playing, to the picture while still.
const data = JSON.parse(document.getElementById("aligned").textContent);
const slider = document.getElementById("time");
const play = document.getElementById("play");
const repeat = document.getElementById("repeat");
const speeds = [...document.querySelectorAll("[data-speed]")];
const FRAME_S = 1 / 30;
const FAR_S = 0.4; // a film that is further off is moved, not hurried
const CATCH_UP = 3; // how much faster a film runs for each second that it is behind
const SLOWEST = 0.07; // the browser's own limits, with some room
const FASTEST = 15;

const along = (knots, t) => {
  const first = knots[0];
  const last = knots[knots.length - 1];
  if (t <= first[0]) return first[1] + t - first[0];
  if (t >= last[0]) return last[1] + t - last[0];
  const next = knots.findIndex((knot) => t < knot[0]);
  const [a, b] = [knots[next - 1], knots[next]];
  return a[1] + ((t - a[0]) / (b[0] - a[0])) * (b[1] - a[1]);
};
const slope = (knots, t) => (along(knots, t + 0.01) - along(knots, t - 0.01)) / 0.02;

const films = [...document.querySelectorAll("video[data-film]")].map((video) => ({
  video,
  knots: data.films[Number(video.dataset.film)],
  wanted: null,
}));
const times = [...document.querySelectorAll("[data-time]")].map((text) => ({
  text,
  knots: data.films[Number(text.dataset.time)],
}));
const tracks = [...document.querySelectorAll("svg.track")].map((svg) => ({
  svg,
  cursor: svg.querySelector(".cursor"),
  start: Number(svg.dataset.start),
  end: Number(svg.dataset.end),
  left: Number(svg.dataset.left),
  right: Number(svg.dataset.right),
}));
let now = data.events[0].at;
let playing = false;
let speed = 1;
let stamp = 0;

const phase = () => {
  const next = data.events.findIndex((event) => now < event.at - FRAME_S / 2);
  if (next < 0) return data.events[data.events.length - 1].name;
  return next === 0 ? "before the repetition" : `after ${data.events[next - 1].name}`;
};

const show = () => {
  for (const { cursor, start, end, left, right } of tracks) {
    const x = left + ((now - start) / (end - start)) * (right - left);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  }
  slider.value = now;
  const said = times.map(({ knots }) => `${(along(knots, now) - along(knots, data.events[0].at)).toFixed(1).replace("-", "\u2212")} s`);
  times.forEach(({ text }, n) => { text.textContent = `${said[n]} from the start`; });
  slider.setAttribute("aria-valuetext", `${said.join(" and ")} from the start, ${phase()}`);
};

// A film shows the picture that begins at or before a time; a little later hits it for sure.
const timeIn = (film) => {
  const end = Number.isFinite(film.video.duration) ? film.video.duration - 0.001 : Infinity;
  return Math.min(Math.max(along(film.knots, now) + 0.001, 0), end);
};

const moveTo = (film) => {
  if (film.video.readyState === 0 || film.video.seeking) film.wanted = true;
  else {
    film.wanted = null;
    film.video.currentTime = timeIn(film);
  }
};

const seek = (t) => {
  now = Math.min(Math.max(t, data.start), data.end);
  for (const film of films) moveTo(film);
  show();
};

const stop = () => {
  playing = false;
  play.textContent = "Play";
  for (const film of films) film.video.pause();
  seek(now);
};

const follow = (film) => {
  const { video } = film;
  const behind = timeIn(film) - video.currentTime;
  if (video.seeking || video.readyState < 2) return;
  if (Math.abs(behind) > FAR_S) {
    moveTo(film);
    return;
  }
  const rate = Math.min(Math.max(speed * slope(film.knots, now) + CATCH_UP * behind, SLOWEST), FASTEST);
  if (Math.abs(video.playbackRate - rate) > 0.03 * rate) video.playbackRate = rate;
  if (video.paused && !video.ended) video.play().catch(() => undefined);
};

const run = (at) => {
  if (!playing) return;
  const passed = Math.min((at - stamp) / 1000, 0.1);
  stamp = at;
  // The clock waits for a film that is not ready.
  if (!films.some(({ video }) => video.seeking || video.readyState < 3)) now += passed * speed;
  if (now >= data.end) {
    now = data.end;
    if (!repeat.checked) {
      stop();
      return;
    }
    seek(data.start);
  }
  for (const film of films) follow(film);
  show();
  window.requestAnimationFrame(run);
};

const start = () => {
  if (now >= data.end - FRAME_S) seek(data.start);
  playing = true;
  play.textContent = "Pause";
  stamp = performance.now();
  window.requestAnimationFrame(run);
};

const turn = () => { if (playing) stop(); else start(); };
const jump = (t) => {
  if (playing) stop();
  seek(t);
};

play.addEventListener("click", turn);
slider.addEventListener("input", () => jump(Number(slider.value)));
for (const button of document.querySelectorAll("[data-at]")) {
  button.addEventListener("click", () => jump(Number(button.dataset.at)));
}
for (const button of speeds) {
  button.addEventListener("click", () => {
    speed = Number(button.dataset.speed);
    for (const one of speeds) one.setAttribute("aria-pressed", String(one === button));
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target.closest("button, input:not([type='range']), select, a, summary")) return;
  event.preventDefault();
  turn();
});
document.addEventListener("visibilitychange", () => { if (document.hidden && playing) stop(); });

for (const film of films) {
  film.video.controls = false;
  film.video.addEventListener("click", turn);
  film.video.addEventListener("loadedmetadata", () => moveTo(film));
  film.video.addEventListener("seeked", () => { if (film.wanted) moveTo(film); });
  film.video.addEventListener("error", () => {
    films.splice(films.indexOf(film), 1);
    film.video.hidden = true;
  });
}
const timeAt = (track, event) => {
  const box = track.svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * track.svg.viewBox.baseVal.width;
  return track.start + ((x - track.left) / (track.right - track.left)) * (track.end - track.start);
};
for (const track of tracks) {
  track.svg.addEventListener("click", (event) => jump(timeAt(track, event)));
  // A mouse may also drag; a finger that moves scrolls the page.
  track.svg.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse" && event.buttons === 1) jump(timeAt(track, event));
  });
}
const ticks = document.querySelector(".pair-ticks");
for (const event of data.events) {
  const tick = document.createElement("span");
  const share = (event.at - data.start) / (data.end - data.start);
  tick.style.left = `calc(8px + ${share} * (100% - 16px))`; // the thumb's middle stops 8 px from the ends
  ticks.append(tick);
}
document.documentElement.classList.add("live");
seek(now);
