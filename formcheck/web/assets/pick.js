// One session or two are ticked, to be put side by side.
const bar = document.getElementById("pick");
if (bar) {
  const button = bar.querySelector("button");
  const hint = bar.querySelector("[data-hint]");
  const words = ["Tick one session or two.", "Its best and its worst repetition.", "", "Tick two at most."];
  const boxes = [...document.querySelectorAll("input[form='pick']")];
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    button.disabled = count !== 1 && count !== 2;
    hint.textContent = words[Math.min(count, 3)];
  };
  for (const box of boxes) box.addEventListener("change", show);
  show();
}
