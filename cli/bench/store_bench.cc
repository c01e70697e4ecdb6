#include "cli/bench/store_bench.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "bench/raw_sealing.h"
#include "core/codecs/base64url.h"
#include "platform/database/database.h"
#include "platform/files/descriptor.h"
#include "platform/files/files.h"
#include "platform/keyd/keyd.h"

namespace mibun::cli {
namespace {

using Watch = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 1024;
constexpr std::size_t kPageBytes = 4096;

// The shape of a deed in a room: a row of its own, and the person's history.
constexpr database::Migration kTables{
    1, "0001_bench",
    "CREATE TABLE deeds (deed_id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, "
    "at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE history_events (event_id TEXT NOT NULL PRIMARY KEY, account_id TEXT "
    "NOT NULL, at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;"
    "CREATE INDEX history_by_account ON history_events (account_id, at);"};

double per_second(double count, Watch::duration took) {
  return count / std::chrono::duration<double>(took).count();
}

// How often `once` ran in a second; it is stopped by its own failure.
template <class Once>
Result<double> rate(milliseconds turn, const Once& once) {
  const auto began = Watch::now();
  double count = 0;
  while (Watch::now() - began < turn) {
    MIBUN_CHECK(once());
    ++count;
  }
  return per_second(count, Watch::now() - began);
}

Result<double> syncs_per_second(const std::string& path, milliseconds turn) {
  const files::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600));
  if (file.get() < 0) return fail(ErrorCode::io_error, path);
  const Bytes page(kPageBytes, 0x5a);
  return rate(turn, [&]() -> Status {
    MIBUN_CHECK(files::write_all(file.get(), page, path));
    if (::fdatasync(file.get()) != 0) return fail(ErrorCode::io_error, path, "fdatasync");
    return {};
  });
}

Status do_deed(database::Database& database, keyd::KeyHolder& keys, const keyd::PersonId& person, Rng& rng) {
  const std::string deed = base64url::encode(rng.bytes(16)), event = base64url::encode(rng.bytes(16));
  const std::string told = R"({"kind":"card_received","details":{"copies":10}})";
  return database.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO deeds (deed_id, account_id, at) VALUES ($1, $2, $3)", deed, person.value,
                                std::int64_t{0}));
    MIBUN_TRY(const Bytes sealed, keys.seal(person, {"history", event}, as_bytes(told)));
    MIBUN_CHECK(transaction.run("INSERT INTO history_events (event_id, account_id, at, sealed) VALUES ($1, $2, $3, $4)",
                                event, person.value, std::int64_t{0}, sealed));
    return {};
  });
}

Result<std::vector<keyd::PersonId>> make_people(keyd::KeyHolder& keys, std::size_t count) {
  std::vector<keyd::PersonId> people;
  for (std::size_t i = 0; i < count; ++i) {
    people.push_back({"person-" + std::to_string(i)});
    MIBUN_CHECK(keys.create_person_key(people.back()));
  }
  return people;
}

}  // namespace

Result<DurableShare> measure_durable(const std::string& directory, std::size_t writers, milliseconds turn, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  DurableShare share;
  share.writers = writers;
  MIBUN_TRY(const auto database, database::Database::open(directory + "/bench.db", {&kTables, 1}));
  MIBUN_TRY(const auto keys, keyd::open_embedded_key_holder(directory + "/keyd", rng));
  MIBUN_TRY(const auto people, make_people(*keys, std::min<std::size_t>(writers, 16)));
  MIBUN_TRY(const double before, syncs_per_second(directory + "/pages", turn));
  std::atomic<std::size_t> done{0}, failed{0};
  const auto began = Watch::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < writers; ++i) {
      threads.emplace_back([&, &person = people[i % people.size()]] {
        while (Watch::now() - began < turn && failed == 0) ++(do_deed(*database, *keys, person, rng) ? done : failed);
      });
    }
  }
  share.operations_per_second = per_second(static_cast<double>(done), Watch::now() - began);
  if (failed > 0) return fail(ErrorCode::database_error, "bench", "an operation failed");
  // Before and after: a disk is not the same from one second to the next.
  MIBUN_TRY(const double after, syncs_per_second(directory + "/pages", turn));
  share.syncs_per_second = (before + after) / 2;
  return share;
}

Result<SealingShare> measure_sealing(const std::string& directory, std::size_t people_count, milliseconds turn,
                                     Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_TRY(const auto keys, keyd::open_embedded_key_holder(directory + "/keyd", rng));
  MIBUN_TRY(const auto people, make_people(*keys, people_count));
  const Bytes record(kRecordBytes, 0x5a);
  bench::RawSealing raw(kRecordBytes);
  const auto refused = [] { return fail(ErrorCode::internal_error, "bench", "the crypto library refused"); };
  SealingShare share;
  MIBUN_TRY(share.raw_seals_per_second, rate(turn, [&]() -> Status {
              if (!raw.seal_one()) return refused();
              return {};
            }));
  std::vector<Bytes> sealed(people.size());
  std::size_t next = 0;
  MIBUN_TRY(share.seals_per_second, rate(turn, [&]() -> Status {
              const std::size_t who = next++ % people.size();
              MIBUN_TRY(sealed[who], keys->seal(people[who], {"history", "record"}, record));
              return {};
            }));
  MIBUN_TRY(share.raw_opens_per_second, rate(turn, [&]() -> Status {
              if (!raw.open_one()) return refused();
              return {};
            }));
  const std::size_t made = std::min(next, people.size());
  MIBUN_TRY(share.opens_per_second, rate(turn, [&]() -> Status {
              const std::size_t who = next++ % made;
              MIBUN_CHECK(keys->open(people[who], {"history", "record"}, sealed[who]));
              return {};
            }));
  return share;
}

Result<RoundTrip> measure_round_trip(const std::string& directory, int questions, Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_TRY(const auto keys, keyd::open_embedded_key_holder(directory + "/keyd", rng));
  const Bytes value = rng.bytes(16);
  std::vector<double> took;
  for (int i = 0; i < questions; ++i) {
    const auto began = Watch::now();
    MIBUN_CHECK(keys->lookup_hash("bench", value));
    took.push_back(std::chrono::duration<double, std::micro>(Watch::now() - began).count());
  }
  std::ranges::sort(took);
  return RoundTrip{took[took.size() / 2], took[took.size() * 99 / 100]};
}

}  // namespace mibun::cli
