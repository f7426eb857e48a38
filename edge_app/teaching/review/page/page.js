"use strict";

const element = (id) => document.getElementById(id);
const POLL_MS = 1000;
const AHEAD = 3; // pictures that are fetched before they are looked at
const KEPT = { picture: 12, explanation: 4, thumbnail: 200 };
let desk = null; // what the server has told: groups of numbers, and a record for each
let at = { group: 0, member: 0 };
let touched = false; // whether somebody has looked further than the first frame
let explaining = false;
let changes = Promise.resolve(); // one after the other, in the order of the keys
const pictures = { picture: new Map(), explanation: new Map(), thumbnail: new Map() };

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

const percent = (score) => `${Math.round(100 * score)} %`;
const plural = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;

// --- what there is ---

async function load() {
  const answer = await fetch("/frames.json");
  if (!answer.ok) throw new Error((await answer.text()).trim());
  desk = await answer.json();
  for (const kind of Object.values(pictures)) kind.clear();
  at = { group: 0, member: 0 };
  touched = explaining = false;
  element("again").hidden = true;
  element("folder").textContent = desk.folder;
  element("notes").textContent = desk.notes.join(" · ");
  if (current() !== undefined && record().say) next(); // somebody has been here before
  showClasses();
  show();
  document.body.dataset.version = desk.version; // the page is ready
  if (desk.known < desk.frames) setTimeout(poll, POLL_MS, desk);
}

// Ask how far the looking has come; then sort by doubt, or offer to where somebody is at work.
async function poll(asked) {
  const answer = await fetch("/state.json").catch(() => null);
  if (asked !== desk) return; // it was loaded anew meanwhile
  if (!answer?.ok) {
    fail("the program does not answer; is it still running? What was said so far is kept");
    return;
  }
  const { version, known, frames } = await answer.json();
  if (asked !== desk || version !== desk.version) return;
  desk.known = known;
  showProgress();
  if (known < frames) setTimeout(poll, POLL_MS, desk);
  else if (touched || desk.decided) element("again").hidden = false;
  else guarded(load());
}

const current = () => desk.groups[at.group]?.[at.member];
const record = (number = current()) => desk.list[number];
const isOpen = (number) => !record(number).say;

function beside(place, by) {
  const { group, member } = place;
  if (desk.groups[group][member + by] !== undefined) return { group, member: member + by };
  const other = desk.groups[group + by];
  return other ? { group: group + by, member: by > 0 ? 0 : other.length - 1 } : null;
}

// Go to the next frame of which nothing was said: in this group, then in those after it, then from the first one.
function next() {
  const hasOpen = (group) => group.some(isOpen);
  let group = desk.groups.findIndex((one, place) => place >= at.group && hasOpen(one));
  if (group < 0) group = desk.groups.findIndex(hasOpen);
  if (group >= 0) at = { group, member: desk.groups[group].findIndex(isOpen) };
}

function go(place) {
  if (!place || current() === undefined) return;
  at = place;
  touched = true;
  explaining = false;
  show();
}

const move = (by) => go(beside(at, by));
const jump = (by) => go(desk.groups[at.group + by] && { group: at.group + by, member: 0 });

// --- what is shown ---

const labelOf = (folder) => desk.classes.find((one) => one.folder === folder)?.label ?? folder;

function wordsOf({ say, to, folder }) {
  if (say === "class") return `→ ${labelOf(to)}`;
  return { right: `✓ ${labelOf(folder)}`, neither: "→ neither", delete: "✕ delete" }[say] ?? "";
}

function show() {
  showProgress();
  const isEmpty = current() === undefined;
  for (const button of document.querySelectorAll("main button")) button.disabled = isEmpty;
  if (isEmpty) {
    element("stage").replaceChildren(make("p", "", "No frame is left to look at."));
    for (const id of ["said", "verdict", "name", "bars", "doubt", "group", "strip"]) element(id).replaceChildren();
    return;
  }
  showPicture();
  showModel();
  showGroup();
  for (const button of element("classes").children) button.classList.toggle("own", button.dataset.folder === record().folder);
  element("explain").disabled = !desk.explains;
  element("explain").setAttribute("aria-pressed", explaining);
}

function showProgress() {
  const { decided, moves, deletes, frames, known } = desk;
  const looked = known < frames ? [`${known.toLocaleString("en")} looked at`] : [];
  const counts = [`${decided.toLocaleString("en")} of ${plural(frames, "frame")} decided`, `${moves} to move`, `${deletes} to delete`];
  element("progress").textContent = [...counts, ...looked].join(" · ");
  element("apply").disabled = decided === 0;
}

// Answers are not kept by the browser, so the elements are.
function pictureOf(number, kind) {
  const kept = pictures[kind];
  let picture = kept.get(number);
  if (!picture) {
    picture = make("img");
    picture.alt = record(number).path;
    picture.addEventListener("error", () => { picture.alt = `${picture.alt}: it cannot be shown`; });
    picture.src = `/${kind}/${desk.version}/${number}`;
  }
  kept.delete(number);
  kept.set(number, picture);
  if (kept.size > KEPT[kind]) kept.delete(kept.keys().next().value);
  return picture;
}

function showPicture() {
  const shown = pictureOf(current(), explaining ? "explanation" : "picture");
  if (element("stage").firstChild !== shown) element("stage").replaceChildren(shown);
  element("verdict").dataset.say = record().say;
  element("verdict").textContent = wordsOf(record());
  let ahead = at;
  for (let count = 0; count < AHEAD && ahead; count += 1) {
    ahead = beside(ahead, 1);
    if (ahead) pictureOf(desk.groups[ahead.group][ahead.member], "picture");
  }
}

function showModel() {
  const { path, folder, scores, margin } = record();
  element("name").replaceChildren(make("b", "", labelOf(folder)), path);
  element("bars").replaceChildren(...scores.map(([label, score], place) => {
    const row = make("li", label === labelOf(folder) ? "own" : place === 0 ? "against" : "");
    const [track, fill] = [make("span", "track"), make("span", "fill")];
    fill.style.width = `${Math.min(100, Math.max(0, 100 * score))}%`;
    track.append(fill);
    row.append(make("span", "name", label), make("span", "value", percent(score)), track);
    return row;
  }));
  const preferred = `${desk.model} prefers ${margin < 0 ? "another" : "this"} label by ${Math.abs(Math.round(100 * margin))} points`;
  const nothing = desk.model ? `${desk.model} has not looked at it yet` : "no model: start the review with --model FILE";
  element("doubt").textContent = scores.length ? preferred : nothing;
  const best = scores.length ? `; the model: ${scores[0][0]} ${percent(scores[0][1])}` : "";
  element("said").textContent = `${labelOf(folder)}${best}`;
}

function showGroup() {
  const group = desk.groups[at.group];
  const count = group.length > 1 ? `${plural(group.length, "frame")} that look alike` : "one frame";
  element("group").textContent = `Group ${(at.group + 1).toLocaleString("en")} of ${desk.groups.length.toLocaleString("en")}: ${count}`;
  element("strip").replaceChildren(...group.map((number, member) => {
    const [item, button] = [make("li"), make("button")];
    button.dataset.say = record(number).say;
    button.setAttribute("aria-current", member === at.member);
    button.setAttribute("aria-label", `frame ${member + 1} of the group ${wordsOf(record(number))}`);
    button.append(pictureOf(number, "thumbnail"), make("span", "", wordsOf(record(number))));
    button.addEventListener("click", () => go({ group: at.group, member }));
    item.append(button);
    return item;
  }));
  element("strip").children[at.member].scrollIntoView({ block: "nearest", inline: "nearest" });
}

function showClasses() {
  const right = make("button", "", "Right ");
  right.dataset.say = "right";
  right.append(make("kbd", "", "Enter"));
  const others = desk.classes.map(({ folder, label }, place) => {
    const button = make("button", "", `${label} `);
    Object.assign(button.dataset, { say: "class", folder });
    if (place < 9) button.append(make("kbd", "", place + 1));
    return button;
  });
  element("classes").replaceChildren(right, ...others);
}

// --- what is said ---

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", body: JSON.stringify({ version: desk.version, ...body }) });
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}

// Make a change when those before it are made; where one fails, the page shows what is really kept.
function change(what) {
  changes = changes.then(what).catch(async (error) => {
    await load().catch(() => {});
    fail(`${error.message}. The page shows what is kept`);
  });
  return changes;
}

const guarded = (promise) => promise.catch((error) => fail(error.message));

function fail(text) {
  element("fault").textContent = text;
  element("fault").hidden = false;
}

function say(word, folder, whole) {
  if (current() === undefined) return;
  element("fault").hidden = true;
  const numbers = whole ? [...desk.groups[at.group]] : [current()];
  const isRight = word === "class" && numbers.every((number) => record(number).folder === folder);
  for (const number of numbers) Object.assign(record(number), isRight ? { say: "right", to: "" } : { say: word, to: folder });
  touched = true;
  explaining = false;
  setWhole(false);
  next();
  show();
  change(async () => count(await post("/decide", { numbers, say: word, folder })));
}

function undo() {
  element("fault").hidden = true;
  change(async () => {
    const { undone, ...counts } = await post("/undo", {});
    for (const [number, words] of Object.entries(undone)) Object.assign(record(Number(number)), words);
    const group = desk.groups.findIndex((one) => one.some((number) => undone[number]));
    if (group >= 0) at = { group, member: desk.groups[group].findIndex((number) => undone[number]) };
    Object.assign(desk, counts);
    explaining = false;
    show();
  });
}

function count(counts) {
  Object.assign(desk, counts);
  showProgress();
}

function explain() {
  if (current() === undefined) return;
  if (!desk.explains) {
    fail("no model is at hand to explain; start the review with --model FILE");
    return;
  }
  explaining = !explaining;
  show();
}

const setWhole = (on) => element("whole").setAttribute("aria-pressed", on);
const isWhole = () => element("whole").getAttribute("aria-pressed") === "true";

async function ask() {
  await changes; // what was said last is counted too
  const { decided, moves, deletes } = desk;
  if (!decided) return;
  const stay = plural(decided - moves - deletes, "decided frame");
  const question = `Move ${plural(moves, "frame")} to another class and delete ${plural(deletes, "frame")}?`;
  element("question").textContent = moves + deletes ? question : "Nothing moves: keep these frames as checked?";
  element("consequence").textContent = `${stay} ${decided - moves - deletes === 1 ? "stays where it is" : "stay where they are"}. ` +
    "Deleted frames go to the folder .deleted, and come back with --restore.";
  element("confirm").returnValue = "no";
  element("confirm").showModal();
}

function apply() {
  const { moves, deletes, folder, explains, model } = desk;
  const old = explains ? model : "OLD.tflite";
  change(async () => {
    const { moved, deleted, stay } = await post("/apply", { moved: moves, deleted: deletes });
    element("result").textContent = `${plural(moved, "frame")} moved, ${deleted.toLocaleString("en")} deleted`;
    element("stay").textContent = stay.join("\n");
    element("back").hidden = moved + deleted === 0;
    element("after").hidden = element("compare").hidden = false;
    element("compare").textContent = `fieldlens bench compare ${old} NEW.tflite --photos ${folder}`;
    await load();
    element("done").returnValue = "ok";
    element("done").showModal();
  });
}

function takeBack() {
  change(async () => {
    const { back, stay } = await post("/take-back", {});
    element("result").textContent = `${plural(back, "frame")} back where ${back === 1 ? "it was" : "they were"}`;
    element("stay").textContent = stay.join("\n");
    element("back").hidden = element("after").hidden = element("compare").hidden = true;
    await load();
    element("done").returnValue = "ok";
    element("done").showModal();
  });
}

// --- keys, mouse and touch ---

const SAYINGS = { enter: "right", n: "neither", d: "delete", delete: "delete" };
const ACTS = {
  u: undo,
  backspace: undo,
  e: explain,
  a: () => guarded(ask()),
  arrowright: () => move(1),
  arrowleft: () => move(-1),
  arrowdown: () => jump(1),
  arrowup: () => jump(-1),
};

function pressed(event) {
  if (!desk || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.toLowerCase();
  const isOnButton = event.target instanceof HTMLButtonElement;
  if (isOnButton && (key === "enter" || key === " ")) return; // it is pressed
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code); // with Shift the key is another character
  const chosen = digit && desk.classes[digit[1] - 1];
  const whole = event.shiftKey || isWhole();
  if (!chosen && !SAYINGS[key] && !ACTS[key]) return;
  event.preventDefault();
  if (event.repeat && !key.startsWith("arrow")) return; // a key that is held says one thing
  if (chosen) say("class", chosen.folder, whole);
  else if (SAYINGS[key]) say(SAYINGS[key], "", whole);
  else ACTS[key]();
}

function clicked(event) {
  const button = event.target.closest("button");
  if (!button) return;
  if (event.detail > 0) button.blur(); // so that Enter says “right” again, and does not press it once more
  if (button.closest(".keys") && button.dataset.say) {
    say(button.dataset.say, button.dataset.folder ?? "", event.shiftKey || isWhole());
  }
}

document.addEventListener("keydown", pressed);
document.addEventListener("click", clicked);
element("undo").addEventListener("click", undo);
element("explain").addEventListener("click", explain);
element("whole").addEventListener("click", () => setWhole(!isWhole()));
element("before").addEventListener("click", () => move(-1));
element("after").addEventListener("click", () => move(1));
element("again").addEventListener("click", () => guarded(load()));
element("apply").addEventListener("click", () => guarded(ask()));
element("done").addEventListener("close", () => { if (element("done").returnValue === "back") takeBack(); });
element("confirm").addEventListener("close", () => { if (element("confirm").returnValue === "yes") apply(); });
guarded(load());
