#include "core/oid4vp/held_card.h"

#include "core/mdoc/wire.h"
#include "core/oid4vp/authorities.h"

namespace mibun::oid4vp {
HeldCard::HeldCard(sd_jwt::HeldCredential credential) : content_(std::move(credential)) {}

Result<HeldCard> HeldCard::of(mdoc::HeldMdoc mdoc) {
  MIBUN_TRY(json::Object claims, mdoc::claims_of(mdoc.name_spaces()));
  return HeldCard(std::move(mdoc), std::move(claims));
}

Result<HeldCard> HeldCard::reopen_stored(std::string_view format, std::string_view stored) {
  if (format == dcql::kSdJwtFormat) {
    MIBUN_TRY(auto credential, sd_jwt::HeldCredential::reopen_stored(stored));
    return HeldCard(std::move(credential));
  }
  if (format != dcql::kMdocFormat) return fail(ErrorCode::dcql_unsupported_format, "card.format");
  MIBUN_TRY(Bytes issuer_signed, mdoc::from_wire(stored));
  MIBUN_TRY(auto mdoc, mdoc::HeldMdoc::reopen_stored(std::move(issuer_signed)));
  return of(std::move(mdoc));
}

std::string_view HeldCard::format() const {
  return sd_jwt() != nullptr ? dcql::kSdJwtFormat : dcql::kMdocFormat;
}

std::string_view HeldCard::type() const {
  return sd_jwt() != nullptr ? std::string_view(sd_jwt()->vct()) : mdoc()->doc_type();
}

const crypto::PublicKey& HeldCard::holder_key() const {
  return sd_jwt() != nullptr ? sd_jwt()->holder_key() : mdoc()->device_key();
}

const json::Object& HeldCard::claims() const {
  return sd_jwt() != nullptr ? sd_jwt()->claims() : mdoc_claims_;
}

dcql::Card HeldCard::as_dcql() const {
  dcql::Card card{.format = std::string(format()), .types = {}, .holder_bound = true, .claims = &claims()};
  if (sd_jwt() != nullptr) {
    card.types = dcql::sd_jwt_types(claims());
    card.authority_key_ids = authorities_of(sd_jwt()->sd_jwt().issuer_jwt());
  } else {
    card.types = {std::string(type())};
    card.authority_key_ids = authorities_of(mdoc()->issuer_signed());
  }
  return card;
}

}  // namespace mibun::oid4vp
