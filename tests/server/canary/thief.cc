#include "tests/server/canary/thief.h"

#include <algorithm>
#include <filesystem>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "platform/blobs/format.h"
#include "platform/files/files.h"
#include "platform/keyd/binding.h"
#include "platform/keyd/key_table.h"
#include "server/migrations/migrations.h"
#include "server/proofing/photos.h"
#include "tests/support/test_pki.h"

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEpochFileBytesMax = 200, kKeyAt = 24, kKeySize = 32, kFileBytesMax = 32 * 1024 * 1024;

// Whose, what, and sealed how. Each statement: account, record, sealed; of files also the file's id.
struct Kind {
  records::ClassId record_class;
  const char* sql;
};
const Kind kKinds[] = {
    {"history", "SELECT account_id, event_id, sealed FROM history_events"},
    {"notice", "SELECT account_id, notice_id, sealed FROM notices"},
    {"claims", "SELECT account_id, case_id, claims FROM cases WHERE claims IS NOT NULL"},
    {"findings", "SELECT account_id, case_id, findings FROM cases WHERE findings IS NOT NULL"},
    {"appeal", "SELECT account_id, case_id, appeal FROM cases WHERE appeal IS NOT NULL"},
    {"offer", "SELECT account_id, offer_id, sealed FROM offers"},
    {"reports", "SELECT account_id, report_id, sealed FROM reports"},
    {"push_subscription", "SELECT account_id, subscription_id, sealed FROM push_subscriptions"},
    {"push_message", "SELECT account_id, notice_id, sealed FROM push_outbox"},
    {"inquiries", "SELECT account_id, inquiry_id, sealed_question FROM inquiries JOIN inquirers USING (pseudonym)"},
};

struct Record {
  std::string account, name, file;  // `file`: its id, empty for records
  records::ClassId record_class;
  int version;
  Bytes sealed;
};

std::vector<Record> records_of(const std::string& data_directory, const Thief::People& people) {
  const auto database = must(database::Database::open(data_directory + "/mibun.db", migrations()));
  std::vector<Record> records;
  const auto add = [&](Record record) {
    if (people.contains(record.account)) records.push_back(std::move(record));
  };
  for (const Kind& kind : kKinds) {
    for (const database::Row& row : must(database->rows(kind.sql))) {
      add({row.text(0), row.text(1), {}, kind.record_class, 1, row.blob(2)});
    }
  }
  for (const database::Row& row : must(database->rows("SELECT account_id, case_id, name, sealed, file_id FROM "
                                                      "evidence_files JOIN cases USING (case_id)"))) {
    const records::ClassId record_class =
        is_photo(row.text(2)) ? records::ClassId("photo") : records::ClassId("evidence");
    add({row.text(0), row.text(1) + "/" + row.text(2), row.text(4), record_class, 2, row.blob(3)});
  }
  return records;
}

// The file of that id, wherever it lies below; empty when there is none.
std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> paths;
  if (!fs::exists(folder)) return paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) paths[entry.path().filename().string()] = entry.path().string();
  }
  return paths;
}

}  // namespace

void Thief::take_epoch_keys(const std::string& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (!entry.path().filename().string().starts_with("epoch-")) continue;
    const SecretBytes file = must(files::read_secret_file(entry.path().string(), kEpochFileBytesMax));
    if (file.size() < kKeyAt + kKeySize) continue;
    const BytesView key = file.reveal().subspan(kKeyAt, kKeySize);
    const auto digest = crypto::sha256(key);
    if (epoch_keys_known_.emplace(digest.begin(), digest.end()).second) {
      epoch_keys_.push_back(SecretBytes::copy_of(key));
    }
  }
}

void Thief::take_table(const std::string& directory) {
  const auto table = must(keyd::key_table::open(directory));
  must(table->read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto epoch, keyd::key_table::epoch(transaction));
    last_epoch_ = std::max(last_epoch_, epoch.value_or(0));
    MIBUN_TRY(const auto keys, keyd::key_table::all(transaction));
    for (const auto& key : keys) wrapped_.insert({key.purpose, key.name, key.wrapped});
    return {};
  }));
  ++tables_;
}

void Thief::unwrap() {
  keys_.clear();
  for (const Wrapped& one : wrapped_) {
    for (const SecretBytes& epoch_key : epoch_keys_) {
      for (std::int64_t epoch = 1; epoch <= last_epoch_ + 1; ++epoch) {
        auto key =
            crypto::open_record(epoch_key.reveal(), keyd::key_binding(one.purpose, one.name, epoch), one.wrapped);
        if (key && one.purpose == keyd::key_table::kPersonKey) {
          auto& known = keys_[one.name];
          if (std::ranges::none_of(known, [&](const SecretBytes& k) { return ct_equal(k.reveal(), *key); })) {
            known.push_back(SecretBytes::take(std::move(*key)));
          }
        }
      }
    }
  }
}

std::size_t Thief::keys_of(const People& people) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(people, [&](const std::string& person) { return keys_.contains(person); }));
}

CanaryScanner Thief::search_for_keys(const People& erased) const {
  CanaryScanner scanner;
  for (const auto& [person, keys] : keys_) {
    for (const SecretBytes& key : keys) scanner.add(erased.contains(person) ? "erased" : "living", key.reveal());
  }
  return scanner;
}

Thief::Loot Thief::read(const std::string& data_directory, const People& people) const {
  Loot loot;
  const auto paths = files_below(data_directory + "/files");
  for (const Record& record : records_of(data_directory, people)) {
    ++loot.records;
    const Bytes binding = keyd::record_binding({record.account}, {record.record_class, record.name, record.version});
    Bytes opened;
    const auto try_keys = [&](const std::vector<SecretBytes>& keys) {
      for (const SecretBytes& key : keys) {
        ++loot.tries;
        if (auto plain = crypto::open_record(key.reveal(), binding, record.sealed)) opened = std::move(*plain);
      }
    };
    if (const auto own = keys_.find(record.account); own != keys_.end()) {
      try_keys(own->second);
    } else {  // then with everybody else's: who knows
      for (const auto& [person, keys] : keys_) try_keys(keys);
    }
    if (opened.empty()) continue;
    ++loot.opened;
    const auto path = paths.find(record.file);
    if (record.file.empty() || path == paths.end()) continue;
    const Bytes sealed = must(files::read_file(path->second, kFileBytesMax));
    loot.files += blobs::open(opened, {record.account, record.file}, sealed) ? 1 : 0;
  }
  return loot;
}

}  // namespace mibun::server
