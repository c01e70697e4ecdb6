#include "platform/restic/restic.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "platform/process/process.h"
#include "platform/restic/lock.h"

namespace mibun::restic {
namespace {

constexpr json::Limits kAnswerLimits{.bytes_max = 16 * 1024 * 1024, .values_max = 200'000};
// Said after any reason for which the file config cannot be had, the line before.
constexpr std::string_view kNoRepository = "Is there a repository at the following location?";
// The reasons that mean that it is not there, in a directory and in S3; a host that is away is none.
constexpr std::array<std::string_view, 2> kNotThere = {"no such file or directory", "The specified key does not exist"};
constexpr std::string_view kLocked = "repository is already locked";

std::unexpected<Error> repository_error(std::string where, std::string detail) {
  return fail(ErrorCode::backup_repository_failed, std::move(where), std::move(detail));
}

std::string_view last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t at = text.rfind('\n');
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

// "2026-11-29 01:02:03", as --time takes it; TZ is UTC.
std::string restic_time(Instant at) {
  std::string text = to_utc_string(at);
  text[10] = ' ';
  text.pop_back();
  return text;
}

std::string joined(const std::vector<std::string>& tags) {
  std::string text;
  for (const std::string& tag : tags) text += (text.empty() ? "" : ",") + tag;
  return text;
}

Result<Snapshot> read_snapshot(const json::Value& value) {
  if (!value.is_object()) return repository_error("snapshots", "not an object");
  json::ObjectReader reader(value.get_object(), "snapshot");
  Snapshot snapshot;
  MIBUN_TRY(snapshot.id, reader.string("id"));
  const json::Value* tags = reader.optional_any("tags");  // null without tags
  if (tags == nullptr || !tags->is_array()) return snapshot;
  MIBUN_TRY(snapshot.tags, json::string_array(tags->get_array(), "tags"));
  return snapshot;
}

}  // namespace

process::Command Repository::command(const std::string& directory) const {
  process::Command command{.argv = {options_.program, "--no-cache", "--repo", options_.repository},
                           .environment = process::inherited({"PATH", "HOME", "TMPDIR", "AWS_*", "SSL_CERT_*"}),
                           .directory = directory,
                           .timeout = options_.timeout,
                           .should_stop = options_.should_stop};
  command.environment.push_back("RESTIC_PASSWORD_FILE=" + options_.password_file);
  command.environment.push_back("TZ=UTC");
  command.environment.push_back("LC_ALL=C");
  return command;
}

Result<std::string> Repository::ask_once(std::vector<std::string> arguments, const std::string& directory) const {
  const std::string name = arguments.front() == "--no-lock" ? arguments.at(1) : arguments.front();
  process::Command command = this->command(directory);
  command.argv.insert(command.argv.end(), std::make_move_iterator(arguments.begin()),
                      std::make_move_iterator(arguments.end()));
  MIBUN_TRY(process::Finished finished, process::run(command));
  if (finished.exit_code == 0) return std::move(finished.output);
  const std::string_view errors = finished.errors;
  if (errors.contains(kLocked)) return repository_error(name, std::string(kLocked));
  const std::size_t at = errors.find(kNoRepository);
  const std::string_view reason = last_line(errors.substr(0, at));
  const bool is_not_there = at != std::string_view::npos &&
                            std::ranges::any_of(kNotThere, [reason](auto why) { return reason.contains(why); });
  return repository_error(name, std::string(is_not_there ? kNoRepository : reason));
}

// restic asks whether a lock's maker lives by sending SIGHUP to that process on this machine: where another program has
// the number by now, that would take it for the maker, and may end it; and a dead one that nobody waited for takes it.
// Then all locks go without asking, which is safe because each was looked at, and one caller at a time works on a
// repository.
Status Repository::take_away_stale_locks() const {
  MIBUN_TRY(const std::string list, ask_once({"--no-lock", "list", "locks"}, {}));
  std::array<char, 256> hostname{};
  if (::gethostname(hostname.data(), hostname.size() - 1) != 0) return repository_error("unlock", "no host name");
  bool is_replaced = false;
  for (std::string_view rest = list; !rest.empty();) {
    const std::string id(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), id.size() + 1));
    const auto text = ask_once({"--no-lock", "cat", "lock", id}, {});
    if (!text) continue;  // it went meanwhile
    MIBUN_TRY(const Lock lock, read_lock(*text));
    const LockMaker maker = maker_of(lock, hostname.data(), options_.program);
    if (maker == LockMaker::here) {
      return repository_error("unlock", "process " + std::to_string(lock.pid) + " is working on it since " + lock.time);
    }
    is_replaced = is_replaced || maker == LockMaker::replaced;
    if (maker == LockMaker::elsewhere && is_replaced) {
      return repository_error("unlock", "locked from " + lock.hostname + " since " + lock.time);
    }
  }
  std::vector<std::string> arguments{"unlock"};
  if (is_replaced) arguments.emplace_back("--remove-all");
  MIBUN_CHECK(ask_once(std::move(arguments), {}));
  return {};
}

// Asked again once when a lock stood in the way whose maker is gone: a process that was killed leaves its lock behind.
Result<std::string> Repository::ask(std::vector<std::string> arguments, const std::string& directory) const {
  auto answer = ask_once(arguments, directory);
  if (answer || answer.error().detail != kLocked) return answer;
  MIBUN_CHECK(take_away_stale_locks());
  return ask_once(std::move(arguments), directory);
}

Result<bool> Repository::exists() const {
  const auto config = ask({"--no-lock", "cat", "config"});
  if (config) return true;
  if (config.error().code == ErrorCode::backup_repository_failed && config.error().detail == kNoRepository)
    return false;
  return std::unexpected(config.error());
}

Status Repository::init() const {
  MIBUN_CHECK(ask({"init"}));
  return {};
}

Result<std::vector<Snapshot>> Repository::snapshots() const {
  MIBUN_TRY(const std::string text, ask({"--no-lock", "snapshots", "--json"}));
  const auto parsed = json::parse(text, kAnswerLimits);
  if (!parsed || !parsed->is_array()) return repository_error("snapshots", "not the JSON that restic 0.14 writes");
  std::vector<Snapshot> snapshots;
  for (const json::Value& value : parsed->get_array()) {
    MIBUN_TRY(snapshots.emplace_back(), read_snapshot(value));
  }
  return snapshots;
}

Result<std::string> Repository::backup(const std::string& directory, const std::string& name,
                                       const std::vector<std::string>& tags, Instant at) const {
  // --force: what was there the last time is compared by content, not by its time and size.
  MIBUN_TRY(const std::string text, ask({"backup", "--json", "--force", "--host", "mibun", "--tag", joined(tags),
                                         "--time", restic_time(at), name},
                                        directory));
  const auto summary = json::parse_object(last_line(text), kAnswerLimits);
  if (!summary) return repository_error("backup", "not the JSON that restic 0.14 writes");
  json::ObjectReader reader(*summary, "summary");
  MIBUN_TRY(const std::string_view type, reader.string("message_type"));
  if (type != "summary") return repository_error("backup", "it ended without a summary");
  MIBUN_TRY(const std::string_view id, reader.string("snapshot_id"));
  return std::string(id);
}

Status Repository::restore(const std::string& snapshot_id, const std::string& target) const {
  MIBUN_CHECK(ask({"--no-lock", "restore", snapshot_id, "--target", target}));
  return {};
}

Result<Bytes> Repository::dump(const std::string& snapshot_id, const std::string& path) const {
  MIBUN_TRY(const std::string content, ask({"--no-lock", "dump", snapshot_id, path}));
  return to_bytes(content);
}

Status Repository::check(bool read_data) const {
  std::vector<std::string> arguments{"--no-lock", "check"};
  if (read_data) arguments.emplace_back("--read-data");
  MIBUN_CHECK(ask(std::move(arguments)));
  return {};
}

Status Repository::forget(const std::vector<std::string>& snapshot_ids) const {
  if (snapshot_ids.empty()) return {};
  std::vector<std::string> arguments{"forget", "--prune", "--max-unused", "0"};
  arguments.insert(arguments.end(), snapshot_ids.begin(), snapshot_ids.end());
  MIBUN_CHECK(ask(std::move(arguments)));
  return {};
}

Status Repository::copy_from(const Repository& source, const std::string& snapshot_id) const {
  MIBUN_CHECK(ask({"--no-lock", "copy", "--from-repo", source.options().repository, "--from-password-file",
                   source.options().password_file, snapshot_id}));
  return {};
}

}  // namespace mibun::restic
