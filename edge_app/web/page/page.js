"use strict";

const element = (id) => document.getElementById(id);
const picture = element("picture");
const STALE_S = 3;
let events = null;
let retry = 0;

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function say(state, text) {
  const status = element("status");
  if (status.dataset.state !== state || status.textContent !== text) {
    status.dataset.state = state;
    status.textContent = text;
  }
}

const percent = (score) => `${Math.round(100 * score)} %`;
const ms = (value) => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;

function showBars(state) {
  const list = element("bars");
  while (list.children.length > state.top.length) list.lastChild.remove();
  state.top.forEach(([label, score], place) => {
    let row = list.children[place];
    if (!row) {
      row = make("li");
      const track = make("span", "track");
      track.append(make("span", "fill"));
      row.append(make("span", "name"), make("span", "value"), track);
      list.append(row);
    }
    row.classList.toggle("best", place === 0 && label === state.label);
    row.querySelector(".name").textContent = label;
    row.querySelector(".value").textContent = percent(score);
    row.querySelector(".fill").style.width = `${Math.min(100, Math.max(0, 100 * score))}%`;
  });
}

function showTimes(state) {
  const rows = Object.entries(state.times_ms).map(([name, value]) => [name, ms(value)]);
  rows.push(["frames per second", state.fps.toFixed(1)], ["dropped frames", state.dropped.toLocaleString("en")]);
  element("times").replaceChildren(...rows.flatMap(([name, value]) => [make("dt", "", name), make("dd", "", value)]));
}

function showHistory(state) {
  const rows = state.history.map(({ time, label, score }) => {
    const row = make("li");
    row.append(make("time", "", new Date(1000 * time).toLocaleTimeString()), make("span", "name", label));
    row.append(make("span", "value", percent(score)));
    return row;
  });
  element("history").replaceChildren(...rows);
}

function show(state) {
  if (state.teaching) showTeaching(state.teaching);
  const stale = state.silent_s > STALE_S;
  if (state.label === undefined) {
    say("waiting", "waiting for the first frame");
    return;
  }
  say(stale ? "stale" : "live", stale ? `no frame for ${Math.round(state.silent_s)} s` : `live, ${state.source}`);
  element("model").textContent = state.model;
  const label = element("label");
  const shown = state.teaching && !state.teaching.taught ? "not taught yet" : state.label;
  if (label.textContent !== shown) label.textContent = shown;
  label.classList.toggle("neither", state.neither);
  element("badge").textContent = `${shown} ${shown === state.top[0]?.[0] ? percent(state.top[0][1]) : ""}`;
  showBars(state);
  showTimes(state);
  showHistory(state);
}

function watch() {
  picture.src = `/picture.mjpg?${Date.now()}`;
  events = new EventSource("/events");
  events.onmessage = (message) => show(JSON.parse(message.data));
  events.onerror = () => {
    say("lost", "connection lost, trying again");
    if (events.readyState === EventSource.CLOSED) again();
  };
}

function rest() {
  clearTimeout(retry);
  if (events) events.close();
  events = null;
  picture.removeAttribute("src"); // closes the stream: a hidden page costs the device nothing
}

function again() {
  rest();
  retry = setTimeout(watch, 2000);
}

const why = element("why");
let asked = null; // what is being found out

function close() {
  if (asked) asked.abort();
  asked = null;
  element("explanation").hidden = true;
  why.setAttribute("aria-expanded", "false");
  why.textContent = "Why?";
}

function tell(sentences, heat) {
  element("words").replaceChildren(...sentences.map((sentence) => make("p", "", sentence)));
  element("heat").hidden = !heat;
  if (heat) element("heat").src = heat;
  element("heat").alt = heat ? "The frame in grey, with heat where covering it lowers the score" : "";
  element("explanation").hidden = false;
  why.setAttribute("aria-expanded", "true");
}

async function explain() {
  if (why.getAttribute("aria-expanded") === "true") {
    close();
    return;
  }
  const mine = new AbortController();
  asked = mine;
  why.textContent = "Close";
  tell(["Finding out why: the picture is covered place by place."]);
  try {
    const answer = await fetch("/explained.json", { signal: mine.signal });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const found = await answer.json();
    if (asked === mine) tell([...found.sentences, found.limits], found.picture);
  } catch (error) {
    if (asked === mine) tell([`Not explained: ${error.message}`]);
  }
}

why.addEventListener("click", explain);
picture.addEventListener("load", () => { element("empty").hidden = true; });
picture.addEventListener("error", () => { if (picture.hasAttribute("src")) again(); });
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : watch()));
addEventListener("load", watch); // afterwards: a stream that never ends would keep the page loading
