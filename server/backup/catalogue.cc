#include "server/backup/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "platform/files/files.h"

namespace mibun::server::backup {
namespace {

constexpr std::string_view kFile = "/catalogue.json";
constexpr std::size_t kBytesMax = 1024 * 1024;
constexpr std::array<std::string_view, 3> kVerdicts{"unverified", "good", "bad"};

std::optional<std::int64_t> tagged(const std::vector<std::string>& tags, std::string_view name) {
  for (const std::string& tag : tags) {
    if (!tag.starts_with(name)) continue;
    std::int64_t value = 0;
    const char* const end = tag.data() + tag.size();
    const auto [stop, failed] = std::from_chars(tag.data() + name.size(), end, value);
    if (failed == std::errc() && stop == end) return value;
  }
  return std::nullopt;
}

// Snapshots of others in the same repository are none of our business.
std::optional<Listed> listed_from(const restic::Snapshot& snapshot) {
  if (std::ranges::find(snapshot.tags, "mibun") == snapshot.tags.end()) return std::nullopt;
  const auto number = tagged(snapshot.tags, "generation="), made = tagged(snapshot.tags, "made=");
  if (!number || !made) return std::nullopt;
  Listed listed;
  listed.number = *number;
  listed.snapshot = snapshot.id;
  listed.made_at = Instant::from_unix_milliseconds(*made);
  return listed;
}

std::optional<Instant> instant_of(const std::optional<std::int64_t>& ms) {
  if (!ms) return std::nullopt;
  return Instant::from_unix_milliseconds(*ms);
}

Status read_note(const json::Value& value, std::vector<Listed>& generations) {
  if (!value.is_object()) return fail(ErrorCode::json_wrong_type, "catalogue.generations");
  json::ObjectReader reader(value.get_object(), "catalogue.generations");
  MIBUN_TRY(const std::int64_t number, reader.integer("number"));
  MIBUN_TRY(const std::string_view snapshot, reader.string("snapshot"));
  MIBUN_TRY(const std::string_view verdict, reader.string("verdict"));
  MIBUN_TRY(const std::int64_t verified_at, reader.integer("verified_at"));
  MIBUN_TRY(const std::string_view finding, reader.string("finding"));
  MIBUN_CHECK(reader.finish());
  // restic names a new snapshot by the beginning of its id only.
  const auto found = std::ranges::find_if(generations, [&](const Listed& one) {
    return one.number == number && !snapshot.empty() && one.snapshot.starts_with(snapshot);
  });
  const auto known = std::ranges::find(kVerdicts, verdict);
  if (found == generations.end() || known == kVerdicts.end()) return {};
  found->verdict = static_cast<Verdict>(known - kVerdicts.begin());
  found->verified_at = Instant::from_unix_milliseconds(verified_at);
  found->finding = finding;
  return {};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  return kVerdicts[static_cast<std::size_t>(verdict)];
}

std::vector<std::string> Catalogue::tags(std::int64_t number, Instant made_at) {
  return {"mibun", "generation=" + std::to_string(number), "made=" + std::to_string(made_at.unix_milliseconds())};
}

Status Catalogue::add_notes(const std::string& state_directory) {
  auto text = files::read_file(state_directory + std::string(kFile), kBytesMax);
  if (!text && text.error().code == ErrorCode::not_found) {
    if (generations_.empty()) last_manifest.emplace();
    return {};
  }
  if (!text) return pass_error(text);
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(*text), {.bytes_max = kBytesMax}));
  json::ObjectReader reader(object, "catalogue");
  MIBUN_TRY(last_number_, reader.integer("last_number"));
  MIBUN_TRY(const std::string_view manifest, reader.string("last_manifest"));
  MIBUN_TRY(last_manifest, base64url::decode(manifest));
  MIBUN_TRY(const auto first, reader.optional_integer("first_made_at"));
  MIBUN_TRY(const auto good, reader.optional_integer("last_good_at"));
  MIBUN_TRY(const auto drill, reader.optional_integer("last_drill_at"));
  first_made_at = instant_of(first);
  last_good_at = instant_of(good);
  last_drill_at = instant_of(drill);
  MIBUN_TRY(const json::Array* notes, reader.array("generations"));
  for (const json::Value& note : *notes) MIBUN_CHECK(read_note(note, generations_));
  return reader.finish();
}

Result<Catalogue> Catalogue::read(const std::string& state_directory, const restic::Repository& repository) {
  Catalogue catalogue;
  MIBUN_TRY(const auto snapshots, repository.snapshots());
  for (const restic::Snapshot& snapshot : snapshots) {
    if (auto listed = listed_from(snapshot)) catalogue.generations_.push_back(std::move(*listed));
  }
  std::ranges::sort(catalogue.generations_, {}, &Listed::number);
  if (!catalogue.generations_.empty()) catalogue.first_made_at = catalogue.generations_.front().made_at;
  if (!state_directory.empty()) MIBUN_CHECK(catalogue.add_notes(state_directory));
  return catalogue;
}

Result<Catalogue> Catalogue::read_notes(const std::string& state_directory) {
  Catalogue catalogue;
  MIBUN_CHECK(catalogue.add_notes(state_directory));
  return catalogue;
}

const Listed* Catalogue::find(std::int64_t number) const {
  const auto found = std::ranges::find(generations_, number, &Listed::number);
  return found == generations_.end() ? nullptr : &*found;
}

const Listed* Catalogue::newest_good() const {
  const Listed* newest = nullptr;
  for (const Listed& one : generations_) {
    if (one.verdict == Verdict::good) newest = &one;
  }
  return newest;
}

std::int64_t Catalogue::next_number() const {
  return std::max(last_number_, generations_.empty() ? 0 : generations_.back().number) + 1;
}

Status Catalogue::save(const std::string& state_directory) const {
  json::Object object;
  object["last_number"] = next_number() - 1;
  object["last_manifest"] = base64url::encode(last_manifest.value_or(Bytes()));
  const auto put = [&](const char* name, const std::optional<Instant>& at) {
    if (at) object[name] = at->unix_milliseconds();
  };
  put("first_made_at", first_made_at);
  put("last_good_at", last_good_at);
  put("last_drill_at", last_drill_at);
  json::Array notes;
  for (const Listed& one : generations_) {
    if (!one.verified_at) continue;
    notes.push_back(json::Object{{"number", one.number},
                                 {"snapshot", one.snapshot},
                                 {"verdict", std::string(to_string(one.verdict))},
                                 {"verified_at", one.verified_at->unix_milliseconds()},
                                 {"finding", one.finding}});
  }
  object["generations"] = std::move(notes);
  return files::write_file_atomic(state_directory + std::string(kFile), as_bytes(json::serialize(object)));
}

std::vector<Generation> for_expiry(const std::vector<Listed>& listed) {
  std::vector<Generation> generations;
  for (const Listed& one : listed) generations.push_back({one.number, one.made_at, one.verdict});
  return generations;
}

}  // namespace mibun::server::backup
