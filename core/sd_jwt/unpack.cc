#include "core/sd_jwt/unpack.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "core/base/sort.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/disclosure.h"
#include "core/sd_jwt/issuer.h"

namespace mibun::sd_jwt {
namespace {

std::string numbered(std::size_t index) {
  return "disclosures[" + std::to_string(index) + "]";
}

// Any strict order will do, and the first eight bytes of two hashes nearly always decide.
struct DigestLess {
  static std::uint64_t head(const Digest& digest) {
    std::uint64_t value;
    std::memcpy(&value, digest.data(), sizeof value);
    return value;
  }
  bool operator()(const Digest& a, const Digest& b) const {
    return head(a) != head(b) ? head(a) < head(b) : std::memcmp(a.data(), b.data(), sizeof a) < 0;
  }
};

// Once only per unpack: walks the payload depth first and follows digests into disclosures. Every call that descends
// adds one to `depth`, and kClaimsDepthMax ends it.
class Unpacker {
 public:
  Unpacker(const UnpackRules& rules, std::vector<Disclosed>* trace) : rules_(rules), trace_(trace) {}

  Status read_disclosures(const SdJwt& sd_jwt, const json::StoragePtr& storage);
  Status walk_object(json::Object& object, std::size_t depth);
  // Steps 4 and 5: no digest twice, no disclosure that nothing points to.
  Status finish();

 private:
  struct Entry {
    DisclosureContent content;
    std::size_t index;
    bool used = false;
  };
  struct Reference {
    Digest digest;
    Entry* entry;
  };

  Status walk(json::Value& value, std::size_t depth);
  Status walk_array(json::Array& array, std::size_t depth);
  Status insert_hidden_members(json::Object& object, json::Array& digests, std::size_t depth);
  Status insert_member(json::Object& object, Entry& entry, std::size_t depth);
  Status check_may_be_hidden(const Entry& entry, std::size_t depth) const;
  Result<bool> resolve_element(json::Value& element, std::size_t depth);
  Result<Entry*> find(const json::Value& digest_text);

  void enter(std::string_view name) {
    if (trace_ != nullptr) place_.emplace_back(std::string(name));
  }
  void enter(std::uint64_t index) {
    if (trace_ != nullptr) place_.emplace_back(index);
  }
  void leave() {
    if (trace_ != nullptr) place_.pop_back();
  }
  void note(const Entry& entry) {
    if (trace_ != nullptr) trace_->push_back({entry.index, place_});
  }

  const UnpackRules& rules_;
  std::vector<Entry> entries_;
  std::vector<Reference> by_digest_;  // sorted
  std::vector<Digest> seen_;
  bool in_protected_ = false;
  std::vector<Disclosed>* trace_;
  Place place_;
};

Status Unpacker::read_disclosures(const SdJwt& sd_jwt, const json::StoragePtr& storage) {
  entries_.reserve(sd_jwt.disclosure_count());  // entries stay where they are
  by_digest_.reserve(sd_jwt.disclosure_count());
  seen_.reserve(32);
  for (std::size_t i = 0; i < sd_jwt.disclosure_count(); ++i) {
    auto content = parse_disclosure(sd_jwt.disclosure(i), storage);
    if (!content) return fail(content.error().code, numbered(i), content.error().detail);
    entries_.push_back({std::move(*content), i});
    by_digest_.push_back({digest_of(rules_.digests, sd_jwt.disclosure(i)), &entries_.back()});
  }
  sort(by_digest_, DigestLess{}, &Reference::digest);
  const auto twin = std::ranges::adjacent_find(by_digest_, {}, &Reference::digest);
  if (twin != by_digest_.end()) return fail(ErrorCode::sd_jwt_duplicate_disclosure, numbered(twin->entry->index));
  return {};
}

// The disclosure behind a digest, or null: a decoy, or one the holder keeps.
Result<Unpacker::Entry*> Unpacker::find(const json::Value& digest_text) {
  const auto* text = digest_text.if_string();
  if (text == nullptr) return fail(ErrorCode::sd_jwt_malformed_digest, "_sd", "not a string");
  MIBUN_TRY(const Digest digest, parse_digest(rules_.digests, *text));
  seen_.push_back(digest);
  const auto found = std::ranges::lower_bound(by_digest_, digest, DigestLess{}, &Reference::digest);
  if (found == by_digest_.end() || found->digest != digest) return nullptr;
  Entry& entry = *found->entry;
  if (entry.used) return fail(ErrorCode::sd_jwt_duplicate_digest, numbered(entry.index));
  entry.used = true;
  return &entry;
}

Status Unpacker::walk(json::Value& value, std::size_t depth) {
  if (json::Object* object = value.if_object()) return walk_object(*object, depth);
  if (json::Array* array = value.if_array()) return walk_array(*array, depth);
  return {};
}

Status Unpacker::walk_object(json::Object& object, std::size_t depth) {
  if (depth > kClaimsDepthMax) return fail(ErrorCode::json_too_deep, "payload");
  if (object.contains("...")) return fail(ErrorCode::sd_jwt_reserved_claim_name, "payload", "... outside an array");
  if (depth > 0 && object.contains("_sd_alg")) {
    return fail(ErrorCode::sd_jwt_reserved_claim_name, "payload", "_sd_alg below the top");
  }
  const auto sd = object.find("_sd");
  json::Value digests(object.storage());
  if (sd != object.end()) {
    digests = std::move(sd->value());
    object.erase(sd);
    if (!digests.is_array()) return fail(ErrorCode::sd_jwt_malformed_digest, "_sd", "not an array");
  }
  for (auto& member : object) {
    if (!member.value().is_structured()) continue;
    if (depth == 0) in_protected_ = rules_.protect_claims && is_protected_claim(member.key());
    enter(member.key());
    MIBUN_CHECK(walk(member.value(), depth + 1));
    leave();
  }
  if (depth == 0) in_protected_ = false;
  return digests.is_array() ? insert_hidden_members(object, digests.get_array(), depth) : Status();
}

Status Unpacker::insert_hidden_members(json::Object& object, json::Array& digests, std::size_t depth) {
  std::size_t closed = 0;
  for (json::Value& digest : digests) {
    MIBUN_TRY(Entry * entry, find(digest));
    if (entry != nullptr) {
      MIBUN_CHECK(insert_member(object, *entry, depth));
    } else if (rules_.keep_closed) {
      std::swap(digests[closed++], digest);
    }
  }
  if (closed == 0) return {};
  digests.erase(digests.begin() + closed, digests.end());
  object.emplace("_sd", std::move(digests));
  return {};
}

// What the verifier decides on must be in the clear: SD-JWT VC, section 2.2.2.3.
Status Unpacker::check_may_be_hidden(const Entry& entry, std::size_t depth) const {
  const std::string_view name = entry.content.name ? *entry.content.name : std::string_view();
  if (depth > 0 && name == "_sd_alg") {
    return fail(ErrorCode::sd_jwt_reserved_claim_name, numbered(entry.index), "_sd_alg below the top");
  }
  const bool is_protected =
      in_protected_ || (depth == 0 && (name == "_sd_alg" || (rules_.protect_claims && is_protected_claim(name))));
  if (is_protected) return fail(ErrorCode::sd_jwt_protected_claim_disclosed, numbered(entry.index));
  return {};
}

Status Unpacker::insert_member(json::Object& object, Entry& entry, std::size_t depth) {
  if (!entry.content.name)
    return fail(ErrorCode::sd_jwt_wrong_disclosure_kind, numbered(entry.index), "an element in _sd");
  MIBUN_CHECK(check_may_be_hidden(entry, depth));
  const std::string_view name = *entry.content.name;
  enter(name);
  note(entry);
  json::Value value = std::move(entry.content.value);
  if (value.is_structured()) {
    MIBUN_CHECK(walk(value, depth + 1));
  }
  leave();
  if (!object.emplace(name, std::move(value)).second) {
    return fail(ErrorCode::sd_jwt_claim_collision, numbered(entry.index), "the name is taken at this level");
  }
  return {};
}

Status Unpacker::walk_array(json::Array& array, std::size_t depth) {
  if (depth > kClaimsDepthMax) return fail(ErrorCode::json_too_deep, "payload");
  std::size_t kept = 0;
  for (std::size_t i = 0; i < array.size(); ++i) {
    enter(std::uint64_t{kept});
    MIBUN_TRY(const bool keep, resolve_element(array[i], depth));
    leave();
    if (!keep) continue;
    if (kept != i) array[kept] = std::move(array[i]);
    ++kept;
  }
  array.erase(array.begin() + kept, array.end());
  return {};
}

// False for a placeholder that stays closed and is to go.
Result<bool> Unpacker::resolve_element(json::Value& element, std::size_t depth) {
  json::Object* object = element.if_object();
  const json::Value* digest = object == nullptr ? nullptr : object->if_contains("...");
  if (digest == nullptr) {
    MIBUN_CHECK(walk(element, depth + 1));
    return true;
  }
  if (object->size() != 1) return fail(ErrorCode::sd_jwt_malformed_digest, "...", "other members beside it");
  MIBUN_TRY(Entry * entry, find(*digest));
  if (entry == nullptr) return rules_.keep_closed;
  if (entry->content.name) {
    return fail(ErrorCode::sd_jwt_wrong_disclosure_kind, numbered(entry->index), "a property in an array");
  }
  MIBUN_CHECK(check_may_be_hidden(*entry, depth));
  note(*entry);
  json::Value value = std::move(entry->content.value);
  MIBUN_CHECK(walk(value, depth + 1));
  element = std::move(value);
  return true;
}

Status Unpacker::finish() {
  sort(seen_, DigestLess{});
  if (std::ranges::adjacent_find(seen_) != seen_.end()) return fail(ErrorCode::sd_jwt_duplicate_digest, "payload");
  for (const Entry& entry : entries_) {
    if (!entry.used) return fail(ErrorCode::sd_jwt_unreferenced_disclosure, numbered(entry.index));
  }
  return {};
}

}  // namespace

Result<json::Object> unpack(json::Object payload, const SdJwt& sd_jwt, const UnpackRules& rules,
                            std::vector<Disclosed>* trace) {
  Unpacker unpacker(rules, trace);
  MIBUN_CHECK(unpacker.read_disclosures(sd_jwt, payload.storage()));
  MIBUN_CHECK(unpacker.walk_object(payload, 0));
  MIBUN_CHECK(unpacker.finish());
  payload.erase("_sd_alg");
  return payload;
}

}  // namespace mibun::sd_jwt
