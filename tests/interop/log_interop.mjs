// A reader of logs written from the public texts alone (C2SP tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature;
// RFC 6962), with nothing but node: it has to agree with what mibun wrote, and mibun's commands have to agree with it.
//   node log_interop.mjs MIBUN LOG_PEER
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, verify } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const [mibun, peer] = process.argv.slice(2);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "mibun-log-"));
process.on("exit", () => fs.rmSync(home, { recursive: true, force: true }));

const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafHash = (entry) => sha256(Buffer.of(0), entry);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const mth = (leaves) => {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
};

const parseVkey = (text) => {
  const [name, id, ...rest] = text.trim().split("+");
  const bytes = Buffer.from(rest.join("+"), "base64");
  assert.equal(sha256(Buffer.from(name + "\n"), bytes).subarray(0, 4).toString("hex"), id);
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
  return { name, id, kind: bytes[0], key: createPublicKey({ key: spki, format: "der", type: "spki" }) };
};
const parseNote = (note) => {
  const at = note.lastIndexOf("\n\n");
  const lines = note.slice(at + 2).trimEnd().split("\n").map((line) => {
    const [dash, name, signature] = line.split(" ");
    assert.equal(dash, "\u2014");
    const bytes = Buffer.from(signature, "base64");
    return { name, id: bytes.subarray(0, 4).toString("hex"), bytes: bytes.subarray(4) };
  });
  return { text: note.slice(0, at + 1), lines };
};
const isSigned = ({ text, lines }, vkey) => {
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
const file = (folder, kind, n, width) =>
  fs.readFileSync(path.join(folder, "tile", String(kind), indexPath(n) + (width < 256 ? ".p/" + width : "")));

// Everything of the log, each tile compared with the definition.
const readLog = (folder, vkey) => {
  const note = parseNote(fs.readFileSync(path.join(folder, "checkpoint"), "utf8"));
  assert.ok(isSigned(note, vkey));
  const [origin, sizeText, root] = note.text.split("\n");
  assert.equal(origin, vkey.name);
  const size = Number(sizeText);
  const entries = [];
  for (let n = 0; n * 256 < size; ++n) {
    const bundle = file(folder, "entries", n, Math.min(256, size - n * 256));
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
      assert.deepEqual(file(folder, level, n, width), Buffer.concat(want));
    }
  }
  return { size, entries };
};

const run = (program, ...args) => {
  const done = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, LANG: "C" } });
  return { code: done.status, out: done.stdout, err: done.stderr };
};
const append = (...counts) => {
  const done = run(peer, home, ...counts.map(String));
  assert.equal(done.code, 0, done.err);
  return done.out.trim();
};
const first = path.join(home, "first"), second = path.join(home, "second"), state = path.join(home, "witness");
const witness = (folder, key) => run(mibun, "witness", "--log", folder, "--key", key, "--state", state, "--name", "witness.example/w");
const check = (folder, key, ...more) => run(mibun, "check", "log", folder, "--key", key, ...more);

const vkeyText = append(1);
const vkey = parseVkey(vkeyText);
let size = 1;
const old = path.join(home, "old");
for (const counts of [[1, 2], [252], [1], [300, 7], [512]]) {
  assert.equal(append(...counts), vkeyText);
  size += counts.reduce((a, b) => a + b);
  for (const folder of [first, second]) {
    const log = readLog(folder, vkey);
    assert.equal(log.size, size);
    log.entries.forEach((entry, i) => {
      const record = JSON.parse(entry.toString());
      assert.equal(record.sequence, i);
      assert.match(record.time, /\+09:00$/);
      assert.equal(record.phase, i % 2 ? "result" : "intent");
    });
    const checked = check(folder, vkeyText);
    assert.equal(checked.code, 0, checked.err);
    assert.match(checked.out, new RegExp(`entries: +${size}\n`));
  }
  if (size === 256) fs.cpSync(first, old, { recursive: true });
  const signed = witness(first, vkeyText);
  assert.equal(signed.code, 0, signed.err);
}

// What the witness signed, read by the stranger.
const kept = path.join(state, createHash("sha256").update(vkey.name).digest("hex"), "checkpoint");
const witnessKey = fs.readFileSync(path.join(state, "witness.vkey"), "utf8");
const keptNote = fs.readFileSync(kept, "utf8");
const cosigned = parseNote(keptNote);
assert.ok(isSigned(cosigned, vkey));
assert.ok(isSigned(cosigned, parseVkey(witnessKey)));
const both = ["--witness", kept, "--witness-key", path.join(state, "witness.vkey")];
assert.equal(check(second, vkeyText, ...both).code, 0);

// Rolled back: whole by itself, and found by the witness, in both commands.
assert.equal(check(old, vkeyText).code, 0);
const rolled = check(old, vkeyText, ...both);
assert.equal(rolled.code, 1);
assert.match(rolled.err, /checkpoint: was rolled back: the witness saw 1076 entries, here are 256/);
const refused = witness(old, vkeyText);
assert.equal(refused.code, 1);
assert.match(refused.err, /this witness saw a tree of 1076 entries/);
assert.equal(fs.readFileSync(kept, "utf8"), keptNote);

// One bit of one entry: named by its file and its place.
const bundle = path.join(second, "tile", "entries", "001");
const bytes = fs.readFileSync(bundle);
bytes[700] ^= 1;
fs.writeFileSync(bundle, bytes);
const damaged = check(second, vkeyText);
assert.equal(damaged.code, 1);
assert.match(damaged.err, /^tile\/entries\/001: entry 2\d\d is not the one that was hashed$/m);
assert.equal(check(path.join(home, "nowhere"), vkeyText).code, 1);
assert.equal(check(first, "nonsense").code, 1);
assert.equal(check(first, witnessKey.trim()).code, 1);
assert.equal(run(mibun, "check", "log", first).code, 2);
console.log(`log: ${size} entries read from the public description alone`);
