// How things are drawn and sound: the same numbers as in the window and the loudspeaker.
export const look = JSON.parse(document.getElementById("look").textContent);
export const css = (colour) => `rgb(${colour.join(" ")})`;
export const byId = (id) => document.getElementById(id);
export const setText = (node, text) => {
  if (node.textContent !== text) node.textContent = text;
};
