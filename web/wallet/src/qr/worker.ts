// Looks for a QR code in a picture, away from the page's own thread. In: a picture. Out: the text, or null.
import jsQR from "jsqr";

interface Picture {
  pixels: ArrayBuffer;
  width: number;
  height: number;
}

self.addEventListener("message", ({ data }: MessageEvent<Picture>) => {
  const found = jsQR(new Uint8ClampedArray(data.pixels), data.width, data.height, { inversionAttempts: "attemptBoth" });
  postMessage(found === null || found.data === "" ? null : found.data);
});
