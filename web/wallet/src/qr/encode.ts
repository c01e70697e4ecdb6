// A QR code (ISO/IEC 18004) of a text: byte mode, error correction L, versions 1 to 15. What a screen shows to a camera.

// Of each version at level L: error correction bytes a block, and blocks of the first and of the second size with their data bytes.
const layouts: [number, number, number, number, number][] = [
  [7, 1, 19, 0, 0], [10, 1, 34, 0, 0], [15, 1, 55, 0, 0], [20, 1, 80, 0, 0], [26, 1, 108, 0, 0],
  [18, 2, 68, 0, 0], [20, 2, 78, 0, 0], [24, 2, 97, 0, 0], [30, 2, 116, 0, 0], [18, 2, 68, 2, 69],
  [20, 4, 81, 0, 0], [24, 2, 92, 2, 93], [26, 4, 107, 0, 0], [30, 3, 115, 1, 116], [22, 5, 87, 1, 88],
];
const alignments: number[][] = [
  [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
  [6, 30, 54], [6, 32, 58], [6, 34, 62], [6, 26, 46, 66], [6, 26, 48, 70],
];

const exponents = new Uint8Array(512);
const logarithms = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  exponents[i] = exponents[i + 255] = value;
  logarithms[value] = i;
  value = value & 0x80 ? (value << 1) ^ 0x11d : value << 1;
}
const times = (a: number, b: number) => (a === 0 || b === 0 ? 0 : exponents[logarithms[a]! + logarithms[b]!]!);

// The Reed-Solomon remainder of `data`, `count` bytes.
function corrections(data: number[], count: number): number[] {
  let generator = [1];
  for (let i = 0; i < count; i++) {
    const next = new Array<number>(generator.length + 1).fill(0);
    generator.forEach((value, at) => {
      next[at]! ^= value;
      next[at + 1]! ^= times(value, exponents[i]!);
    });
    generator = next;
  }
  const rest = [...data, ...new Array<number>(count).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i]!;
    if (factor !== 0) generator.forEach((value, at) => (rest[i + at]! ^= times(value, factor)));
  }
  return rest.slice(data.length);
}

function codewords(text: Uint8Array, version: number): number[] {
  const [correction, firstCount, firstSize, secondCount, secondSize] = layouts[version - 1]!;
  const capacity = firstCount * firstSize + secondCount * secondSize;
  const bits: number[] = [];
  const put = (value: number, width: number) => {
    for (let i = width - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(text.length, version < 10 ? 8 : 16);
  for (const byte of text) put(byte, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const bytes: number[] = [];
  for (let i = 0; i < bits.length; i += 8) bytes.push(bits.slice(i, i + 8).reduce((value, bit) => (value << 1) | bit, 0));
  for (let pad = 0xec; bytes.length < capacity; pad ^= 0xec ^ 0x11) bytes.push(pad);

  const blocks: { data: number[]; checks: number[] }[] = [];
  for (let i = 0, at = 0; i < firstCount + secondCount; i++) {
    const size = i < firstCount ? firstSize : secondSize;
    const data = bytes.slice(at, at + size);
    blocks.push({ data, checks: corrections(data, correction) });
    at += size;
  }
  const woven: number[] = [];
  for (let i = 0; i < Math.max(firstSize, secondSize); i++) for (const { data } of blocks) if (i < data.length) woven.push(data[i]!);
  for (let i = 0; i < correction; i++) for (const { checks } of blocks) woven.push(checks[i]!);
  return woven;
}

const masks: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

// `value` with the remainder of its division by `polynomial` behind it.
function withRemainder(value: number, polynomial: number, bits: number): number {
  let rest = value << bits;
  for (let i = 31 - Math.clz32(rest); i >= bits; i--) if ((rest >> i) & 1) rest ^= polynomial << (i - bits);
  return (value << bits) | rest;
}

type Module = boolean | null;

class QrSymbol {
  readonly modules: Module[][];
  readonly #reserved: boolean[][];
  readonly version: number;
  constructor(version: number) {
    this.version = version;
    const size = 17 + 4 * version;
    this.modules = Array.from({ length: size }, () => new Array<Module>(size).fill(null));
    this.#reserved = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
    this.#drawPatterns(size);
  }
  get size() {
    return this.modules.length;
  }
  #set(x: number, y: number, dark: boolean) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.modules[y]![x] = dark;
    this.#reserved[y]![x] = true;
  }
  #drawPatterns(size: number) {
    for (let i = 0; i < size; i++) {
      this.#set(i, 6, i % 2 === 0);
      this.#set(6, i, i % 2 === 0);
    }
    for (const [left, top] of [[0, 0], [size - 7, 0], [0, size - 7]] as const) {
      for (let y = -1; y <= 7; y++) {
        for (let x = -1; x <= 7; x++) {
          const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
          this.#set(left + x, top + y, ring !== 2 && ring <= 3);
        }
      }
    }
    const centres = alignments[this.version - 1]!;
    for (const cy of centres) {
      for (const cx of centres) {
        const atFinder = (cx === 6 && cy === 6) || (cx === 6 && cy === size - 7) || (cx === size - 7 && cy === 6);
        if (atFinder) continue;
        for (let y = -2; y <= 2; y++) for (let x = -2; x <= 2; x++) this.#set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
      }
    }
    this.#drawFormat(0);
    if (this.version >= 7) this.#drawVersion(size);
  }
  #drawVersion(size: number) {
    const bits = withRemainder(this.version, 0x1f25, 12);
    for (let i = 0; i < 18; i++) {
      const dark = ((bits >> i) & 1) === 1;
      this.#set(size - 11 + (i % 3), Math.floor(i / 3), dark);
      this.#set(Math.floor(i / 3), size - 11 + (i % 3), dark);
    }
  }
  #drawFormat(mask: number) {
    const bits = withRemainder((1 << 3) | mask, 0x537, 10) ^ 0x5412; // 1: level L
    const dark = (i: number) => ((bits >> i) & 1) === 1;
    for (let i = 0; i < 8; i++) this.#set(this.size - 1 - i, 8, dark(i));
    for (let i = 8; i < 15; i++) this.#set(8, this.size - 15 + i, dark(i));
    for (let i = 0; i < 6; i++) this.#set(8, i, dark(i));
    this.#set(8, 7, dark(6));
    this.#set(8, 8, dark(7));
    this.#set(7, 8, dark(8));
    for (let i = 9; i < 15; i++) this.#set(14 - i, 8, dark(i));
    this.#set(8, this.size - 8, true);
  }
  fill(bytes: number[], mask: number) {
    this.#drawFormat(mask);
    let bit = 0;
    for (let right = this.size - 1; right > 0; right -= 2) {
      if (right === 6) right = 5;
      for (let i = 0; i < this.size; i++) {
        const up = ((right + 1) & 2) === 0;
        const y = up ? this.size - 1 - i : i;
        for (const x of [right, right - 1]) {
          if (this.#reserved[y]![x]) continue;
          const dark = bit < bytes.length * 8 && ((bytes[bit >> 3]! >> (7 - (bit & 7))) & 1) === 1;
          this.modules[y]![x] = dark !== masks[mask]!(x, y);
          bit++;
        }
      }
    }
  }
}

// How hard it is to read: long runs and big blocks of one colour, and an unequal number of dark and light ones.
function penalty(modules: Module[][]): number {
  const size = modules.length;
  let score = 0;
  for (const at of [(a: number, b: number) => modules[a]![b]!, (a: number, b: number) => modules[b]![a]!]) {
    for (let a = 0; a < size; a++) {
      for (let b = 1, run = 1; b <= size; b++) {
        if (b < size && at(a, b) === at(a, b - 1)) run++;
        else {
          if (run >= 5) score += run - 2;
          run = 1;
        }
      }
    }
  }
  let dark = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (modules[y]![x]) dark++;
      if (x > 0 && y > 0 && modules[y]![x] === modules[y - 1]![x] && modules[y]![x] === modules[y]![x - 1] && modules[y]![x] === modules[y - 1]![x - 1]) score += 3;
    }
  }
  return score + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10;
}

// Rows of dark (true) and light modules, without the quiet zone. Null: the text is too long.
export function encode(text: string): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const fits = ([, firstCount, firstSize, secondCount, secondSize]: (typeof layouts)[number], index: number) =>
    bytes.length + (index < 9 ? 2 : 3) <= firstCount * firstSize + secondCount * secondSize;
  const version = layouts.findIndex(fits) + 1;
  if (version === 0) return null;
  const content = codewords(bytes, version);
  const tried = masks.map((_, mask) => {
    const symbol = new QrSymbol(version);
    symbol.fill(content, mask);
    return symbol.modules as boolean[][];
  });
  return tried.reduce((best, next) => (penalty(next) < penalty(best) ? next : best));
}
