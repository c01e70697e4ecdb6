#include <vector>

#include "platform/keyd/signing_list.h"
#include "platform/keyd/signing_names.h"

using namespace mibun;
using namespace mibun::keyd;

// A message belongs to one kind of key at most. A list that parses is written as it was read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<crypto::PublicKey> own{crypto::P256PrivateKey::generate().public_key()};
  const BytesView message(data, size);
  int signers = 0;
  for (const SigningName& name : signing_names()) {
    const bool is_signed = check_signed_content(name, message, own).has_value();
    signers += is_signed && name.purpose != Purpose::certify ? 1 : 0;
  }
  MIBUN_INVARIANT(signers <= 1);
  if (const auto id = parse_stem(as_text(message))) MIBUN_INVARIANT(stem_of(*id) == as_text(message));
  if (const auto keys = parse_signing_list(as_text(message))) {
    const std::string text = encode_signing_list(*keys);
    const auto again = parse_signing_list(text);
    MIBUN_INVARIANT(again.has_value() && encode_signing_list(*again) == text);
  }
  return 0;
}
