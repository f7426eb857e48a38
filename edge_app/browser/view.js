/** What people see: the answer, its bars, the times, and what went wrong. */

import { NEITHER } from "./card.js";
import { LIMITS, sentences, warmed } from "./explain.js";
import { describeThreads } from "./runtimes.js";

const FITTED = {
  squash: "squashed to",
  center_crop: "cropped around the centre to",
  center_zoom: "the inner 80 % of width and height, squashed to",
};
const TOP = 5;
const ANNOUNCE_EVERY_MS = 1500;
const find = (id) => document.getElementById(id);
const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)} %`;
const ms = (value) => (value === undefined ? "–" : `${value.toFixed(1)} ms`);

let announced = { label: "", at: -Infinity };

/** Tell a screen reader a new label, but not thirty times a second. */
function announce(text) {
  const now = performance.now();
  if (text === announced.label || now - announced.at < ANNOUNCE_EVERY_MS) return;
  announced = { label: text, at: now };
  find("announcement").textContent = text;
}

function row(number) {
  const list = find("bars");
  while (list.children.length <= number) list.append(find("bar").content.cloneNode(true));
  return list.children[number];
}

/**
 * Show an answer.
 *
 * @param card
 * @param answer from card.js
 * @param times milliseconds by stage: decode_ms, prepare_ms, invoke_ms
 */
export function showAnswer(card, answer, times) {
  find("label").textContent = answer.label;
  find("result").dataset.state = answer.neither ? NEITHER : "known";
  find("reason").textContent = answer.neither
    ? `The best score is ${percent(answer.score)}; below ${percent(card.neither_threshold)} the answer is “neither”.`
    : `${percent(answer.score)} sure`;
  answer.top.slice(0, TOP).forEach(({ label, score }, number) => {
    const item = row(number);
    item.querySelector(".name").textContent = label;
    item.querySelector(".score").textContent = percent(score);
    item.querySelector(".fill").style.transform = `scaleX(${Math.min(1, Math.max(0, score))})`;
  });
  while (find("bars").children.length > answer.top.length) find("bars").lastElementChild.remove();
  find("caption").textContent = answer.neither ? NEITHER : `${answer.label} · ${percent(answer.score)}`;
  showTimes(times);
  announce(answer.neither ? `${NEITHER} of the classes` : `${answer.label}, ${percent(answer.score, 0)}`);
}

export function showTimes(times) {
  for (const stage of ["decode", "prepare", "invoke"]) find(`${stage}-ms`).textContent = ms(times[`${stage}_ms`]);
}

export function showRate(framesPerSecond) {
  find("fps").textContent = framesPerSecond === null ? "–" : framesPerSecond.toFixed(1);
}

export function clearAnswer() {
  find("result").dataset.state = "empty";
  find("label").textContent = "No picture yet";
  find("reason").textContent = "Choose a photograph, drop one on the page, paste one, or start the camera.";
  find("bars").replaceChildren();
  showTimes({});
  showRate(null);
}

/** One sentence that must not be overlooked; empty: take it away. */
export function showProblem(sentence) {
  find("problem").textContent = sentence;
  find("problem").hidden = sentence === "";
}

export function showNote(sentence) {
  find("note").textContent = sentence;
}

/** The explanation in words, without a picture while there is none. */
export function showWords(words) {
  find("words").replaceChildren(
    ...words.map((sentence) => Object.assign(document.createElement("p"), { className: "small", textContent: sentence })),
  );
  find("heat-map").hidden = true;
  find("explanation").hidden = false;
  find("why").setAttribute("aria-expanded", "true");
  find("why").textContent = "Close";
}

/** The explanation of explain.js: heat in the shape of the picture, and its words. */
export function showExplanation(found) {
  showWords([...sentences(found), LIMITS]);
  const canvas = find("heat");
  canvas.width = found.picture.width;
  canvas.height = found.picture.height;
  canvas.style.aspectRatio = `${found.shape.width} / ${found.shape.height}`;
  canvas.getContext("2d").putImageData(new ImageData(warmed(found), canvas.width, canvas.height), 0, 0);
  find("heat-range").textContent = `${found.range.toFixed(1)} drop`;
  find("heat-map").hidden = false;
}

export function closeExplanation() {
  find("explanation").hidden = true;
  find("why").setAttribute("aria-expanded", "false");
  find("why").textContent = "Why?";
}

/** Whether all of the photographs trained the model, and heads that never saw them were judged. */
function isCrossValidation(accuracy) {
  return accuracy.data.includes("-fold cross-validation on ");
}

function photographs(accuracy, kind = "") {
  return `${accuracy.photographs.toLocaleString("en")} ${kind}photographs`;
}

function onWhat(accuracy) {
  return isCrossValidation(accuracy) ? `in ${accuracy.data}` : `on ${photographs(accuracy, "test ")}`;
}

/** What is known about the model in use: never more than its card says. */
export function showModel(card, files, threads) {
  const { accuracy } = card;
  const interval = accuracy && `95 % interval ${percent(accuracy.low)} to ${percent(accuracy.high)}`;
  find("measured").textContent = accuracy
    ? `${percent(accuracy.top1)} right (${interval}) ${onWhat(accuracy)}`
    : "The accuracy of this model has not been measured.";
  find("accuracy").textContent = accuracy
    ? `${percent(accuracy.top1)} right (${interval}) ` +
      (isCrossValidation(accuracy) ? `in ${accuracy.data}` : `on ${photographs(accuracy)}, ${accuracy.data}`) +
      (files.measured_with ? `; measured with ${files.measured_with}` : "")
    : "not measured";
  find("labels").textContent = card.labels.slice(0, 20).join(", ") + (card.labels.length > 20 ? ", …" : "");
  const { width, height } = card.input_size;
  find("input").textContent = `${FITTED[card.resize]} ${width} × ${height} pixels, ${card.interpolation}, ${card.input_dtype}`;
  find("threshold").textContent =
    card.neither_threshold === null
      ? "never: this model always names a class"
      : `when the best score is below ${percent(card.neither_threshold)}`;
  const step = files.output.scale > 0 ? `; scores come in steps of ${percent(files.output.scale)}` : "";
  find("size").textContent = `${(files.size_bytes / 1e6).toFixed(2)} MB, ${files.weights}${step}`;
  find("threads").textContent = describeThreads(threads);
}
