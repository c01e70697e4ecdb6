// The service worker: offline use, and new versions that wait until the person switches.
import { serviceWorkerAddress } from "./script_address.ts";

// `ready`: a new version waits. Called with what switches to it.
export async function watchForUpdates(ready: (switchNow: () => void) => void): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  // A page that had none of ours gets one on its first visit (in a folder, after that of another page above it); only a
  // change from one of ours to another is a new version.
  const ours = new URL(String(serviceWorkerAddress()), document.baseURI).href;
  const hadOne = navigator.serviceWorker.controller?.scriptURL === ours;
  let reloading = false;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!hadOne || reloading) return;
    reloading = true;
    location.reload();
  });
  const registration = await navigator.serviceWorker.register(serviceWorkerAddress(), { updateViaCache: "none" });
  const offer = (worker: ServiceWorker | null) => {
    if (worker?.state === "installed" && registration.active) ready(() => worker.postMessage("switch"));
  };
  offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => offer(worker));
  });
}
