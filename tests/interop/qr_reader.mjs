// What a camera sees of our QR codes, read by npm's jsqr: the decoder that the page has for its own camera.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const jsQr = createRequire(new URL('../../web/wallet/package.json', import.meta.url))('jsqr');
const SCALE = 4;

// `isDark(x, y)` of a picture of `width` x `height` modules, its light margin among them.
function decode(width, height, isDark) {
  const pixels = new Uint8ClampedArray(width * height * SCALE * SCALE * 4).fill(255);
  for (let y = 0; y < height * SCALE; ++y) {
    for (let x = 0; x < width * SCALE; ++x) {
      if (isDark(Math.floor(x / SCALE), Math.floor(y / SCALE))) pixels.fill(0, (y * width * SCALE + x) * 4, (y * width * SCALE + x) * 4 + 3);
    }
  }
  return jsQr(pixels, width * SCALE, height * SCALE)?.data;
}

// The half blocks of a terminal: light on dark, two rows of modules in each line.
export function readTerminal(output) {
  const rows = output.split('\n').filter((line) => /^[\u2580\u2584\u2588 ]{20,}$/.test(line));
  assert(rows.length > 10, 'no QR code in the output');
  const width = Math.max(...rows.map((row) => row.length));
  const isLight = (x, y) => ['\u2588', y % 2 === 0 ? '\u2580' : '\u2584'].includes(rows[y >> 1][x]);
  return decode(width, rows.length * 2, (x, y) => !isLight(x, y));
}

// Our drawing: a path of horizontal runs "Mx yhN" in a square of modules.
export function readSvg(svg) {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)[1]);
  const dark = new Set();
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    for (let i = 0; i < Number(length); ++i) dark.add(Number(y) * size + Number(x) + i);
  }
  return decode(size, size, (x, y) => dark.has(y * size + x));
}
