#include "platform/blobs/person_files.h"

#include <algorithm>

#include "platform/blobs/format.h"

namespace mibun::blobs {
namespace {

// key (32)  SHA-256 of the sealed file (32)
constexpr std::size_t kDigestSize = 32;

}  // namespace

Result<PutFile> PersonFiles::put(const keyd::PersonId& person, const keyd::RecordName& name, BytesView content) {
  MIBUN_TRY(NewBlob blob, store_.put(person.value, content));
  Bytes record = to_bytes(blob.key().reveal());
  record.insert(record.end(), blob.ref().sha256.begin(), blob.ref().sha256.end());
  auto sealed_key = keys_.seal(person, name, record);
  secure_wipe(record);
  if (!sealed_key) return pass_error(sealed_key);
  return PutFile{{blob.ref(), std::move(*sealed_key)}, std::move(blob)};
}

Result<Bytes> PersonFiles::get(const keyd::PersonId& person, const keyd::RecordName& name, const SealedFile& row) {
  MIBUN_TRY(Bytes record, keys_.open(person, name, row.sealed_key));
  const SecretBytes opened = SecretBytes::take(std::move(record));
  const BytesView bytes = opened.reveal();
  if (bytes.size() != kKeySize + kDigestSize || !std::ranges::equal(bytes.last(kDigestSize), row.file.sha256)) {
    return fail(ErrorCode::blob_integrity_error, row.file.id, "the row names another file than its key does");
  }
  return store_.get(row.file, person.value, bytes.first(kKeySize));
}

}  // namespace mibun::blobs
