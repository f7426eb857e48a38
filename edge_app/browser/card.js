/** `model_card.json`: the same contract, and the same refusals, as `edge_app/model/card.py`. */

export const SCHEMA_VERSION = 1;
export const NEITHER = "neither";

const CHOICES = {
  input_dtype: ["uint8", "int8", "float32"],
  resize: ["squash", "center_crop", "center_zoom"],
  interpolation: ["bilinear", "area"],
};
const DEFAULTS = {
  resize: "squash",
  interpolation: "bilinear",
  mean: [0, 0, 0],
  std: [1, 1, 1],
  probabilities: true,
  neither_threshold: null,
  accuracy: null,
};

function refuse(fact) {
  throw new Error(`The model card cannot be used: ${fact}. Make the bundle again with fieldlens convert web.`);
}

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const isText = (value) => typeof value === "string" && value !== "";

/**
 * Check a card.
 *
 * @param content what JSON.parse made of the file
 * @returns the card, with its defaults filled in
 */
export function checkCard(content) {
  if (content === null || typeof content !== "object") refuse("it is not a JSON object");
  if (content.schema_version !== SCHEMA_VERSION) {
    refuse(`its schema version is ${content.schema_version}, but this page reads version ${SCHEMA_VERSION}`);
  }
  const card = { ...DEFAULTS, ...content };
  if (!isText(card.name)) refuse("it has no name");
  if (!Array.isArray(card.labels) || card.labels.length === 0 || !card.labels.every(isText)) {
    refuse("it has no labels, or an empty one");
  }
  const { width, height } = card.input_size ?? {};
  if (![width, height].every((side) => Number.isInteger(side) && side >= 1)) refuse("it has no input size");
  for (const [field, allowed] of Object.entries(CHOICES)) {
    if (!allowed.includes(card[field])) refuse(`${field} is ${card[field]}, which is none of ${allowed.join(", ")}`);
  }
  for (const field of ["mean", "std"]) {
    if (!Array.isArray(card[field]) || card[field].length !== 3 || !card[field].every(isNumber)) {
      refuse(`${field} needs three numbers`);
    }
  }
  if (!card.std.every((value) => value > 0)) refuse("std must be above 0");
  const threshold = card.neither_threshold;
  if (threshold !== null && !(isNumber(threshold) && threshold >= 0 && threshold <= 1)) {
    refuse(`the threshold of ${NEITHER} is ${threshold}, which is not within 0 and 1`);
  }
  return card;
}

/**
 * What a model says: the best labels, and whether the best one is good enough.
 *
 * @param card
 * @param {ArrayLike<number>} scores one per label
 * @param {number} count how many labels to list
 * @returns {{label: string, score: number, neither: boolean, top: {label: string, score: number}[]}}
 */
export function answer(card, scores, count = 5) {
  const places = Array.from(card.labels.keys());
  places.sort((one, other) => scores[other] - scores[one] || one - other); // of equal scores the earlier label
  const top = places.slice(0, count).map((place) => ({ label: card.labels[place], score: scores[place] }));
  const neither = card.neither_threshold !== null && top[0].score < card.neither_threshold;
  return { label: neither ? NEITHER : top[0].label, score: top[0].score, neither, top };
}
