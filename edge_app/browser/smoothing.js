/**
 * A label that does not flicker: edge_app/display/smoothing.py once more, for a camera in a browser. A test holds the two together.
 *
 * Scores pass a first-order low-pass filter, exact for any time between frames; the label shown stays until another is
 * clearly better, or the best one clearly below the threshold of "neither".
 */

import { answer, NEITHER } from "./card.js";

/** Time constant, seconds: after it 63 % of a step has arrived. */
export const SMOOTHING_S = 0.3;

const LABEL_MARGIN = 0.1;
const NEITHER_MARGIN = 0.05;

/**
 * Smooth the scores of one model.
 *
 * @param card whose labels and threshold count
 * @param {number} timeConstant_s above 0
 * @returns {(scores: ArrayLike<number>, at_s: number) => object} from the scores of a frame and when it was taken to an
 *     answer as in card.js, of smoothed scores; a time before the last one begins anew
 */
export function smoother(card, timeConstant_s = SMOOTHING_S) {
  const smoothed = new Float64Array(card.labels.length);
  const threshold = card.neither_threshold ?? 0;
  let before_s = null;
  let shown = null; // place of the label shown; null: neither

  const choose = (best, first) => {
    const score = smoothed[best];
    if (first || shown === null) shown = score >= threshold ? best : null;
    else if (score < threshold - NEITHER_MARGIN) shown = null;
    else if (score >= smoothed[shown] + LABEL_MARGIN) shown = best;
  };

  return (scores, at_s) => {
    const first = before_s === null || at_s < before_s;
    const weight = first ? 1 : -Math.expm1(-(at_s - before_s) / timeConstant_s);
    before_s = at_s;
    for (let place = 0; place < smoothed.length; place += 1) smoothed[place] += weight * (scores[place] - smoothed[place]);
    const plain = answer(card, smoothed);
    choose(card.labels.indexOf(plain.top[0].label), first);
    const label = shown === null ? NEITHER : card.labels[shown];
    return { ...plain, label, score: shown === null ? plain.score : smoothed[shown], neither: shown === null };
  };
}
