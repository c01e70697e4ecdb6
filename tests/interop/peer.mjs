// Talks to a peer program of ours: a JSON command per line, a JSON answer per line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export function start(program) {
  const peer = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  async function ask(command, fields) {
    peer.stdin.write(JSON.stringify({ do: command, ...fields }) + '\n');
    const { value, done } = await answers.next();
    assert(!done, 'the peer is gone');
    return JSON.parse(value);
  }
  async function ours(command, fields) {
    const answer = await ask(command, fields);
    assert.equal(answer.error, undefined, `${command}: ${answer.error} at ${answer.where}`);
    return answer;
  }
  return { ask, ours, stop: () => peer.stdin.end() };
}

// Runs named tests one after the other, prints a line for each, sets the exit code.
export async function run(tests) {
  let failed = 0;
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      console.log(`ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
