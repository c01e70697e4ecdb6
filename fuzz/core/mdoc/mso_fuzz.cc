#include "core/mdoc/mso.h"

#include <cstdint>

// A mobile security object: digests are sorted, of one size, and found; times are in order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  using namespace mibun::mdoc;
  cbor::ChunkStore chunks;
  const auto mso = Mso::parse(BytesView(data, size), chunks);
  if (!mso) return 0;
  MIBUN_INVARIANT(!mso->doc_type.empty() && !mso->value_digests.empty());
  for (const NameSpaceDigests& name_space : mso->value_digests) {
    MIBUN_INVARIANT(mso->find(name_space.name) == &name_space);
    for (const ValueDigest& value : name_space.digests) {
      MIBUN_INVARIANT(value.digest.size() == digest_size(mso->digest_algorithm));
      MIBUN_INVARIANT(name_space.find(value.id) == &value);
    }
  }
  MIBUN_INVARIANT(mso->validity.signed_at <= mso->validity.valid_from);
  MIBUN_INVARIANT(mso->validity.valid_from < mso->validity.valid_until);
  MIBUN_INVARIANT(!mso->status || mso->status->status_list || mso->status->identifier_list);
  return 0;
}
