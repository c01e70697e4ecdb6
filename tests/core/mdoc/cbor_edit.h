#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/codecs/cbor.h"
#include "tests/core/crypto/hex.h"
#include "tests/support/test_pki.h"

// Changes to one encoded CBOR map, for refusals: members are {encoded key, encoded value} in their order.
class EditedMap {
 public:
  explicit EditedMap(mibun::BytesView encoded) {
    mibun::cbor::Reader reader(encoded, mibun::cbor::Form::well_formed);
    auto pairs = must(reader.enter_map());
    while (reader.next(pairs)) {
      const auto key = must(reader.skip());
      members_.emplace_back(mibun::to_bytes(key), mibun::to_bytes(must(reader.skip())));
    }
    must(reader.finish());
  }

  std::size_t size() const { return members_.size(); }
  EditedMap& remove(std::size_t index) {
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(index));
    return *this;
  }
  EditedMap& duplicate(std::size_t index) {
    members_.push_back(members_[index]);
    return *this;
  }
  EditedMap& set(std::size_t index, mibun::Bytes value) {
    members_[index].second = std::move(value);
    return *this;
  }
  EditedMap& add(std::string_view hex_key, std::string_view hex_value) {
    members_.emplace_back(from_hex(hex_key), from_hex(hex_value));
    return *this;
  }
  EditedMap& reverse() {
    std::ranges::reverse(members_);
    return *this;
  }
  const mibun::Bytes& value(std::size_t index) const { return members_[index].second; }

  mibun::Bytes encoded() const {
    mibun::cbor::Writer writer;
    writer.map(members_.size());
    for (const auto& [key, value] : members_) writer.raw(key).raw(value);
    return writer.take();
  }

 private:
  std::vector<std::pair<mibun::Bytes, mibun::Bytes>> members_;
};

// The content of a tag 24 item, and the item around a content.
inline mibun::Bytes embedded_content(mibun::BytesView item) {
  mibun::cbor::Reader reader(item, mibun::cbor::Form::well_formed);
  return mibun::to_bytes(must(reader.read_embedded()).content);
}
inline mibun::Bytes embed(mibun::BytesView content) {
  mibun::cbor::Writer writer;
  writer.embedded(content);
  return writer.take();
}
