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
constexpr std::string_view kBaseMagic = "mibun-journal-base-1";
constexpr std::size_t kJournalBytesMax = 1024UL * 1024 * 1024;
constexpr std::array<std::string_view, 5> kKinds{"account_erased", "account_stopped", "unit_replaced", "cards_revoked",
                                                 "unit_moved"};

// Up to the space before the chain.
std::string beginning(const JournalEntry& entry) {
  std::string text(kMagic);
  text += " " + std::to_string(entry.number) + " ";
  text += to_string(entry.kind);
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
  const auto kind = journal_kind(words[2]);
  const auto at = read_time(words[3]);
  const auto subject = base64url::decode(words[4]), written = base64url::decode(words[5]);
  if (!kind || !at || !subject || !written || written->size() != 32) return std::nullopt;
  JournalEntry entry{number, *kind, *at, *subject, {}};
  const Chain wanted = next_chain(chain, beginning(entry));
  if (!std::ranges::equal(wanted, *written)) return std::nullopt;
  chain = wanted;
  entry.chain = wanted;
  return entry;
}

std::string base_line(const JournalPosition& base) {
  return std::string(kBaseMagic) + " " + std::to_string(base.number) + " " + base64url::encode(base.chain) + "\n";
}

std::optional<JournalPosition> read_base(std::string_view line) {
  const auto words = words_of(line);
  if (words.size() != 3 || words[0] != kBaseMagic) return std::nullopt;
  JournalPosition base;
  std::from_chars(words[1].data(), words[1].data() + words[1].size(), base.number);
  const auto chain = base64url::decode(words[2]);
  if (!chain || chain->size() != base.chain.size()) return std::nullopt;
  std::ranges::copy(*chain, base.chain.begin());
  if (base.number == 0 || base_line(base) != std::string(line) + "\n") return std::nullopt;
  return base;
}

std::unexpected<Error> changed(const std::string& path, std::uint64_t number) {
  return fail(ErrorCode::backup_integrity_error, path, "line " + std::to_string(number) + " is not what was written");
}

}  // namespace

std::string_view to_string(JournalKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

std::optional<JournalKind> journal_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<JournalKind>(found - kKinds.begin());
}

Result<Journal::Told> Journal::read(const std::string& path) {
  Told told;
  auto bytes = files::read_file(path, kJournalBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return told;
  if (!bytes) return pass_error(bytes);
  std::string_view rest = as_text(*bytes);
  // Written with the whole file at once, so it is whole or was changed.
  if (rest.starts_with(kBaseMagic)) {
    const std::size_t end = rest.find('\n');
    const auto base = end == std::string_view::npos ? std::nullopt : read_base(rest.substr(0, end));
    if (!base) return fail(ErrorCode::backup_integrity_error, path, "its first line is not what was written");
    told.base = *base;
    rest.remove_prefix(end + 1);
  }
  Chain chain = told.base.chain;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;  // cut off before it was acknowledged
    const std::string_view line = rest.substr(0, end);
    const std::uint64_t number = told.end().number + 1;
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

JournalPosition Journal::Told::end() const {
  return chains.empty() ? base : JournalPosition{base.number + chains.size(), chains.back()};
}

bool Journal::Told::knows(const JournalPosition& position) const {
  if (position.number == base.number) return position == base;
  if (position.number < base.number || position.number > end().number) return false;
  return chains[position.number - base.number - 1] == position.chain;
}

std::string Journal::Told::text() const {
  std::string text = base.number == 0 ? std::string() : base_line(base);
  for (const std::string& line : lines) text += line;
  return text;
}

// Whether both are pieces of one journal that meet: each chain has all lines before it in itself.
bool Journal::tell_the_same(const Told& one, const Told& other) {
  const Told& shorter = one.end().number < other.end().number ? one : other;
  const Told& longer = &shorter == &one ? other : one;
  return longer.knows(shorter.end());
}

Result<Journal::Told> Journal::longest_of(const std::vector<std::string>& folders) {
  std::vector<Told> all;
  std::size_t longest = 0;
  for (const std::string& folder : folders) {
    MIBUN_TRY(all.emplace_back(), read(folder + "/" + std::string(kFile)));
    if (all.back().end().number > all[longest].end().number) longest = all.size() - 1;
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_new = all[i].end() == JournalPosition{} && !files::exists(folders[i] + "/" + std::string(kFile));
    if (!is_new && !tell_the_same(all[i], all[longest])) {
      return fail(ErrorCode::backup_integrity_error, folders[i], "this folder's journal is not the other's");
    }
  }
  return std::move(all[longest]);
}

Status Journal::load() {
  for (const std::string& folder : folders_) MIBUN_CHECK(files::make_private_directory(folder));
  MIBUN_TRY(Told told, longest_of(folders_));
  const std::string text = told.text();
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
  return told.text();
}

Result<JournalPosition> Journal::position_of(const std::string& folder) {
  MIBUN_TRY(const Told told, read(folder + "/" + std::string(kFile)));
  return told.end();
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
  std::vector<Line> lines;
  for (const Bytes& subject : subjects) lines.push_back({kind, subject});
  return append(lines, now);
}

Result<std::vector<std::uint64_t>> Journal::append(std::span<const Line> lines, Instant now) {
  const std::scoped_lock lock(mutex_);
  // What a failed append left may be in one folder and not in another: the files say what counts.
  if (must_load_) MIBUN_CHECK(load());
  Told added;
  JournalPosition at = told_.end();
  std::string text;
  std::vector<std::uint64_t> numbers;
  for (const Line& line : lines) {
    MIBUN_INVARIANT(line.subject.size() == 32);
    JournalEntry entry{++at.number, line.kind, Instant::from_unix_seconds(now.unix_seconds()), line.subject, {}};
    const std::string begin = beginning(entry);
    at.chain = next_chain(at.chain, begin);
    added.lines.push_back(begin + " " + base64url::encode(at.chain) + "\n");
    text += added.lines.back();
    numbers.push_back(entry.number);
    added.chains.push_back(at.chain);
    entry.chain = at.chain;
    added.entries.push_back(std::move(entry));
  }
  if (lines.empty()) return numbers;
  must_load_ = true;
  MIBUN_CHECK(append_text(text));
  must_load_ = false;
  std::ranges::move(added.entries, std::back_inserter(told_.entries));
  std::ranges::move(added.lines, std::back_inserter(told_.lines));
  std::ranges::move(added.chains, std::back_inserter(told_.chains));
  return numbers;
}

Result<std::uint64_t> Journal::prune(std::uint64_t number, Instant before) {
  const std::scoped_lock lock(mutex_);
  if (must_load_) MIBUN_CHECK(load());
  std::size_t count = 0;
  while (count < told_.entries.size() && told_.entries[count].number <= number && told_.entries[count].at < before) {
    ++count;
  }
  if (count == 0) return 0;
  const auto from = static_cast<std::ptrdiff_t>(count);
  Told left;
  left.base = {told_.entries[count - 1].number, told_.chains[count - 1]};
  left.entries.assign(told_.entries.begin() + from, told_.entries.end());
  left.lines.assign(told_.lines.begin() + from, told_.lines.end());
  left.chains.assign(told_.chains.begin() + from, told_.chains.end());
  must_load_ = true;
  for (const std::string& folder : folders_) {
    MIBUN_CHECK(files::write_file_atomic(folder + "/" + std::string(kFile), as_bytes(left.text())));
  }
  must_load_ = false;
  told_ = std::move(left);
  return count;
}

std::vector<JournalEntry> Journal::after(std::uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t known = number > told_.base.number ? number - told_.base.number : 0;
  const std::size_t begin = std::min<std::size_t>(known, told_.entries.size());
  return {told_.entries.begin() + static_cast<std::ptrdiff_t>(begin), told_.entries.end()};
}

JournalPosition Journal::position() const {
  const std::scoped_lock lock(mutex_);
  return told_.end();
}

bool Journal::knows(const JournalPosition& position) const {
  const std::scoped_lock lock(mutex_);
  return told_.knows(position);
}

}  // namespace mibun::server
