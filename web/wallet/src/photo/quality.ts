// Whether a picture is likely to be of use, by two numbers: how bright it is, and how much fine detail it has.
export type Hint = "dark" | "bright" | "blurred" | "good";

// Pictures of everything: of the brightness 0 to 255. Chosen with a page of text and a face under a desk lamp.
const darkBelow = 55;
const brightAbove = 215;
const blurredBelow = 40;

// The mean brightness, and the variance of the Laplacian, which edges make large and blur makes small.
export function measure(pixels: Uint8ClampedArray, width: number, height: number): { brightness: number; sharpness: number } {
  const grey = new Float32Array(width * height);
  let sum = 0;
  for (let i = 0; i < grey.length; ++i) {
    grey[i] = 0.299 * pixels[4 * i]! + 0.587 * pixels[4 * i + 1]! + 0.114 * pixels[4 * i + 2]!;
    sum += grey[i]!;
  }
  let total = 0;
  let squares = 0;
  for (let y = 1; y < height - 1; ++y) {
    for (let x = 1; x < width - 1; ++x) {
      const i = y * width + x;
      const edge = grey[i - 1]! + grey[i + 1]! + grey[i - width]! + grey[i + width]! - 4 * grey[i]!;
      total += edge;
      squares += edge * edge;
    }
  }
  const count = Math.max(1, (width - 2) * (height - 2));
  return { brightness: sum / Math.max(1, grey.length), sharpness: squares / count - (total / count) ** 2 };
}

export function hintFor({ brightness, sharpness }: { brightness: number; sharpness: number }): Hint {
  if (brightness < darkBelow) return "dark";
  if (brightness > brightAbove) return "bright";
  return sharpness < blurredBelow ? "blurred" : "good";
}
