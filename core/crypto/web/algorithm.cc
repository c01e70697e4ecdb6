#include "core/crypto/web/algorithm.h"

#include "core/crypto/der.h"

namespace mibun::crypto::web {

Result<Algorithm> read_algorithm(BytesView der, const char* where) {
  constexpr ErrorCode kMalformed = ErrorCode::certificate_malformed;
  der::Reader outer(der, kMalformed, where);
  MIBUN_TRY(const BytesView sequence, outer.value(der::kSequence));
  MIBUN_CHECK(outer.end());
  der::Reader fields(sequence, kMalformed, where);
  Algorithm out;
  MIBUN_TRY(out.oid, fields.value(der::kObjectId));
  if (fields.empty()) return out;
  MIBUN_TRY(out.parameters, fields.whole());
  MIBUN_CHECK(fields.end());
  if (!der::is_any(*tlv::read(out.parameters))) return fail(kMalformed, where);
  return out;
}

}  // namespace mibun::crypto::web
