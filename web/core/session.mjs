// The module, running for as long as the wallet is open: its imports, one step at a time, and an end after which nothing in it
// goes on and no number stands for a key.
import { FIRST_STEPS } from './first_steps.mjs';
import { instantiate } from './module.mjs';
import { makeHost } from './host.mjs';
import { makePasskeyImports } from './passkey.mjs';
import { makeRecordImports } from './records.mjs';
import { makeTransportImports } from './transport.mjs';
import { makeVaultImports } from './vault.mjs';
import { WalletError } from './wallet_error.mjs';

const ERRNO_NOSYS = 52;
const wasi = new Proxy({}, { get: () => () => ERRNO_NOSYS }); // no files, no environment, no output

/** Every import of the module "host". `parts`: {webcrypto, vault, passkey, origins, ended}. */
export const makeImports = (view, { webcrypto, vault, passkey, origins, ended }) => {
  const host = makeHost(view, webcrypto);
  const groups = [
    host,
    { atOnce: { clock_now: () => Date.now() }, later: {} },
    makeRecordImports(host.memory, vault),
    makeVaultImports(host, vault),
    makeTransportImports(host.memory, { ended, origins }),
    makePasskeyImports(host.memory, passkey, vault, ended),
  ];
  return {
    atOnce: Object.assign({}, ...groups.map(({ atOnce }) => atOnce)),
    later: Object.assign({}, ...groups.map(({ later }) => later)),
    forget: host.forget,
  };
};

const locked = () => new WalletError('wallet_locked');

export class Session {
  #module;
  #vault;
  #forget;
  #end = new AbortController();
  #ended = new Promise((_, reject) => this.#end.signal.addEventListener('abort', () => reject(locked())));
  #last = Promise.resolve();

  /** `wasm`: {first, rest} of Form (wallet.mjs). `vault`: an OpenVault; the session locks it at its end. `pageOrigin`: what passkeys sign. */
  static async start(wasm, { vault, pageOrigin, ...parts }) {
    const session = new Session();
    session.#ended.catch(() => {}); // whoever waits for a step hears of it
    session.#vault = vault;
    const imports = (view) => {
      const { atOnce, later, forget } = makeImports(view, { ...parts, vault, ended: session.#end.signal });
      session.#forget = forget;
      return { atOnce, later, others: { wasi_snapshot_preview1: wasi } };
    };
    session.#module = await instantiate(wasm.first, imports, wasm.rest);
    await session.#module.call('_initialize');
    session.#begin(pageOrigin);
    return session;
  }

  hasPasskey() {
    return !this.#vault.isLocked() && !this.#vault.isWaiting();
  }

  // Requests and questions on their way are given up; whoever waits for a step is told at once.
  end() {
    this.#end.abort(new DOMException('the wallet was locked', 'AbortError'));
    this.#module.stop();
    this.#forget();
    this.#vault.lock();
  }

  // The answer's text; rejects when the session has ended.
  step(name, args) {
    const { signal } = this.#end;
    const mine = this.#last.then(async () => {
      if (!FIRST_STEPS.has(name)) await this.#module.complete();
      if (signal.aborted) throw locked();
      return this.#run(name, args);
    });
    this.#last = mine.catch(() => {});
    return Promise.race([mine, this.#ended]);
  }

  #put(text) {
    const { exports, view } = this.#module;
    const bytes = new TextEncoder().encode(text);
    const at = exports.mibun_allocate(bytes.length || 1);
    view().set(bytes, at);
    return [at, bytes.length];
  }

  #begin(pageOrigin) {
    const { exports } = this.#module;
    const [at, size] = this.#put(pageOrigin);
    exports.wallet_begin(at, size);
    exports.mibun_free(at);
  }

  async #run(name, args) {
    const { exports, call, view } = this.#module;
    const [nameAt, nameSize] = this.#put(name);
    const [argsAt, argsSize] = this.#put(JSON.stringify(args));
    const size = await call('wallet_step', nameAt, nameSize, argsAt, argsSize);
    if (size < 0) throw new Error('the module gave no answer');
    const out = exports.mibun_allocate(size || 1);
    exports.wallet_take(out);
    const text = new TextDecoder().decode(view().slice(out, out + size));
    for (const at of [nameAt, argsAt, out]) exports.mibun_free(at);
    return text;
  }
}
