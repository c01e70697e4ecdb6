// The icon as PNG, for those who take no SVG: the shapes of icon.svg, four samples a side for each pixel.
import { crc32, deflateSync } from "node:zlib";

const ground = [0x1d, 0x4a, 0x80];
const white = [0xff, 0xff, 0xff];

const inRounded = (x, y, left, top, width, height, radius) => {
  const dx = Math.max(left + radius - x, x - (left + width - radius), 0);
  const dy = Math.max(top + radius - y, y - (top + height - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
};
const inLine = (x, y, left, right, middle) => inRounded(x, y, left - 10, middle - 10, right - left + 20, 20, 10);

// The colour at a point of the 512 by 512 picture.
function colourAt(x, y) {
  if (!inRounded(x, y, 96, 144, 320, 224, 40)) return ground;
  const head = (x - 184) ** 2 + (y - 224) ** 2 <= 36 ** 2;
  const shoulders = y <= 320 && ((x - 184) / 60) ** 2 + ((y - 320) / 44) ** 2 <= 1;
  const lines = inLine(x, y, 280, 376, 212) || inLine(x, y, 280, 376, 256) || inLine(x, y, 280, 336, 300);
  return head || shoulders || lines ? ground : white;
}

const samples = 4;
function pixel(column, row, size) {
  const sum = [0, 0, 0];
  for (let i = 0; i < samples; ++i) {
    for (let j = 0; j < samples; ++j) {
      const colour = colourAt(((column + (i + 0.5) / samples) * 512) / size, ((row + (j + 0.5) / samples) * 512) / size);
      for (let part = 0; part < 3; ++part) sum[part] += colour[part];
    }
  }
  return sum.map((part) => Math.round(part / (samples * samples)));
}

function chunk(type, data) {
  const named = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

// Square, to the edge: a system that wants round corners cuts them.
export function iconPng(size) {
  const rows = [];
  for (let row = 0; row < size; ++row) {
    rows.push(0); // no filter
    for (let column = 0; column < size; ++column) rows.push(...pixel(column, row, size));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits a colour, RGB
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(Buffer.from(rows), { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
