// What hands and eyes do on a page: look for something by its id, press it, type, and see whether everybody could.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };

export const seen = (page, id) => page.until(`document.getElementById(${JSON.stringify(id)})`);
// As soon as it can be pressed.
export async function click(page, id) {
  await page.until(`document.getElementById("${id}") && document.getElementById("${id}").ariaDisabled !== "true"`);
  await page.evaluate(`document.getElementById("${id}").click()`);
}
export const type = async (page, id, text) => {
  await seen(page, id);
  await page.evaluate(`(() => { const field = document.getElementById("${id}"); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`);
};

// Whatever breaks the content policy is counted in the page from its first line on.
export const countViolations = `window.violations = []; document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective + " " + event.blockedURI));`;
// A device with a network, also where the machine of the test has none beyond itself: the page believes its browser.
export const withNetwork = `Object.defineProperty(Navigator.prototype, "onLine", { get: () => true, configurable: true });`;
// `expected`: problems that the browser notes although nothing is wrong.
export async function quiet(page, expected) {
  assert.deepEqual(await page.evaluate("window.violations"), []);
  assert.deepEqual(page.problems.filter((one) => !expected?.test(one)), []);
}

const axe = readFileSync(join(dirname(fileURLToPath(import.meta.url)), "../../web/wallet/node_modules/axe-core/axe.min.js"), "utf8");
// `name`: of what is looked at.
export async function accessible(page, name) {
  assert.deepEqual(await page.evaluate(`(async () => { ${axe}; const { violations } = await axe.run(document); return violations.map(({ id, nodes }) => id + " " + nodes[0].html); })()`), [], name);
}
