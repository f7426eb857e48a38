/** From the output tensor to scores, as Python's `edge_app.model.scores` reads them. */

const FLOOR_STEPS = 0.5;
const MOST_STEPS = 2;

/**
 * Scores of a quantized output, as `off_zero` of Python's `edge_app.model.scores` reads them: a probability that was
 * rounded to 0 is half a step (more than four of them share two steps, or what the others leave of 1 where that is
 * more), and all are divided by their sum.
 *
 * @param stored integers of the output tensor; numbers of one that is not quantized
 * @param {{scale: number, zero_point: number}} output its quantization; scale 0: none
 * @returns {Float32Array}
 */
export function readScores(stored, { scale, zero_point: zeroPoint }) {
  if (!(scale > 0)) return Float32Array.from(stored);
  const values = Float32Array.from(stored, (value) => (value - zeroPoint) * scale);
  const sum = values.reduce((total, value) => total + value, 0);
  const outside = values.some((value) => value < -0.02 || value > 1.02);
  if (outside || Math.abs(sum - 1) > 0.06 + values.length / 510) return values; // no probabilities
  const above = values.filter((value) => value >= FLOOR_STEPS * scale);
  const zeros = values.length - above.length;
  const left = 1 - above.reduce((before, value) => before + value, 0);
  const floor = Math.min(FLOOR_STEPS * scale, Math.max(MOST_STEPS * scale, left) / Math.max(zeros, 1));
  const raised = Array.from(values, (value) => Math.max(value, floor));
  const total = raised.reduce((before, value) => before + value, 0);
  return Float32Array.from(raised, (value) => value / total);
}
