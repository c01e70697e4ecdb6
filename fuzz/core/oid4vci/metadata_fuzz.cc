#include <algorithm>

#include "core/base/bytes.h"
#include "core/oid4vci/metadata.h"
#include "core/oid4vci/server_metadata.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

// Of encryption only what we can use is kept; without anything left it cannot be written again.
bool is_writable(const IssuerMetadata& metadata) {
  const auto& requests = metadata.request_encryption;
  const auto& answers = metadata.response_encryption;
  return !(requests && requests->encs.empty()) && !(answers && (answers->encs.empty() || !answers->ecdh_es));
}

// What we write is always usable, so only such metadata come back the same.
bool is_ours(const IssuerMetadata& metadata) {
  return std::ranges::all_of(metadata.configurations, [](const CredentialConfiguration& c) { return c.usable; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kIssuer = "https://issuer.example";
  const std::string_view text = as_text({data, size});
  const auto metadata = IssuerMetadata::parse(text, kIssuer);
  if (metadata && is_writable(*metadata)) {
    const auto again = IssuerMetadata::parse(json::serialize(metadata->to_json()), kIssuer);
    MIBUN_INVARIANT(again.has_value());
    MIBUN_INVARIANT(!is_ours(*metadata) || *again == *metadata);
  }
  if (const auto server = AuthorizationServerMetadata::parse(text, kIssuer)) {
    const auto again = AuthorizationServerMetadata::parse(json::serialize(server->to_json()), kIssuer);
    MIBUN_INVARIANT(again.has_value() && *again == *server);
  }
  return 0;
}
