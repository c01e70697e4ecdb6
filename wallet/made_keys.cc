#include "wallet/made_keys.h"

#include "core/codecs/json.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "made.";

// A card or a profile that came to be just before the program ended has its keys in its record, in clear text.
Result<bool> is_named(Store& store, const KeyId& key) {
  MIBUN_TRY(const auto names, store.names(""));
  for (const std::string& name : names) {
    if (name.starts_with(kPrefix)) continue;
    MIBUN_TRY(const std::string text, store.read(name));
    if (text.find(key.value) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

MadeKeys::~MadeKeys() {
  bool gone = true;
  for (const KeyId& key : keys_) gone = key_store_.destroy_key(key).has_value() && gone;
  if (gone && !keys_.empty()) (void)store_.remove(record_);
}

Result<KeyId> MadeKeys::make() {
  MIBUN_TRY(KeyId key, key_store_.make_key());
  if (keys_.empty()) record_ = std::string(kPrefix) + key.value;
  keys_.push_back(key);
  json::Array list;
  for (const KeyId& one : keys_) list.emplace_back(one.value);
  MIBUN_CHECK(store_.write(record_, json::serialize(list)));
  return key;
}

void MadeKeys::keep() {
  if (!keys_.empty()) (void)store_.remove(record_);  // one that stays is found out by destroy_left_keys()
  keys_.clear();
}

Status destroy_left_keys(const Host& host) {
  MIBUN_TRY(const auto records, host.store.names(kPrefix));
  for (const std::string& record : records) {
    MIBUN_TRY(const std::string text, host.store.read(record));
    MIBUN_TRY(const json::Value list, json::parse(text));
    if (!list.is_array()) return fail(ErrorCode::json_wrong_type, "made");
    MIBUN_TRY(const auto keys, json::string_array(list.get_array(), "made"));
    for (const std::string& key : keys) {
      MIBUN_TRY(const bool named, is_named(host.store, KeyId{key}));
      if (!named) MIBUN_CHECK(host.keys.destroy_key(KeyId{key}));
    }
    MIBUN_CHECK(host.store.remove(record));
  }
  return {};
}

}  // namespace mibun::wallet
