// Registrations, consents, what wallets say of themselves, and known verifiers: what parses survives being written and
// parsed again.
#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/known_verifiers.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/wallet_metadata.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const std::string_view text = as_text({data, size});
  if (const auto consent = oid4vp::Consent::parse(text)) {
    const std::string written = consent->to_text();
    const auto again = oid4vp::Consent::parse(written);
    if (!again || again->to_text() != written) std::abort();
  }
  const auto object = json::parse_object(text);
  if (!object) return 0;
  if (const auto registration = oid4vp::Registration::parse(*object)) {
    const json::Object written = registration->to_json();
    const auto again = oid4vp::Registration::parse(written);
    if (!again || json::serialize(again->to_json()) != json::serialize(written)) std::abort();
  }
  if (const auto metadata = oid4vp::WalletMetadata::parse(text)) {
    const json::Object written = metadata->to_json();
    const auto again = oid4vp::WalletMetadata::parse(json::serialize(written));
    if (!again || again->to_json() != written) std::abort();
  }
  if (const auto known = oid4vp::KnownVerifiers::parse({*object}, "verifiers")) {
    const auto again = oid4vp::KnownVerifiers::parse(known->to_json(), "verifiers");
    if (!again || again->to_json() != known->to_json()) std::abort();
  }
  return 0;
}
