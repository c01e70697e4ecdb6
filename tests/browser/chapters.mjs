import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Browser } from "./devtools.mjs";

// Plays the chapters of a file one after the other, says how each ended, and ends the process with what came of it.
//   begin      before the first; may add chapters
//   end        after the last, also when something broke
//   part       only the chapters with this, or one of these, in their name
export async function play({ chapters, begin, end, part = "" }) {
  let passed = 0;
  let failed = 0;
  try {
    await begin();
    for (const [name, chapter] of Object.entries(chapters)) {
      if (![part].flat().some((one) => name.includes(one))) continue;
      try {
        await chapter();
        passed += 1;
        console.log(`ok      ${name}`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name}\n${error.stack}`);
      }
    }
  } finally {
    await end();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
}

const chromium = ({ directory, flags }) => Browser.start(process.env.CHROMIUM ?? "chromium", { spki: "", directory: join(directory, "profile"), flags });

// The same with the demonstration's people (people.mjs) and a browser, both begun first and ended last; `directory` has
// both and goes with them, `output` takes the pictures.
//   start      gives the browser, Chromium unless told otherwise; null where each chapter has its own
//   started    is given the browser, and waited for
//   flags      more of Chromium's
export async function playWithPeople({ chapters, part, people, directory, output, start = chromium, started = () => {}, flags = [] }) {
  let browser;
  await play({
    chapters,
    part,
    async begin() {
      mkdirSync(output, { recursive: true });
      await people.serve();
      browser = await start({ directory, flags });
      await started(browser);
    },
    async end() {
      await browser?.stop();
      await people.stop();
      rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  });
}
