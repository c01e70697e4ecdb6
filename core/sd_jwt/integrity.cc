#include "core/sd_jwt/integrity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/sd_jwt/digest.h"

namespace mibun::sd_jwt {
namespace {

using Named = std::pair<std::string_view, DigestAlgorithm>;
constexpr Named kAlgorithms[] = {
    {"sha256", DigestAlgorithm::sha256}, {"sha384", DigestAlgorithm::sha384}, {"sha512", DigestAlgorithm::sha512}};

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::sd_jwt_integrity_malformed, "integrity", detail);
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

bool is_base64_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// The digest in one expression. A text of the form (1*base64 characters, at most two "=") that no digest of this length
// has comes back empty and matches nothing.
Result<Bytes> read_digest(std::string_view text) {
  std::string_view unpadded = text;
  while (unpadded.ends_with('=')) unpadded.remove_suffix(1);
  if (unpadded.empty() || text.size() - unpadded.size() > 2 || !std::ranges::all_of(unpadded, is_base64_character)) {
    return malformed("the digest is not base64");
  }
  return base64::decode(text).value_or(Bytes());
}

// Takes the next word off the front; empty at the end.
std::string_view take_word(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  std::size_t size = 0;
  while (size < text.size() && !is_space(text[size])) ++size;
  const std::string_view word = text.substr(0, size);
  text.remove_prefix(size);
  return word;
}

}  // namespace

Result<Integrity> Integrity::parse(std::string_view text) {
  if (text.size() > kIntegrityBytesMax) return malformed("too long");
  Integrity integrity;
  integrity.text_ = text;
  bool any = false;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    any = true;
    word = word.substr(0, word.find('?'));
    const std::size_t dash = word.find('-');
    if (dash == std::string_view::npos || dash == 0) return malformed("not an algorithm, a dash and a digest");
    MIBUN_TRY(Bytes digest, read_digest(word.substr(dash + 1)));
    const auto* known = std::ranges::find(kAlgorithms, word.substr(0, dash), &Named::first);
    if (known == std::end(kAlgorithms)) continue;
    if (!integrity.digests_.empty() && known->second < integrity.strongest_) continue;
    if (known->second > integrity.strongest_) integrity.digests_.clear();
    integrity.strongest_ = known->second;
    integrity.digests_.push_back(std::move(digest));
  }
  if (!any) return malformed("empty");
  return integrity;
}

Status Integrity::verify(BytesView document) const {
  const Digest digest = digest_of(strongest_, as_text(document));
  const BytesView bytes = BytesView(digest).first(digest_size(strongest_));
  const bool matches = std::ranges::any_of(digests_, [&](const Bytes& one) { return std::ranges::equal(one, bytes); });
  if (matches) return {};
  return fail(ErrorCode::sd_jwt_integrity_mismatch, "document",
              digests_.empty() ? "no algorithm that we know" : "another document");
}

}  // namespace mibun::sd_jwt
