// Colours, line styles and tones: the same as in the window of the command live.
export const look = JSON.parse(document.getElementById("look").textContent);
export const css = (colour) => `rgb(${colour.join(" ")})`;
export const byId = (id) => document.getElementById(id);
export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
