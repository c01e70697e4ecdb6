// The vault: card keys and records that only the passkey opens. On the disk it is there or not; open it is for one session, and
// whatever that session holds is dropped when it is locked. Gives the imports vault_*.
import { Database } from './database.mjs';
import { openRecords, sealRecord } from './records.mjs';
import { Sealing } from './sealing.mjs';
import { toBase64url } from './base64url.mjs';
import { WalletError } from './wallet_error.mjs';

const FORMAT = 1;
const NO_KEY = -2;
const LOCKED = -3;

// What the check of "meta" covers: everything that stands there in clear.
const metaName = ({ format, rpId, credentialId, salt }) =>
  JSON.stringify([format, rpId, toBase64url(credentialId), toBase64url(salt)]);
const damaged = (where) => new WalletError('wallet_storage_damaged', where, 'what is stored does not open');

/** What lies on this device. */
export class Vault {
  #indexedDB;
  #webcrypto;
  #database = null;
  #meta = null;
  #creating = Promise.resolve();

  constructor(indexedDB, webcrypto) {
    this.#indexedDB = indexedDB;
    this.#webcrypto = webcrypto;
  }

  static async find(indexedDB, webcrypto) {
    const vault = new Vault(indexedDB, webcrypto);
    const database = await Database.find(indexedDB);
    const meta = await database?.readMeta();
    if (meta === undefined) database?.close(); // a creation that was cut off has left nothing to open
    else [vault.#database, vault.#meta] = [database, meta];
    return vault;
  }

  /** {rpId, credentialId, salt}: which passkey opens this, and what its PRF is asked; null: there is no vault. */
  passkey() {
    return this.#meta;
  }

  // A session before there is a passkey: all that is written waits in it.
  async begin() {
    return new OpenVault(this, this.#webcrypto, await Sealing.forNow(this.#webcrypto), new Map(), new Map());
  }

  // `secret`: the PRF's output; overwritten.
  async unlock(secret) {
    const sealing = await Sealing.fromSecret(this.#webcrypto, secret);
    const check = sealing.open('meta', metaName(this.#meta), this.#meta.check);
    await check.catch(() => Promise.reject(damaged('meta')));
    const records = await openRecords(sealing, this.#database).catch(() => Promise.reject(damaged('records')));
    return new OpenVault(this, this.#webcrypto, sealing, records, null);
  }

  // Puts `passkey` and all that has waited on the disk, in one transaction.
  create(passkey, sealing, records, keys) {
    const created = this.#create(passkey, sealing, records, keys);
    this.#creating = created.catch(() => {});
    return created;
  }
  async #create(passkey, sealing, records, keys) {
    const meta = { format: FORMAT, ...passkey };
    meta.check = await sealing.seal('meta', metaName(meta), new Uint8Array());
    const database = await Database.make(this.#indexedDB);
    await database.change((store) => {
      database.writeMeta(store, meta);
      for (const [name, value] of records) store('records').add(value, name);
      for (const [id, key] of keys) store('keys').add(key, id);
    });
    [this.#database, this.#meta] = [database, meta];
  }

  database() {
    return this.#database;
  }

  // The passkey that opened it, or null. What is just being created is erased too.
  async erase() {
    await this.#creating;
    const passkey = this.#meta;
    this.#database?.close();
    [this.#database, this.#meta] = [null, null];
    await Database.erase(this.#indexedDB);
    return passkey;
  }
}

/** One session's keys and records; `lock()` is its end. */
export class OpenVault {
  #vault;
  #webcrypto;
  #inside; // {sealing, records, waitingKeys}; null: locked

  constructor(vault, webcrypto, sealing, records, waitingKeys) {
    this.#vault = vault;
    this.#webcrypto = webcrypto;
    this.#inside = { sealing, records, waitingKeys };
  }

  #open() {
    if (this.#inside === null) throw new WalletError('wallet_locked');
    return this.#inside;
  }
  isLocked() {
    return this.#inside === null;
  }
  isWaiting() {
    return this.#open().waitingKeys !== null;
  }
  passkey() {
    return this.#vault.passkey();
  }
  records() {
    return this.#open().records;
  }
  lock() {
    this.#inside?.records.forEach((value) => value.fill(0));
    this.#inside = null;
  }

  // `change(sealing, database)` puts something on the disk, unless there is no passkey yet.
  async writing(change) {
    const { sealing } = this.#open();
    if (!this.isWaiting()) await change(sealing, this.#vault.database());
  }

  // `secret`: the new passkey's PRF output; overwritten.
  async create(passkey, secret) {
    const sealing = await Sealing.fromSecret(this.#webcrypto, secret);
    const { sealing: before, records, waitingKeys } = this.#open();
    const sealed = await Promise.all([...records].map(([name, value]) => sealRecord(sealing, name, value)));
    const keys = [...waitingKeys].map(async ([id, { wrapped, point }]) => [
      id,
      { wrapped: await before.rewrap(id, wrapped, sealing), point: await sealing.seal('point', id, point) },
    ]);
    const rewrapped = await Promise.all(keys);
    this.#open(); // or it was locked meanwhile, and nothing goes to the disk
    await this.#vault.create(passkey, sealing, sealed, rewrapped);
    if (!this.isLocked()) this.#inside = { sealing, records, waitingKeys: null };
  }

  // The key is that of the wrapped bytes, not the one that could be read out a moment before.
  async makeKey(id) {
    const { sealing, waitingKeys } = this.#open();
    const { wrapped, point } = await sealing.makeKey(id);
    const key = await sealing.unwrap(id, wrapped);
    if (waitingKeys?.has(id)) throw new Error('there is such a key');
    waitingKeys?.set(id, { wrapped, point });
    await this.writing(async (_, database) => {
      const sealed = await sealing.seal('point', id, point);
      await database.change((store) => store('keys').add({ wrapped, point: sealed }, id));
    });
    return { point, key };
  }

  // undefined: there is none.
  async openKey(id) {
    const { sealing, waitingKeys } = this.#open();
    if (waitingKeys !== null) {
      const waiting = waitingKeys.get(id);
      return waiting && { point: waiting.point, key: await sealing.unwrap(id, waiting.wrapped) };
    }
    const stored = await this.#vault.database().readKey(id);
    if (stored === undefined) return undefined;
    return { point: await sealing.open('point', id, stored.point), key: await sealing.unwrap(id, stored.wrapped) };
  }

  async destroyKey(id) {
    this.#open().waitingKeys?.delete(id);
    await this.writing((_, database) => database.change((store) => store('keys').delete(id)));
  }
}

/** `memory` and `keep`: of host.mjs. */
export const makeVaultImports = ({ memory: { text, put }, keep }, vault) => {
  const answer = ({ point, key }, out) => {
    const handle = keep({ curve: 256, ...key });
    put(out, point);
    return handle;
  };
  return {
    atOnce: {},
    later: {
      vault_make_key: async (id, size, out) => answer(await vault.makeKey(text(id, size)), out),
      vault_open_key: async (id, size, out) => {
        if (vault.isLocked()) return LOCKED;
        const opened = await vault.openKey(text(id, size));
        return opened === undefined ? NO_KEY : answer(opened, out);
      },
      vault_destroy_key: async (id, size) => {
        await vault.destroyKey(text(id, size));
        return 0;
      },
    },
  };
};
