/**
 * Photographs and camera frames as RGBA bytes at their natural size.
 *
 * The canvas only copies here: one source pixel is one canvas pixel, so nothing is scaled. EXIF orientation is applied,
 * and an embedded colour profile is not, as in `edge_app/photographs/decoder.py`.
 */

/** The same limit as in photograph.py: 268 megapixels. */
const MAX_PIXELS = 2 ** 28;
/** Phones refuse canvases above some 16 megapixels, so large pictures are read in strips. */
const STRIP_PIXELS = 2 ** 22;

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true }); // stay in memory: reading back is the point

/**
 * Decode a picture file.
 *
 * @param {Blob} file
 * @returns {Promise<ImageBitmap>} upright
 */
export async function decode(file) {
  const options = { imageOrientation: "from-image", colorSpaceConversion: "none", premultiplyAlpha: "none" };
  try {
    return await createImageBitmap(file, options);
  } catch {
    const what = file.size === 0 ? "is empty" : "is not a picture that this browser can decode";
    throw new Error(`${file.name || "The file"} ${what}. Choose a JPEG, PNG or WebP.`);
  }
}

/**
 * Copy the pixels of something that can be drawn.
 *
 * @param {ImageBitmap|HTMLVideoElement} source
 * @param {number} width natural width, pixels
 * @param {number} height natural height, pixels
 * @returns {import("./prepare.js").Pixels}
 */
export function readPixels(source, width, height) {
  if (width * height > MAX_PIXELS) {
    throw new Error(`The picture has ${width} × ${height} pixels. Shrink it below ${MAX_PIXELS.toLocaleString()}.`);
  }
  const rows = Math.max(1, Math.min(height, Math.floor(STRIP_PIXELS / width)));
  if (canvas.width !== width || canvas.height !== rows) {
    canvas.width = width;
    canvas.height = rows;
  }
  if (rows === height) return copyStrip(source, width, 0, height);
  const data = new Uint8ClampedArray(width * height * 4);
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    data.set(copyStrip(source, width, top, count).data, top * width * 4);
  }
  return { data, width, height };
}

function copyStrip(source, width, top, rows) {
  context.clearRect(0, 0, width, rows); // what is transparent must not show the picture before
  context.drawImage(source, 0, top, width, rows, 0, 0, width, rows);
  return context.getImageData(0, 0, width, rows);
}

/** Whether some pixel is see-through: a canvas multiplies colours by their alpha, and Python's decoder does not. */
export function isTransparent(pixels) {
  const words = new Uint32Array(pixels.data.buffer, pixels.data.byteOffset, pixels.data.length / 4);
  const alpha = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0xff000000 : 0x000000ff;
  return words.some((word) => (word & alpha) >>> 0 !== alpha);
}
