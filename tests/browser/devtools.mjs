// Chromium over its DevTools protocol, with nothing but node's own WebSocket.
import { spawn } from "node:child_process";

// What makes a page one of a browser that cannot suspend a module by itself.
export const withoutSuspending = "delete WebAssembly.Suspending; delete WebAssembly.promising;";

// A script's promise that comes true when `condition` does.
export const waiting = (condition, milliseconds) => `new Promise((resolve, reject) => {
  const check = () => { if (${condition}) { clearInterval(timer); clearTimeout(limit); resolve(true); } };
  const timer = setInterval(check, 50);
  const limit = setTimeout(() => { clearInterval(timer); reject(new Error(${JSON.stringify(condition)} + " did not come; the page says: " + document.body.innerText)); }, ${milliseconds});
  check();
})`;

export class Browser {
  static async start(command, { spki, directory, flags = [] }) {
    // A container's /dev/shm may be too small for a page.
    const process = spawn(command, ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${directory}`,
      "--force-device-scale-factor=1", "--lang=ja", `--ignore-certificate-errors-spki-list=${spki}`, ...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    const address = await new Promise((resolve, reject) => {
      let said = "";
      process.stderr.on("data", (part) => {
        said += part;
        const found = /DevTools listening on (ws:\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      process.on("exit", (code) => reject(new Error(`chromium ended with ${code}: ${said.slice(-500)}`)));
      process.on("error", reject);
    });
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
    return new Browser(process, socket);
  }

  constructor(process, socket) {
    this.process = process;
    this.socket = socket;
    this.waiting = new Map();
    this.listeners = [];
    this.next = 1;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  #receive(message) {
    if (message.id === undefined) {
      for (const listener of this.listeners) listener(message);
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.next++;
    this.socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  // A page in a profile of its own: other cookies than every other page. `beside`: a page whose profile it shares.
  async page({ beside } = {}) {
    const browserContextId = beside?.profile ?? (await this.send("Target.createBrowserContext")).browserContextId;
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank", browserContextId });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId, browserContextId);
    await page.prepare();
    return page;
  }

  // Ends when the browser has, with the processes that it started and that hold its stderr: until then they write into its
  // profile.
  async stop() {
    this.process.removeAllListeners("exit");
    const gone = new Promise((done) => this.process.once("close", done));
    this.process.kill("SIGTERM");
    await gone;
  }
}

export class Page {
  constructor(browser, sessionId, profile) {
    this.browser = browser;
    this.profile = profile;
    this.sessionId = sessionId;
    this.problems = [];  // what the console and the content policy complained of
    this.handlers = new Map();
    browser.listeners.push((message) => {
      if (message.sessionId !== sessionId) return;
      if (message.method === "Log.entryAdded" && message.params.entry.level === "error") this.problems.push(message.params.entry.text);
      if (message.method === "Runtime.exceptionThrown") this.problems.push(message.params.exceptionDetails.text);
      this.handlers.get(message.method)?.(message.params);
    });
  }
  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }
  on(method, handler) {
    this.handlers.set(method, handler);
  }
  async prepare() {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
    await this.send("Emulation.setDeviceMetricsOverride", { width: 480, height: 900, deviceScaleFactor: 1, mobile: false });
  }
  withoutSuspending() {
    return this.send("Page.addScriptToEvaluateOnNewDocument", { source: withoutSuspending });
  }
  // Once the next document has loaded.
  loads() {
    return new Promise((resolve) => this.on("Page.loadEventFired", resolve));
  }
  async open(url) {
    const loaded = this.loads();
    const { errorText } = await this.send("Page.navigate", { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
  }
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
  // Waits until the page says so.
  until(condition, milliseconds = 20_000) {
    return this.evaluate(waiting(condition, milliseconds));
  }
  async key(key, code = key) {
    const text = { Enter: "\r", " ": " " }[key];
    const windowsVirtualKeyCode = { Tab: 9, Enter: 13, Escape: 27, " ": 32, ArrowDown: 40 }[key];
    await this.send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", key, code, text, windowsVirtualKeyCode });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", key, code, windowsVirtualKeyCode });
  }
  // Goes to the element as somebody without a mouse does.
  async tabTo(id) {
    for (let i = 0; i < 40; ++i) {
      if (await this.evaluate(`document.activeElement?.id === ${JSON.stringify(id)}`)) return;
      await this.key("Tab");
    }
    throw new Error(`#${id} cannot be reached with the Tab key`);
  }
  async press(id) {
    await this.tabTo(id);
    await this.key("Enter");
  }
  // `whole`: what lies beyond the window, too; for that the browser lays the page out anew, in letters of the usual size.
  async screenshot({ whole = true } = {}) {
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: whole });
    return Buffer.from(data, "base64");
  }
}
