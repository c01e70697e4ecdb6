#include "platform/blobs/person_files.h"

namespace mibun::blobs {

Result<PutFile> PersonFiles::put(const keyd::PersonId& person, const keyd::RecordName& name, BytesView content) {
  MIBUN_TRY(NewBlob blob, store_.put(person.value, content));
  auto sealed_key = keys_.seal(person, name, blob.key().reveal());
  if (!sealed_key) return pass_error(sealed_key);
  return PutFile{{blob.ref(), std::move(*sealed_key)}, std::move(blob)};
}

Result<Bytes> PersonFiles::get(const keyd::PersonId& person, const keyd::RecordName& name, const SealedFile& row) {
  MIBUN_TRY(Bytes opened, keys_.open(person, name, row.sealed_key));
  const SecretBytes key = SecretBytes::take(std::move(opened));
  return store_.get(row.file, person.value, key.reveal());
}

}  // namespace mibun::blobs
