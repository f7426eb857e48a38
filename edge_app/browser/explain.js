/**
 * Why this label: the browser's twin of `edge_app/model/occlusion.py`, which says what is done and why.
 *
 * Patches of 2/7 of a side, in the mean colour, cover one place after the other, 7 × 7 of them; what falls are the
 * log-odds of the best label. tests/browser holds drops, map and words to Python's.
 */

import { NEITHER } from "./card.js";
import { resizeRgb, roundHalfEven, seenWindow } from "./prepare.js";

export const CELLS = 7;
const PATCH_CELLS = 2;
const FLAT = 0.25;
const LEAST_RANGE = 4 * FLAT;
const FINEST = 1e-12;
const BYTE_STEP = 1 / 256;
const AT_ZERO = 0.75;

export const LIMITS =
  "The map shows where covering the picture changes the score. It does not show what the network sees there, nor " +
  "what places do together: each is covered alone, and the patch is itself something that no photograph has.";

const percent = (share) => `${(100 * share).toFixed(1)}%`;

/** What the model gets of a picture, as RGBA pixels of its input size, and the shape of the part that it is of. */
function modelPicture(card, pixels) {
  const { width, height } = card.input_size;
  const window = seenWindow(pixels.width, pixels.height, card);
  const rgb = resizeRgb(pixels, window, card.input_size, card.interpolation);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let place = 0; place < width * height; place += 1) data.set(rgb.subarray(place * 3, place * 3 + 3), place * 4);
  return { picture: { data, width, height }, shape: window };
}

/** First and last pixel of the patch of each cell; at the edges it lies half outside. */
function spans(side) {
  const around = (PATCH_CELLS - 1) / 2;
  return Array.from({ length: CELLS }, (_, cell) => [
    Math.max(0, roundHalfEven(((cell - around) * side) / CELLS)),
    Math.min(side, roundHalfEven(((cell + 1 + around) * side) / CELLS)),
  ]);
}

function meanColour({ data }) {
  const sums = [0, 0, 0];
  for (let place = 0; place < data.length; place += 1) if (place % 4 < 3) sums[place % 4] += data[place];
  return [...sums.map((sum) => roundHalfEven(sum / (data.length / 4))), 255];
}

function covered(picture, fill, [top, bottom], [left, right]) {
  const data = picture.data.slice();
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) data.set(fill, (row * picture.width + column) * 4);
  }
  return { ...picture, data };
}

/** Between two scores; 0: none is known. Some float outputs hold what was rounded to bytes before. */
function stepOf(output, all) {
  if (output.scale > 0) return output.scale;
  return all.every((scores) => scores.every((score) => Number.isInteger(score / BYTE_STEP))) ? BYTE_STEP : 0;
}

const sumOfOthers = (scores, place) => scores.reduce((sum, score, other) => (other === place ? sum : sum + score), 0);

function logOdds(scores, place, step) {
  const least = step / 2 || FINEST;
  return Math.log(Math.max(scores[place], least)) - Math.log(Math.max(sumOfOthers(scores, place), least));
}

function isSaturated(scores, place, step) {
  if (!step) return sumOfOthers(scores, place) <= FINEST;
  return scores.every((score, other) => other === place || score < AT_ZERO * step) && scores[place] > 1 - 2.5 * step;
}

/** Mean of the patches that cover each cell, each as far as it does. */
function averaged(drops) {
  const near = (cell) => [-1, 0, 1].map((away) => cell + away).filter((other) => other >= 0 && other < CELLS);
  const weight = (cell, other) => (cell === other ? 1 : 0.5);
  const mean = (values, cell) => {
    const total = near(cell).reduce((sum, other) => sum + weight(cell, other), 0);
    return near(cell).reduce((sum, other) => sum + (weight(cell, other) / total) * values[other], 0);
  };
  const across = drops.map((row) => row.map((_, column) => mean(row, column)));
  return across.map((row, line) => row.map((_, column) => mean(across.map((other) => other[column]), line)));
}

/**
 * Cover a picture patch by patch and watch the best label.
 *
 * @param card checked by card.js
 * @param {{scale: number}} output quantization of the output tensor; scale 0: none
 * @param {import("./prepare.js").Pixels} pixels of the picture
 * @param {(pixels) => Promise<{scores: ArrayLike<number>}>} classify
 */
export async function explain(card, output, pixels, classify) {
  const { picture, shape } = modelPicture(card, pixels);
  const scoresOf = async (image) => Array.from((await classify(image)).scores);
  const usual = await scoresOf(picture);
  const place = usual.indexOf(Math.max(...usual));
  const fill = meanColour(picture);
  const changed = [];
  for (const rows of spans(picture.height)) {
    for (const columns of spans(picture.width)) changed.push(await scoresOf(covered(picture, fill, rows, columns)));
  }
  const step = stepOf(output, [usual, ...changed]);
  const before = logOdds(usual, place, step);
  const drops = Array.from({ length: CELLS }, (_, row) =>
    changed.slice(row * CELLS, (row + 1) * CELLS).map((scores) => before - logOdds(scores, place, step)),
  );
  const largest = Math.max(...drops.flat());
  const score = usual[place];
  const below = score - step;
  const resolution = step && below > 0 ? before - Math.log(below / (1 - score + step)) : 0;
  const cells = averaged(drops);
  return {
    label: card.labels[place],
    neither: card.neither_threshold !== null && score < card.neither_threshold,
    threshold: card.neither_threshold,
    score,
    left: changed[drops.flat().indexOf(largest)][place],
    logOdds: before,
    drops,
    cells,
    largest,
    range: Math.max(LEAST_RANGE, ...cells.flat()),
    resolution,
    flat: largest <= Math.max(FLAT, 1.01 * resolution),
    saturated: isSaturated(usual, place, step),
    step,
    picture,
    shape,
  };
}

/** What was found, in words. */
export function sentences(found) {
  const said = [];
  const name = `${found.label} ${percent(found.score)}.`;
  if (found.neither) {
    said.push(`The answer is ${NEITHER}: the best label, ${found.label}, stays below ${percent(found.threshold)}.`);
  }
  if (found.flat) {
    const most = Math.max(0, found.largest).toFixed(2);
    const step = found.resolution > FLAT ? `, about one step of its scores (${found.resolution.toFixed(2)})` : "";
    said.push(
      `${name} Nothing matters: wherever the picture is covered, the log-odds fall by ${most} at most${step}, ` +
        "so this map says nothing.",
    );
  } else {
    said.push(
      `${name} Covering what matters most leaves ${percent(found.left)}: the largest drop of the log-odds is ` +
        `${found.largest.toFixed(1)}, from ${found.logOdds.toFixed(1)}.`,
    );
  }
  if (found.saturated) {
    const steps = found.step ? ` (steps of 1/${(1 / found.step).toFixed(0)})` : "";
    said.push(`${percent(found.score)} is as high as this file can say${steps}, so true drops may be larger.`);
  }
  return said;
}

const GREY = 0.6;
const STRONGEST = 0.75;
const COLOURS = [[101, 21, 110], [188, 55, 84], [243, 119, 25], [246, 215, 70]]; // from no heat to the strongest

function colourOf(share) {
  const place = share * (COLOURS.length - 1);
  const first = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[first].map((value, channel) => value + (place - first) * (COLOURS[first + 1][channel] - value));
}

/** Between the cells, as OpenCV's INTER_LINEAR does it. */
function heatAt(cells, row, column) {
  const clipped = (place) => Math.min(Math.max(place, 0), CELLS - 1);
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const at = (line, place) => cells[clipped(line)][clipped(place)];
  const [down, across] = [row - top, column - left];
  return (
    (1 - down) * ((1 - across) * at(top, left) + across * at(top, left + 1)) +
    down * ((1 - across) * at(top + 1, left) + across * at(top + 1, left + 1))
  );
}

/** The picture in grey with heat on it: RGBA bytes of the model's input size. */
export function warmed({ picture, cells, range }) {
  const { data, width, height } = picture;
  const out = new Uint8ClampedArray(data.length).fill(255);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const place = (row * width + column) * 4;
      const grey = 0.299 * data[place] + 0.587 * data[place + 1] + 0.114 * data[place + 2];
      const heat = heatAt(cells, ((row + 0.5) * CELLS) / height - 0.5, ((column + 0.5) * CELLS) / width - 0.5);
      const share = Math.min(1, Math.max(0, heat / range));
      const hidden = STRONGEST * share;
      out.set(colourOf(share).map((value) => (1 - hidden) * GREY * grey + hidden * value), place);
    }
  }
  return out;
}
