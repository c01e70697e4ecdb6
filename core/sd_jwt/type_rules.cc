#include "core/sd_jwt/type_rules.h"

#include <algorithm>
#include <utility>

#include "core/jose/jws.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/unpack.h"

namespace mibun::sd_jwt {
namespace {

constexpr json::Limits kPayloadLimits{.bytes_max = kSdJwtBytesMax};

enum class Seen { every_disclosure, some_disclosures };

// A credential as it was issued: what is closed stays where it is ("_sd", {"...": digest}).
struct IssuedView {
  json::Object claims;
  std::vector<Disclosed> disclosed;  // places count closed elements
  Seen seen;
};

Result<IssuedView> issued_view(const SdJwt& sd_jwt, Seen seen) {
  MIBUN_TRY(const jose::Jws jws, jose::Jws::parse(sd_jwt.issuer_jwt(), kPayloadLimits));
  MIBUN_TRY(json::Object payload, jws.unverified_payload());  // the caller's credential was verified
  MIBUN_TRY(
      const DigestAlgorithm digests,
      read_digest_algorithm(payload, {DigestAlgorithm::sha256, DigestAlgorithm::sha384, DigestAlgorithm::sha512}));
  IssuedView view{.claims = {}, .disclosed = {}, .seen = seen};
  MIBUN_TRY(view.claims,
            unpack(std::move(payload), sd_jwt, {.digests = digests, .keep_closed = true}, &view.disclosed));
  return view;
}

struct Selected {
  const json::Value* value;
  Place place;
};

bool is_closed(const json::Value& value) {
  const json::Object* object = value.if_object();
  return object != nullptr && object->contains("...");
}

// Applies a path step by step, as section 5.6.1.2 says.
class Selection {
 public:
  Selection(const json::Value& root, Seen seen) : selected_{{&root, {}}}, seen_(seen) {}

  Status step(const PathStep& step);
  const std::vector<Selected>& selected() const { return selected_; }
  // Whether something closed could hold what the path points to.
  bool could_be_closed() const { return could_be_closed_; }

 private:
  Status into_object(const Selected& from, const std::string& name, std::vector<Selected>& out);
  Status into_array(const Selected& from, const PathStep& step, std::vector<Selected>& out);

  std::vector<Selected> selected_;
  Seen seen_;
  bool could_be_closed_ = false;
};

std::unexpected<Error> not_applicable(const char* detail) {
  return fail(ErrorCode::sd_jwt_type_path_not_applicable, {}, detail);
}

void add(std::vector<Selected>& out, const Selected& from, PathStep taken, const json::Value& value) {
  out.push_back({&value, from.place});
  out.back().place.push_back(std::move(taken));
}

Status Selection::into_object(const Selected& from, const std::string& name, std::vector<Selected>& out) {
  const json::Object* object = from.value->if_object();
  if (object == nullptr) return not_applicable("a name, and not an object");
  const bool is_marker = name == "_sd" || name == "...";
  const json::Value* member = is_marker ? nullptr : object->if_contains(name);
  if (member != nullptr) {
    add(out, from, name, *member);
  } else if (seen_ == Seen::some_disclosures && object->contains("_sd")) {
    could_be_closed_ = true;
  }
  return {};
}

Status Selection::into_array(const Selected& from, const PathStep& step, std::vector<Selected>& out) {
  const json::Array* array = from.value->if_array();
  if (array == nullptr) return not_applicable("an index, and not an array");
  if (const auto* index = std::get_if<std::uint64_t>(&step)) {
    if (*index < array->size()) add(out, from, *index, (*array)[static_cast<std::size_t>(*index)]);
    return {};
  }
  for (std::size_t i = 0; i < array->size(); ++i) add(out, from, std::uint64_t{i}, (*array)[i]);
  return {};
}

Status Selection::step(const PathStep& step) {
  std::vector<Selected> next;
  for (const Selected& from : selected_) {
    if (is_closed(*from.value)) {  // its contents are unknown
      could_be_closed_ = could_be_closed_ || seen_ == Seen::some_disclosures;
      continue;
    }
    const auto* name = std::get_if<std::string>(&step);
    MIBUN_CHECK(name != nullptr ? into_object(from, *name, next) : into_array(from, step, next));
  }
  selected_ = std::move(next);
  return {};
}

// A disclosure of its own, not only below one.
bool is_disclosure(const IssuedView& view, const Selected& selected) {
  return is_closed(*selected.value) ||
         std::ranges::find(view.disclosed, selected.place, &Disclosed::place) != view.disclosed.end();
}

Status check_claim(const IssuedView& view, const json::Value& root, const ClaimMetadata& claim) {
  Selection selection(root, view.seen);
  for (const PathStep& step : claim.path.steps()) {
    MIBUN_CHECK(selection.step(step));
  }
  const bool mandatory = claim.mandatory.value_or(false);
  // A closed element that a holder has no disclosure for is a decoy.
  const auto is_there = [&](const Selected& one) {
    return view.seen == Seen::some_disclosures || !is_closed(*one.value);
  };
  if (mandatory && !selection.could_be_closed() && std::ranges::none_of(selection.selected(), is_there)) {
    return fail(ErrorCode::sd_jwt_type_claim_missing);
  }
  const auto rule = claim.disclosure.value_or(SelectiveDisclosure::allowed);
  if (rule == SelectiveDisclosure::allowed) return {};
  for (const Selected& one : selection.selected()) {
    if (!is_there(one)) continue;
    const bool disclosure = is_disclosure(view, one);
    if (rule == SelectiveDisclosure::always && !disclosure) {
      return fail(ErrorCode::sd_jwt_type_claim_not_disclosable);
    }
    if (rule == SelectiveDisclosure::never && disclosure) return fail(ErrorCode::sd_jwt_type_claim_disclosable);
  }
  return {};
}

Status check(const SdJwt& sd_jwt, const std::string& vct, const ResolvedType& type, Seen seen) {
  if (type.vcts.empty() || type.vcts.front() != vct) {
    return fail(ErrorCode::sd_jwt_type_metadata_mismatch, "vct", "the type of another credential");
  }
  MIBUN_TRY(IssuedView view, issued_view(sd_jwt, seen));
  const json::Value root(std::move(view.claims));
  for (const ClaimMetadata& claim : type.claims) {
    Status checked = check_claim(view, root, claim);
    if (!checked) {
      return fail(checked.error().code, "claims " + claim.path.to_string(), checked.error().detail);
    }
  }
  return {};
}

}  // namespace

Status check_type_rules(const HeldCredential& credential, const ResolvedType& type) {
  return check(credential.sd_jwt(), credential.vct(), type, Seen::every_disclosure);
}

Status check_type_rules(const VerifiedSdJwt& credential, const ResolvedType& type) {
  return check(credential.sd_jwt(), credential.vct(), type, Seen::some_disclosures);
}

}  // namespace mibun::sd_jwt
