#include "core/oid4vp/asked_claims.h"

#include <algorithm>
#include <string>
#include <variant>

#include "core/sd_jwt/holder.h"

namespace mibun::oid4vp {
namespace {

// The members on the way to a claim; an index or null ends the way at its array.
std::vector<std::string> member_names(const dcql::ClaimPath& path) {
  std::vector<std::string> names;
  for (const sd_jwt::PathStep& step : path.steps()) {
    const auto* name = std::get_if<std::string>(&step);
    if (name == nullptr) break;
    names.push_back(*name);
  }
  return names;
}

const json::Value* find_member(const json::Object& claims, const std::vector<std::string>& names) {
  const json::Object* object = &claims;
  const json::Value* value = nullptr;
  for (const std::string& name : names) {
    value = object == nullptr ? nullptr : object->if_contains(name);
    if (value == nullptr) return nullptr;
    object = value->if_object();
  }
  return value;
}

void put_member(json::Object& target, const std::vector<std::string>& names, const json::Value& value) {
  json::Object* object = &target;
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    json::Value& next = (*object)[names[i]];
    if (!next.is_object()) next.emplace_object();
    object = &next.get_object();
  }
  (*object)[names.back()] = json::Value(value, json::StoragePtr{});
}

// At, below or above a path that was asked for.
bool names_asked(const std::vector<std::string>& names, const std::vector<dcql::ClaimPath>& asked) {
  return std::ranges::any_of(asked, [&](const dcql::ClaimPath& path) {
    const std::vector<std::string> wanted = member_names(path);
    const std::size_t steps = std::min(wanted.size(), names.size());
    return std::equal(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(steps), wanted.begin());
  });
}

// What every SD-JWT VC shows whoever asks.
constexpr std::string_view kProtocolClaims[] = {"iss", "iat",           "nbf",    "exp",      "cnf",
                                                "vct", "vct#integrity", "status", "aka_vcts", "sub"};

bool says_only(const json::Object& object, const std::vector<dcql::ClaimPath>& asked, std::vector<std::string>& names) {
  for (const auto& member : object) {
    if (names.empty() &&
        std::ranges::find(kProtocolClaims, std::string_view(member.key())) != std::end(kProtocolClaims)) {
      continue;
    }
    names.emplace_back(member.key());
    const json::Object* inner = member.value().if_object();
    const bool fine = inner != nullptr && !inner->empty() ? says_only(*inner, asked, names) : names_asked(names, asked);
    names.pop_back();
    if (!fine) return false;
  }
  return true;
}

}  // namespace

json::Object pick_claims(const json::Object& claims, const std::vector<dcql::ClaimPath>& asked) {
  // Shorter ways first: a whole object, once taken, is not thinned out again by a part of it.
  std::vector<std::vector<std::string>> ways;
  for (const dcql::ClaimPath& path : asked) ways.push_back(member_names(path));
  std::ranges::sort(ways, {}, [](const auto& names) { return names.size(); });
  json::Object picked;
  for (const std::vector<std::string>& names : ways) {
    const json::Value* value = find_member(claims, names);
    if (!names.empty() && value != nullptr) put_member(picked, names, *value);
  }
  return picked;
}

bool is_asked(const dcql::ClaimPath& path, const std::vector<dcql::ClaimPath>& asked) {
  return names_asked(member_names(path), asked);
}

Result<std::vector<dcql::ClaimPath>> disclosed_unless_asked(const sd_jwt::VerifiedPresentation& presentation,
                                                            const std::vector<dcql::ClaimPath>& asked) {
  std::vector<dcql::ClaimPath> disclosed;
  std::vector<std::string> names;
  if (says_only(presentation.claims(), asked, names)) return disclosed;
  const sd_jwt::SdJwt& sd_jwt = presentation.credential().sd_jwt();
  MIBUN_TRY(const sd_jwt::HeldCredential shown, sd_jwt::HeldCredential::reopen_stored(sd_jwt.without_key_binding()));
  for (sd_jwt::HeldClaim& claim : shown.list()) {
    if (claim.disclosable) disclosed.push_back(std::move(claim.path));
  }
  return disclosed;
}

}  // namespace mibun::oid4vp
