#include "core/sd_jwt/type_resolver.h"

#include <algorithm>

#include "core/codecs/url.h"

namespace mibun::sd_jwt {
namespace {

TypeDocumentNeed need_of(const std::string& vct, const std::optional<Integrity>& integrity) {
  return {.vct = vct, .is_url = HttpsUrl::parse(vct).has_value(), .integrity = integrity};
}

std::unexpected<Error> conflict(const ClaimMetadata& claim, const char* detail) {
  return fail(ErrorCode::sd_jwt_type_metadata_conflict, "claims " + claim.path.to_string(), detail);
}

// Section 5.6.5: the child's properties win, but never make less of what the base demands.
Status override_claim(ClaimMetadata& base, const ClaimMetadata& child) {
  const auto fixed = base.disclosure.value_or(SelectiveDisclosure::allowed);
  if (child.disclosure && fixed != SelectiveDisclosure::allowed && *child.disclosure != fixed) {
    return conflict(child, "sd is fixed by the type that is extended");
  }
  if (child.mandatory && !*child.mandatory && base.mandatory.value_or(false)) {
    return conflict(child, "mandatory in the type that is extended");
  }
  if (child.display) base.display = child.display;
  if (child.mandatory) base.mandatory = child.mandatory;
  if (child.disclosure) base.disclosure = child.disclosure;
  if (child.svg_id) base.svg_id = child.svg_id;
  return {};
}

Status extend(ResolvedType& type, const TypeMetadata& child) {
  if (child.name) type.name = child.name;
  if (child.description) type.description = child.description;
  if (child.display) type.display = *child.display;
  for (const ClaimMetadata& claim : child.claims) {
    const auto base = std::ranges::find(type.claims, claim.path, &ClaimMetadata::path);
    if (base == type.claims.end()) {
      if (type.claims.size() == kTypeClaimsMax) return fail(ErrorCode::sd_jwt_type_metadata_too_large, "claims");
      type.claims.push_back(claim);
    } else {
      MIBUN_CHECK(override_claim(*base, claim));
    }
  }
  return {};
}

// "The ID MUST be unique within the type metadata": two types of a chain may each be right and not fit together.
Status check_svg_ids(const ResolvedType& type) {
  std::vector<std::string_view> ids;
  for (const ClaimMetadata& claim : type.claims) {
    if (claim.svg_id) ids.push_back(*claim.svg_id);
  }
  std::ranges::sort(ids);
  if (std::ranges::adjacent_find(ids) == ids.end()) return {};
  return fail(ErrorCode::sd_jwt_type_metadata_conflict, "claims", "an svg_id for two claims");
}

Result<ResolvedType> merge(const std::vector<TypeMetadata>& chain) {
  ResolvedType type;
  for (auto one = chain.rbegin(); one != chain.rend(); ++one) {
    MIBUN_CHECK(extend(type, *one));
  }
  MIBUN_CHECK(check_svg_ids(type));
  for (const TypeMetadata& one : chain) type.vcts.push_back(one.vct);
  return type;
}

}  // namespace

TypeResolver::TypeResolver(const CredentialFacts& facts) : need_(need_of(facts.vct, facts.vct_integrity)) {}

Status TypeResolver::accept(BytesView document) {
  if (document.size() > need_->bytes_max) return fail(ErrorCode::sd_jwt_type_metadata_too_large, "document");
  if (need_->integrity) {
    MIBUN_CHECK(need_->integrity->verify(document));
  }
  MIBUN_TRY(TypeMetadata metadata, TypeMetadata::parse(as_text(document)));
  if (metadata.vct != need_->vct) return fail(ErrorCode::sd_jwt_type_metadata_mismatch, "vct", "another type");
  chain_.push_back(std::move(metadata));
  const TypeMetadata& last = chain_.back();
  if (!last.extends) {
    MIBUN_TRY(type_, merge(chain_));
    need_.reset();
    return {};
  }
  if (std::ranges::find(chain_, *last.extends, &TypeMetadata::vct) != chain_.end()) {
    return fail(ErrorCode::sd_jwt_type_metadata_cycle, "extends");
  }
  if (chain_.size() == kTypeChainMax) return fail(ErrorCode::sd_jwt_type_metadata_too_deep, "extends");
  need_ = need_of(*last.extends, last.extends_integrity);
  return {};
}

Status TypeResolver::supply(BytesView document) {
  if (!need_) return fail(ErrorCode::invalid_argument, "document", "nothing is needed");
  Status accepted = accept(document);
  if (!accepted) need_.reset();
  return accepted;
}

}  // namespace mibun::sd_jwt
