// The page of connected devices: connects phones and screens with a QR code, lists and disconnects them.
import { SILENT } from "./asking.js";
import { element } from "./element.js";

const form = document.getElementById("pairing-form");
const person = document.getElementById("person");
const list = document.getElementById("pairings");
const problem = document.getElementById("problem");
const connection = document.getElementById("connection");
const said = document.getElementById("said");
const code = document.getElementById("code");
const picture = document.getElementById("code-picture");
const address = document.getElementById("address");
const LOOK_EVERY_MS = 3000;
const NAMES = { phone: "Code for a phone", screen: "Code for a screen" };
let links = [];
let drawn = "";

const ask = async (where, method, body) => {
  problem.hidden = true;
  let told = SILENT;
  try {
    const answer = await fetch(where, { method, body: body && JSON.stringify(body) });
    if (answer.ok) return answer.status === 204 ? {} : await answer.json();
    if (answer.status !== 404) told = await answer.json();
    else return {}; // it has ended already
  } catch {
    // The server is gone; the message below says so.
  }
  problem.textContent = `${told.message} ${told.hint}`;
  problem.hidden = false;
  return null;
};

const button = (text, label, act) => {
  const made = element("button", "button", text);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
};

// --- the code -----------------------------------------------------------------------------------

const showLink = () => {
  const { link, picture: drawing } = links[Number(address.value) || 0];
  picture.src = drawing;
  document.getElementById("code-link").textContent = link;
};

const showCode = async (pairing, role, name) => {
  const made = await ask(`/devices/pairings/${pairing}/links`, "POST", { role });
  if (!made || !made.links) return;
  links = made.links;
  address.replaceChildren(...links.map((one, n) => {
    const option = element("option", "", one.address);
    option.value = String(n);
    return option;
  }));
  document.getElementById("address-field").hidden = links.length < 2;
  document.getElementById("code-title").textContent = `${NAMES[role]}: ${name}`;
  showLink();
  code.hidden = false;
  code.scrollIntoView({ block: "nearest" });
  document.getElementById("code-title").focus();
};

const closeCode = () => {
  code.hidden = true;
  picture.removeAttribute("src");
  links = [];
};
address.addEventListener("change", showLink);
document.getElementById("code-close").addEventListener("click", closeCode);

// --- who is connected ---------------------------------------------------------------------------

const device = (key, name) => {
  const row = element("li");
  row.append(
    element("span", "", `${key.kind}, since ${key.since}`),
    button("Disconnect", `Disconnect ${key.kind.toLowerCase()} of ${name}`, async () => {
      await ask(`/devices/keys/${key.id}`, "DELETE");
      look();
    }),
  );
  return row;
};

const card = (pairing) => {
  const name = pairing.person || `someone, since ${pairing.since}`;
  const made = element("li", "card pairing");
  const sent = pairing.films === 1 ? "1 set" : `${pairing.films} sets`;
  made.append(element("h3", "", pairing.person || "No name"));
  made.append(element("p", "soft", `Since ${pairing.since} · ${sent}`));
  const devices = element("ul", "pairing-keys");
  devices.append(...pairing.keys.map((key) => device(key, name)));
  if (!pairing.keys.length) devices.append(element("li", "soft", "No device is connected."));
  const actions = element("p", "pairing-actions");
  for (const role of ["phone", "screen"]) {
    actions.append(button(NAMES[role], `${NAMES[role]}: ${name}`, () => showCode(pairing.id, role, name)));
  }
  actions.append(button("Disconnect all", `Disconnect all devices of ${name}`, async () => {
    closeCode();
    await ask(`/devices/pairings/${pairing.id}`, "DELETE");
    look();
  }));
  made.append(devices, actions);
  return made;
};

const count = (pairings) => pairings.reduce((sum, one) => sum + one.keys.length, 0);
let known = 0;
const show = (pairings) => {
  const now = JSON.stringify(pairings);
  if (now === drawn) return;
  drawn = now;
  const at = document.activeElement && document.activeElement.getAttribute("aria-label");
  list.replaceChildren(...pairings.reverse().map(card));
  if (at) [...list.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === at)?.focus();
  const devices = count(pairings);
  if (devices > known) {
    said.textContent = "A device was connected.";
    if (links.length) closeCode(); // its link is used
  }
  known = devices;
};

let timer = 0;
const look = async () => {
  clearTimeout(timer);
  try {
    const answer = await fetch("/devices/list");
    if (answer.status === 403) {
      location.reload();
      return;
    }
    show((await answer.json()).pairings);
    connection.hidden = true;
  } catch {
    connection.hidden = false;
  }
  timer = setTimeout(look, LOOK_EVERY_MS);
};

if (form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await ask("/devices/pairings", "POST", { person: person.value })) person.value = "";
    look();
  });
  look();
}
