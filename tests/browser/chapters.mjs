// Plays the chapters of a file one after the other, says how each ended, and ends the process with what came of it.
//   begin      before the first; may add chapters
//   end        after the last, also when something broke
//   part       only the chapters with this in their name
export async function play({ chapters, begin, end, part = "" }) {
  let passed = 0;
  let failed = 0;
  try {
    await begin();
    for (const [name, chapter] of Object.entries(chapters)) {
      if (!name.includes(part)) continue;
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
