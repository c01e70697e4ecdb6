// WebKit as Debian has it (WebKitGTK), Safari's engine, over WebDriver. It knows no passkeys, so what needs one ends there; the rest
// is as in devtools.mjs. Its window is on a screen that nobody sees.
import { spawn } from "node:child_process";
import { waiting } from "./devtools.mjs";
import { freePort } from "./people.mjs";

const browser = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";

export class WebKit {
  static async start() {
    const port = await freePort();
    // A group of its own, which ends together.
    const process = spawn("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], { stdio: "ignore", detached: true });
    const one = new WebKit(process, `http://127.0.0.1:${port}`);
    await one.#listens();
    const asked = { alwaysMatch: { "webkitgtk:browserOptions": { binary: browser, args: ["--automation"] }, timeouts: { script: 3_600_000 } } };
    const { sessionId } = await one.call("POST", "/session", { capabilities: asked });
    one.session = `/session/${sessionId}`;
    return one;
  }

  constructor(process, address) {
    Object.assign(this, { process, address });
  }
  async #listens() {
    let ended = false;
    this.process.once("exit", () => (ended = true));
    for (;;) {
      const answered = await this.call("GET", "/status").catch(() => null);
      if (answered?.ready) return;
      if (ended) throw new Error("WebKitWebDriver does not run");
      await new Promise((again) => setTimeout(again, 100));
    }
  }
  async call(method, path, body) {
    const answer = await fetch(this.address + path, { method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }
  page() {
    return new WebKitPage(this);
  }
  async stop() {
    await this.call("DELETE", this.session);
    const gone = new Promise((done) => this.process.once("exit", done));
    process.kill(-this.process.pid);
    await gone;
  }
}

class WebKitPage {
  constructor(webkit) {
    this.webkit = webkit;
    this.problems = []; // WebDriver does not tell
  }
  send(method, path, body) {
    return this.webkit.call(method, this.webkit.session + path, body);
  }
  open(url) {
    return this.send("POST", "/url", { url });
  }
  async evaluate(expression) {
    const script = `const done = arguments[arguments.length - 1];
      (async () => (${expression}))().then((value) => done({ value }), (error) => done({ error: error + "\\n" + error?.stack }));`;
    const { value, error } = await this.send("POST", "/execute/async", { script, args: [] });
    if (error !== undefined) throw new Error(error);
    return value;
  }
  until(condition, milliseconds = 20_000) {
    return this.evaluate(waiting(condition, milliseconds));
  }
  async screenshot() {
    await this.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
    return Buffer.from(await this.send("GET", "/screenshot"), "base64");
  }
}
