// The camera, read frame by frame until a QR code is found.
import { openCamera } from "../photo/camera.ts";
import { scanWorkerAddress } from "../script_address.ts";

// Larger pictures take longer and read no better.
const longestSide = 720;

// Shows the camera in `video` and calls `found` with each text, until the returned function is called.
export async function scan(video: HTMLVideoElement, found: (text: string) => void): Promise<() => void> {
  const close = await openCamera(video, { facingMode: "environment" });
  const worker = new Worker(scanWorkerAddress(), { type: "module" });
  const stop = () => {
    worker.terminate();
    close();
  };
  const look = () => video.requestVideoFrameCallback(() => worker.postMessage(picture(video)));
  worker.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data !== null) found(data);
    look();
  };
  look();
  return stop;
}

const canvas = document.createElement("canvas");
function picture(video: HTMLVideoElement): { pixels: ArrayBuffer; width: number; height: number } {
  const scale = Math.min(1, longestSide / Math.max(video.videoWidth, video.videoHeight, 1));
  canvas.width = Math.max(1, Math.round(video.videoWidth * scale));
  canvas.height = Math.max(1, Math.round(video.videoHeight * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { pixels: data.buffer as ArrayBuffer, width, height };
}
