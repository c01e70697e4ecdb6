#include "core/codecs/base64url.h"
#include "core/crypto/web/certificate.h"

namespace mibun::crypto::web {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";
constexpr std::size_t kLineMax = 76;

std::unexpected<Error> malformed(const char* where, const char* detail) {
  return fail(ErrorCode::pem_malformed, where, detail);
}

// Takes the next line off, without its end.
std::string_view next_line(std::string_view& text) {
  const std::size_t size = text.find('\n');
  std::string_view line = text.substr(0, size);
  text.remove_prefix(size == text.npos ? text.size() : size + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The label between `prefix` and the dashes; nullopt for every other line.
std::optional<std::string_view> label_in(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix) || !line.ends_with(kDashes) || line.size() < prefix.size() + kDashes.size()) {
    return std::nullopt;
  }
  line.remove_prefix(prefix.size());
  line.remove_suffix(kDashes.size());
  return line;
}

}  // namespace

Result<std::optional<PemBlock>> next_pem_block(std::string_view& text) {
  std::optional<std::string_view> label;
  while (!label) {
    if (text.empty()) return std::nullopt;
    label = label_in(next_line(text), kBegin);
  }
  SecretBytes body(text.size());  // base64, perhaps of a private key
  std::size_t size = 0;
  while (true) {
    if (text.empty()) return malformed("pem", "no end");
    const std::string_view line = next_line(text);
    if (line.starts_with(kEnd)) {
      if (label_in(line, kEnd) != label) return malformed("pem", "the end of another block");
      break;
    }
    if (line.find(':') != line.npos) return malformed("header", "encrypted blocks are not read");
    if (line.empty() || line.size() > kLineMax) return malformed("pem", "an empty or a long line");
    std::ranges::copy(as_bytes(line), body.reveal_mutable().begin() + static_cast<std::ptrdiff_t>(size));
    size += line.size();
  }
  auto contents = base64::decode(as_text(body.reveal().first(size)));
  if (!contents || contents->empty()) return malformed("pem", "not base64");
  return PemBlock{std::string(*label), SecretBytes::take(std::move(*contents))};
}

}  // namespace mibun::crypto::web
