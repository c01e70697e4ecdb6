// The stranger of log_reader.mjs has to agree with what mibun wrote, and mibun's commands have to agree with it.
//   node log_interop.mjs MIBUN LOG_PEER
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isSigned, parseNote, parseVkey, readLog } from "./log_reader.mjs";

const [mibun, peer] = process.argv.slice(2);
const home = fs.mkdtempSync(path.join(os.tmpdir(), "mibun-log-"));
process.on("exit", () => fs.rmSync(home, { recursive: true, force: true }));

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
    const log = await readLog((file) => fs.readFileSync(path.join(folder, file)), vkey);
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
