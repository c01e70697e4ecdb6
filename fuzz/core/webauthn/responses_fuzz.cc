// What a browser hands over as JSON, and what a server asks a wallet: what parses survives being written.
#include "core/webauthn/responses.h"

#include <cstdint>

#include "core/webauthn/options.h"

using namespace mibun;
using namespace mibun::webauthn;

namespace {

template <class Message>
void fuzz_message(const json::Object& object) {
  const auto message = Message::parse(object);
  if (!message) return;
  const json::Object written = message->to_json();
  const auto again = Message::parse(written);
  MIBUN_INVARIANT(again.has_value() && again->to_json() == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto registration = RegistrationResponse::parse(text);
  const auto authentication = AuthenticationResponse::parse(text);
  const auto object = json::parse_object(text);
  if (!object) {
    MIBUN_INVARIANT(!registration && !authentication);
    return 0;
  }
  if (registration) {
    // Only what holds an attestation object can be written.
    if (const auto written = registration->to_json()) {
      const auto again = RegistrationResponse::parse(*written);
      MIBUN_INVARIANT(again.has_value() && again->id == registration->id);
      MIBUN_INVARIANT(again->attestation_object == registration->attestation_object);
    }
  }
  fuzz_message<AuthenticationResponse>(*object);
  fuzz_message<CreationOptions>(*object);
  fuzz_message<RequestOptions>(*object);
  return 0;
}
