#include "core/cose/headers.h"

#include <algorithm>
#include <array>

namespace mibun::cose {
namespace {

using Label = std::variant<std::int64_t, std::string_view>;

// What we can do something with, and so may be called critical.
constexpr std::array<std::int64_t, 6> kUnderstood = {label::algorithm, label::critical, label::content_type,
                                                     label::key_id,    label::type,     label::x5chain};

std::unexpected<Error> malformed(std::string detail) {
  return fail(ErrorCode::cose_header_malformed, "cose.header", std::move(detail));
}

Result<Label> read_label(cbor::Reader& reader) {
  if (reader.next_is(cbor::Major::text_string)) {
    MIBUN_TRY(const std::string_view text, reader.read_text());
    return Label(text);
  }
  const auto number = reader.read_integer();
  if (!number) return malformed("a label is an integer or a text");
  return Label(*number);
}

// One header map while it is read, and what was read of both.
class HeaderReader {
 public:
  explicit HeaderReader(Headers& headers) : headers_(headers) {}

  Status map(cbor::Reader& reader, bool is_protected) {
    MIBUN_TRY(cbor::Items pairs, reader.enter_map());
    while (reader.next(pairs)) {
      MIBUN_TRY(const Label name, read_label(reader));
      MIBUN_CHECK(note(name, is_protected));
      if (const auto* number = std::get_if<std::int64_t>(&name)) {
        MIBUN_CHECK(parameter(*number, reader, is_protected));
      } else {
        MIBUN_CHECK(reader.skip());
      }
    }
    return {};
  }

  // Errors: cose_crit_not_understood, cose_header_malformed.
  Status finish() const {
    if (has_iv_ && has_partial_iv_) return malformed("IV and Partial IV stand side by side");
    for (const Label& name : critical_) {
      const auto end = labels_.begin() + static_cast<std::ptrdiff_t>(protected_count_);
      if (std::find(labels_.begin(), end, name) == end)
        return malformed("crit names a parameter that is not protected");
      const auto* number = std::get_if<std::int64_t>(&name);
      if (number == nullptr || std::ranges::find(kUnderstood, *number) == kUnderstood.end()) {
        return fail(ErrorCode::cose_crit_not_understood, "cose.header.crit", "an extension that is not supported");
      }
    }
    return {};
  }

 private:
  Status note(const Label& name, bool is_protected) {
    if (!is_protected) {
      const auto end = labels_.begin() + static_cast<std::ptrdiff_t>(protected_count_);
      if (std::find(labels_.begin(), end, name) != end) {
        return fail(ErrorCode::cose_duplicate_label, "cose.header", "a label stands in both headers");
      }
    }
    if (labels_.size() == kHeaderLabelsMax) return malformed("too many parameters");
    labels_.push_back(name);
    if (is_protected) ++protected_count_;
    return {};
  }

  Status parameter(std::int64_t name, cbor::Reader& reader, bool is_protected) {
    switch (name) {
      case label::algorithm:
        return algorithm(reader, is_protected);
      case label::critical:
        return critical(reader, is_protected);
      case label::content_type:
        return media_type(reader, headers_.content_type);
      case label::key_id:
        return key_id(reader);
      case label::type:
        headers_.type_is_protected = is_protected;
        return media_type(reader, headers_.type);
      case label::x5chain:
        return x5chain(reader);
      default:
        has_iv_ = has_iv_ || name == label::iv;
        has_partial_iv_ = has_partial_iv_ || name == label::partial_iv;
        MIBUN_CHECK(reader.skip());
        return {};
    }
  }

  Status algorithm(cbor::Reader& reader, bool is_protected) {
    if (reader.next_is(cbor::Major::text_string)) {
      return fail(ErrorCode::cose_alg_not_allowed, "cose.header.alg", "no algorithm here is named by a text");
    }
    const auto value = reader.read_integer();
    if (!value) return malformed("alg is an integer or a text");
    headers_.algorithm = *value;
    headers_.algorithm_is_protected = is_protected;
    return {};
  }

  Status critical(cbor::Reader& reader, bool is_protected) {
    if (!is_protected) return malformed("crit must be protected");
    auto items = reader.enter_array();
    if (!items) return malformed("crit is an array");
    while (reader.next(*items)) {
      if (critical_.size() == kHeaderLabelsMax) return malformed("crit is too long");
      MIBUN_TRY(critical_.emplace_back(), read_label(reader));
    }
    if (critical_.empty()) return malformed("crit is empty");
    return {};
  }

  static Status media_type(cbor::Reader& reader, std::optional<MediaType>& out) {
    if (reader.next_is(cbor::Major::text_string)) {
      MIBUN_TRY(const std::string_view text, reader.read_text());
      out = text;
      return {};
    }
    const auto number = reader.read_unsigned();
    if (!number) return malformed("a media type is a text or a number");
    out = *number;
    return {};
  }

  Status key_id(cbor::Reader& reader) {
    if (!reader.next_is(cbor::Major::byte_string)) return malformed("kid is a byte string");
    MIBUN_TRY(headers_.key_id, reader.read_bytes());
    return {};
  }

  // RFC 9360, section 2: one certificate as a byte string, several (two or more) as an array. One in an array is
  // tolerated, since issuers send it.
  Status x5chain(cbor::Reader& reader) {
    const auto bad = [](const char* why) {
      return fail(ErrorCode::cose_x5chain_malformed, "cose.header.x5chain", why);
    };
    if (reader.next_is(cbor::Major::byte_string)) {
      MIBUN_TRY(headers_.x5chain.emplace_back(), reader.read_bytes());
    } else {
      auto items = reader.enter_array();
      if (!items) return bad("a byte string or an array of them");
      while (reader.next(*items)) {
        if (headers_.x5chain.size() == kX5chainMax) return bad("too many certificates");
        if (!reader.next_is(cbor::Major::byte_string)) return bad("a certificate is a byte string");
        MIBUN_TRY(headers_.x5chain.emplace_back(), reader.read_bytes());
      }
    }
    if (headers_.x5chain.empty() || std::ranges::any_of(headers_.x5chain, &BytesView::empty)) return bad("empty");
    return {};
  }

  Headers& headers_;
  std::vector<Label> labels_;  // the protected ones first
  std::size_t protected_count_ = 0;
  std::vector<Label> critical_;
  bool has_iv_ = false, has_partial_iv_ = false;
};

}  // namespace

Result<Headers> Headers::read(cbor::Reader& reader, cbor::ChunkStore& chunks) {
  Headers headers;
  HeaderReader header_reader(headers);
  MIBUN_TRY(headers.protected_bytes, reader.read_bytes());
  if (!headers.protected_bytes.empty()) {
    cbor::Reader inner(headers.protected_bytes, cbor::Form::well_formed, {.items_max = kMessageItemsMax}, &chunks);
    MIBUN_CHECK(header_reader.map(inner, true));
    MIBUN_CHECK(inner.finish());
  }
  MIBUN_CHECK(header_reader.map(reader, false));
  MIBUN_CHECK(header_reader.finish());
  return headers;
}

Result<std::int64_t> Headers::algorithm_at(AlgorithmPlace place) const {
  const bool is_placed = place == AlgorithmPlace::any_header || algorithm_is_protected;
  if (!algorithm || !is_placed)
    return fail(ErrorCode::cose_alg_missing, "cose.header.alg", "missing, or not protected");
  return *algorithm;
}

Status Headers::check_type(std::string_view expected) const {
  const auto mismatch = [](const char* why) { return fail(ErrorCode::cose_type_mismatch, "cose.header.typ", why); };
  if (expected == kNoType) return type ? Status(mismatch("none is expected")) : Status();
  if (!type || !type_is_protected) return mismatch("missing, or not protected");
  const auto* text = std::get_if<std::string_view>(&*type);
  if (text == nullptr || *text != expected) return mismatch("another type");
  return {};
}

Result<std::span<const BytesView>> Headers::chain() const {
  if (x5chain.empty()) return fail(ErrorCode::cose_x5chain_malformed, "cose.header.x5chain", "missing");
  return x5chain;
}

}  // namespace mibun::cose
