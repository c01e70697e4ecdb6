// A status list token from the network, in both formats: nobody's key fits it, and what it says is bounded.
#include "core/status_list/aggregation.h"
#include "core/status_list/status_claims.h"

using namespace mibun;
using namespace mibun::status_list;

namespace {

void check_contents(const Result<TokenContents>& contents) {
  if (!contents) return;
  const StatusList& list = contents->list;
  MIBUN_INVARIANT(list.bytes().size() <= kInflatedBytesMax);
  MIBUN_INVARIANT(!list.get(list.size()).has_value());
  MIBUN_INVARIANT(list.get(list.size() - 1).has_value());
  MIBUN_INVARIANT(!contents->check("https://somewhere.else.example/1", contents->claims.issued_at).has_value() ||
                  contents->claims.uri == "https://somewhere.else.example/1");
  const Bytes encoded = list.compress(StatusList::Effort::quick).to_cbor();
  cbor::Reader reader(encoded);
  const auto again = StatusList::read_cbor(reader);
  MIBUN_INVARIANT(again.has_value() && again->bytes() == list.bytes() && again->bits() == list.bits());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::PublicKey key = crypto::P256PrivateKey::generate().public_key();
  const BytesView input(data, size);
  const StatusTokenKeyPolicy policy{"https://issuer.example/1", key, "https://issuer.example"};
  const Instant now = Instant::from_unix_seconds(1'795'402'800);
  for (const auto format : {StatusTokenFormat::jwt, StatusTokenFormat::cwt}) {
    MIBUN_INVARIANT(!VerifiedStatusList::verify(format, input, policy, now).has_value());
  }
  check_contents(TokenContents::from_cwt(input));
  if (const auto object = json::parse_object(as_text(input))) check_contents(TokenContents::from_jwt(*object));
  if (const auto uris = parse_aggregation(as_text(input))) {
    const auto again = parse_aggregation(write_aggregation(*uris));
    MIBUN_INVARIANT(again.has_value() && *again == *uris);
  }
  cbor::ChunkStore chunks;
  cbor::Reader reader(input, cbor::Form::well_formed, {}, &chunks);
  if (const auto reference = StatusReference::read_cbor(reader)) {
    const Bytes encoded = reference->to_cbor();
    cbor::Reader again(encoded);
    const auto read = StatusReference::read_cbor(again);
    MIBUN_INVARIANT(read.has_value() && *read == *reference);
  }
  static_cast<void>(StatusReference::parse_cwt_claims(input));
  return 0;
}
