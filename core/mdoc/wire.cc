#include "core/mdoc/wire.h"

#include "core/codecs/base64url.h"
#include "core/codecs/cbor_text.h"
#include "core/mdoc/limits.h"

namespace mibun::mdoc {

std::string to_wire(BytesView message) {
  return base64url::encode(message);
}

Result<Bytes> from_wire(std::string_view text) {
  if (base64url::decoded_size(text.size()) > kMessageBytesMax) return fail(ErrorCode::mdoc_too_large, "message");
  return base64url::decode(text);
}

Result<json::Object> claims_of(const std::vector<IssuerNameSpace>& name_spaces) {
  json::Object out;
  for (const IssuerNameSpace& name_space : name_spaces) {
    json::Object elements;
    for (const IssuerSignedItem& item : name_space.items) {
      MIBUN_TRY(elements[item.identifier], cbor::to_json(item.value, cbor::Form::well_formed, kCborLimits));
    }
    out[name_space.name] = std::move(elements);
  }
  return out;
}

}  // namespace mibun::mdoc
