// Photos as they leave the device: drawn anew, so that nothing but the picture itself goes along (no place, no time, no name of
// the camera), and no larger than reviewers need.
import { hintFor, measure, type Hint } from "./quality.ts";

const longestSide = 2000;
const shortestSide = 640;
const bytesMax = 3 * 1024 * 1024;
const measuredSide = 320;

// The size in which a picture is kept; null for one that is too small to be of use.
export function keptSize(width: number, height: number): { width: number; height: number } | null {
  if (Math.min(width, height) < shortestSide) return null;
  const scale = Math.min(1, longestSide / Math.max(width, height));
  const kept = { width: Math.round(width * scale), height: Math.round(height * scale) };
  return Math.min(kept.width, kept.height) < shortestSide ? null : kept;
}

function draw(source: CanvasImageSource, size: { width: number; height: number }): CanvasRenderingContext2D {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, size);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(source, 0, 0, size.width, size.height);
  return context;
}

const malformed = (detail: string) => ({ code: "photo_malformed", where: "photo", detail });

async function exported(source: CanvasImageSource, width: number, height: number): Promise<Blob> {
  const size = keptSize(width, height);
  if (size === null) throw malformed(`${width} x ${height}`);
  const { canvas } = draw(source, size);
  for (const quality of [0.9, 0.75, 0.5]) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", quality));
    if (blob !== null && blob.size <= bytesMax) return blob;
  }
  throw malformed("too large");
}

export const takePicture = (video: HTMLVideoElement): Promise<Blob> => exported(video, video.videoWidth, video.videoHeight);

// A file of the person's, whatever picture the browser can show.
export async function redraw(file: Blob): Promise<Blob> {
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (bitmap === null) throw malformed("not a picture");
  try {
    return await exported(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

export function hintOf(video: HTMLVideoElement): Hint {
  const scale = Math.min(1, measuredSide / Math.max(video.videoWidth, video.videoHeight, 1));
  const size = { width: Math.max(3, Math.round(video.videoWidth * scale)), height: Math.max(3, Math.round(video.videoHeight * scale)) };
  const { data } = draw(video, size).getImageData(0, 0, size.width, size.height);
  return hintFor(measure(data, size.width, size.height));
}
