"use strict";

// The buttons of `fieldlens teach`: a press counts for a second at the other end, and is repeated while it is held.
const REPEAT_MS = 300;
const labels = document.getElementById("labels");
let held = null; // place of the label that is pressed here
let timer = 0;
let sent = Promise.resolve(); // one request after the other, so that no press overtakes a release

function act(what) {
  const ask = async () => {
    const answer = await fetch(`/act/${what}`, { method: "POST" });
    if (answer.ok) show(await answer.json());
  };
  sent = sent.then(ask).catch(() => {});
}

function hold(place) {
  if (held === place || place >= labels.children.length) return;
  held = place;
  clearInterval(timer);
  act(`hold/${place}`);
  timer = setInterval(() => act(`hold/${place}`), REPEAT_MS);
}

function release() {
  if (held === null) return;
  held = null;
  clearInterval(timer);
  act("release");
}

function addButton(place) {
  const button = make("button");
  button.type = "button";
  button.append(make("kbd", "", place < 9 ? String(place + 1) : ""), make("span", "name"), make("span", "value"));
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    hold(place);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) button.addEventListener(end, release);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) hold(place);
  });
  button.addEventListener("blur", release);
  labels.append(button);
}

function showTeaching(about) {
  document.getElementById("teach").hidden = false;
  while (labels.children.length < about.classes.length) addButton(labels.children.length);
  about.classes.forEach(({ label, kept }, place) => {
    const button = labels.children[place];
    button.querySelector(".name").textContent = label;
    button.querySelector(".value").textContent = `${kept} of ${about.wanted}`;
    button.classList.toggle("held", about.held === place);
    button.classList.toggle("enough", kept >= about.wanted);
  });
  const set = (id, text) => {
    const shown = document.getElementById(id);
    if (shown.textContent !== text) shown.textContent = text;
  };
  set("goal", about.goal);
  set("told", about.told || " ");
  set("taught", about.learning ? "learning …" : about.taught ? `${about.taught}; saved as ${about.model}` : "nothing learned yet");
}

document.getElementById("undo").addEventListener("click", () => act("undo"));
document.getElementById("train").addEventListener("click", () => act("train"));
document.getElementById("mirror").addEventListener("change", (event) => {
  picture.classList.toggle("mirrored", event.target.checked); // on this screen only
});
addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || document.getElementById("teach").hidden) return;
  if (/^[1-9]$/.test(event.key)) hold(Number(event.key) - 1);
  else if (event.key === "u") act("undo");
  else if (event.key === "t") act("train");
});
addEventListener("keyup", release);
addEventListener("blur", release);
document.addEventListener("visibilitychange", () => { if (document.hidden) release(); });
