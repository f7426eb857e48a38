/** The page: photographs and camera frames in, labels out. */

import { answer } from "./card.js";
import { cameraObstacle, describeCameraError, listCameras, nextFrame, openCamera } from "./camera.js";
import { openClassifier, readBundle } from "./classifier.js";
import { explain } from "./explain.js";
import { isolate } from "./isolation.js";
import { decode, isTransparent, readPixels } from "./pixels.js";
import { obstacle, RUNTIMES } from "./runtimes.js";
import { smoother } from "./smoothing.js";
import {
  clearAnswer,
  closeExplanation,
  showAnswer,
  showExplanation,
  showModel,
  showNote,
  showProblem,
  showRate,
  showWords,
} from "./view.js";

const RATE_OVER_MS = 2000;
const find = (id) => document.getElementById(id);
const page = { bundle: null, classifier: null, camera: null, bitmap: null, newest: null, live: 0, stays: false };
const why = { asked: null, working: null }; // what is being explained; a promise that settles when that is over

/** Decode and classify one picture file; what tests and the parity gate call too. */
async function classifyFile(file) {
  const start = performance.now();
  const bitmap = await decode(file);
  const pixels = readPixels(bitmap, bitmap.width, bitmap.height);
  const decode_ms = performance.now() - start;
  const { scores, times } = await page.classifier.classify(pixels);
  return { bitmap, pixels, scores, times: { decode_ms, ...times } };
}

async function showFile(file) {
  stopCamera();
  forgetExplanation();
  await why.working;
  delete find("picture").dataset.file; // says whose answer the page shows
  showProblem("");
  try {
    const { bitmap, pixels, scores, times } = await classifyFile(file);
    showBitmap(bitmap);
    showNote(
      isTransparent(pixels)
        ? "This picture has transparent parts. They are classified as black; the Python app uses the colours beneath."
        : "",
    );
    showAnswer(page.classifier.card, answer(page.classifier.card, scores), times);
    find("picture").dataset.file = file.name;
  } catch (error) {
    showProblem(error.message);
  }
}

function showBitmap(bitmap) {
  page.bitmap?.close();
  page.bitmap = bitmap;
  const picture = find("picture");
  picture.width = bitmap.width;
  picture.height = bitmap.height;
  picture.getContext("2d").drawImage(bitmap, 0, 0); // only to be looked at
  showShape(bitmap.width, bitmap.height);
  find("stage").dataset.shows = "picture";
}

/** Let the stage have the picture's shape, within reason. */
function showShape(width, height) {
  find("stage").style.aspectRatio = String(Math.min(2.2, Math.max(0.75, width / height)));
}

/** Explain the picture on the page, or the camera's newest frame; asked again, close the explanation. */
async function explainNow() {
  const isOpen = find("why").getAttribute("aria-expanded") === "true";
  forgetExplanation();
  if (isOpen) return;
  const { bitmap, newest, camera } = page;
  const still = () => bitmap && readPixels(bitmap, bitmap.width, bitmap.height);
  const pixels = camera ? newest?.pixels : still();
  if (!pixels) return showWords(["No picture yet. Choose a photograph, or start the camera."]);
  const mine = {};
  why.asked = mine;
  showWords(["Finding out why: the picture is covered place by place."]);
  const { id, card, classify } = page.classifier;
  const { output } = page.bundle[RUNTIMES.find((one) => one.id === id).files];
  const watched = (image) => {
    if (why.asked !== mine) throw new Error("it was closed");
    return classify(image);
  };
  why.working = explain(card, output, pixels, watched).then(
    (found) => why.asked === mine && showExplanation(found),
    (error) => why.asked === mine && showWords([`Not explained: ${error.message}`]),
  );
  return why.working;
}

function forgetExplanation() {
  why.asked = null;
  closeExplanation();
}

/** Classify the picture on the page once more, after a change of runtime. */
async function classifyAgain() {
  if (!page.bitmap || page.camera) return;
  const { bitmap } = page;
  const start = performance.now();
  const pixels = readPixels(bitmap, bitmap.width, bitmap.height);
  const decode_ms = performance.now() - start;
  const { scores, times } = await page.classifier.classify(pixels);
  showAnswer(page.classifier.card, answer(page.classifier.card, scores), { decode_ms, ...times });
}

function stopCamera() {
  page.live += 1; // ends the loop that runs
  page.camera?.stop();
  page.camera = null;
  find("stage").dataset.shows = page.bitmap ? "picture" : "nothing";
  find("camera").textContent = "Start the camera";
  find("camera").setAttribute("aria-pressed", "false");
  find("camera-options").hidden = true;
  showRate(null);
}

async function startCamera(id = "") {
  const impossible = cameraObstacle();
  if (impossible) return showProblem(impossible);
  stopCamera();
  showProblem("");
  showNote("");
  const live = page.live;
  try {
    const lost = () => {
      stopCamera();
      showProblem("The camera was disconnected. Connect it and start it again.");
    };
    const camera = await openCamera(find("video"), id, lost);
    if (live !== page.live) return camera.stop(); // something else was chosen meanwhile
    page.camera = camera;
    showShape(find("video").videoWidth, find("video").videoHeight);
    find("stage").dataset.shows = "video";
    find("camera").textContent = "Stop the camera";
    find("camera").setAttribute("aria-pressed", "true");
    find("camera-options").hidden = false;
    await fillCameras(camera.id);
    await classifyFrames(live);
  } catch (error) {
    stopCamera();
    showProblem(error instanceof DOMException ? describeCameraError(error) : error.message);
  }
  return undefined;
}

async function fillCameras(chosen) {
  const cameras = await listCameras();
  find("which-camera").replaceChildren(
    ...cameras.map(({ id, name }) => new Option(name, id, id === chosen, id === chosen)),
  );
}

/** The loop: newest frame, pixels, scores, answer. Frames that come while it works are passed over. */
async function classifyFrames(live) {
  const video = find("video");
  const finished = [];
  let steady = null; // of the card that it was made for
  for (;;) {
    await nextFrame(video);
    await why.working; // one picture at a time: the labels wait, the video does not
    if (live !== page.live) return;
    const start = performance.now();
    const pixels = readPixels(video, video.videoWidth, video.videoHeight);
    const decode_ms = performance.now() - start;
    const { card, classify } = page.classifier;
    const { scores, times } = await classify(pixels);
    if (live !== page.live) return;
    page.newest = { pixels, scores };
    if (steady?.card !== card) steady = { card, take: smoother(card) };
    const smoothed = steady.take(scores, start / 1000); // goes on while it is not shown
    showAnswer(card, find("steady").checked ? smoothed : answer(card, scores), { decode_ms, ...times });
    const now = performance.now();
    finished.push(now);
    while (finished[0] < now - RATE_OVER_MS) finished.shift();
    showRate(finished.length > 1 ? ((finished.length - 1) * 1000) / (now - finished[0]) : null);
  }
}

/** Change the runtime; the old one stays until the new one works. */
async function useRuntime(id) {
  const select = find("runtime");
  select.disabled = true;
  find("result").setAttribute("aria-busy", "true");
  showProblem("");
  forgetExplanation();
  await why.working;
  try {
    const classifier = await openClassifier(page.bundle, id);
    page.classifier?.close();
    page.classifier = classifier;
    const runtime = RUNTIMES.find((one) => one.id === id);
    find("about-runtime").textContent = runtime.about;
    showModel(classifier.card, page.bundle[runtime.files], classifier.threads);
    await classifyAgain();
  } catch (error) {
    showProblem(error.message);
    throw error;
  } finally {
    if (page.classifier) select.value = page.classifier.id;
    select.disabled = false;
    find("result").setAttribute("aria-busy", "false");
  }
}

async function offerRuntimes() {
  for (const { id, title } of RUNTIMES) {
    const reason = await obstacle(id);
    const option = new Option(reason ? `${title} (${reason})` : title, id);
    option.disabled = reason !== null;
    find("runtime").add(option);
  }
}

function listen() {
  find("choose").addEventListener("click", () => find("file").click());
  find("file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) showFile(file);
    event.target.value = ""; // the same file again must count too
  });
  find("camera").addEventListener("click", () => (page.camera ? stopCamera() : startCamera()));
  find("why").addEventListener("click", explainNow);
  find("which-camera").addEventListener("change", (event) => startCamera(event.target.value));
  find("mirror").addEventListener("change", (event) => {
    find("video").classList.toggle("mirrored", event.target.checked);
  });
  find("runtime").addEventListener("change", (event) => useRuntime(event.target.value).catch(() => {}));
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (file) showFile(file);
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    find("stage").classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) find("stage").classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    find("stage").classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) showFile(file);
    else showProblem("That was not a file. Drop a picture file from this computer.");
  });
}

async function start() {
  clearAnswer();
  await isolate();
  page.stays = true;
  page.bundle = await readBundle();
  document.title = `${page.bundle.name} · FieldLens`;
  find("name").textContent = page.bundle.name;
  await offerRuntimes();
  const wanted = new URLSearchParams(location.search).get("runtime"); // a link can name one: ?runtime=tfjs-wasm
  const possible = [...find("runtime").options].filter(({ disabled }) => !disabled).map(({ value }) => value);
  possible.sort((one, other) => (other === wanted) - (one === wanted));
  const complaints = [];
  for (const id of possible) {
    const complaint = await useRuntime(id).then(
      () => null,
      (error) => error.message,
    );
    if (complaint === null) break;
    complaints.push(complaint);
  }
  if (!page.classifier) throw new Error(complaints.join(" "));
  showNote(complaints.join(" ")); // another runtime stepped in
  listen();
  for (const control of document.querySelectorAll("[data-waits]")) control.disabled = false;
}

const ready = start().catch((error) => {
  showProblem(error.message);
  throw error;
});
ready.catch(() => {}); // told on the page

/** For tests and the parity gate: the page's own path, without the mouse. */
globalThis.fieldlens = {
  ready,
  /** Whether it will not load itself anew, as on a first visit for the sake of threads; `ready` is of this load. */
  stays: () => page.stays,
  /** That the open runtime uses. */
  threads: () => page.classifier.threads,
  useRuntime,
  /** Pixels and scores of the newest camera frame. */
  newest: () => page.newest,
  async scores(file) {
    const { bitmap, scores, times } = await classifyFile(file);
    bitmap.close();
    return { scores: Array.from(scores), times };
  },
};
