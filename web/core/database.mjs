// The wallet's database on this device (IndexedDB): "meta" says which passkey opens it, "records" and "keys" hold sealed
// bytes. Nothing is opened or sealed here. Every change is one transaction, on the disk when it has returned.

export const DATABASE = 'mibun-wallet';
const VERSION = 1;
const STORES = ['meta', 'records', 'keys'];
const META = 'vault';

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const committed = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('aborted', 'AbortError'));
  });

export class Database {
  #connection;

  constructor(connection) {
    this.#connection = connection;
    connection.onversionchange = () => connection.close();
  }

  // null: there is none, and looking has made none.
  static async find(indexedDB) {
    const request = indexedDB.open(DATABASE, VERSION);
    let isNew = false;
    request.onupgradeneeded = () => {
      isNew = true;
      request.transaction.abort();
    };
    try {
      return new Database(await done(request));
    } catch (error) {
      if (isNew) return null;
      throw error;
    }
  }

  static async make(indexedDB) {
    await Database.erase(indexedDB);
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
    return new Database(await done(request));
  }

  // Connections that are open are closed by onversionchange.
  static async erase(indexedDB) {
    await done(indexedDB.deleteDatabase(DATABASE));
  }

  close() {
    this.#connection.close();
  }

  // `work(store)` asks for all changes at once; nothing is changed when one fails.
  async change(work) {
    const transaction = this.#connection.transaction(STORES, 'readwrite', { durability: 'strict' });
    const finished = committed(transaction);
    work((name) => transaction.objectStore(name));
    await finished;
  }
  writeMeta(store, meta) {
    store('meta').add(meta, META);
  }

  async readMeta() {
    return done(this.#connection.transaction('meta').objectStore('meta').get(META));
  }
  async readKey(id) {
    return done(this.#connection.transaction('keys').objectStore('keys').get(id));
  }
  // [stored name, sealed bytes] of every record.
  async readRecords() {
    const store = this.#connection.transaction('records').objectStore('records');
    const [names, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    return names.map((name, at) => [new Uint8Array(name), values[at]]);
  }
}
