/**
 * From the pixels of a photograph to the input tensor: the browser's twin of `edge_app/model/preparation.py`.
 *
 * Pure functions of numbers: no canvas scales anything. Bilinear means OpenCV's INTER_LINEAR on the full-size picture,
 * to the bit, area its INTER_AREA to within one level; tests/browser holds both to Python's.
 *
 * @typedef {{data: Uint8ClampedArray|Uint8Array, width: number, height: number}} Pixels RGBA bytes, row by row
 * @typedef {{width: number, height: number}} Size
 * @typedef {{scale: number, zero_point: number}} Quantization real = scale × (stored - zero_point); scale 0: none
 */

const INNER_SHARE = 0.8;

/** Python's round(): halves go to the even neighbour. */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

function middle(width, height, windowWidth, windowHeight) {
  return {
    left: Math.floor((width - windowWidth) / 2),
    top: Math.floor((height - windowHeight) / 2),
    width: windowWidth,
    height: windowHeight,
  };
}

/** The largest centred window with the shape of `size`; see `center_window` in preparation.py. */
function centerWindow(width, height, size) {
  const windowWidth = Math.min(width, Math.max(1, roundHalfEven((height * size.width) / size.height)));
  const windowHeight = Math.min(height, Math.max(1, roundHalfEven((width * size.height) / size.width)));
  return middle(width, height, windowWidth, windowHeight);
}

/** The inner 80 % of width and height; see `inner_window` in preparation.py. */
function innerWindow(width, height) {
  const windowWidth = Math.max(1, roundHalfEven(width * INNER_SHARE));
  const windowHeight = Math.max(1, roundHalfEven(height * INNER_SHARE));
  return middle(width, height, windowWidth, windowHeight);
}

/** What the model of a card sees of a picture; one of exactly the input's size has been through this already. */
export function seenWindow(width, height, card) {
  const size = card.input_size;
  const done = width === size.width && height === size.height;
  if (card.resize === "squash" || done) return { left: 0, top: 0, width, height };
  return card.resize === "center_crop" ? centerWindow(width, height, size) : innerWindow(width, height);
}

/** How far a target position is between two source positions, in the whole steps of 1/2048 that OpenCV uses. */
function bilinearPlace(position, source, target) {
  const exact = Math.fround((position + 0.5) / (target / source) - 0.5); // centres of pixels lie at halves
  const first = Math.floor(exact);
  const rest = Math.fround(exact - first);
  return { first, weights: [roundHalfEven((1 - rest) * 2048), roundHalfEven(rest * 2048)] };
}

/** For each target column: the first source column and the weights from there on. */
function bilinearColumns(source, target) {
  return Array.from({ length: target }, (_, position) => {
    const { first, weights } = bilinearPlace(position, source, target);
    if (first < 0) return { first: 0, weights: [2048] };
    if (first >= source - 1) return { first: source - 1, weights: [2048] };
    return { first, weights };
  });
}

/** Mean over the stretch of the source that a target pixel covers. */
function areaTaps(source, target) {
  const scale = source / target;
  return Array.from({ length: target }, (_, position) => {
    const start = position * scale;
    const end = Math.min(source, start + scale);
    const first = Math.floor(start);
    const last = Math.min(source, Math.max(first + 1, Math.ceil(end - 1e-6)));
    const weights = [];
    for (let place = first; place < last; place += 1) {
      weights.push((Math.min(end, place + 1) - Math.max(start, place)) / (end - start));
    }
    return { first, weights };
  });
}

/** What OpenCV's INTER_AREA does when one side grows: bilinear with whole steps between repeated pixels. */
function growingAreaTaps(source, target) {
  const inverse = target / source;
  const scale = 1 / inverse; // not source / target: where a place is a whole number, the last bit of it decides
  return Array.from({ length: target }, (_, position) => {
    const first = Math.floor(position * scale);
    const beyond = Math.fround(position + 1 - (first + 1) * inverse);
    const second = beyond <= 0 ? 0 : beyond - Math.floor(beyond);
    if (first >= source - 1) return { first: source - 1, weights: [1] };
    return { first, weights: [1 - second, second] };
  });
}

function areaAxes(window, size) {
  const shrinks = window.width >= size.width && window.height >= size.height;
  const taps = shrinks ? areaTaps : growingAreaTaps;
  return { across: taps(window.width, size.width), down: taps(window.height, size.height) };
}

/** One source row, resized across, into `out`: RGB. */
function resizeRow(pixels, window, row, across, out) {
  const start = ((window.top + row) * pixels.width + window.left) * 4;
  const { data } = pixels;
  for (let column = 0; column < across.length; column += 1) {
    const { first, weights } = across[column];
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let tap = 0; tap < weights.length; tap += 1) {
      const place = start + (first + tap) * 4;
      red += weights[tap] * data[place];
      green += weights[tap] * data[place + 1];
      blue += weights[tap] * data[place + 2];
    }
    out[column * 3] = red;
    out[column * 3 + 1] = green;
    out[column * 3 + 2] = blue;
  }
}

/** Source rows, resized across; neighbouring lines share rows, so the last two are kept. */
function rowsAcross(pixels, window, across) {
  const rows = [0, 1].map(() => new Float32Array(across.length * 3));
  const held = [-1, -1];
  return (row) => {
    const slot = row % 2;
    if (held[slot] !== row) {
      resizeRow(pixels, window, row, across, rows[slot]);
      held[slot] = row;
    }
    return rows[slot];
  };
}

/** OpenCV's INTER_LINEAR of bytes, in whole numbers: it cuts bits where it does. */
function resizeBilinear(pixels, window, size, out) {
  const rowAt = rowsAcross(pixels, window, bilinearColumns(window.width, size.width));
  const clipped = (row) => Math.min(Math.max(row, 0), window.height - 1);
  const length = size.width * 3;
  for (let line = 0; line < size.height; line += 1) {
    const { first, weights } = bilinearPlace(line, window.height, size.height);
    const [upper, lower] = [rowAt(clipped(first)), rowAt(clipped(first + 1))];
    for (let place = 0; place < length; place += 1) {
      const sum = ((weights[0] * (upper[place] >> 4)) >> 16) + ((weights[1] * (lower[place] >> 4)) >> 16);
      out[line * length + place] = (sum + 2) >> 2;
    }
  }
}

function resizeArea(pixels, window, size, out) {
  const { across, down } = areaAxes(window, size);
  const rowAt = rowsAcross(pixels, window, across);
  const length = size.width * 3;
  const sum = new Float32Array(length);
  for (let line = 0; line < size.height; line += 1) {
    const { first, weights } = down[line];
    sum.fill(0);
    for (let tap = 0; tap < weights.length; tap += 1) {
      const weight = weights[tap];
      const values = rowAt(first + tap);
      for (let place = 0; place < length; place += 1) sum[place] += weight * values[place];
    }
    out.set(sum, line * length);
  }
}

/**
 * Resize a window of a picture.
 *
 * @param {Pixels} pixels
 * @param {{left: number, top: number, width: number, height: number}} window part of the picture that counts
 * @param {Size} size of the result
 * @param {"bilinear"|"area"} interpolation
 * @returns {Uint8ClampedArray} RGB bytes, (size.height × size.width × 3)
 */
export function resizeRgb(pixels, window, size, interpolation) {
  const out = new Uint8ClampedArray(size.height * size.width * 3); // rounds and clamps when it is written
  const resize = interpolation === "bilinear" ? resizeBilinear : resizeArea;
  resize(pixels, window, size, out);
  return out;
}

const LIMITS = { uint8: [0, 255], int8: [-128, 127] };
const ARRAYS = { uint8: Uint8Array, int8: Int8Array, float32: Float32Array };

/**
 * What the tensor holds for each byte of each channel; see `value_table` in preprocess.py.
 *
 * @returns {(Uint8Array|Int8Array|Float32Array)[]} three tables of 256, channels RGB
 */
export function valueTable(card, quantization) {
  const kind = ARRAYS[card.input_dtype];
  const table = (value) => kind.from({ length: 256 }, (_, byte) => value(byte));
  const real = card.mean.map((mean, channel) => (byte) => (byte - mean) / card.std[channel]);
  if (card.input_dtype === "float32") return real.map(table);
  const [low, high] = LIMITS[card.input_dtype];
  const shifted = card.mean.map(() => table((byte) => byte + low));
  if (!(quantization.scale > 0)) return shifted; // nothing said: bytes, shifted for int8
  const rounded = (value) => roundHalfEven(value / quantization.scale + quantization.zero_point);
  const stored = real.map((value) => table((byte) => Math.min(high, Math.max(low, rounded(value(byte))))));
  // There is no zero point 127.5, so bytes lie half-way between the levels of our inputs: rounding would join pairs.
  const near = stored.every((levels, channel) => levels.every((one, byte) => Math.abs(one - shifted[channel][byte]) <= 1));
  return near ? shifted : stored;
}

/** Whether bytes go in as they are. */
function isRaw(tables, dtype) {
  return dtype === "uint8" && tables.every((table) => table.every((value, byte) => value === byte));
}

/**
 * Make the function that prepares pictures for one model.
 *
 * @param card checked by card.js
 * @param {Quantization} quantization of the input tensor
 * @returns {(pixels: Pixels) => Uint8Array|Int8Array|Float32Array} values of (1, height, width, 3), RGB
 */
export function preparer(card, quantization = { scale: 0, zero_point: 0 }) {
  const tables = valueTable(card, quantization);
  const raw = isRaw(tables, card.input_dtype);
  const size = card.input_size;
  return (pixels) => {
    const rgb = resizeRgb(pixels, seenWindow(pixels.width, pixels.height, card), size, card.interpolation);
    if (raw) return new Uint8Array(rgb.buffer);
    const out = new ARRAYS[card.input_dtype](rgb.length);
    for (let place = 0; place < rgb.length; place += 1) out[place] = tables[place % 3][rgb[place]];
    return out;
  };
}
