#pragma once

#include "platform/blobs/store.h"
#include "platform/keyd/keyd.h"

namespace mibun::blobs {

// What a room's row keeps of a file: which it is, and its key, sealed under the person's data key. With that key gone
// nobody opens the file any more, in whatever copy.
struct SealedFile {
  BlobRef file;
  Bytes sealed_key;
  friend bool operator==(const SealedFile&, const SealedFile&) = default;
};

// A file that is durable and whose row is still to be written.
struct PutFile {
  SealedFile row;
  NewBlob blob;  // keep() when the row is durable; dropped, the file is erased
};

// Files of people: the store's, with their keys kept as records (class, person, record, version) of the key holder.
// First the file, then the row; the other way round when it goes.
class PersonFiles {
 public:
  // Both must outlive this.
  PersonFiles(Store& store, keyd::KeyHolder& keys) : store_(store), keys_(keys) {}

  // Errors: as Store::put and KeyHolder::seal.
  Result<PutFile> put(const keyd::PersonId& person, const keyd::RecordName& name, BytesView content);
  // Errors: as Store::get and KeyHolder::open. A row that names another file than its key does opens nothing.
  Result<Bytes> get(const keyd::PersonId& person, const keyd::RecordName& name, const SealedFile& row);

  Store& store() { return store_; }

 private:
  Store& store_;
  keyd::KeyHolder& keys_;
};

}  // namespace mibun::blobs
