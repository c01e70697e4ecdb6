// A reader of logs written from the public texts alone (C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature;
// RFC 6962), with nothing but node.
import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export const leafHash = (entry) => sha256(Buffer.of(0), entry);
export const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const mth = (leaves) => {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
};

export const parseVkey = (text) => {
  const [name, id, ...rest] = text.trim().split("+");
  const bytes = Buffer.from(rest.join("+"), "base64");
  assert.equal(sha256(Buffer.from(name + "\n"), bytes).subarray(0, 4).toString("hex"), id);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
  return { name, id, kind: bytes[0], key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
};
export const parseNote = (note) => {
  const at = note.lastIndexOf("\n\n");
  const lines = note.slice(at + 2).trimEnd().split("\n").map((line) => {
    const [dash, name, signature] = line.split(" ");
    assert.equal(dash, "\u2014");
    const bytes = Buffer.from(signature, "base64");
    return { name, id: bytes.subarray(0, 4).toString("hex"), bytes: bytes.subarray(4) };
  });
  return { text: note.slice(0, at + 1), lines };
};
export const isSigned = ({ text, lines }, vkey) => {
  const line = lines.find(({ name, id }) => name === vkey.name && id === vkey.id);
  assert.ok(line, "no signature of " + vkey.name);
  if (vkey.kind === 1) return verify(null, Buffer.from(text), vkey.key, line.bytes);
  assert.equal(vkey.kind, 4);
  const time = line.bytes.readBigUInt64BE();
  return verify(null, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), vkey.key, line.bytes.subarray(8));
};

const indexPath = (n) => {
  const groups = [];
  for (let rest = n; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(String(rest % 1000).padStart(3, "0"));
  }
  return groups.map((group, i) => (i + 1 < groups.length ? "x" + group : group)).join("/");
};
const tilePath = (kind, n, width) => `tile/${kind}/${indexPath(n)}${width < 256 ? ".p/" + width : ""}`;

// Everything of the log, each tile compared with the definition. `read(path)`: a file of the log, a Buffer.
export const readLog = async (read, vkey) => {
  const note = parseNote((await read("checkpoint")).toString("utf8"));
  assert.ok(isSigned(note, vkey));
  const [origin, sizeText, root] = note.text.split("\n");
  assert.equal(origin, vkey.name);
  const size = Number(sizeText);
  const entries = [];
  for (let n = 0; n * 256 < size; ++n) {
    const bundle = await read(tilePath("entries", n, Math.min(256, size - n * 256)));
    for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) {
      entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)));
    }
  }
  assert.equal(entries.length, size);
  const leaves = entries.map(leafHash);
  assert.equal(mth(leaves).toString("base64"), root);
  for (let level = 0, span = 1; Math.floor(size / span) > 0; ++level, span *= 256) {
    const count = Math.floor(size / span);
    for (let n = 0; n * 256 < count; ++n) {
      const width = Math.min(256, count - n * 256);
      const want = [];
      for (let i = n * 256; i < n * 256 + width; ++i) want.push(mth(leaves.slice(i * span, (i + 1) * span)));
      assert.deepEqual(await read(tilePath(level, n, width)), Buffer.concat(want));
    }
  }
  return { size, entries };
};
