// What the page has of the wallet, and nothing else of web/core.

/**
 * Thrown by everything below. `code`:
 *   of the vault   wallet_locked, wallet_user_verification_failed (the person stopped, or could not be verified: a browser does
 *                  not say which), passkey_without_prf, passkey_failed (anything else the browser says), cancelled (lock() while
 *                  asking), wallet_storage_damaged (what is stored does not open), wallet_open_elsewhere (another tab),
 *                  wallet_already_registered, wallet_not_registered, wallet_busy (unlocking already), wallet_module_failed,
 *                  http_connect_failed (where "module": it, or its second part, cannot be fetched)
 *   of a step      a name of core/base/error_codes.def
 */
export interface WalletError extends Error {
  readonly name: 'WalletError';
  readonly code: string;
  readonly where: string;
  /** One sentence for a developer; not for the screen. */
  readonly detail: string;
}

/** `failed`: the module stopped in the middle of a step, and what it knew is gone; unlocking starts it anew. */
export type LockReason = 'person' | 'idle' | 'hidden' | 'failed';

export interface Wallet {
  /** none: nothing on this device yet, also while registering. */
  state(): 'none' | 'locked' | 'open';
  /** From "none": the module without a vault, for registering; finish_registration makes it "open". */
  begin(): Promise<void>;
  /** Asks for the passkey; nothing happens when it is open. */
  unlock(): Promise<void>;
  /** At once: every key is forgotten, a step that runs ends with wallet_locked. Also ends unlock() and begin(). */
  lock(reason: LockReason): void;
  /** Called after each lock, also one that the wallet did by itself. Returns a function that stops it. */
  onLock(listener: (reason: LockReason) => void): () => void;
  /** The "ok" of the answer. One step at a time; others wait. */
  step(name: string, args?: object): Promise<any>;
  /** After delete_account, or a registration that failed: the database is gone, back to "none". */
  erase(): Promise<void>;
  /** prf: what this browser says of itself; whether a passkey has it is only known once it is made. */
  support(): Promise<{ passkey: boolean; prf: 'yes' | 'no' | 'unknown' }>;
}

/**
 * The addresses of a module's parts, served as application/wasm. `first` has the steps of first_steps.mjs, or all of them; other
 * steps wait for `rest`, and end with http_connect_failed, where "module", as long as it cannot be had.
 */
export interface Form {
  first: string | URL;
  rest?: string | URL;
}

export interface Options {
  /** Where the module is: as it was compiled, and for browsers that cannot suspend it. */
  module: { plain: Form; asyncify: Form };
  /** The server's public origin, where it is not the page's own: requests to it go to the page's origin. */
  server?: string | null;
  /** Milliseconds; five minutes, one minute and one second when not given. */
  times?: { idle?: number; hidden?: number; otherTab?: number };
  /** The page's window. */
  window?: Window & typeof globalThis;
}

/** Once per page. Throws wallet_open_elsewhere when another tab has the wallet. */
export function openWallet(options: Options): Promise<Wallet>;
