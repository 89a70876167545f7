// Lets the user tick one or two sessions to compare.
const bar = document.getElementById("pick");
if (bar) {
  const button = bar.querySelector("button");
  const hint = bar.querySelector("[data-hint]");
  const words = ["Tick one or two sessions to compare.", "Shows the best and the worst repetition of this session.", "Shows these two sessions.", "Tick no more than two sessions."];
  const boxes = [...document.querySelectorAll("input[form='pick']")];
  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    button.disabled = count !== 1 && count !== 2;
    hint.textContent = words[Math.min(count, 3)];
  };
  for (const box of boxes) box.addEventListener("change", show);
  show();
}
