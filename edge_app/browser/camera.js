/** Webcams: opening one, saying why it cannot be opened, and handing out its frames. */

const REASONS = {
  NotAllowedError: "Access to the camera was denied. Allow it for this page in the browser's address bar, then try again.",
  NotFoundError: "No camera was found. Connect one and try again, or choose a photograph.",
  OverconstrainedError: "The chosen camera is no longer connected. Choose another one.",
  NotReadableError: "The camera is in use by another program, or faulty. Close the other program and try again.",
  AbortError: "The camera did not start. Try again, or unplug it and plug it in.",
};

/** Why no camera can work on this page at all, or null. */
export function cameraObstacle() {
  if (!globalThis.isSecureContext) {
    return "Browsers allow cameras only on https:// pages and localhost. Serve this folder over https://.";
  }
  if (!navigator.mediaDevices?.getUserMedia) return "This browser cannot access cameras. Choose a photograph.";
  return null;
}

/** The sentence for an error of getUserMedia. */
export function describeCameraError(error) {
  return REASONS[error.name] ?? `The camera cannot be opened (${error.message || error.name}).`;
}

/** The cameras that there are; browsers tell their names once one was allowed. */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput" && device.deviceId !== "")
    .map((device, place) => ({ id: device.deviceId, name: device.label || `Camera ${place + 1}` }));
}

/**
 * Start a camera in a video element.
 *
 * @param {HTMLVideoElement} video
 * @param {string} id of the camera; empty: the one that looks at the world, as phones have it
 * @param {() => void} onLost called when it is unplugged
 * @returns {Promise<{id: string, stop: () => void}>}
 */
export async function openCamera(video, id, onLost) {
  const size = { width: { ideal: 640 }, height: { ideal: 480 } };
  const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: { ...which, ...size }, audio: false });
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", onLost);
  video.srcObject = stream;
  await video.play();
  return {
    id: track.getSettings().deviceId ?? id,
    stop: () => {
      track.removeEventListener("ended", onLost);
      track.stop();
      video.srcObject = null;
    },
  };
}

/** Wait for the next new frame; one that came while nobody waited is gone: the newest is what counts. */
export function nextFrame(video) {
  return new Promise((resolve) => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(() => resolve());
    else requestAnimationFrame(() => resolve());
  });
}
