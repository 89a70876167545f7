// Gives the function that shows what was refused in a form: below it, and at the field it is about.
export const problemsOf = (form, below) => (data) => {
  for (const marked of form.querySelectorAll("[aria-invalid]")) marked.removeAttribute("aria-invalid");
  for (const text of form.querySelectorAll("[data-text]")) {
    text.textContent = text.dataset.text;
    text.classList.remove("problem");
  }
  const words = data ? `${data.message || ""} ${data.hint || ""}`.trim() : "";
  if (below.textContent !== words) below.textContent = words;
  below.hidden = !words;
  const field = data && (data.fields || []).map((name) => document.getElementById(`f-${name}`)).find(Boolean);
  if (!field) return;
  const more = field.closest("details");
  if (more) more.open = true;
  field.setAttribute("aria-invalid", "true");
  const text = document.getElementById(`t-${field.name}`);
  text.textContent = words;
  text.classList.add("problem");
  field.focus();
};
