// The wallet's module (web/module) and what is around it (web/core) in Debian's Chromium against the real server, without
// the screens: a life from registering to deletion, by steps, with a passkey of a virtual authenticator.
//   node steps.mjs MIBUN MODULES [PART]     MODULES: the folder of the module's parts in the preset wasm; only the chapters with PART in
//   their name
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { play } from "./chapters.mjs";
import { Browser } from "./devtools.mjs";
import { addAuthenticator } from "./passkey.mjs";
import { freePort, People, spkiOf } from "./people.mjs";

const [mibun, modules, part] = process.argv.slice(2);
const tree = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const directory = mkdtempSync(join(tmpdir(), "mibun-steps-"));
const people = new People(mibun, join(directory, "world"), await freePort());
const origin = `http://localhost:${people.port + 37}`;
const shop = `http://shop.localhost:${people.port + 38}`;
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types sw";
const module = Object.fromEntries(Object.entries({ plain: "wallet_plain", asyncify: "wallet" })
  .map(([form, name]) => [form, { first: `/files/${name}_first.wasm`, rest: `/files/${name}_rest.wasm` }]));
const types = { html: "text/html", mjs: "text/javascript", wasm: "application/wasm" };

// The page's own files come from the tree; everything else is the server's. The module's second part comes once `restComes()` has
// become true, or not at all.
async function serveFiles(page, restComes) {
  await page.send("Fetch.enable", { patterns: [{ urlPattern: `${origin}/files/*` }] });
  page.on("Fetch.requestPaused", async ({ requestId, request }) => {
    const path = new URL(request.url).pathname.slice("/files/".length);
    if (path.endsWith("_rest.wasm") && !(await restComes())) {
      await page.send("Fetch.failRequest", { requestId, errorReason: "ConnectionFailed" });
      return;
    }
    const body = path === "page.html" ? Buffer.from("<!doctype html><title>steps</title><script type=module src=start.mjs></script>")
      : path === "start.mjs" ? Buffer.from('import { openWallet } from "/files/web/core/wallet.mjs"; window.openWallet = openWallet;')
      : readFileSync(path.endsWith(".wasm") ? join(modules, path) : join(tree, path));
    const responseHeaders = [{ name: "content-type", value: types[path.split(".").pop()] }, { name: "content-security-policy", value: policy }];
    await page.send("Fetch.fulfillRequest", { requestId, responseCode: 200, responseHeaders, body: body.toString("base64") });
  });
}

const start = async (restComes = async () => true) => {
  const page = await browser.page();
  const authenticator = await addAuthenticator(page, { ctap2Version: "ctap2_1", hasPrf: true });
  await serveFiles(page, restComes);
  const open = async () => {
    await page.open(`${origin}/files/page.html`);
    await page.until("window.openWallet");
    await page.evaluate(`openWallet({ module: ${JSON.stringify(module)}, server: ${JSON.stringify(people.origin)} }).then((one) => { window.wallet = one; })`);
  };
  await open();
  const call = (body) => page.evaluate(`(async () => { ${body} })()`);
  const step = (name, args = {}) => call(`return wallet.step(${JSON.stringify(name)}, ${JSON.stringify(args)})`);
  const refusal = (name, args = {}) => call(`return wallet.step(${JSON.stringify(name)}, ${JSON.stringify(args)}).then(() => "no error", ({ code }) => code)`);
  return { page, authenticator, open, call, step, refusal };
};
const register = async ({ call, step }) => {
  await call("return wallet.begin()");
  const terms = await step("begin_registration", { server: people.origin });
  assert.match(terms.terms_version, /^\d{4}-\d\d-\d\d$/);
  const { revocation_code } = await step("finish_registration");
  assert.match(revocation_code, /^[0-9A-Z]{4}(-[0-9A-Z]{4}){5}$/);
  return revocation_code;
};
const prove = async ({ step }) => {
  const { case_id, challenge } = await step("begin_proofing");
  const answer = await fetch(`${origin}/demo/passport`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ challenge }) });
  const { files, signature } = await answer.json();
  const submitted = await step("submit_proofing", { case_id, files, signature });
  assert.equal(submitted.state, "in_review");
  assert.ok(submitted.findings.some(({ result }) => result === "passed"));
  people.approve(case_id);
};
const receive = async ({ step }) => {
  const { link, tx_code } = await step("offer");
  const question = await step("receive_open", { link, fetch: false });
  assert.equal(question.step, "question");
  const done = await step("receive_answer", { agreed: true, tx_code });
  assert.equal(done.step, "done");
  return done;
};
// What the shop's page would do, at its own origin.
const ask = () =>
  new Promise((done, failed) => {
    const { host } = new URL(shop);
    const asking = request({ host: "127.0.0.1", port: people.port + 38, method: "POST", path: "/demo/verifier/requests", headers: { host, "content-type": "application/json" } }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      if (answer.statusCode !== 201) failed(new Error(text));
      else done(JSON.parse(text).wallet_link);
    });
    asking.on("error", failed).end('{"mode":"same_device"}');
  });

const chapters = {
  async "a life by steps: registered, proved, approved, carded, asked, shared, remembered, deleted"() {
    const wallet = await start();
    const { page, step, call, refusal } = wallet;
    assert.equal(await call("return wallet.state()"), "none");
    const code = await register(wallet);
    assert.equal(await call("return wallet.state()"), "open");
    assert.equal((await step("state")).registered, true);
    assert.equal((await step("revocation_code")).revocation_code, code);
    assert.equal(await refusal("case"), "wallet_no_offer");
    await prove(wallet);
    assert.equal((await step("case")).state, "approved");
    const received = await receive(wallet);
    assert.equal(received.card.copies_left, 10);
    const { cards } = await step("cards");
    assert.deepEqual(cards.map(({ id, state }) => [id, state]), [[received.card.id, "valid"]]);
    const { claims } = await step("card", { id: received.card.id });
    // The same, and where each comes from.
    assert.deepEqual(claims.map(({ source, ...shown }) => shown), received.claims);
    assert.equal(claims.find(({ path }) => path === '["family_name"]').source.en, "Passport chip");
    assert.ok(claims.some(({ label }) => label.ja === "20歳以上"));

    const question = await step("present_open", { link: await ask() });
    assert.equal(question.identified.verified, true);
    assert.equal(question.can_share, true);
    assert.equal(question.previous.last, null);
    const shared = await step("present_answer", { agreed: true, language: "ja" });
    assert.equal(shared.outcome, "shared");
    assert.ok(shared.receipt, "a receipt came and holds");
    assert.equal((await step("cards")).cards[0].copies_left, 9);

    // Locked and opened again: everything is there, by the passkey alone.
    await call('wallet.lock("person")');
    assert.equal(await refusal("cards"), "wallet_locked");
    await call("return wallet.unlock()");
    const { events } = await step("history", { ask_server: false });
    assert.deepEqual(events.map(({ kind }) => kind), ["shared", "card_received", "proofing_started", "registered"]);
    // Terms in force are accepted once more, others are not; the server keeps it.
    const { terms_version } = await step("state");
    assert.equal(await refusal("accept_terms", { terms_version: "2025-04-01" }), "wallet_server_refused");
    await step("accept_terms", { terms_version });
    const whole = await step("history", { ask_server: true });
    assert.equal(whole.events.filter(({ kind }) => kind === "terms_accepted").length, 1);
    assert.equal(whole.complete, true);
    assert.ok(whole.events.some(({ kind }) => kind === "staff_viewed" || kind === "proofing_approved"));
    assert.equal((await step("receipts")).receipts.length, 1);
    assert.notEqual((await step("present_open", { link: await ask() })).previous.last, null);
    assert.equal((await step("present_answer", { agreed: false, language: "en" })).outcome, "refused");

    const { card } = await step("renew", { id: received.card.id }).catch((error) => assert.match(String(error), /wallet_not_renewable/)) ?? {};
    if (card) assert.equal(card.copies_left, 10);
    const deleted = await step("delete_account");
    assert.ok(deleted.classes.length >= 5 && deleted.classes.some(({ erased }) => erased));
    await call("return wallet.erase()");
    assert.equal(await call("return wallet.state()"), "none");
    // A server that wants another DPoP nonce says so with 400; the browser notes that as an error.
    assert.deepEqual(page.problems.filter((one) => !/status of 400/.test(one)), []);
  },

  async "registering needs the module's first part alone, another step waits for the second, and a wallet that waits can be locked"() {
    let arrive;
    const arrived = new Promise((resolve) => {
      arrive = () => resolve(true);
    });
    const wallet = await start(() => arrived);
    const { page, step, call } = wallet;
    await register(wallet);
    assert.equal((await step("state")).registered, true);
    await call('window.cards = null; window.notices = null; wallet.step("notices").catch(({ code }) => { window.notices = code; });');
    await call('wallet.lock("person")');
    await page.until("window.notices !== null");
    assert.equal(await call("return window.notices"), "wallet_locked");
    await call("return wallet.unlock()");
    assert.equal((await step("state")).registered, true);
    await call('wallet.step("cards").then(({ cards }) => { window.cards = cards.length; })');
    assert.equal(await call("return window.cards"), null);
    arrive();
    await page.until("window.cards !== null");
    assert.equal(await call("return window.cards"), 0);
  },

  async "without the module's second part a step says that there is no connection, the wallet stays open, and the next try goes on"() {
    let comes = false;
    const wallet = await start(async () => comes);
    const { page, step, call, refusal } = wallet;
    await register(wallet);
    assert.equal(await refusal("cards"), "http_connect_failed");
    assert.equal(await call("return wallet.state()"), "open");
    assert.equal((await step("state")).registered, true);
    comes = true;
    assert.deepEqual((await step("cards")).cards, []);
    page.problems.length = 0; // the browser names each request that failed
  },

  async "a card that its server revoked says so once it is asked, is offered to nobody, and the question names no card"() {
    const wallet = await start();
    const { page, step } = wallet;
    const asked = [];
    page.on("Network.requestWillBeSent", ({ request }) => asked.push(request));
    const code = await register(wallet);
    await prove(wallet);
    const { card } = await receive(wallet);
    assert.equal(card.status_at, null);
    const stopped = await fetch(`${origin}/api/v1/revocations`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ revocation_code: code }) });
    assert.equal(stopped.status, 200);
    assert.equal((await step("cards")).cards[0].state, "valid"); // nobody has asked
    const round = await step("card_states");
    assert.deepEqual(round.changed.map(({ id, state }) => [id, state]), [[card.id, "revoked"]]);
    assert.equal(round.next, null);
    const [listed] = (await step("cards")).cards;
    assert.deepEqual([listed.state, listed.status_failure, listed.copies_left], ["revoked", null, 10]);
    assert.ok(listed.status_at.ms > 0);
    assert.equal((await step("card_states")).asked, false);
    assert.equal((await step("present_open", { link: await ask() })).can_share, false);
    assert.equal((await step("present_answer", { agreed: true, language: "ja" })).outcome, "nothing_matches");
    const { events } = await step("history", { ask_server: false });
    assert.ok(events.some(({ kind, organization }) => kind === "card_revoked" && organization.en === listed.issuer_name.en));
    const lists = asked.filter(({ url }) => url.includes("/status/"));
    assert.deepEqual(lists.map(({ url, method, hasPostData = false }) => [url.replace(origin, ""), method, hasPostData]), [["/status/1", "GET", false]]);
    assert.deepEqual(Object.keys(lists[0].headers).filter((name) => /cookie|authorization/i.test(name)), []);
    assert.equal(lists[0].referrerPolicy, "no-referrer");
  },

  // Chromium's authenticator is blocked for good once it has failed to verify somebody.
  async "nobody at the sensor: nothing is shared, no copy is spent, and the question stays open"() {
    const wallet = await start();
    const { step, call, refusal, authenticator } = wallet;
    await register(wallet);
    await prove(wallet);
    await receive(wallet);
    await step("present_open", { link: await ask() });
    await authenticator.verifies(false);
    for (let time = 0; time < 2; ++time) assert.equal(await refusal("present_answer", { agreed: true, language: "ja" }), "wallet_user_verification_failed");
    assert.equal((await step("cards")).cards[0].copies_left, 10);
    assert.ok((await step("history", { ask_server: false })).events.every(({ kind }) => kind !== "shared"));
    for (const name of ["revocation_code", "delete_account"]) assert.equal(await refusal(name), "wallet_user_verification_failed");
    await call('wallet.lock("person")');
    assert.equal(await call("return wallet.unlock().then(() => 'opened', ({ code }) => code)"), "wallet_user_verification_failed");
    assert.equal(await call("return wallet.state()"), "locked");
  },

  async "a passkey whose holder is not verified opens nothing and makes no account"() {
    const { call, step, refusal, authenticator } = await start();
    await authenticator.verifies(false);
    await call("return wallet.begin()");
    await step("begin_registration", { server: people.origin });
    assert.equal(await refusal("finish_registration"), "wallet_user_verification_failed");
    assert.equal(await call("return wallet.state()"), "none");
  },
};

let browser;
await play({
  chapters,
  part,
  async begin() {
    await people.serve();
    browser = await Browser.start(process.env.CHROMIUM ?? "chromium", { spki: await spkiOf(people.origin, people.ca), directory: join(directory, "profile") });
  },
  async end() {
    await browser?.stop();
    await people.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  },
});
