#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/public_key.h"
#include "core/dcql/match.h"
#include "core/mdoc/holder.h"
#include "core/sd_jwt/holder.h"

namespace mibun::oid4vp {

// One copy of a card in a wallet, of either format: what choosing and presenting need to know of it. Moves, never
// copies.
class HeldCard {
 public:
  explicit HeldCard(sd_jwt::HeldCredential credential);
  // Errors: those of mdoc::claims_of.
  static Result<HeldCard> of(mdoc::HeldMdoc mdoc);
  // What this wallet verified at reception and kept sealed, as the issuer sent it: "<JWT>~...~", or the base64url of an
  // IssuerSigned. Errors: dcql_unsupported_format (`format` is neither kSdJwtFormat nor kMdocFormat), those of
  // sd_jwt::HeldCredential::reopen_stored, mdoc::from_wire and mdoc::HeldMdoc::reopen_stored.
  static Result<HeldCard> reopen_stored(std::string_view format, std::string_view stored);

  std::string_view format() const;              // dcql::kSdJwtFormat, dcql::kMdocFormat
  std::string_view type() const;                // vct, doctype
  const crypto::PublicKey& holder_key() const;  // cnf, deviceKey
  // Everything it says; an mdoc as {name space: {element: value}}.
  const json::Object& claims() const;
  // Views into this card.
  dcql::Card as_dcql() const;

  const sd_jwt::HeldCredential* sd_jwt() const { return std::get_if<sd_jwt::HeldCredential>(&content_); }
  const mdoc::HeldMdoc* mdoc() const { return std::get_if<mdoc::HeldMdoc>(&content_); }

 private:
  HeldCard(mdoc::HeldMdoc mdoc, json::Object claims) : content_(std::move(mdoc)), mdoc_claims_(std::move(claims)) {}
  std::variant<sd_jwt::HeldCredential, mdoc::HeldMdoc> content_;
  json::Object mdoc_claims_;
};

}  // namespace mibun::oid4vp
