#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/file_epoch_keys.h"
#include "tests/support/temp_dir.h"

namespace mibun::keyd::test {

inline crypto::SystemRng rng;
inline const PersonId kAlice{"person-alice"};
inline const PersonId kBob{"person-bob"};
inline constexpr RecordName kName{"claims", "row-1", 1};

inline std::unique_ptr<EmbeddedKeyHolder> open_holder(const std::string& directory) {
  auto opened = EmbeddedKeyHolder::open(directory, rng);
  INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

inline Bytes sealed(KeyHolder& holder, const PersonId& person, std::string_view text, const RecordName& name = kName) {
  auto record = holder.seal(person, name, as_bytes(text));
  REQUIRE(record.has_value());
  return std::move(*record);
}

inline bool opens_to(KeyHolder& holder, const PersonId& person, const Bytes& record, std::string_view text) {
  const auto plain = holder.open(person, kName, record);
  return plain.has_value() && as_text(*plain) == text;
}

// The tag that a table in this directory would have if its holder had written what stands there: of somebody who knows
// its key.
inline void seal_again(const std::string& directory) {
  FileEpochKeys epochs(std::vector{directory});
  const auto table = key_table::open(directory);
  REQUIRE(table.has_value());
  REQUIRE((*table)
              ->write([&](database::Transaction& transaction) -> Status {
                MIBUN_TRY(const auto epoch, key_table::epoch(transaction));
                MIBUN_TRY(const auto generation, key_table::generation(transaction));
                MIBUN_TRY(const auto rows, key_table::all(transaction));
                MIBUN_TRY(const auto wrapped,
                          key_table::find(transaction, key_table::kServiceKey, key_table::kTableSealName));
                MIBUN_TRY(const auto key, epochs.load(*epoch));
                MIBUN_TRY(SecretBytes opened, key->unwrap(key_table::kServiceKey, key_table::kTableSealName, *wrapped));
                const TableSeal seal(std::move(opened));
                MIBUN_TRY(SealedTable sealed, SealedTable::begin(transaction, nullptr));
                MIBUN_CHECK(sealed.begin_epoch(*epoch, rows, seal));
                return sealed.end(generation);
              })
              .has_value());
}

// "epoch-1.key", "keyd.db", ... without SQLite's side files.
inline std::vector<std::string> epoch_files(const std::string& directory) {
  auto names = files::list_directory(directory);
  REQUIRE(names.has_value());
  std::erase_if(*names, [](const std::string& name) { return !name.starts_with("epoch-"); });
  return *names;
}

inline bool any_file_has(const std::string& directory, BytesView needle) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const auto bytes = files::read_file(entry.path().string(), 1 << 28);
    REQUIRE(bytes.has_value());
    if (as_text(*bytes).find(as_text(needle)) != std::string_view::npos) return true;
  }
  return false;
}

inline void copy_directory(const std::string& from, const std::string& to) {
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(to, std::filesystem::perms::owner_all);
}

}  // namespace mibun::keyd::test
