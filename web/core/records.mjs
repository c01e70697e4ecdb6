// The wallet's records: open in a Map while the wallet is open, so that reading is at once; sealed on the disk, where a
// record's name is hidden as its value is. Gives the imports record_*.

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// The name lies inside what is sealed: the stored one says nothing.
const pack = (name, value) => {
  const first = utf8.encode(name);
  const out = new Uint8Array(4 + first.length + value.length);
  new DataView(out.buffer).setUint32(0, first.length, true);
  out.set(first, 4);
  out.set(value, 4 + first.length);
  return out;
};
const unpack = (bytes) => {
  const end = 4 + new DataView(bytes.buffer).getUint32(0, true);
  return [text.decode(bytes.slice(4, end)), bytes.slice(end)];
};

const byCodeUnit = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** @returns {Promise<[Uint8Array, Uint8Array]>} under which name, and what, to store */
export const sealRecord = async (sealing, name, value) => {
  const stored = await sealing.storedName(name);
  return [stored, await sealing.seal('record', stored, pack(name, value))];
};

/** Every record of the database; rejects when one does not open. @returns {Promise<Map<string, Uint8Array>>} */
export const openRecords = async (sealing, database) => {
  const stored = await database.readRecords();
  const opened = stored.map(async ([name, sealed]) => unpack(await sealing.open('record', name, sealed)));
  return new Map(await Promise.all(opened));
};

/**
 * `memory`: of host.mjs. `vault`: records() is the Map, or throws when the wallet is locked; writing(change) runs `change`
 * with the sealing and the database, or not at all while there is no passkey yet and everything waits in the Map.
 */
export const makeRecordImports = ({ copy, text: read, wait }, vault) => {
  const waitText = (said) => wait(utf8.encode(said));
  return {
    atOnce: {
      record_read: (name, size) => {
        const value = vault.records().get(read(name, size));
        return value === undefined ? -1 : wait(value.slice());
      },
      record_names: (prefix, size) => {
        const start = read(prefix, size);
        const names = [...vault.records().keys()].filter((name) => name.startsWith(start));
        return waitText(JSON.stringify(names.sort(byCodeUnit)));
      },
    },
    later: {
      record_write: async (at, size, valueAt, valueSize) => {
        const [name, value, records] = [read(at, size), copy(valueAt, valueSize), vault.records()];
        await vault.writing(async (sealing, database) => {
          const [stored, sealed] = await sealRecord(sealing, name, value);
          await database.change((store) => store('records').put(sealed, stored));
        });
        records.set(name, value);
        return 0;
      },
      record_remove: async (at, size) => {
        const [name, records] = [read(at, size), vault.records()];
        await vault.writing(async (sealing, database) => {
          const stored = await sealing.storedName(name);
          await database.change((store) => store('records').delete(stored));
        });
        records.delete(name);
        return 0;
      },
    },
  };
};
