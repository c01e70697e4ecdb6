// Registrations and consents: what parses survives being written and parsed again.
#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/registration.h"

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
  return 0;
}
