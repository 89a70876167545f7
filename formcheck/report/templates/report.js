"use strict";
// The film, the plots and the repetitions go together: a click moves all of them to one time.
(() => {
  const data = JSON.parse(document.getElementById("readings").textContent);
  const slider = document.getElementById("time");
  if (!slider) return;
  const reading = document.getElementById("reading");
  const stage = document.getElementById("stage");
  const film = document.getElementById("film");
  const still = document.createElement("img");
  const missing = document.getElementById("film-missing");
  const first = Number(slider.min);
  const last = Number(slider.max);
  const buttons = [...document.querySelectorAll("button[data-seek]")];
  const tracks = [...document.querySelectorAll("svg.track")].map((svg) => ({
    svg,
    cursor: svg.querySelector(".cursor"),
    start: Number(svg.dataset.start),
    end: Number(svg.dataset.end),
    left: Number(svg.dataset.left),
    right: Number(svg.dataset.right),
  }));
  let filmWorks = Boolean(film);
  let wanted = null; // a time the film has still to be moved to
  let now = first;

  const number = (value, decimals) => {
    const text = value.toFixed(decimals);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
  };

  const valueAt = (column, t) => {
    let low = 0;
    let high = column.t.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (column.t[middle] <= t) low = middle; else high = middle;
    }
    const nearest = Math.abs(column.t[low] - t) <= Math.abs(column.t[high] - t) ? low : high;
    return Math.abs(column.t[nearest] - t) <= 0.25 ? column.y[nearest] : null;
  };

  const repAt = (t) => data.reps.find((rep) => rep.start <= t && t <= rep.end);

  const inWords = (t) => {
    const rep = repAt(t);
    const phase = rep && rep.phases.find((one) => one[1] <= t && t <= one[2]);
    const parts = [`${number(t, 1)} s`];
    parts.push(rep ? `${data.effort} ${rep.index}${phase ? `, ${phase[0]}` : ""}` : `between ${data.effort}s`);
    for (const column of data.columns) {
      if (column.inside && !rep) continue; // what is judged is read within a repetition only
      const value = column.t.length ? valueAt(column, t) : null;
      if (value !== null) parts.push(`${column.name} ${number(value, column.decimals)}${column.unit}`);
    }
    return parts.join(" \u00b7 ");
  };

  const showStill = (picture) => {
    if (!picture || still.src === picture.src) return;
    still.src = picture.src;
    still.alt = picture.alt;
    if (!still.isConnected) stage.append(still);
  };

  const show = (t) => {
    now = Math.min(Math.max(t, first), last);
    for (const { cursor, start, end, left, right } of tracks) {
      const x = left + ((now - start) / (end - start)) * (right - left);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
    const words = inWords(now);
    slider.value = now;
    slider.setAttribute("aria-valuetext", words);
    reading.textContent = words;
    const rep = repAt(now);
    for (const button of buttons) {
      const current = Boolean(rep) && button.dataset.rep === String(rep.index);
      if (current) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    }
    if (!filmWorks && rep) showStill(document.querySelector(`.strip img[data-rep="${rep.index}"]`));
  };

  const seek = (t) => {
    show(t);
    if (!filmWorks) return;
    if (film.readyState === 0) wanted = now; else film.currentTime = now;
  };

  const timeAt = (track, event) => {
    const box = track.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * track.svg.viewBox.baseVal.width;
    return track.start + ((x - track.left) / (track.right - track.left)) * (track.end - track.start);
  };

  for (const track of tracks) {
    track.svg.addEventListener("click", (event) => {
      const to = event.target.dataset.seek;
      seek(to === undefined ? timeAt(track, event) : Number(to));
    });
    // A mouse may also drag; a finger that moves scrolls the page.
    track.svg.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && event.buttons === 1) seek(timeAt(track, event));
    });
  }
  slider.addEventListener("input", () => seek(Number(slider.value)));
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      seek(Number(button.dataset.seek));
      stage.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    });
  }

  const withoutFilm = () => {
    filmWorks = false;
    if (film) film.hidden = true;
    if (missing) missing.hidden = false;
    showStill(document.querySelector(".strip img[data-rep]"));
    show(now);
  };

  if (film) {
    const follow = () => { if (!film.seeking) show(film.currentTime); };
    const run = () => {
      follow();
      if (!film.paused && !film.ended) window.requestAnimationFrame(run);
    };
    film.addEventListener("play", run);
    film.addEventListener("seeked", follow);
    film.addEventListener("timeupdate", follow);
    film.addEventListener("loadedmetadata", () => {
      if (wanted !== null) film.currentTime = wanted;
      wanted = null;
    });
    film.addEventListener("error", withoutFilm);
    if (film.error) withoutFilm();
  } else {
    withoutFilm();
  }
  document.documentElement.classList.add("live");
  show(data.reps.length && !filmWorks ? data.reps[0].lowest : first);
})();
