#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/type_metadata.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::sd_jwt {

inline constexpr std::size_t kTypeChainMax = 8;  // documents, the credential's own type counted

// A type with everything that it inherits: SD-JWT VC, sections 5.4, 5.5.2 and 5.6.5.
struct ResolvedType {
  std::vector<std::string> vcts;  // the credential's own type first, then what it extends, one after another
  std::optional<std::string> name, description;
  std::vector<TypeDisplay> display;   // of the first type in the chain that has any
  std::vector<ClaimMetadata> claims;  // inherited ones first
};

// The document of one type, to be fetched or looked up by the caller, who knows about networks.
struct TypeDocumentNeed {
  std::string vct;
  // Whether `vct` is an https URL, and may be fetched: with a time limit, at most bytes_max, no redirect to other than
  // https, no address inside. Any other type is looked up in a registry that the caller trusts, or not at all.
  bool is_url = false;
  // Fixes the document. With it a copy may be kept for ever, by this text.
  std::optional<Integrity> integrity;
  std::size_t bytes_max = kTypeMetadataBytesMax;
};

// Follows a credential's type and what it extends, one document at a time. It begins with a verified credential: no
// name from an unverified one is ever looked up (rule R4).
//   TypeResolver resolver(verified);
//   while (const TypeDocumentNeed* need = resolver.need()) { MIBUN_CHECK(resolver.supply(fetch(*need))); }
//   const ResolvedType& type = *resolver.type();
class TypeResolver {
 public:
  explicit TypeResolver(const VerifiedSdJwt& credential) : TypeResolver(credential.facts()) {}
  explicit TypeResolver(const HeldCredential& credential) : TypeResolver(credential.facts()) {}

  // The next document; null when all are there, and after an error.
  const TypeDocumentNeed* need() const { return need_ ? &*need_ : nullptr; }
  // The document that was needed, its bytes as they arrived. Checked in this order: size, integrity, form, and that it
  // is of the type asked for. An error ends the work: the credential is to be refused where its type metadata counts
  // (section 5.7).
  // Errors: sd_jwt_type_metadata_too_large, sd_jwt_integrity_mismatch, those of TypeMetadata::parse,
  //         sd_jwt_type_metadata_mismatch (another "vct"), sd_jwt_type_metadata_cycle, sd_jwt_type_metadata_too_deep,
  //         sd_jwt_type_metadata_conflict (an extending type loosens "sd" or "mandatory"), invalid_argument (nothing
  //         is needed).
  Status supply(BytesView document);
  // Complete, or null.
  const ResolvedType* type() const { return type_ ? &*type_ : nullptr; }

 private:
  explicit TypeResolver(const CredentialFacts& facts);
  Status accept(BytesView document);
  std::vector<TypeMetadata> chain_;  // the credential's own type first
  std::optional<TypeDocumentNeed> need_;
  std::optional<ResolvedType> type_;
};

}  // namespace mibun::sd_jwt
