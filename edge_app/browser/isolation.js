/**
 * Threads: they share memory, which browsers allow only pages that two headers isolate from other origins.
 *
 * Where the server sends them, nothing happens here. Elsewhere a service worker adds them (isolation_worker.js says how),
 * and since it sees only what is loaded after it, the page loads itself once more on the first visit. Where that is
 * impossible, the page works with one thread.
 */

const WORKER = "isolation_worker.js";
const PATIENCE_MS = 10_000; // a worker starts in a tenth of a second, and a busy phone is slow
const HEADERS = "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";

// The guard against reloading for ever: per tab, until isolated; per page, because others may share the origin.
const TRIED = `fieldlens isolation tried ${location.pathname}`;

let obstacle = ""; // why there is one thread

export const isolated = () => globalThis.crossOriginIsolated === true;

/** Why the page may not use threads, and what would help; empty if it may. */
export const whyOneThread = () => (isolated() ? "" : obstacle);

/** Isolate the page if it is not; settles if it stays, and never if it is about to load anew. */
export async function isolate() {
  if (isolated()) {
    forgetTry();
    return;
  }
  if (globalThis.isSecureContext === false) {
    obstacle = "browsers allow more only on https:// pages and localhost";
    return;
  }
  obstacle = `for more, the server must send the headers ${HEADERS}, because `;
  if (!navigator.serviceWorker) {
    obstacle += "this browser has no service workers here";
    return;
  }
  try {
    if (sessionStorage.getItem(TRIED)) throw new Error("it was already tried in this tab");
    sessionStorage.setItem(TRIED, "yes"); // first: without a memory of it there must be no reload
    await workerReady();
  } catch (error) {
    obstacle += `the page's service worker cannot add them (${error.message})`;
    return;
  }
  location.reload();
  await new Promise(() => {}); // no model is fetched for a page that goes away
}

/** Wait until the worker answers for the page's address, on its next load at the latest. */
async function workerReady() {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not start")), PATIENCE_MS);
  });
  try {
    // Some that block service workers answer with nothing, and then none would ever be ready.
    const registration = await Promise.race([navigator.serviceWorker.register(WORKER), late]);
    if (!registration) throw new Error("service workers are blocked");
    // Ready means active: also where it was active already and the page came past it, as after Shift and reload.
    await Promise.race([navigator.serviceWorker.ready, late]);
  } finally {
    clearTimeout(timer);
  }
}

function forgetTry() {
  try {
    sessionStorage.removeItem(TRIED);
  } catch {
    // No storage here, so nothing to forget.
  }
}
