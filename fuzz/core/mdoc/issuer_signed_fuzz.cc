#include "core/mdoc/issuer_signed.h"

#include <cstdint>

#include "core/mdoc/verifier.h"
#include "core/mdoc/wire.h"

// What a wallet may be handed: it parses again to the same, each item is found by its name, and nothing later breaks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  using namespace mibun::mdoc;
  auto parsed = Encoded<IssuerSigned>::parse(to_bytes(BytesView(data, size)));
  if (!parsed) return 0;
  const Encoded<IssuerSigned> moved = std::move(*parsed);
  const IssuerSigned& issuer_signed = *moved;
  for (const IssuerNameSpace& name_space : issuer_signed.name_spaces) {
    MIBUN_INVARIANT(!name_space.items.empty());
    for (const IssuerSignedItem& item : name_space.items) {
      MIBUN_INVARIANT(issuer_signed.find(name_space.name, item.identifier) == &item);
    }
  }
  const auto again = Encoded<IssuerSigned>::parse(moved.bytes());
  MIBUN_INVARIANT(again && (*again)->name_spaces.size() == issuer_signed.name_spaces.size());
  MIBUN_INVARIANT((*again)->mso.doc_type == issuer_signed.mso.doc_type);
  MIBUN_INVARIANT(check_digests(issuer_signed).has_value() == check_digests(**again).has_value());
  (void)claims_of(issuer_signed.name_spaces);
  return 0;
}
