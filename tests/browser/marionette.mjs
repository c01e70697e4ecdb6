// Debian's Firefox by the two protocols that it speaks itself: Marionette, which has clicks and virtual passkeys, and WebDriver
// BiDi, which says what the console says and when a page has loaded. The pages are as those of devtools.mjs, where the tests need
// it. Nothing but node's own sockets.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { waiting } from "./devtools.mjs";

// Nothing of its own goes to the network or into the way, and passkeys are the virtual ones.
const settings = {
  "marionette.port": 0,
  "remote.prefs.recommended": true,
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
  "browser.shell.checkDefaultBrowser": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
  "security.webauth.webauthn_enable_softtoken": true,
  "security.webauth.webauthn_enable_usbtoken": false,
};

// Messages are "<length>:<JSON>": [0, id, command, parameters] and [1, id, error, answer].
class Marionette {
  constructor(socket) {
    this.socket = socket;
    this.waiting = new Map();
    this.next = 1;
    let received = Buffer.alloc(0);
    this.greeted = new Promise((resolve, reject) => {
      socket.on("error", reject);
      socket.on("data", (part) => {
        received = Buffer.concat([received, part]);
        for (let colon = received.indexOf(":"); colon > 0; colon = received.indexOf(":")) {
          const end = colon + 1 + Number(received.subarray(0, colon));
          if (received.length < end) return;
          const message = JSON.parse(received.subarray(colon + 1, end));
          received = received.subarray(end);
          if (Array.isArray(message)) this.#receive(message);
          else resolve(message);
        }
      });
      socket.on("close", () => {
        for (const { reject: lost } of this.waiting.values()) lost(new Error("firefox has gone"));
      });
    });
  }
  #receive([, id, error, answer]) {
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) reject(new Error(`${error.error}: ${error.message}`));
    else resolve(answer);
  }
  send(command, parameters = {}) {
    const id = this.next++;
    const text = JSON.stringify([0, id, command, parameters]);
    this.socket.write(`${Buffer.byteLength(text)}:${text}`);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }
}

export class Firefox {
  // `preferences`: more of about:config.
  static async start({ directory, preferences = {} }) {
    const lines = Object.entries({ ...settings, ...preferences }).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
    writeFileSync(join(directory, "user.js"), lines.join(""));
    const process = spawn("firefox-esr", ["--headless", "--marionette", "--remote-debugging-port=0", "--no-remote", "--profile", directory], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const port = await new Promise((resolve, reject) => {
      const listen = (part) => {
        said += part;
        const found = /Marionette\s+INFO\s+Listening on port (\d+)/.exec(said);
        if (found && said.includes("WebDriver BiDi listening on")) resolve(Number(found[1]));
      };
      process.stdout.on("data", listen);
      process.stderr.on("data", listen);
      process.on("exit", (code) => reject(new Error(`firefox ended with ${code}: ${said.slice(-500)}`)));
      process.on("error", reject);
    });
    const marionette = new Marionette(connect(port, "127.0.0.1"));
    await marionette.greeted;
    const { capabilities } = await marionette.send("WebDriver:NewSession", { webSocketUrl: true, timeouts: { script: 3_600_000 } });
    const socket = new WebSocket(capabilities.webSocketUrl);
    await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
    const browser = new Firefox(process, marionette, socket);
    await browser.tell("session.subscribe", { events: ["log.entryAdded", "browsingContext.load"] });
    return browser;
  }

  constructor(process, marionette, socket) {
    Object.assign(this, { process, marionette, socket, problems: [], answers: new Map(), loaded: [], next: 1 });
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }
  #receive({ id, type, method, params, result, message }) {
    if (type === "event") {
      if (method === "browsingContext.load") for (const resolve of this.loaded.splice(0)) resolve();
      if (method === "log.entryAdded" && params.level === "error") this.problems.push(params.text);
      return;
    }
    const { resolve, reject } = this.answers.get(id);
    this.answers.delete(id);
    if (type === "error") reject(new Error(message));
    else resolve(result);
  }
  tell(method, params) {
    const id = this.next++;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.answers.set(id, { resolve, reject }));
  }
  // Its one page. `source`: what runs in each document before its own scripts.
  async page({ source = "" } = {}) {
    await this.tell("script.addPreloadScript", { functionDeclaration: `() => { ${source} }` });
    return new FirefoxPage(this);
  }
  async stop() {
    this.process.removeAllListeners("exit");
    const gone = new Promise((done) => this.process.once("close", done));
    this.marionette.send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => {}); // it may go before it answers
    await gone;
  }
}

class FirefoxPage {
  constructor(browser) {
    this.browser = browser;
    this.problems = browser.problems;
  }
  send(command, parameters) {
    return this.browser.marionette.send(command, parameters);
  }
  open(url) {
    return this.send("WebDriver:Navigate", { url });
  }
  loads() {
    return new Promise((resolve) => this.browser.loaded.push(resolve));
  }
  async evaluate(expression) {
    const script = `const done = arguments[arguments.length - 1];
      (async () => (${expression}))().then((value) => done({ value }), (error) => done({ error: error + "\\n" + error?.stack }));`;
    const { value } = await this.send("WebDriver:ExecuteAsyncScript", { script, args: [] });
    if (value.error !== undefined) throw new Error(value.error);
    return value.value;
  }
  until(condition, milliseconds = 20_000) {
    return this.evaluate(waiting(condition, milliseconds));
  }
  // With a pointer, in its middle, after scrolling there as a person does; what lies over it then is an error.
  async point(id) {
    await this.evaluate(`document.getElementById("${id}").scrollIntoView({ block: "center" })`);
    const { value } = await this.send("WebDriver:FindElement", { using: "css selector", value: `[id="${id}"]` });
    await this.send("WebDriver:ElementClick", { id: Object.values(value)[0] });
  }
  async screenshot() {
    const { value } = await this.send("WebDriver:TakeScreenshot", { full: true });
    return Buffer.from(value, "base64");
  }
  // A passkey on the device; it has PRF. `verifies`: as if the person turned away from the sensor, and back.
  async addAuthenticator() {
    const { value: authenticatorId } = await this.send("WebAuthn:AddVirtualAuthenticator", {
      protocol: "ctap2_1", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserConsenting: true, isUserVerified: true,
    });
    const verifies = (isUserVerified) => this.send("WebAuthn:SetUserVerified", { authenticatorId, isUserVerified });
    return { verifies };
  }
}
