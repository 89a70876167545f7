// A film to share is made when its link is clicked, which takes a while. Without this script the browser waits for it.
import { answerOf, SILENT } from "./asking.js";

const save = async (answer, link) => {
  const made = document.createElement("a");
  made.href = URL.createObjectURL(await answer.blob());
  made.download = link.download;
  made.click();
  setTimeout(() => URL.revokeObjectURL(made.href), 60000);
};

const make = async (link, said) => {
  said.textContent = "Making the film …";
  try {
    const answer = await fetch(link.href);
    if (!answer.ok) await answerOf(answer);
    await save(answer, link);
    said.textContent = "The film is in your downloads.";
  } catch (error) {
    const { message, hint } = error.told || SILENT;
    said.textContent = `${message} ${hint}`;
  }
};

for (const group of document.querySelectorAll("[data-films]")) {
  let busy = false;
  group.addEventListener("click", async (event) => {
    const link = event.target.closest("a[download]");
    if (!link) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    await make(link, group.querySelector("[role=status]"));
    busy = false;
  });
}
