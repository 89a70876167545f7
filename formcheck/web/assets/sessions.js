// Sessions are renamed, assigned and deleted in dialogs; a report is printed.
import { SILENT } from "./asking.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.addEventListener("click", () => window.print());
}

const ask = (dialog, address, request) => {
  const form = dialog.querySelector("form");
  const problem = dialog.querySelector(".problem");
  problem.hidden = true;
  form.onsubmit = async (event) => {
    event.preventDefault();
    let told = SILENT;
    try {
      const answer = await fetch(address, request());
      if (answer.ok) {
        location.reload();
        return;
      }
      told = await answer.json();
    } catch {
      // The server is gone; the message below says so.
    }
    problem.textContent = `${told.message} ${told.hint}`;
    problem.hidden = false;
  };
  dialog.querySelector("[data-close]").onclick = () => dialog.close();
  dialog.showModal();
};

for (const button of document.querySelectorAll("[data-edit]")) {
  button.addEventListener("click", () => {
    const title = document.getElementById("edit-name");
    const person = document.getElementById("edit-person");
    title.value = button.dataset.title;
    person.value = button.dataset.person;
    ask(document.getElementById("edit"), `/sessions/${button.dataset.edit}`, () => ({
      method: "POST",
      body: JSON.stringify({ title: title.value, person: person.value }),
    }));
  });
}
for (const button of document.querySelectorAll("[data-delete]")) {
  button.addEventListener("click", () => {
    const { title, folder, row } = button.dataset;
    const verb = button.textContent; // one of the command line is only removed from the list
    document.getElementById("delete-title").textContent = `${verb} this session?`;
    document.getElementById("delete-yes").textContent = verb;
    document.getElementById("delete-name").textContent = title;
    document.getElementById("delete-all").hidden = row !== undefined;
    document.getElementById("delete-row").hidden = row === undefined;
    document.getElementById("delete-stays").hidden = !folder;
    document.getElementById("delete-folder").textContent = folder || "";
    ask(document.getElementById("delete"), `/sessions/${button.dataset.delete}`, () => ({ method: "DELETE" }));
  });
}
