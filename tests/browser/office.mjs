// The demonstration's review office in a browser: two people approve by clicks, and by the keyboard alone; other pages make it
// do nothing.
import assert from "node:assert/strict";
import { createServer } from "node:http";

const outcome = (page) => page.evaluate("document.getElementById('done').hidden ? '' : document.getElementById('done').dataset.outcome");
// "9:05", each minute of the last ones.
const minutesAgoInJapan = (count) =>
  Array.from({ length: count }, (_, ago) => new Date(Date.now() + (9 * 60 - ago) * 60_000).toISOString().slice(11, 16)).flatMap((time) => [time, time.replace(/^0/, "")]);
const focusIn = (page) => page.evaluate("document.activeElement?.id");

// Akari and then Minoru approve the case. `at`: looks at a page and photographs it.
export async function approveInOffice({ page, origin, language, id, at, click, quiet }) {
  const opened = async () => {
    await page.until(`document.getElementById("chip-portrait")?.naturalWidth > 0`);
    assert.equal(await focusIn(page), "case-title");
  };
  const decide = async (name) => {
    await click("decide-approve");
    await click("continue");
    await at(`${name}-confirm`);
    await click("confirm-yes");
    await page.until("!document.getElementById('done').hidden");
    await at(name);
    return outcome(page);
  };
  await page.open(`${origin}/${language}`);
  await page.until("document.getElementById('be-reviewer-akari')");
  await at("office-who");
  await click("be-reviewer-akari");
  await page.until(`document.querySelector('[data-case="${id}"]')`);
  await at("office-queue");
  const since = await page.evaluate("document.getElementById('queue').innerText");
  assert.ok(minutesAgoInJapan(10).some((time) => since.includes(` ${time} (JST)`)), since);
  await page.evaluate(`document.querySelector('[data-case="${id}"]').click()`);
  await opened();
  await at("office-case");
  assert.equal(await decide("office-one-more"), "in_review");
  await click("as-reviewer-minoru");
  await opened();
  assert.match(await page.evaluate("document.getElementById('seat-name').innerText"), /Minoru/);
  assert.equal(await decide("office-approved"), "approved");
  assert.equal(await page.evaluate("document.cookie"), "", "scripts cannot read who sits here");
  await quiet();
}

async function space(page) {
  await page.send("Input.dispatchKeyEvent", { type: "keyDown", key: " ", code: "Space", text: " ", windowsVirtualKeyCode: 32 });
  await page.send("Input.dispatchKeyEvent", { type: "keyUp", key: " ", code: "Space", windowsVirtualKeyCode: 32 });
}

// `newCase`: hands in a passport with the terminal's wallet; returns the number of the case.
export async function officeByKeyboard({ page, origin, at, quiet, newCase }) {
  await page.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
  await page.open(`${origin}/en`);
  await page.until("document.getElementById('be-reviewer-akari')");
  assert.equal(await focusIn(page), "who-title");
  await page.press("be-reviewer-akari");
  await page.until("!document.getElementById('no-cases').hidden");
  assert.equal(await focusIn(page), "queue-title");
  await at("office-empty");

  const id = newCase();
  await page.until(`document.getElementById("case-0")?.dataset.case === "${id}"`);  // by itself
  assert.match(await page.evaluate("document.getElementById('status').textContent"), /Cases waiting: 1/);
  await restsOutOfSight(page, origin);

  const decide = async () => {
    await page.tabTo("decide-approve");
    await space(page);
    await page.press("continue");
    await page.until("!document.getElementById('confirm').hidden");
    assert.equal(await focusIn(page), "confirm-title");
    await page.press("confirm-yes");
    await page.until("!document.getElementById('done').hidden");
    assert.equal(await focusIn(page), "done-title");
    return outcome(page);
  };
  const openFirst = async () => {
    await page.until("document.getElementById('case-0')");
    await page.press("case-0");
    await page.until("!document.getElementById('case').hidden");
  };
  await openFirst();
  assert.equal(await decide(), "in_review");
  await page.press("back-to-queue");
  await openFirst();
  assert.equal(await decide(), "case_same_reviewer");
  assert.match(await page.evaluate("document.getElementById('done').innerText"), /Switch to the other reviewer/);
  await at("office-same-reviewer");
  await page.press("as-reviewer-minoru");
  await page.until("!document.getElementById('case').hidden");
  await at("office-case-dark");
  assert.equal(await decide(), "approved");
  await page.press("back-to-queue");
  await page.until("!document.getElementById('no-cases').hidden");
  await page.press("switch");
  await page.until("!document.getElementById('who').hidden");
  // The server said so to the page that asked as somebody who had decided.
  page.problems = page.problems.filter((one) => !/status of 409/.test(one));
  await quiet();
  return id;
}

// Out of sight the list is not asked for. That nothing comes can only be seen by looking for longer than it would take.
async function restsOutOfSight(page, origin) {
  const asked = () => page.evaluate(`performance.getEntriesByName("${origin}/api/v1/staff/cases").length`);
  const hide = (hidden) => page.evaluate(`Object.defineProperty(document, "hidden", { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event("visibilitychange"));`);
  await hide(true);
  const before = await asked();
  await new Promise((done) => setTimeout(done, 4000));
  assert.ok(await asked() <= before + 1, "an answer that was under way, and no more");
  await hide(false);
  await page.until(`performance.getEntriesByName("${origin}/api/v1/staff/cases").length > ${before + 1}`);
}

// A page of another origin, in the browser where a reviewer sits: whatever it sends, nothing is decided, looked at or changed.
export async function officeRefusesOtherPages({ page, browser, origin, id, looks }) {
  const server = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end("<!doctype html><title>another site</title>"));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    await page.open(`${origin}/en`);
    await page.until("document.getElementById('be-reviewer-akari')");
    await page.evaluate("document.getElementById('be-reviewer-akari').click()");
    await page.until("!document.getElementById('queue').hidden");
    const state = `fetch("/api/office/session", { headers: { "Mibun-Own-Page": "1" } }).then((one) => one.json()).then((one) => one.reviewer?.id)`;
    assert.equal(await page.evaluate(state), "reviewer-akari");
    const looked = looks();
    // The second is the same host at another port, to which the browser sends the cookie.
    for (const host of ["evil.localhost", "office.localhost"]) {
      const other = await browser.page({ beside: page });
      await other.open(`http://${host}:${server.address().port}/`);
      const send = (path, options) => other.evaluate(`fetch("${origin}${path}", { credentials: "include", ...${JSON.stringify(options)} }).then((answer) => answer.type, () => "refused")`);
      const body = JSON.stringify({ decision: "approve", reason_code: "all_checks_passed" });
      for (const path of [`/api/v1/staff/cases/${id}/decisions`, "/api/office/session/end"]) {
        await send(path, { method: "POST", body, mode: "no-cors" });  // it is sent, whatever the page learns of the answer
        assert.equal(await send(path, { method: "POST", body, headers: { "Content-Type": "application/json" } }), "refused");
      }
      await send(`/api/v1/staff/cases/${id}`, { mode: "no-cors" });
      assert.equal(await send(`/api/v1/staff/cases/${id}`, { headers: { "Mibun-Own-Page": "1" } }), "refused");
    }
    assert.equal(await page.evaluate(state), "reviewer-akari");
    assert.equal(looks(), looked);
    const { approvals } = await page.evaluate(`fetch("/api/v1/staff/cases", { headers: { "Mibun-Own-Page": "1" } }).then((one) => one.json()).then(({ cases }) => cases.find((one) => one.case_id === "${id}"))`);
    assert.equal(approvals, 0);
  } finally {
    server.close();
  }
}
