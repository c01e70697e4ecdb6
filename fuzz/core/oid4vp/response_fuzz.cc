// A response: the input as a form, and as the plaintext of a JWE made for the request's key.
#include <cstdint>
#include <cstdlib>

#include "core/codecs/url.h"
#include "core/jose/jwe.h"
#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  static const Transaction transaction(world);
  const std::string_view text = as_text({data, size});
  const ResponsePolicy policy{.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid};
  const auto judge = [&](std::string_view form) {
    const auto response = receive_response(form, transaction.expected(world), policy, kTestNow);
    if (response && std::holds_alternative<VerifiedResponse>(*response)) std::abort();  // nobody presented anything
  };
  judge(text);
  ExpectedResponse plain = transaction.expected(world);
  plain.mode = ResponseMode::direct_post;
  const auto posted = receive_response(text, plain, policy, kTestNow);
  if (posted && std::holds_alternative<VerifiedResponse>(*posted)) std::abort();
  const jose::JweRequest jwe{.kid = transaction.parameters.encryption_kid, .cty = {}, .apu = {}, .apv = {}};
  judge(form::encode(
      {{"response", must(jose::encrypt_jwe(transaction.key.public_key(), jwe, {data, size}, world.rng))}}));
  return 0;
}
