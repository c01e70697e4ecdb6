#include "server/backup/service.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/jose/jws.h"
#include "platform/files/files.h"
#include "platform/log/log.h"
#include "server/backup/restore.h"
#include "server/backup/scratch.h"
#include "server/backup/signing_key.h"
#include "server/backup/tree.h"
#include "server/journal/kept_files.h"

namespace mibun::server::backup {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What a generation is called inside a snapshot of the repository.
constexpr std::string_view kFolder = "generation";
constexpr std::size_t kManifestBytesMax = 2 * 1024 * 1024;

std::chrono::milliseconds since(SteadyClock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
}

Result<std::string> sign_drill(const DrillReport& report, const crypto::Signer& signer) {
  json::Object payload;
  payload["generation"] = report.generation;
  payload["made_at"] = to_jst_string(report.made_at);
  payload["drilled_at"] = to_jst_string(report.drilled_at);
  payload["restore_milliseconds"] = report.restore.count();
  payload["answer_milliseconds"] = report.answer.count();
  payload["bytes"] = report.bytes;
  json::Object header;
  header["typ"] = "mibun-drill+jwt";
  return jose::sign_jws(std::move(header), payload, signer);
}

// What the database of a generation knows of the journal: not the position in the manifest, which was the journal's.
Result<std::uint64_t> journal_told_in(const std::string& folder) {
  MIBUN_TRY(const auto number, database::read_number(folder + "/data/mibun.db", "SELECT number FROM journal_state"));
  return static_cast<std::uint64_t>(number.value_or(0));
}

std::optional<std::uint64_t> known_to_all(const std::vector<Listed>& generations) {
  std::optional<std::uint64_t> least;
  for (const Listed& one : generations) {
    if (one.verdict != Verdict::good || !one.journal_told) return std::nullopt;
    least = std::min(least.value_or(*one.journal_told), *one.journal_told);
  }
  return least;
}

}  // namespace

BackupService::BackupService(BackupOptions options, const Clock& clock, Rng& rng)
    : options_(std::move(options)), repository_(options_.repository), clock_(clock), rng_(rng) {
  if (options_.state_directory.empty()) options_.state_directory = options_.sources.data_directory + "/backup";
}

Result<crypto::PublicKey> BackupService::public_key() const {
  return read_public_key(options_.sources.data_directory + "/keys/backup.pub");
}

// The notes know it; without them the newest generation does.
Result<Bytes> BackupService::last_manifest_digest(const Catalogue& catalogue) const {
  if (catalogue.last_manifest) return *catalogue.last_manifest;
  MIBUN_TRY(const Bytes manifest, repository_.dump(catalogue.generations().back().snapshot,
                                                   std::string(kFolder) + "/" + std::string(kManifestFile)));
  const auto digest = crypto::sha256(BytesView(manifest));
  return Bytes(digest.begin(), digest.end());
}

Result<std::string> BackupService::make_generation(Catalogue& catalogue, const Progress& progress) {
  MIBUN_TRY(const KeyDirectory keys, KeyDirectory::open(options_.sources.data_directory + "/keys", rng_));
  MIBUN_TRY(const auto signer, open_signing_key(keys));
  Stamp stamp{.generation = catalogue.next_number(), .made_at = clock_.now()};
  MIBUN_TRY(stamp.previous, last_manifest_digest(catalogue));
  MIBUN_TRY(stamp.journal, Journal::position_of(options_.sources.data_directory + "/journal"));
  progress(Step::copying, stamp.generation);
  MIBUN_TRY(const Scratch staging, Scratch::make(state("staging")));
  MIBUN_TRY(std::string manifest,
            stage(options_.sources, stamp, keys, signer, staging.path() + "/" + std::string(kFolder)));
  progress(Step::storing, stamp.generation);
  Listed made;
  made.number = stamp.generation;
  made.made_at = stamp.made_at;
  MIBUN_TRY(made.snapshot, repository_.backup(staging.path(), std::string(kFolder),
                                              Catalogue::tags(made.number, made.made_at), made.made_at));
  const auto digest = crypto::sha256(manifest);
  catalogue.last_manifest = Bytes(digest.begin(), digest.end());
  if (!catalogue.first_made_at) catalogue.first_made_at = stamp.made_at;
  catalogue.generations().push_back(std::move(made));
  return manifest;
}

// `manifest`: what was signed when it was made, if that was just now. An error is ours, not the generation's.
Status BackupService::verify_one(Listed& listed, const crypto::PublicKey& key, std::string_view manifest,
                                 const std::string& scratch_path) const {
  MIBUN_TRY(const Scratch scratch, Scratch::make(scratch_path));
  listed.verified_at = clock_.now();
  const auto judge = [&]() -> Status {
    MIBUN_CHECK(repository_.restore(listed.snapshot, scratch.path()));
    const std::string folder = scratch.path() + "/" + std::string(kFolder);
    MIBUN_TRY(const Manifest found, verify_tree(folder, key));
    if (found.generation != listed.number || found.made_at != listed.made_at) {
      return fail(ErrorCode::backup_integrity_error, std::string(kManifestFile), "it is another generation's");
    }
    MIBUN_TRY(listed.journal_told, journal_told_in(folder));
    if (manifest.empty()) return {};
    MIBUN_TRY(const Bytes text, files::read_file(folder + "/" + std::string(kManifestFile), kManifestBytesMax));
    if (as_text(text) == manifest) return {};
    return fail(ErrorCode::backup_integrity_error, std::string(kManifestFile), "it is not what was stored");
  };
  const Status judged = judge();
  listed.verdict = judged ? Verdict::good : Verdict::bad;
  listed.finding = judged ? std::string() : judged.error().where + ": " + judged.error().detail;
  if (!judged) {
    log::error("backup_generation_bad",
               {{"generation", listed.number}, {"code", mibun::to_string(judged.error().code)}});
  }
  return {};
}

// Two at a time: reading back is mostly waiting, for restic's start and for the disk. `newest_manifest`: see
// verify_one(), of the last generation.
Status BackupService::verify_all(Catalogue& catalogue, std::string_view newest_manifest, const Progress& progress) {
  MIBUN_TRY(const crypto::PublicKey key, public_key());
  std::mutex mutex;  // of what follows, and of `progress`
  std::size_t next = 0;
  Status first_failure;
  auto& generations = catalogue.generations();
  const auto work = [&](const std::string& scratch_path) {
    for (;;) {
      Listed* one = nullptr;
      {
        const std::scoped_lock lock(mutex);
        if (next >= generations.size() || !first_failure) return;
        one = &generations[next++];
        progress(Step::verifying, one->number);
      }
      const bool is_newest = one == &generations.back();
      const Status verified = verify_one(*one, key, is_newest ? newest_manifest : std::string_view(), scratch_path);
      const std::scoped_lock lock(mutex);
      if (!verified && first_failure) first_failure = verified;
    }
  };
  {
    const std::jthread second([&] { work(state("verify-2")); });
    work(state("verify-1"));
  }
  return first_failure;
}

// Of a server that runs or ran here: this must not make anything where somebody misspelt a directory.
Status BackupService::check_data() const {
  const std::string& data = options_.sources.data_directory;
  if (files::exists(data + "/mibun.db") && files::exists(data + "/keys/master.key")) return {};
  return fail(ErrorCode::not_found, data, "there is no data of a server");
}

// Where there is no repository, the first run makes it.
Result<Catalogue> BackupService::begin_catalogue() const {
  auto catalogue = Catalogue::read(options_.state_directory, repository_);
  if (catalogue || catalogue.error().code != ErrorCode::backup_repository_failed) return catalogue;
  MIBUN_TRY(const bool exists, repository_.exists());
  if (exists) return catalogue;
  MIBUN_CHECK(repository_.init());
  return Catalogue::read(options_.state_directory, repository_);
}

Result<BackupReport> BackupService::run(const Progress& progress) {
  MIBUN_CHECK(check_data());
  MIBUN_TRY(const StateLock lock, StateLock::take(options_.state_directory));
  MIBUN_TRY(Catalogue catalogue, begin_catalogue());
  MIBUN_TRY(const std::string manifest, make_generation(catalogue, progress));
  // From here on its number is taken, whatever becomes of it.
  MIBUN_CHECK(catalogue.save(options_.state_directory));
  BackupReport report{.generation = catalogue.generations().back().number};
  MIBUN_CHECK(verify_all(catalogue, manifest, progress));
  for (const Listed& one : catalogue.generations()) {
    if (one.verdict != Verdict::good) report.bad.push_back(one.number);
  }
  const bool is_good = catalogue.generations().back().verdict == Verdict::good;
  if (is_good) catalogue.last_good_at = clock_.now();
  const std::string finding = catalogue.generations().back().finding;
  MIBUN_CHECK(catalogue.save(options_.state_directory));

  progress(Step::expiring, 0);
  const ExpiryPlan plan =
      plan_expiry(for_expiry(catalogue.generations()), *catalogue.first_made_at, options_.expiry, clock_.now());
  std::vector<std::string> snapshots;
  for (const std::int64_t number : plan.remove) snapshots.push_back(catalogue.find(number)->snapshot);
  if (!snapshots.empty()) {
    MIBUN_CHECK(repository_.forget(snapshots));
    MIBUN_CHECK(repository_.check(false));
  }
  std::erase_if(catalogue.generations(),
                [&](const Listed& one) { return std::ranges::find(plan.remove, one.number) != plan.remove.end(); });
  MIBUN_CHECK(catalogue.save(options_.state_directory));
  report.removed = plan.remove;
  report.journal_told = known_to_all(catalogue.generations());
  report.good_days = plan.good_days;
  report.suspended = plan.suspended;
  report.too_few = plan.too_few;
  if (plan.too_few) log::error("backup_too_few_verified", {{"good_days", plan.good_days}});
  if (plan.suspended) log::warning("backup_expiry_suspended", {{"good_days", plan.good_days}});
  if (!is_good)
    return fail(ErrorCode::backup_integrity_error, "generation " + std::to_string(report.generation), finding);
  log::info("backup_made", {{"generation", report.generation}, {"good_days", plan.good_days}});
  progress(Step::done, report.generation);
  return report;
}

Result<std::vector<Listed>> BackupService::verify(const Progress& progress) {
  MIBUN_CHECK(check_data());
  MIBUN_TRY(const StateLock lock, StateLock::take(options_.state_directory));
  MIBUN_TRY(Catalogue catalogue, Catalogue::read(options_.state_directory, repository_));
  MIBUN_CHECK(verify_all(catalogue, {}, progress));
  MIBUN_CHECK(catalogue.save(options_.state_directory));
  return catalogue.generations();
}

Result<std::vector<Listed>> BackupService::list() {
  MIBUN_TRY(const Catalogue catalogue, Catalogue::read(options_.state_directory, repository_));
  return catalogue.generations();
}

BackupService::LastTimes BackupService::last_times() const {
  const auto notes = Catalogue::read_notes(options_.state_directory);
  if (!notes) return {};
  return {notes->last_good_at, notes->last_drill_at};
}

Result<DrillReport> BackupService::drill(const Answer& answer) {
  MIBUN_CHECK(check_data());
  MIBUN_TRY(const StateLock lock, StateLock::take(options_.state_directory));
  MIBUN_TRY(Catalogue catalogue, Catalogue::read(options_.state_directory, repository_));
  const Listed* newest = catalogue.newest_good();
  if (newest == nullptr) return fail(ErrorCode::backup_not_found, "drill", "there is no verified generation");
  MIBUN_TRY(const KeyDirectory keys, KeyDirectory::open(options_.sources.data_directory + "/keys", rng_));
  MIBUN_TRY(const auto signer, open_signing_key(keys));
  MIBUN_TRY(Scratch made, Scratch::make(state("drill")));
  std::optional<Scratch> scratch(std::move(made));
  const auto start = SteadyClock::now();
  MIBUN_CHECK(repository_.restore(newest->snapshot, scratch->path()));
  const std::string folder = scratch->path() + "/" + std::string(kFolder);
  MIBUN_TRY(const Manifest manifest, verify_tree(folder, signer.verification_key()));
  DrillReport report{.generation = manifest.generation, .made_at = manifest.made_at, .drilled_at = clock_.now()};
  report.restore = since(start);
  for (const FileDigest& file : manifest.files) report.bytes += file.bytes;
  const std::string data = folder + "/data", own = options_.sources.data_directory;
  MIBUN_TRY(const std::string journal, Journal::text_of({own + "/journal"}));
  const Status answered = [&]() -> Status {
    MIBUN_CHECK(complete_restored_data(data, own + "/keys", journal, {manifest.generation, manifest.made_at, false}));
    MIBUN_CHECK(KeptFiles::copy({own + "/journal"}, data + "/journal"));
    return answer(data);
  }();
  MIBUN_CHECK(files::erase_file(data + "/keys/master.key"));
  MIBUN_CHECK(answered);
  report.answer = since(start);
  scratch.reset();  // before it is said that today's drill was: cut off in between, it would lie there until tomorrow's
  MIBUN_TRY(report.jws, sign_drill(report, signer));
  MIBUN_CHECK(files::make_private_directory(state("drills")));
  const std::string day = to_jst_string(report.drilled_at).substr(0, 10);
  MIBUN_CHECK(files::write_file_atomic(state("drills/") + day + ".jws", as_bytes(report.jws)));
  catalogue.last_drill_at = report.drilled_at;
  MIBUN_CHECK(catalogue.save(options_.state_directory));
  log::info("restore_drilled", {{"generation", report.generation},
                                {"restore_milliseconds", static_cast<std::int64_t>(report.restore.count())},
                                {"answer_milliseconds", static_cast<std::int64_t>(report.answer.count())}});
  return report;
}

}  // namespace mibun::server::backup
