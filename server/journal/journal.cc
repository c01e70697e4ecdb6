#include "server/journal/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "platform/files/descriptor.h"
#include "platform/files/files.h"

namespace mibun::server {
namespace {

using Chain = std::array<std::uint8_t, 32>;

constexpr std::string_view kMagic = "mibun-journal-1";
constexpr std::size_t kJournalBytesMax = 1024UL * 1024 * 1024;
constexpr std::array<std::string_view, 4> kKinds{"account_erased", "account_stopped", "unit_replaced", "cards_revoked"};

std::string_view name_of(JournalKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

// Up to the space before the chain.
std::string beginning(const JournalEntry& entry) {
  std::string text(kMagic);
  text += " " + std::to_string(entry.number) + " ";
  text += name_of(entry.kind);
  text += " " + to_jst_string(entry.at) + " " + base64url::encode(entry.subject);
  return text;
}

Chain next_chain(const Chain& before, std::string_view beginning) {
  return crypto::sha256({BytesView(before), as_bytes(beginning)});
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const std::size_t at = line.find(' ');
    words.push_back(line.substr(0, at));
    if (at == std::string_view::npos) return words;
    line.remove_prefix(at + 1);
  }
}

// "2026-11-29T19:00:00+09:00": only ours, so only its own form is read.
std::optional<Instant> read_time(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = -1;
    const char* const end = text.data() + at + size;
    const auto [stop, failed] = std::from_chars(text.data() + at, end, value);
    return failed == std::errc() && stop == end ? value : -1;
  };
  if (text.size() != 25 || !text.ends_with("+09:00")) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok()) return std::nullopt;
  const auto seconds = std::chrono::sys_days(day).time_since_epoch() + std::chrono::hours(number(11, 2) - 9) +
                       std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
  const Instant at = Instant::from_unix_seconds(std::chrono::duration_cast<std::chrono::seconds>(seconds).count());
  if (to_jst_string(at) != text) return std::nullopt;
  return at;
}

// `chain`: of the entry before; of this one afterwards.
std::optional<JournalEntry> read_entry(std::string_view line, std::uint64_t number, Chain& chain) {
  const auto words = words_of(line);
  if (words.size() != 6 || words[0] != kMagic || words[1] != std::to_string(number)) return std::nullopt;
  const auto kind = std::ranges::find(kKinds, words[2]);
  const auto at = read_time(words[3]);
  const auto subject = base64url::decode(words[4]), written = base64url::decode(words[5]);
  if (kind == kKinds.end() || !at || !subject || !written || written->size() != 32) return std::nullopt;
  JournalEntry entry{number, static_cast<JournalKind>(kind - kKinds.begin()), *at, *subject};
  const Chain wanted = next_chain(chain, beginning(entry));
  if (!std::ranges::equal(wanted, *written)) return std::nullopt;
  chain = wanted;
  return entry;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::unexpected<Error> changed(const std::string& path, std::uint64_t number) {
  return fail(ErrorCode::backup_integrity_error, path, "line " + std::to_string(number) + " is not what was written");
}

}  // namespace

Result<Journal::Told> Journal::read(const std::string& path) {
  Told told;
  auto bytes = files::read_file(path, kJournalBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return told;
  if (!bytes) return pass_error(bytes);
  std::string_view rest = as_text(*bytes);
  Chain chain{};
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // cut off before it was acknowledged
    const std::string_view line = rest.substr(0, end);
    const std::uint64_t number = told.entries.size() + 1;
    auto entry = read_entry(line, number, chain);
    if (!entry) {
      // A torn write leaves other bytes at the end, perhaps with line feeds. A later line means that this one was
      // acknowledged, and is not as it was.
      if (rest.find(std::string(kMagic) + " " + std::to_string(number + 1) + " ") != std::string_view::npos) {
        return changed(path, number);
      }
      break;
    }
    told.entries.push_back(std::move(*entry));
    told.lines.push_back(std::string(line) + "\n");
    told.chains.push_back(chain);
    rest.remove_prefix(end + 1);
  }
  return told;
}

Result<Journal::Told> Journal::longest_of(const std::vector<std::string>& folders) {
  std::vector<Told> all;
  std::size_t longest = 0;
  for (const std::string& folder : folders) {
    MIBUN_TRY(all.emplace_back(), read(folder + "/" + std::string(kFile)));
    if (all.back().lines.size() > all[longest].lines.size()) longest = all.size() - 1;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& lines = all[i].lines;
    if (!std::equal(lines.begin(), lines.end(), all[longest].lines.begin())) {
      return fail(ErrorCode::backup_integrity_error, folders[i], "this folder's journal is not the other's");
    }
  }
  return std::move(all[longest]);
}

Status Journal::load() {
  for (const std::string& folder : folders_) MIBUN_CHECK(files::make_private_directory(folder));
  MIBUN_TRY(Told told, longest_of(folders_));
  const std::string text = joined(told.lines);
  for (const std::string& folder : folders_) {
    const std::string path = folder + "/" + std::string(kFile);
    const auto there = files::read_file(path, kJournalBytesMax);
    if (there && as_text(*there) == text) continue;
    MIBUN_CHECK(files::write_file_atomic(path, as_bytes(text)));
  }
  told_ = std::move(told);
  must_load_ = false;
  return {};
}

Result<std::string> Journal::text_of(const std::vector<std::string>& folders) {
  const bool any = std::ranges::any_of(
      folders, [](const std::string& folder) { return files::exists(folder + "/" + std::string(kFile)); });
  if (!any) return fail(ErrorCode::not_found, std::string(kFile), "none of these folders has a journal");
  MIBUN_TRY(const Told told, longest_of(folders));
  return joined(told.lines);
}

Result<JournalPosition> Journal::position_of(const std::string& folder) {
  MIBUN_TRY(const Told told, read(folder + "/" + std::string(kFile)));
  if (told.chains.empty()) return JournalPosition{};
  return JournalPosition{told.chains.size(), told.chains.back()};
}

Result<std::unique_ptr<Journal>> Journal::open(std::vector<std::string> folders) {
  if (folders.empty()) return fail(ErrorCode::invalid_argument, "journal", "at least one folder is needed");
  std::unique_ptr<Journal> journal(new Journal(std::move(folders)));
  MIBUN_CHECK(journal->load());
  return journal;
}

Status Journal::append_text(const std::string& text) {
  for (const std::string& folder : folders_) {
    const std::string path = folder + "/" + std::string(kFile);
    const files::Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
    if (!file.valid()) return files::write_failure(path, "open");
    MIBUN_CHECK(files::write_all(file.get(), as_bytes(text), path));
    if (::fsync(file.get()) != 0) return files::write_failure(path, "fsync");
  }
  return {};
}

Result<std::vector<std::uint64_t>> Journal::append(JournalKind kind, std::span<const Bytes> subjects, Instant now) {
  const std::scoped_lock lock(mutex_);
  // What a failed append left may be in one folder and not in another: the files say what counts.
  if (must_load_) MIBUN_CHECK(load());
  Told added;
  Chain chain = told_.chains.empty() ? Chain{} : told_.chains.back();
  std::string text;
  std::vector<std::uint64_t> numbers;
  for (const Bytes& subject : subjects) {
    MIBUN_INVARIANT(subject.size() == 32);
    JournalEntry entry{told_.entries.size() + added.entries.size() + 1, kind,
                       Instant::from_unix_seconds(now.unix_seconds()), subject};
    const std::string begin = beginning(entry);
    chain = next_chain(chain, begin);
    added.lines.push_back(begin + " " + base64url::encode(chain) + "\n");
    text += added.lines.back();
    numbers.push_back(entry.number);
    added.chains.push_back(chain);
    added.entries.push_back(std::move(entry));
  }
  if (subjects.empty()) return numbers;
  must_load_ = true;
  MIBUN_CHECK(append_text(text));
  must_load_ = false;
  std::ranges::move(added.entries, std::back_inserter(told_.entries));
  std::ranges::move(added.lines, std::back_inserter(told_.lines));
  std::ranges::move(added.chains, std::back_inserter(told_.chains));
  return numbers;
}

std::vector<JournalEntry> Journal::after(std::uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  const std::size_t begin = std::min<std::size_t>(number, told_.entries.size());
  return {told_.entries.begin() + static_cast<std::ptrdiff_t>(begin), told_.entries.end()};
}

JournalPosition Journal::position() const {
  const std::scoped_lock lock(mutex_);
  if (told_.chains.empty()) return {};
  return {told_.chains.size(), told_.chains.back()};
}

bool Journal::knows(const JournalPosition& position) const {
  const std::scoped_lock lock(mutex_);
  if (position.number == 0) return position == JournalPosition{};
  return position.number <= told_.chains.size() && told_.chains[position.number - 1] == position.chain;
}

}  // namespace mibun::server
