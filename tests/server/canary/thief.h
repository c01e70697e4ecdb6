#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/secret.h"
#include "tests/server/canary/scanner.h"

namespace mibun::server {

// Somebody who has copies of the key table and epoch keys, and tries to read a copy of the data with them: the program
// of an attacker, which asks nobody and knows the formats (docs/formats/keyd.md, blob.md).
class Thief {
 public:
  using People = std::set<std::string>;  // account ids

  // Every epoch key that lies in the folder, and every wrapped key of the table in it.
  void take_epoch_keys(const std::string& directory);
  void take_table(const std::string& directory);
  // Tries each wrapped key with each epoch key, as of any epoch.
  void unwrap();

  std::size_t tables() const { return tables_; }
  std::size_t epoch_keys() const { return epoch_keys_.size(); }
  // A search for the keys that opened: those of `erased` as "erased", of others as "living".
  CanaryScanner search_for_keys(const People& erased) const;
  // How many of these people have a key that opened.
  std::size_t keys_of(const People& people) const;

  struct Loot {
    std::size_t records = 0, tries = 0;  // sealed records of these people that are there; decryptions that were tried
    std::size_t opened = 0;              // records that opened
    std::size_t files = 0;               // of these, files that opened as a whole
  };
  // Each sealed record of these people in <data_directory>/mibun.db, with the keys of its person or, without any, with
  // those of everybody; and the files whose keys are among the records. Opens the database to read.
  Loot read(const std::string& data_directory, const People& people) const;

 private:
  struct Wrapped {
    std::string purpose, name;
    Bytes wrapped;
    friend auto operator<=>(const Wrapped&, const Wrapped&) = default;
  };
  std::size_t tables_ = 0;
  std::int64_t last_epoch_ = 0;
  std::vector<SecretBytes> epoch_keys_;
  std::set<Bytes> epoch_keys_known_;  // digests: the same file is often taken twice
  std::set<Wrapped> wrapped_;
  std::map<std::string, std::vector<SecretBytes>> keys_;  // by person
};

}  // namespace mibun::server
