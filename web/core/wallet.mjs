// The one object that the page has of the wallet (wallet.d.mts): nothing, locked or open; in one tab; locking itself.
import { watch } from './auto_lock.mjs';
import { DATABASE } from './database.mjs';
import { suspendsByItself } from './module.mjs';
import { once } from './once.mjs';
import { Passkey, passkeyError } from './passkey.mjs';
import { Session } from './session.mjs';
import { Vault } from './vault.mjs';
import { WalletError } from './wallet_error.mjs';

const TIMES = { idle: 5 * 60_000, hidden: 60_000, otherTab: 1_000 };

// Resolves once this tab has the wallet to itself, for as long as the page lives, with a function that gives it up. A page that
// is being reloaded gives it up a moment later than its successor asks, hence the wait; a machine that is busy may take as
// long to answer, hence the question who has it.
const takeForThisTab = async (locks, milliseconds) => {
  for (;;) {
    const signal = AbortSignal.timeout(milliseconds);
    const taken = await new Promise((resolve, reject) => {
      const held = () => new Promise((giveUp) => resolve(giveUp));
      locks.request(DATABASE, { signal }, held).catch((error) => (signal.aborted ? resolve(null) : reject(error)));
    });
    if (taken !== null) return taken;
    const { held } = await locks.query();
    if (held.some(({ name }) => name === DATABASE)) throw new WalletError('wallet_open_elsewhere', '', 'another tab has the wallet open');
  }
};

const compile = async (window, url) => {
  try {
    return await WebAssembly.compileStreaming(window.fetch(url));
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) throw error;
    throw new WalletError('http_connect_failed', 'module', String(error?.message));
  }
};

// Both parts compiled: the first, and a promise of the rest, which is fetched when the first is here. Nobody waits for that now;
// whoever needs it hears of its failure.
const fetchForm = async (window, { first, rest }) => {
  const compiled = await compile(window, first);
  if (rest === undefined) return { first: compiled, rest: null };
  const others = once(() => compile(window, rest));
  others().catch(() => {});
  return { first: compiled, rest: others };
};

const originsOf = (server, location) => (server && server !== location.origin ? { public: server, page: location.origin } : null);

const support = async ({ navigator, PublicKeyCredential }) => {
  const passkey = PublicKeyCredential !== undefined && navigator.credentials !== undefined;
  if (!passkey) return { passkey, prf: 'no' };
  const known = (await PublicKeyCredential.getClientCapabilities?.())?.['extension:prf'];
  return { passkey, prf: known === undefined ? 'unknown' : known ? 'yes' : 'no' };
};

// C++ knows no reason why a passkey cannot be used; the page has words for this one.
const codeOf = ({ code, where }) => (code === 'unavailable' && where === 'passkey.prf' ? 'passkey_without_prf' : code);

class Wallet {
  #window;
  #vault;
  #passkey;
  #compile;
  #origins;
  #times;
  #session = null;
  #opening = null; // an AbortController while the person is being asked
  #unwatch = () => {};
  #listeners = new Set();

  constructor(window, vault, { compile, server, times, giveUp }) {
    this.#window = window;
    this.#vault = vault;
    this.#passkey = new Passkey(window);
    this.#compile = compile;
    this.#origins = originsOf(server, window.location);
    this.#times = { ...TIMES, ...times };
    // A page that was left can come back as it was; the wallet does not, and the next page has it to itself.
    window.addEventListener('pagehide', () => {
      this.lock('hidden');
      giveUp();
    });
    window.addEventListener('pageshow', ({ persisted }) => persisted && window.location.reload());
  }

  state() {
    if (this.#session?.hasPasskey()) return 'open';
    return this.#vault.passkey() === null ? 'none' : 'locked';
  }

  async begin() {
    if (this.state() !== 'none') throw new WalletError('wallet_already_registered');
    if (this.#session === null) await this.#open(() => this.#vault.begin());
  }

  async unlock() {
    if (this.state() === 'none') throw new WalletError('wallet_not_registered');
    if (this.#session !== null) return;
    await this.#open(async (signal) => {
      const asked = this.#passkey.secret(this.#vault.passkey(), signal);
      const secret = await asked.catch((error) => Promise.reject(passkeyError(error)));
      return this.#vault.unlock(secret);
    });
  }

  // `makeVault(signal)`: an OpenVault. lock() in the middle ends it.
  async #open(makeVault) {
    if (this.#opening !== null) throw new WalletError('wallet_busy', '', 'the wallet is being opened already');
    const opening = (this.#opening = new AbortController());
    let opened = null;
    try {
      const wasm = await this.#compile();
      opened = await makeVault(opening.signal);
      const session = await Session.start(wasm, {
        vault: opened,
        passkey: this.#passkey,
        origins: this.#origins,
        pageOrigin: this.#window.location.origin,
        webcrypto: this.#window.crypto,
      });
      if (opening.signal.aborted) {
        session.end();
        throw new WalletError('cancelled', 'wallet');
      }
      this.#session = session;
    } catch (error) {
      opened?.lock();
      throw error;
    } finally {
      this.#opening = null;
    }
    this.#unwatch = watch({ page: this.#window.document, times: this.#times, lock: (reason) => this.lock(reason) });
  }

  lock(reason) {
    this.#opening?.abort();
    if (!this.#end()) return;
    for (const listener of [...this.#listeners]) listener(reason);
  }

  #end() {
    const session = this.#session;
    this.#session = null;
    this.#unwatch();
    session?.end();
    return session !== null;
  }

  onLock(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async step(name, args = {}) {
    const session = this.#session;
    if (session === null) throw new WalletError('wallet_locked');
    const text = await session.step(name, args).catch((error) => {
      if (!(error instanceof WalletError)) this.#fail(session);
      throw error instanceof WalletError ? error : new WalletError('wallet_module_failed', name, String(error?.message));
    });
    const { ok, error } = JSON.parse(text);
    if (error !== undefined) throw new WalletError(codeOf(error), error.where, error.detail);
    return ok;
  }

  // A module that has trapped is in no known state.
  #fail(session) {
    if (this.#session === session) this.lock('failed');
  }

  async erase() {
    this.#opening?.abort();
    this.#end();
    const passkey = await this.#vault.erase();
    if (passkey !== null) await this.#passkey.forget(passkey);
  }

  support() {
    return support(this.#window);
  }
}

/** @type {import('./wallet.d.mts').openWallet} */
export const openWallet = async ({ module, server, times, window = globalThis.window }) => {
  const giveUp = await takeForThisTab(window.navigator.locks, times?.otherTab ?? TIMES.otherTab);
  const vault = await Vault.find(window.indexedDB, window.crypto).catch((error) => {
    giveUp();
    throw error;
  });
  const fetched = (form) => fetchForm(window, form);
  // A browser that has learned to suspend since its files were kept has the other module, and no network perhaps.
  const find = () => (suspendsByItself() ? fetched(module.plain).catch(() => fetched(module.asyncify)) : fetched(module.asyncify));
  return new Wallet(window, vault, { compile: once(find), server, times, giveUp });
};
