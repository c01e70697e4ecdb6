// A reader and a writer of people's files made from docs/formats/blob.md alone, with nothing but node's AES-GCM: both
// have to agree with ours.
//   node blob_interop.mjs BLOB_PEER
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const [peer] = process.argv.slice(2);
const owner = "account 日本", id = "00112233445566778899aabbccddeeff";

const run = (args, input) => spawnSync(peer, args, { input, maxBuffer: 64 * 1024 * 1024 });
const associated = (header, theOwner, file) =>
  Buffer.concat([
    ...["mibun blob 1", theOwner, file].flatMap((part) => {
      const bytes = Buffer.from(part), length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
    header,
  ]);
const nonce = (header, chunk, isLast) => {
  const out = Buffer.alloc(12);
  header.copy(out, 0, 10, 17);
  out.writeUInt32BE(chunk, 7);
  out[11] = isLast ? 1 : 0;
  return out;
};

const read = (sealed, key, theOwner, file) => {
  const header = sealed.subarray(0, 32);
  assert.equal(header.toString("latin1", 0, 8), "mibunblb");
  assert.equal(header[8], 1);
  assert.ok(header.subarray(17, 24).equals(Buffer.alloc(7)));
  const chunkSize = 2 ** header[9], size = Number(header.readBigUInt64BE(24));
  const chunks = Math.max(1, Math.ceil(size / chunkSize));
  const content = [];
  let at = 32, left = size;
  for (let chunk = 0; chunk < chunks; ++chunk) {
    const part = Math.min(left, chunkSize);
    const decipher = createDecipheriv("aes-256-gcm", key, nonce(header, chunk, chunk + 1 === chunks));
    decipher.setAAD(associated(header, theOwner, file));
    decipher.setAuthTag(sealed.subarray(at + part, at + part + 16));
    content.push(decipher.update(sealed.subarray(at, at + part)), decipher.final());
    at += part + 16;
    left -= part;
  }
  assert.equal(at, sealed.length);
  return Buffer.concat(content);
};

const write = (content, key, theOwner, file, bits) => {
  const header = Buffer.alloc(32);
  header.write("mibunblb", "latin1");
  header[8] = 1;
  header[9] = bits;
  randomBytes(7).copy(header, 10);
  header.writeBigUInt64BE(BigInt(content.length), 24);
  const chunkSize = 2 ** bits, chunks = Math.max(1, Math.ceil(content.length / chunkSize));
  const out = [header];
  for (let chunk = 0; chunk < chunks; ++chunk) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce(header, chunk, chunk + 1 === chunks));
    cipher.setAAD(associated(header, theOwner, file));
    out.push(cipher.update(content.subarray(chunk * chunkSize, (chunk + 1) * chunkSize)), cipher.final());
    out.push(cipher.getAuthTag());
  }
  return Buffer.concat(out);
};

let agreed = 0;
for (const bits of [12, 16, 20]) {
  for (const size of [0, 1, 2 ** bits - 1, 2 ** bits, 2 ** bits + 1, 3 * 2 ** bits, 3 * 2 ** bits + 77]) {
    const key = randomBytes(32), content = randomBytes(size);
    const ours = run([key.toString("hex"), owner, id, String(bits)], content);
    assert.equal(ours.status, 0);
    assert.ok(read(ours.stdout, key, owner, id).equals(content), `ours, ${size} bytes`);
    const theirs = write(content, key, owner, id, bits);
    const opened = run(["open", key.toString("hex"), owner, id], theirs);
    assert.equal(opened.status, 0, opened.stderr.toString());
    assert.ok(opened.stdout.equals(content), `theirs, ${size} bytes`);
    agreed += 2;

    // What the reader made from the page refuses, ours refuses, and without a byte of the content.
    const last = theirs.length - 1;
    const changes = [
      (b) => (b[last] ^= 1, b), (b) => (b[32 + (size > 0 ? size >> 1 : 0)] ^= 0x80, b), (b) => (b[12] ^= 1, b),
      (b) => b.subarray(0, last), (b) => Buffer.concat([b, Buffer.of(0)]), (b) => (b[31] ^= 1, b),
    ];
    for (const change of changes) {
      const changed = change(Buffer.from(theirs));
      assert.throws(() => read(changed, key, owner, id));
      const refused = run(["open", key.toString("hex"), owner, id], changed);
      assert.equal(refused.status, 1);
      assert.equal(refused.stderr.toString(), "blob_integrity_error\n");
      assert.equal(refused.stdout.length, 0);
    }
    for (const [otherOwner, otherId] of [["account", id], [owner, id.replace("0", "1")]]) {
      assert.throws(() => read(ours.stdout, key, otherOwner, otherId));
      assert.equal(run(["open", key.toString("hex"), otherOwner, otherId], ours.stdout).status, 1);
    }
  }
}
console.log(`${agreed} files read by both, ${agreed / 2 * 8} refused by both`);
