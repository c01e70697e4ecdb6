// The camera in a video element.
export type CameraTrouble = "denied" | "noCamera" | "failed";
export function cameraTrouble(error: unknown): CameraTrouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "NotReadableError" || name === "OverconstrainedError") return "noCamera";
  return "failed";
}

// Shows the camera until the returned function is called.
export async function openCamera(video: HTMLVideoElement, wanted: MediaTrackConstraints): Promise<() => void> {
  if (navigator.mediaDevices === undefined) throw new DOMException("no camera", "NotFoundError");
  const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    stop();
    throw error;
  }
  return stop;
}
