/** One model in one runtime: pixels in, scores and times out. */

import { checkCard } from "./card.js";
import { preparer } from "./prepare.js";
import { RUNTIMES } from "./runtimes.js";

const WARM_UP_RUNS = 3;

async function fetchJson(path) {
  const response = await fetch(path, { cache: "no-cache" }).catch(() => null);
  if (!response?.ok) throw new Error(`${path} is missing. Make the bundle again with fieldlens convert web.`);
  return response.json();
}

/** Read what the bundle holds: `bundle.json` and the card of each model. */
export async function readBundle() {
  const bundle = await fetchJson("bundle.json");
  for (const kind of ["tfjs", "litert"]) {
    bundle[kind].checkedCard = checkCard(await fetchJson(bundle[kind].card));
  }
  return bundle;
}

/**
 * Open a model.
 *
 * @param bundle from `readBundle`
 * @param {string} id of the runtime
 */
export async function openClassifier(bundle, id) {
  const runtime = RUNTIMES.find((one) => one.id === id);
  const files = bundle[runtime.files];
  const card = files.checkedCard;
  const prepare = preparer(card, files.input);
  const shape = [1, card.input_size.height, card.input_size.width, 3];
  const opened = await runtime.open(files);
  const classify = async (pixels) => {
    const start = performance.now();
    const values = prepare(pixels);
    const prepared = performance.now();
    const scores = await opened.run(values, shape);
    if (scores.length !== card.labels.length) {
      throw new Error(`The model has ${scores.length} scores, but its card has ${card.labels.length} labels.`);
    }
    return { scores, times: { prepare_ms: prepared - start, invoke_ms: performance.now() - prepared } };
  };
  // The first runs allocate and compile; they must not be the first numbers that people see.
  const grey = { data: new Uint8ClampedArray(640 * 480 * 4).fill(128), width: 640, height: 480 };
  for (let run = 0; run < WARM_UP_RUNS; run += 1) await classify(grey);
  return { id, card, classify, close: opened.close, threads: opened.threads };
}
