// The program's own commands as people type them: a demonstration server, a wallet with cards, two reviewers.
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { connect } from "node:tls";

export const passphrase = "correct horse battery staple";

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });

/** For a server and its three pages. Below what Linux gives to whoever connects, so that nobody comes in between by chance. */
export async function freePort() {
  for (;;) {
    const port = 20000 + randomInt(12000);
    const free = await Promise.all([0, 37, 38, 39].map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
}

export class People {
  constructor(mibun, state, port) {
    Object.assign(this, { mibun, state, port, terminals: [], origin: `https://localhost:${port}`, ca: `${state}/server/keys/tls-root.crt`, home: `${state}/wallet`,
      walletOrigin: `http://localhost:${port + 37}`, shopOrigin: `http://shop.localhost:${port + 38}`,
      officeOrigin: `http://office.localhost:${port + 39}` });
  }

  // `environment`: what the server has besides this process's.
  async serve(environment = {}) {
    this.server = spawn(this.mibun, ["serve", "--demo", "--state", this.state, "--port", String(this.port)], { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, ...environment } });
    await new Promise((resolve, reject) => {
      this.server.stdout.once("data", resolve);
      this.server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    this.server.removeAllListeners("exit");
  }
  // A server that has ended may be stopped again.
  async stop() {
    for (const one of this.terminals) one.kill("SIGKILL");
    if (this.server?.exitCode !== null || this.server.signalCode !== null) return;
    this.server.kill("SIGTERM");
    await new Promise((gone) => this.server.once("exit", gone));
  }

  command(words, lines = []) {
    const done = spawnSync(this.mibun, ["--lang", "en", ...words], { input: lines.map((line) => `${line}\n`).join(""), encoding: "utf8" });
    if (done.status !== 0) throw new Error(`mibun ${words.join(" ")} ended with ${done.status}: ${done.stderr}`);
    return Object.assign((name) => new RegExp(`^${name}: (.*)$`, "m").exec(done.stdout)?.[1], { text: done.stdout });
  }
  wallet(words, lines) {
    return this.command(["wallet", ...words, "--home", this.home, "--allow-origin", this.origin], lines);
  }
  // The same while somebody sits in front of it: what it says is read while it runs, and answered.
  terminal(words) {
    const process = spawn(this.mibun, ["--lang", "en", "wallet", ...words, "--home", this.home, "--allow-origin", this.origin]);
    this.terminals.push(process);
    const ended = new Promise((gone) => process.once("close", gone)); // and everything that it said was read
    let said = "";
    let heard = () => {};
    for (const output of [process.stdout, process.stderr]) {
      output.setEncoding("utf8").on("data", (text) => {
        said += text;
        heard();
      });
    }
    return {
      type: (...lines) => process.stdin.write(lines.map((line) => `${line}\n`).join("")),
      ends: () => ended,
      // The value behind "name: ", once it is there; after a minute, or the program's end, never.
      says: async (name) => {
        const value = () => new RegExp(`^${name}: (.*)\n`, "m").exec(said)?.[1];
        let late = false;
        const timer = setTimeout(() => { late = true; heard(); }, 60_000);
        void ended.then(() => { late = true; heard(); });
        while (value() === undefined && !late) await new Promise((then) => (heard = then));
        clearTimeout(timer);
        if (value() === undefined) throw new Error(`never said: ${name}\n${said}`);
        return value();
      },
    };
  }
  // The shop as an organisation of its own, whose pages are not the demonstration's.
  shop(words) {
    return this.command(["partner", ...words, "--id", "musubi-shop", "--server", this.origin, "--ca", this.ca, "--key", `${this.state}/demo/shop.jwk`]);
  }
  registerShop() {
    if (this.shopIsKnown) return;
    this.shopIsKnown = true;
    this.reviewer("reviewer-akari", ["partner", "register", `${this.state}/demo/shop.json`]);
  }
  reviewer(id, words) {
    return this.command(["operator", ...words, "--id", id, "--server", this.origin, "--ca", this.ca, "--key", `${this.state}/demo/${id}.jwk`]);
  }

  // Two approve; `reviewers`: others than the usual ones.
  approve(id, reviewers = ["akari", "minoru"]) {
    for (const one of reviewers) this.reviewer(`reviewer-${one}`, ["case", "approve", id]);
  }

  register() {
    this.wallet(["register", "--server", this.origin, "--ca", this.ca], ["y", passphrase, passphrase]);
  }
  // The number of the case.
  prove() {
    return this.wallet(["prove", "--passport", `${this.state}/demo/passport`], [passphrase])("case");
  }
  // How often somebody of the staff looked at the person's data.
  looks() {
    const done = spawnSync(this.mibun, ["--lang", "en", "wallet", "history", "--home", this.home, "--allow-origin", this.origin], { input: `${passphrase}\n`, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`mibun wallet history ended with ${done.status}: ${done.stderr}`);
    return done.stdout.split("A reviewer looked at your case").length - 1;
  }
  // Registered, proved, approved by two, with cards.
  settle() {
    this.register();
    this.approve(this.prove());
    this.wallet(["receive"], [passphrase, "1"]);
  }
  // What `mibun wallet inquiry send` says; `agrees`: to the country that it names.
  inquire(text, agrees) {
    return this.wallet(["inquiry", "send", "--kind", "card", "--text", text], [passphrase, agrees ? "y" : "n", passphrase]);
  }
  inquiries() {
    return this.wallet(["inquiry", "list"], [passphrase, passphrase]);
  }
  present(link) {
    return this.wallet(["present", link], [passphrase, "y", passphrase]);
  }
  presentWithCode(link, code) {
    return this.wallet(["present", link], [passphrase, "y", code, "y", passphrase]);
  }
  // `file`: what the browser handed over; the answer lies in `${file}.answer` afterwards.
  presentToBrowser(file, origin) {
    this.wallet(["present", "--browser-request", file, "--origin", origin, "--answer", `${file}.answer`], [passphrase, "y", passphrase]);
    return JSON.parse(readFileSync(`${file}.answer`, "utf8"));
  }
}

// base64 of the SHA-256 of a server's key: the browser is told to trust exactly this one.
export async function spkiOf(origin, ca) {
  const { hostname, port } = new URL(origin);
  const socket = connect({ port, host: hostname, ca: readFileSync(ca) });
  await new Promise((resolve, reject) => { socket.once("secureConnect", resolve); socket.once("error", reject); });
  const key = socket.getPeerX509Certificate().publicKey.export({ type: "spki", format: "der" });
  socket.destroy();
  return createHash("sha256").update(key).digest("base64");
}
