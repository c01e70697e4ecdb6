#include "core/sd_jwt/issue_writer.h"

#include <algorithm>
#include <cstring>

#include "core/codecs/base64url.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/disclosure.h"
#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {
namespace {

using namespace std::string_view_literals;

// One less than readers take, because a disclosure is an array around its value.
constexpr std::size_t kDepthMax = kClaimsDepthMax - 2;

// `byte` in each byte of a word.
constexpr std::uint64_t each_byte(std::uint8_t byte) {
  return std::uint64_t{0x0101'0101'0101'0101} * byte;
}

// Whether one of eight bytes has to be escaped: below 0x20, a quote, a backslash. A byte above 127 stands for itself.
bool any_escaped(std::uint64_t eight) {
  const auto below = [](std::uint64_t word, std::uint8_t bound) {  // the top bit of a byte that is below it
    return (word - each_byte(bound)) & ~word & each_byte(0x80);
  };
  return (below(eight, 0x20) | below(eight ^ each_byte('"'), 1) | below(eight ^ each_byte('\\'), 1)) != 0;
}

std::uint64_t eight_at(std::string_view text, std::size_t at) {
  std::uint64_t eight = 0;
  std::memcpy(&eight, text.data() + at, sizeof eight);
  return eight;
}

// How many characters at the front of `text` stand for themselves: all, or those before the first that does not.
std::size_t plain_size(std::string_view text) {
  constexpr std::size_t kEight = 8;
  std::size_t at = 0;
  while (at + kEight <= text.size() && !any_escaped(eight_at(text, at))) at += kEight;
  // The last eight overlap those before.
  if (at > 0 && at + kEight > text.size() && !any_escaped(eight_at(text, text.size() - kEight))) return text.size();
  for (; at < text.size(); ++at) {
    const auto c = static_cast<std::uint8_t>(text[at]);
    if (c < 0x20 || c == '"' || c == '\\') break;
  }
  return at;
}

bool is_plain(std::string_view text) {
  return plain_size(text) == text.size();
}

void append_escaped(std::string& out, std::uint8_t c) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  if (c == '"' || c == '\\') {
    out += static_cast<char>(c);
  } else {
    out.append("u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
  }
}

// The parts one behind the other, with one look at the room for all of them.
template <class... Parts>
[[gnu::always_inline]] inline void append(std::string& out, Parts... parts) {
  const std::size_t begin = out.size(), end = (begin + ... + parts.size());
  out.resize_and_overwrite(end, [&](char* text, std::size_t) {
    char* at = text + begin;
    ((at = std::copy(parts.begin(), parts.end(), at)), ...);
    return end;  // what it is called with may be more: libstdc++ 12
  });
}

void append_string(std::string& out, std::string_view text) {
  if (is_plain(text)) return append(out, "\""sv, text, "\""sv);
  out += '"';
  for (;;) {
    const std::size_t size = plain_size(text);
    out.append(text, 0, size);
    if (size == text.size()) break;
    append_escaped(out, static_cast<std::uint8_t>(text[size]));
    text.remove_prefix(size + 1);
  }
  out += '"';
}

bool is_reserved(std::string_view name) {
  return name == "_sd" || name == "..." || name == "_sd_alg";
}

Status append_name(std::string& out, std::string_view name) {
  if (is_reserved(name)) {
    return fail(ErrorCode::sd_jwt_reserved_claim_name, "claims");
  }
  append_string(out, name);
  out += ':';
  return {};
}

Status check_depth(std::size_t depth) {
  if (depth > kDepthMax) return fail(ErrorCode::json_too_deep, "claims");
  return {};
}

}  // namespace

void HiddenTree::hide(const Place& place) {
  HiddenTree* node = this;
  for (const PathStep& step : place) node = &node->below[step];
  node->is_hidden = true;
}

const HiddenTree* HiddenTree::find(std::string_view name) const {
  return below.empty() ? nullptr : find(PathStep(std::string(name)));
}

const HiddenTree* HiddenTree::find(const PathStep& step) const {
  const auto found = below.find(step);
  return found == below.end() ? nullptr : &found->second;
}

Status append_json(std::string& out, const json::Value& value, std::size_t depth) {
  if (const auto* text = value.if_string()) {
    append_string(out, *text);
  } else if (const json::Object* object = value.if_object()) {
    MIBUN_CHECK(check_depth(depth));
    char before = '{';
    for (const auto& member : *object) {
      out += std::exchange(before, ',');
      MIBUN_CHECK(append_name(out, member.key()));
      MIBUN_CHECK(append_json(out, member.value(), depth + 1));
    }
    if (before == '{') out += '{';
    out += '}';
  } else if (const json::Array* array = value.if_array()) {
    MIBUN_CHECK(check_depth(depth));
    char before = '[';
    for (const json::Value& element : *array) {
      out += std::exchange(before, ',');
      MIBUN_CHECK(append_json(out, element, depth + 1));
    }
    if (before == '[') out += '[';
    out += ']';
  } else if (const auto* number = value.if_int64()) {
    out += std::to_string(*number);
  } else if (const bool* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else {
    out += json::serialize(value);
  }
  return {};
}

BytesView IssueWriter::random(std::size_t size) {
  if (pool_left_ < size) {
    rng_.fill(pool_);
    pool_left_ = pool_.size();
  }
  pool_left_ -= size;
  return BytesView(pool_).subspan(pool_left_, size);
}

void IssueWriter::write_digest(std::string_view text, DigestText& digest) const {
  if (request_.digests == DigestAlgorithm::sha256) {
    base64url::encode_into(crypto::sha256(text), digest.text);
    return;
  }
  const Digest bytes = digest_of(request_.digests, text);
  base64url::encode_into(BytesView(bytes).first(digest_size(request_.digests)), digest.text);
}

IssueWriter::DigestText IssueWriter::decoy() {
  DigestText digest;
  write_digest(as_text(random(32)), digest);
  return digest;
}

std::size_t IssueWriter::decoys_for(std::size_t digests) const {
  const Decoys& decoys = request_.decoys;
  const std::size_t over = (digests + decoys.add) % decoys.fill_to_multiple_of;
  return decoys.add + (over == 0 ? 0 : decoys.fill_to_multiple_of - over);
}

std::string_view IssueWriter::text_of(const DigestText& digest) const {
  return {digest.text.data(), base64url::encoded_size(digest_size(request_.digests))};
}

void IssueWriter::write_plain(std::string_view name, std::string_view value) {
  std::array<char, base64url::encoded_size(kSaltBytes)> salt;
  base64url::encode_into(random(kSaltBytes), salt);
  append(texts_, "[\""sv, std::string_view(salt.data(), salt.size()), "\",\""sv, name, "\",\""sv, value, "\"]"sv);
}

Status IssueWriter::make_disclosure(std::optional<std::string_view> name, const json::Value& value,
                                    const HiddenTree* hidden, std::size_t depth, DigestText& digest) {
  MIBUN_CHECK(check_depth(depth));
  if (++disclosure_count_ > kDisclosuresMax) return fail(ErrorCode::sd_jwt_too_many_disclosures, "disclosable");
  any_digest_ = true;
  const std::size_t begin = texts_.size();
  const auto* string = value.if_string();
  if (name && string != nullptr && !is_reserved(*name) && is_plain(*name) && is_plain(*string)) {
    write_plain(*name, *string);
  } else {
    texts_ += "[\"";
    base64url::append(texts_, random(kSaltBytes));
    texts_ += "\",";
    if (name) {
      MIBUN_CHECK(append_name(texts_, *name));
      texts_.back() = ',';
    }
    MIBUN_CHECK(write_value(texts_, value, hidden, depth + 1));
    texts_ += ']';
  }
  const std::size_t encoded_begin = disclosures_.size();
  base64url::append(disclosures_, as_bytes(std::string_view(texts_).substr(begin)));
  texts_.resize(begin);
  write_digest(std::string_view(disclosures_).substr(encoded_begin), digest);
  disclosures_ += '~';
  return {};
}

Status IssueWriter::write_members(std::string& out, ObjectState& state, const json::Object& members,
                                  const HiddenTree* hidden, bool all_hidden, std::size_t depth) {
  for (const auto& member : members) {
    const HiddenTree* child = hidden == nullptr ? nullptr : hidden->find(std::string_view(member.key()));
    if (all_hidden || (child != nullptr && child->is_hidden)) {
      DigestText digest;
      MIBUN_CHECK(make_disclosure(member.key(), member.value(), child, depth, digest));
      state.digests.push_back(digest);
      continue;
    }
    if (std::exchange(state.begun, true)) out += ',';
    MIBUN_CHECK(append_name(out, member.key()));
    MIBUN_CHECK(write_value(out, member.value(), child, depth + 1));
  }
  return {};
}

// Digests are moved by their addresses: the texts themselves are long.
std::vector<IssueWriter::PlacedDigest> IssueWriter::sorted(const std::vector<DigestText>& digests) {
  std::vector<PlacedDigest> order;
  order.reserve(digests.size());
  for (const DigestText& digest : digests) order.push_back({digest.head(), &digest});
  std::ranges::sort(order, [](const PlacedDigest& a, const PlacedDigest& b) {
    return a.head != b.head ? a.head < b.head
                            : std::memcmp(a.digest->text.data(), b.digest->text.data(), a.digest->text.size()) < 0;
  });
  return order;
}

void IssueWriter::write_digests(std::string& out, ObjectState& state, bool top_level) {
  if (top_level || (request_.decoys.nested && !state.digests.empty())) {
    for (std::size_t i = decoys_for(state.digests.size()); i > 0; --i) state.digests.push_back(decoy());
  }
  if (state.digests.empty()) return;
  any_digest_ = true;
  if (std::exchange(state.begun, true)) out += ',';
  out += "\"_sd\":[";
  for (const PlacedDigest& one : sorted(state.digests)) append(out, "\""sv, text_of(*one.digest), "\","sv);
  out.back() = ']';
}

Status IssueWriter::write_array(std::string& out, const json::Array& array, const HiddenTree& hidden,
                                std::size_t depth) {
  out += '[';
  std::size_t hidden_count = 0;
  const auto append_placeholder = [&](const DigestText& digest) {
    append(out, "{\"...\":\""sv, text_of(digest), "\"}"sv);
  };
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    const HiddenTree* child = hidden.find(std::uint64_t{i});
    if (child == nullptr || !child->is_hidden) {
      MIBUN_CHECK(write_value(out, array[i], child, depth + 1));
      continue;
    }
    DigestText digest;
    MIBUN_CHECK(make_disclosure(std::nullopt, array[i], child, depth, digest));
    append_placeholder(digest);
    ++hidden_count;
  }
  if (request_.decoys.nested && hidden_count > 0) {
    for (std::size_t i = decoys_for(hidden_count); i > 0; --i) {
      out += ',';
      append_placeholder(decoy());
    }
  }
  out += ']';
  return {};
}

Status IssueWriter::write_value(std::string& out, const json::Value& value, const HiddenTree* hidden,
                                std::size_t depth) {
  if (hidden == nullptr || hidden->below.empty()) return append_json(out, value, depth);
  MIBUN_CHECK(check_depth(depth));
  if (const json::Array* array = value.if_array()) return write_array(out, *array, *hidden, depth);
  out += '{';
  ObjectState state;
  MIBUN_CHECK(write_members(out, state, value.get_object(), hidden, false, depth));
  write_digests(out, state, false);
  out += '}';
  return {};
}

Result<std::string_view> IssueWriter::write_payload(const HiddenTree& hidden) {
  payload_.reserve(1024 + 48 * request_.disclosable.size());
  disclosures_.reserve(128 * (request_.disclosable.size() + request_.disclosable_parts.size()));
  payload_ = '{';
  ObjectState state;
  state.digests.reserve(request_.disclosable.size() + kDecoysMax / 4);
  MIBUN_CHECK(write_members(payload_, state, request_.clear_claims, &hidden, false, 0));
  MIBUN_CHECK(write_members(payload_, state, request_.disclosable, &hidden, true, 0));
  write_digests(payload_, state, true);
  if (any_digest_) {
    payload_ += state.begun ? ",\"_sd_alg\":\"" : "\"_sd_alg\":\"";
    payload_.append(to_string(request_.digests)).append("\"");
  }
  payload_ += '}';
  return std::string_view(payload_);
}

}  // namespace mibun::sd_jwt
