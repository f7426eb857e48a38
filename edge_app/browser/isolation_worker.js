/**
 * The service worker that lets the page use threads under a server that sends no headers of its own.
 *
 * Browsers share memory between threads only in a cross-origin isolated page: one that came with the two headers below.
 * `python -m http.server` and most static servers send neither, so this worker adds them, on the way, to what needs
 * them: the page, and the scripts of its threads. Nothing is cached or changed, and every other request (models,
 * WebAssembly, pictures, parts of files, other addresses) goes to the server as if there were no worker. Those need no
 * header: they are of the page's own origin, and `require-corp` asks only other origins for one.
 */

const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  // Not "credentialless": Safari does not know it. Chromium, Firefox (79) and Safari (15.2) know this one.
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const BODILESS = new Set([204, 205, 304]); // a Response of these may have no body, not even an empty one

// A worker of a newer bundle at the same address takes over at once; there is no cache that it could disagree with.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || request.headers.has("range")) return;
  // Developer tools ask so; fetch() refuses it for all but same-origin requests.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  if (request.mode === "navigate") {
    if (isPage(url)) event.respondWith(answerPage(event));
  } else if (request.destination === "worker") {
    event.respondWith(fetch(request).then(isolate)); // an isolated page may start only threads with the header
  }
});

/** The page itself, and nothing else that may lie in or below its folder. */
function isPage({ pathname }) {
  const folder = new URL(self.registration.scope).pathname;
  return pathname === folder || pathname === `${folder}index.html`;
}

async function answerPage(event) {
  const [response, gone] = await Promise.all([fetch(event.request), isGone()]);
  if (!gone) return isolate(response);
  event.waitUntil(self.registration.unregister()); // the answer does not wait for it
  return response;
}

/** Whether another thing is served here by now: http://localhost:8000 is many people's address for many things. */
async function isGone() {
  try {
    const own = await fetch(self.location.href, { cache: "no-store" });
    await own.body?.cancel();
    // Some servers answer every address that they do not know with their page.
    return own.status === 404 || own.status === 410 || (own.headers.get("content-type") ?? "").startsWith("text/html");
  } catch {
    return false; // the server is off, which the request itself will tell
  }
}

function isolate(response) {
  // Opaque answers (status 0) show no headers, and of a redirected one the copy would forget the address.
  if (response.type !== "basic" || response.redirected) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(BODILESS.has(status) ? null : response.body, { status, statusText, headers });
}
