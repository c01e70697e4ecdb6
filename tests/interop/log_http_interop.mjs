// log_http_interop.mjs MIBUN: the log of the real server, read over HTTPS by the stranger of log_reader.mjs, by mibun's own
// commands and by a wallet; and seen by all of them when it is put back.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { leafHash, nodeHash, parseNote, parseVkey, readLog } from "./log_reader.mjs";
import { mibun, reviewer, startServer, waitingPerson } from "./real_server.mjs";

const server = await startServer(process.argv[2]);
const get = async (file) => {
  const answer = await server.fetch(server.url(`/log/${file}`));
  assert.equal(answer.status, 200, file);
  return Buffer.from(await answer.arrayBuffer());
};
const trust = await (await server.fetch(server.url("/.well-known/mibun-trust.json"))).json();
const vkey = parseVkey(trust.log);
const person = await waitingPerson(server);
await reviewer(server, "akari", ["case", "show", (await person.wallet(["status"])).said("case")]);
await person.approve();

// A result may still wait for its place: the log is read when it stands still.
const readWhole = async () => {
  for (;;) {
    const before = (await get("checkpoint")).toString();
    const log = await readLog(get, vkey);
    if ((await get("checkpoint")).toString() === before && log.size % 2 === 0) return log;
  }
};
const log = await readWhole();
const records = log.entries.map((entry) => JSON.parse(entry.toString()));
for (const name of ["account.register", "case.submit", "staff.read_case", "case.decide"]) {
  const intent = records.find(({ operation, phase }) => operation === name && phase === "intent");
  assert.ok(intent, name);
  const result = records.find((record) => record.intent === intent.sequence);
  assert.equal(result.outcome, "ok");
  assert.match(result.subject, /^[A-Za-z0-9_-]{43}$/);
}

// A proof as JSON, folded by the definition: leaf 0 is on the left of everything.
const proof = await (await server.fetch(server.url(`/log/proof/inclusion?index=0&size=${log.size}`))).json();
const root = proof.proof.reduce((hash, right) => nodeHash(hash, Buffer.from(right, "base64")), leafHash(log.entries[0]));
assert.equal(root.toString("base64"), parseNote((await get("checkpoint")).toString()).text.split("\n")[2]);

const url = server.url("/log");
const state = path.join(server.state, "witness");
const witness = (exit) => mibun(server, ["witness", "--log", url, "--ca", server.caFile, "--key", trust.log, "--state", state], "", exit);
const kept = path.join(state, createHash("sha256").update(vkey.name).digest("hex"), "checkpoint");
const check = (exit, ...more) => mibun(server, ["check", "log", "--url", url, "--ca", server.caFile, "--key", trust.log, ...more], "", exit);
const copy = (from, to) => execFileSync("cp", ["-a", from, to]);  // with its mode: what others can read is not opened
const seen = async () => (await person.wallet(["status"])).said("server log");

await witness(0);
assert.match(await seen(), /^\d+ entries$/);
const saved = path.join(server.state, "saved");
await server.restart(() => {
  mkdirSync(saved);
  copy(path.join(server.state, "server", "log-tree"), path.join(saved, "log-tree"));
  copy(path.join(server.state, "server", "keys", "log"), path.join(saved, "memory"));
});
const look = () => reviewer(server, "akari", ["case", "list"]);  // an operation, and its sign-in another
await look();
await look();
assert.match(await seen(), /^\d+ entries$/);
await witness(0);
assert.match((await check(0)).output, /entries: +\d+/);

// Put back, together with what its key remembers: the server itself starts, and answers.
await server.restart(() => {
  for (const [from, to] of [["log-tree", "log-tree"], ["memory", "keys/log"]]) {
    rmSync(path.join(server.state, "server", to), { recursive: true });
    copy(path.join(saved, from), path.join(server.state, "server", to));
  }
});
const keptNote = readFileSync(kept, "utf8");
assert.match((await witness(1)).errors, /this witness saw a tree of \d+ entries/);
assert.equal(readFileSync(kept, "utf8"), keptNote);
assert.equal(await seen(), "log_rollback");
await check(0);  // whole by itself
assert.match((await check(1, "--witness", kept, "--witness-key", path.join(state, "witness.vkey"))).errors, /was rolled back/);
// It may grow past what was seen; it is still not the log that was seen. By other operations: the same ones within the
// same second would write the very records that were taken away, and with them the log that was seen.
for (let i = 0; i < 6; ++i) await reviewer(server, "akari", ["inquiry", "list"]);
assert.equal(await seen(), "log_proof_invalid");
await witness(1);
await mibun(server, ["check", "log", "--url", url, "--ca", server.caFile, "--key", readFileSync(path.join(state, "witness.vkey"), "utf8").trim()], "", 1);
await server.stop();
console.log(`log over HTTP: ${log.size} entries read, and a log that was put back seen by the witness and by the wallet`);
