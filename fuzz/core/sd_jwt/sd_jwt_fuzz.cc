#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/codecs/json.h"
#include "core/jose/jws.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/unpack.h"

namespace {

using namespace mibun;

bool has_reserved_name(const json::Value& value) {
  if (const auto* array = value.if_array()) {
    for (const auto& element : *array) {
      if (has_reserved_name(element)) return true;
    }
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      if (member.key() == "_sd" || member.key() == "..." || has_reserved_name(member.value())) return true;
    }
  }
  return false;
}

}  // namespace

// The text is split without loss; the payload is unpacked although its signature is wrong (a fuzzer cannot sign), and
// no digest may be left in it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto sd_jwt = sd_jwt::SdJwt::parse(as_text({data, size}));
  if (!sd_jwt) return 0;
  std::string joined(sd_jwt->issuer_jwt());
  for (std::size_t i = 0; i < sd_jwt->disclosure_count(); ++i) joined += "~" + std::string(sd_jwt->disclosure(i));
  joined += '~';
  MIBUN_INVARIANT(joined == sd_jwt->without_key_binding());
  MIBUN_INVARIANT(joined + std::string(sd_jwt->kb_jwt().value_or("")) == sd_jwt->text());

  (void)sd_jwt::HeldCredential::reopen_stored(sd_jwt->text());
  const auto jws = jose::Jws::parse(sd_jwt->issuer_jwt());
  if (!jws) return 0;
  auto payload = jws->unverified_payload();
  if (!payload) return 0;
  std::vector<sd_jwt::Disclosed> trace;
  const auto digests = sd_jwt::read_digest_algorithm(
      *payload, {sd_jwt::DigestAlgorithm::sha256, sd_jwt::DigestAlgorithm::sha384, sd_jwt::DigestAlgorithm::sha512});
  if (!digests) return 0;
  const json::Object as_signed = *payload;
  const auto claims = sd_jwt::unpack(std::move(*payload), *sd_jwt, {.digests = *digests}, &trace);
  // What stays closed changes nothing for what is open.
  std::vector<sd_jwt::Disclosed> issued;
  const auto view = sd_jwt::unpack(as_signed, *sd_jwt, {.digests = *digests, .keep_closed = true}, &issued);
  MIBUN_INVARIANT(view.has_value() == claims.has_value());
  if (!claims) return 0;
  MIBUN_INVARIANT(issued.size() == trace.size());
  MIBUN_INVARIANT(trace.size() == sd_jwt->disclosure_count());
  MIBUN_INVARIANT(!has_reserved_name(json::Value(*claims)));
  return 0;
}
