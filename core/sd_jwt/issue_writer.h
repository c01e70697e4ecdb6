#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/issuer.h"
#include "core/sd_jwt/places.h"
#include "core/sd_jwt/unpack.h"

// Writes a payload and its disclosures in one pass over the claims. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

// Which parts of a document become disclosures.
struct HiddenTree {
  bool is_hidden = false;
  std::map<PathStep, HiddenTree> below;

  void hide(const Place& place);
  const HiddenTree* find(const PathStep& step) const;  // null when nothing there or below is hidden
  const HiddenTree* find(std::string_view name) const;
};

// Appends the JSON text of `value`. Errors: sd_jwt_reserved_claim_name ("_sd", "...", "_sd_alg"), json_too_deep.
Status append_json(std::string& out, const json::Value& value, std::size_t depth);

// Text is put together by hand: a tree of JSON values for each disclosure costs more than its hash.
class IssueWriter {
 public:
  IssueWriter(const IssueRequest& request, Rng& rng) : request_(request), rng_(rng) {}

  // The payload's JSON text; lives as long as the writer. Errors: those of append_json, sd_jwt_too_many_disclosures.
  Result<std::string_view> write_payload(const HiddenTree& hidden);
  // "<disclosure>~...~", an inner one before the one that holds its digest.
  const std::string& disclosures() const { return disclosures_; }

 private:
  // A digest as text, zeros behind it: sorting them says nothing about the claims (RFC 9901, section 4.2.4.1).
  struct DigestText {
    std::array<char, 86> text{};
    // The first eight characters, which nearly always decide an order.
    std::uint64_t head() const {
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | static_cast<std::uint8_t>(text[i]);
      return value;
    }
  };
  // The digests of one object, and whether a comma is due before the next member.
  struct ObjectState {
    std::vector<DigestText> digests;
    bool begun = false;
  };

  Status write_value(std::string& out, const json::Value& value, const HiddenTree* hidden, std::size_t depth);
  Status write_array(std::string& out, const json::Array& array, const HiddenTree& hidden, std::size_t depth);
  Status write_members(std::string& out, ObjectState& state, const json::Object& members, const HiddenTree* hidden,
                       bool all_hidden, std::size_t depth);
  // A digest and its head, beside each other so that sorting does not look into the texts.
  struct PlacedDigest {
    std::uint64_t head;
    const DigestText* digest;
  };
  static std::vector<PlacedDigest> sorted(const std::vector<DigestText>& digests);
  void write_digests(std::string& out, ObjectState& state, bool top_level);
  // The value becomes a disclosure; its digest goes to `digest`.
  Status make_disclosure(std::optional<std::string_view> name, const json::Value& value, const HiddenTree* hidden,
                         std::size_t depth, DigestText& digest);
  // [salt, name, value] where both stand in JSON as they are.
  void write_plain(std::string_view name, std::string_view value);
  void write_digest(std::string_view text, DigestText& digest) const;
  DigestText decoy();
  std::size_t decoys_for(std::size_t digests) const;
  std::string_view text_of(const DigestText& digest) const;
  BytesView random(std::size_t size);

  const IssueRequest& request_;
  Rng& rng_;
  std::string payload_, disclosures_;
  std::size_t disclosure_count_ = 0;
  bool any_digest_ = false;
  std::string texts_;                     // disclosures in the making: an inner one stands behind its outer one
  std::array<std::uint8_t, 512> pool_{};  // one call of the generator serves many salts
  std::size_t pool_left_ = 0;
};

}  // namespace mibun::sd_jwt
