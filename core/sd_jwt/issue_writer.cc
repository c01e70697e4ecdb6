#include "core/sd_jwt/issue_writer.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/sd_jwt/digest.h"
#include "core/sd_jwt/disclosure.h"
#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {
namespace {

// One less than readers take, because a disclosure is an array around its value.
constexpr std::size_t kDepthMax = kClaimsDepthMax - 2;

void append_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (std::size_t begin = 0, at = 0;; ++at) {
    const bool ended = at == text.size();
    const auto c = ended ? std::uint8_t{0} : static_cast<std::uint8_t>(text[at]);
    if (!ended && c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, begin, at - begin);
    if (ended) break;
    begin = at + 1;
    out += '\\';
    if (c == '"' || c == '\\') {
      out += static_cast<char>(c);
    } else {
      out.append("u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15]);
    }
  }
  out += '"';
}

Status append_name(std::string& out, std::string_view name) {
  if (name == "_sd" || name == "..." || name == "_sd_alg") {
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

IssueWriter::DigestText IssueWriter::digest(std::string_view text) const {
  const Digest bytes = digest_of(request_.digests, text);
  DigestText digest;
  base64url::encode_into(BytesView(bytes).first(digest_size(request_.digests)), digest.text);
  return digest;
}

IssueWriter::DigestText IssueWriter::decoy() {
  return digest(as_text(random(32)));
}

std::size_t IssueWriter::decoys_for(std::size_t digests) const {
  const Decoys& decoys = request_.decoys;
  const std::size_t over = (digests + decoys.add) % decoys.fill_to_multiple_of;
  return decoys.add + (over == 0 ? 0 : decoys.fill_to_multiple_of - over);
}

void IssueWriter::append_text(std::string& out, const DigestText& digest) const {
  out.append(digest.text.data(), base64url::encoded_size(digest_size(request_.digests)));
}

Result<IssueWriter::DigestText> IssueWriter::make_disclosure(std::optional<std::string_view> name,
                                                             const json::Value& value, const HiddenTree* hidden,
                                                             std::size_t depth) {
  MIBUN_CHECK(check_depth(depth));
  if (++disclosure_count_ > kDisclosuresMax) return fail(ErrorCode::sd_jwt_too_many_disclosures, "disclosable");
  any_digest_ = true;
  std::string& text = scratch_[depth];
  text = "[\"";
  base64url::append(text, random(kSaltBytes));
  text += "\",";
  if (name) {
    MIBUN_CHECK(append_name(text, *name));
    text.back() = ',';
  }
  MIBUN_CHECK(write_value(text, value, hidden, depth + 1));
  text += ']';
  const std::size_t begin = disclosures_.size();
  base64url::append(disclosures_, as_bytes(text));
  const DigestText made = digest(std::string_view(disclosures_).substr(begin));
  disclosures_ += '~';
  return made;
}

Status IssueWriter::write_members(std::string& out, ObjectState& state, const json::Object& members,
                                  const HiddenTree* hidden, bool all_hidden, std::size_t depth) {
  for (const auto& member : members) {
    const HiddenTree* child = hidden == nullptr ? nullptr : hidden->find(std::string(member.key()));
    if (all_hidden || (child != nullptr && child->is_hidden)) {
      MIBUN_TRY(const DigestText digest, make_disclosure(member.key(), member.value(), child, depth));
      state.digests.push_back(digest);
      continue;
    }
    if (std::exchange(state.begun, true)) out += ',';
    MIBUN_CHECK(append_name(out, member.key()));
    MIBUN_CHECK(write_value(out, member.value(), child, depth + 1));
  }
  return {};
}

void IssueWriter::write_digests(std::string& out, ObjectState& state, bool top_level) {
  if (top_level || (request_.decoys.nested && !state.digests.empty())) {
    for (std::size_t i = decoys_for(state.digests.size()); i > 0; --i) state.digests.push_back(decoy());
  }
  if (state.digests.empty()) return;
  any_digest_ = true;
  std::ranges::sort(state.digests);
  if (std::exchange(state.begun, true)) out += ',';
  out += "\"_sd\":";
  char before = '[';
  for (const DigestText& digest : state.digests) {
    out += std::exchange(before, ',');
    out += '"';
    append_text(out, digest);
    out += '"';
  }
  out += ']';
}

Status IssueWriter::write_array(std::string& out, const json::Array& array, const HiddenTree& hidden,
                                std::size_t depth) {
  out += '[';
  std::size_t hidden_count = 0;
  const auto append_placeholder = [&](const DigestText& digest) {
    out += "{\"...\":\"";
    append_text(out, digest);
    out += "\"}";
  };
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    const HiddenTree* child = hidden.find(std::uint64_t{i});
    if (child == nullptr || !child->is_hidden) {
      MIBUN_CHECK(write_value(out, array[i], child, depth + 1));
      continue;
    }
    MIBUN_TRY(const DigestText digest, make_disclosure(std::nullopt, array[i], child, depth));
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
