// What hands and eyes do on a page: look for something by its id, press it, type, and see whether everybody could.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } };
// A phone whose person reads letters of twice the size (WCAG 2.2, 1.4.4).
export const large = { ...sizes.phone, letterPixels: 32 };

export const seen = (page, id) => page.until(`document.getElementById(${JSON.stringify(id)})`);
// As soon as it can be pressed, by a pointer where the page has one (marionette.mjs). On a page with `keyboardOnly` nothing but keys is used, here and in `type`.
export async function click(page, id) {
  await page.until(`document.getElementById("${id}") && document.getElementById("${id}").ariaDisabled !== "true"`);
  if (page.keyboardOnly) return pressKey(page, id);
  if (page.point) return page.point(id);
  await page.evaluate(`document.getElementById("${id}").click()`);
}
export const type = async (page, id, text) => {
  await seen(page, id);
  if (page.keyboardOnly) {
    await reach(page, id);
    return page.send("Input.insertText", { text });
  }
  await page.evaluate(`(() => { const field = document.getElementById("${id}"); field.value = ${JSON.stringify(text)}; field.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`);
};

// Goes to it by the Tab key. Who cannot use a mouse must see where they are: the focus shows, and nothing lies over it.
async function reach(page, id) {
  await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"); // a new screen has its focus by then
  await page.tabTo(id);
  const seenFocus = await page.evaluate(`(() => {
    const here = document.activeElement;
    const { x, y, width, height } = here.getBoundingClientRect();
    const over = document.elementFromPoint(x + width / 2, y + height / 2);
    return { shows: here.matches(":focus-visible"), uncovered: over !== null && (here.contains(over) || over.contains(here)) };
  })()`);
  assert.deepEqual(seenFocus, { shows: true, uncovered: true }, id);
}
async function pressKey(page, id) {
  await reach(page, id);
  const ticks = await page.evaluate(`["checkbox", "radio"].includes(document.getElementById("${id}").type)`);
  await page.key(ticks ? " " : "Enter", ticks ? "Space" : "Enter");
}

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
