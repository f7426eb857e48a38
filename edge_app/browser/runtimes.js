/**
 * The runtimes that can run the bundle's models: LiteRT.js for the `.tflite`, TF.js for the graph model.
 *
 * A runtime's files are fetched when it is chosen, never before, and from this folder only.
 */

import { isolated, whyOneThread } from "./isolation.js";
import { readScores } from "./scores.js";

const TFJS_FOLDER = "runtime/tfjs/";
const LITERT_FOLDER = "runtime/litert/";

/** How many threads a runtime of the processor may use. */
export const threads = () => (isolated() ? Math.max(1, Math.min(4, navigator.hardwareConcurrency || 1)) : 1);

/**
 * How many threads the processor's runtimes use, and why not more.
 *
 * @param {number} used by the runtime that is open
 */
export function describeThreads(used) {
  if (!isolated()) return `one; ${whyOneThread()}`;
  const known = `${used} of ${navigator.hardwareConcurrency} processor cores`;
  return used < threads() ? `${known}, as many as this runtime takes here` : known;
}

export const RUNTIMES = [
  {
    id: "litert",
    files: "litert",
    title: "LiteRT.js · integers",
    about: "The .tflite itself on the processor, with XNNPACK in WebAssembly.",
    open: openLiteRt,
  },
  {
    id: "tfjs-wasm",
    files: "tfjs",
    title: "TF.js · WebAssembly",
    about: "The graph model in floating point on the processor.",
    open: (files) => openTfjs(files, "wasm"),
  },
  {
    id: "tfjs-webgl",
    files: "tfjs",
    title: "TF.js · WebGL",
    about: "The graph model on the graphics processor; the first run compiles its shaders and takes seconds.",
    open: (files) => openTfjs(files, "webgl"),
  },
  {
    id: "tfjs-webgpu",
    files: "tfjs",
    title: "TF.js · WebGPU",
    about: "The graph model on the graphics processor, through the newer interface.",
    open: (files) => openTfjs(files, "webgpu"),
  },
];

/** Why a runtime cannot work in this browser, or null. */
export async function obstacle(id) {
  if (typeof WebAssembly !== "object" && (id === "litert" || id === "tfjs-wasm")) return "no WebAssembly here";
  if (id === "tfjs-webgl" && !document.createElement("canvas").getContext("webgl2")) return "no WebGL here";
  if (id === "tfjs-webgpu") {
    const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
    if (!adapter) return "no WebGPU here";
  }
  return null;
}

const scripts = new Map();

function loadScript(path) {
  if (!scripts.has(path)) {
    scripts.set(
      path,
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = path;
        script.onload = resolve;
        script.onerror = () => {
          scripts.delete(path); // so that another try can succeed
          reject(new Error(`${path} is missing. Make the bundle again with fieldlens convert web.`));
        };
        document.head.append(script);
      }),
    );
  }
  return scripts.get(path);
}

/**
 * @param files the bundle's entry: path of the model, name of its input and output
 * @param {"wasm"|"webgl"|"webgpu"} backend
 * @returns {Promise<{run: (values) => Promise<Float32Array>, close: () => void, threads: number}>}
 */
async function openTfjs(files, backend) {
  for (const part of ["tf-core", "tf-converter", `tf-backend-${backend}`]) {
    await loadScript(`${TFJS_FOLDER}${part}.es2017.min.js`);
  }
  const { tf } = globalThis;
  if (backend === "wasm") {
    tf.wasm.setWasmPaths(new URL(TFJS_FOLDER, document.baseURI).href);
    tf.wasm.setThreadsCount(threads());
  }
  if (!(await tf.setBackend(backend))) throw new Error(`TF.js cannot start its ${backend} backend here.`);
  const model = await tf.loadGraphModel(files.model);
  return {
    async run(values, shape) {
      const input = tf.tensor(values, shape, "float32");
      const output = model.execute({ [files.input.name]: input }); // the only output of its signature
      try {
        return await output.data();
      } finally {
        tf.dispose([input, output]);
      }
    },
    close: () => model.dispose(),
    threads: backend === "wasm" ? tf.wasm.getThreadsCount() : threads(), // TF.js takes half of the cores at most
  };
}

let liteRt = null;

async function openLiteRt(files) {
  liteRt ??= startLiteRt().catch((error) => {
    liteRt = null; // so that another try can succeed
    throw error;
  });
  const { core, numThreads } = await liteRt;
  const options = { accelerator: "wasm", cpuOptions: { numThreads } };
  const model = await core.loadAndCompile(files.model, options);
  return {
    async run(values, shape) {
      const input = new core.Tensor(values, shape);
      const [output] = await model.run([input]);
      try {
        return readScores(await output.data(), files.output);
      } finally {
        input.delete();
        output.delete();
      }
    },
    close: () => model.delete(),
    threads: numThreads,
  };
}

async function startLiteRt() {
  const core = await import("@litertjs/core").catch(() => {
    throw new Error("runtime/litert is missing. Make the bundle again with fieldlens convert web.");
  });
  if (threads() > 1) {
    // Its threads need relaxed SIMD, which came years after isolation: Safari and older Firefox have one without the other.
    const started = await core.loadLiteRt(LITERT_FOLDER, { threads: true }).catch(() => null);
    if (started) return { core, numThreads: threads() };
  }
  await core.loadLiteRt(LITERT_FOLDER, { threads: false });
  return { core, numThreads: 1 };
}
