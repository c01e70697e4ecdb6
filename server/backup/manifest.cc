#include "server/backup/manifest.h"

#include <algorithm>
#include <charconv>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/jose/jws.h"
#include "core/tlog/compact_range.h"

namespace mibun::server::backup {
namespace {

constexpr std::string_view kTyp = "mibun-backup+jwt";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kFilesMax = 10'000'000;
constexpr json::Limits kLimits{.bytes_max = 1024 * 1024};

std::unexpected<Error> refused(std::string detail) {
  return fail(ErrorCode::backup_integrity_error, std::string(kManifestFile), std::move(detail));
}

std::string table_leaf(const database::TableDigest& table) {
  return table.name + " " + std::to_string(table.rows) + " " + base64url::encode(table.root);
}

Result<tlog::Hash> read_hash(std::string_view text) {
  const auto bytes = base64url::decode(text);
  tlog::Hash hash{};
  if (!bytes || bytes->size() != hash.size()) return refused("a digest is malformed");
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

Result<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc() || stop != end || std::to_string(value) != text) return refused("a number is malformed");
  return value;
}

}  // namespace

bool is_inside(std::string_view path) {
  if (path.empty() || path.starts_with('/') || path.ends_with('/')) return false;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    path.remove_prefix(std::min(path.size(), part.size() + 1));
  }
  return true;
}

namespace {

Result<std::vector<FileDigest>> read_list(std::string_view text) {
  std::vector<FileDigest> files;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || files.size() >= kFilesMax) return refused("files.list is malformed");
    const std::string_view line = text.substr(0, end);
    const std::size_t first = line.find(' ');
    const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
    if (second == std::string_view::npos) return refused("files.list is malformed");
    FileDigest file;
    MIBUN_TRY(file.root, read_hash(line.substr(0, first)));
    MIBUN_TRY(file.bytes, read_number(line.substr(first + 1, second - first - 1)));
    file.path = line.substr(second + 1);
    const bool in_order = files.empty() || files.back().path < file.path;
    if (!is_inside(file.path) || !in_order) return refused("files.list names a path that must not be there");
    files.push_back(std::move(file));
    text.remove_prefix(end + 1);
  }
  return files;
}

json::Object payload_of(const Manifest& manifest) {
  json::Object payload;
  payload["version"] = kVersion;
  payload["generation"] = manifest.generation;
  payload["made_at"] = to_jst_string(manifest.made_at);
  payload["made_at_ms"] = manifest.made_at.unix_milliseconds();
  payload["origin"] = manifest.origin;
  payload["schema"] = manifest.database.schema;
  json::Array tables;
  for (const database::TableDigest& table : manifest.database.tables) {
    tables.push_back(json::Object{{"name", table.name}, {"rows", table.rows}, {"root", base64url::encode(table.root)}});
  }
  payload["tables"] = std::move(tables);
  std::uint64_t bytes = 0;
  for (const FileDigest& file : manifest.files) bytes += file.bytes;
  payload["files"] = json::Object{{"count", manifest.files.size()}, {"bytes", bytes}};
  payload["root"] = base64url::encode(manifest.root());
  payload["journal"] =
      json::Object{{"number", manifest.journal.number}, {"chain", base64url::encode(manifest.journal.chain)}};
  payload["log_checkpoint"] = manifest.log_checkpoint;
  payload["previous"] = base64url::encode(manifest.previous);
  return payload;
}

Result<database::TableDigest> read_table(const json::Value& value) {
  if (!value.is_object()) return refused("a table is malformed");
  json::ObjectReader reader(value.get_object(), "table");
  database::TableDigest table;
  MIBUN_TRY(table.name, reader.string("name"));
  MIBUN_TRY(table.rows, reader.integer("rows"));
  MIBUN_TRY(const std::string_view root, reader.string("root"));
  MIBUN_TRY(table.root, read_hash(root));
  MIBUN_CHECK(reader.finish());
  return table;
}

Status read_journal(const json::Object& object, JournalPosition& position) {
  json::ObjectReader reader(object, "journal");
  MIBUN_TRY(const std::int64_t number, reader.integer("number"));
  MIBUN_TRY(const std::string_view chain, reader.string("chain"));
  MIBUN_TRY(position.chain, read_hash(chain));
  position.number = static_cast<std::uint64_t>(number);
  return reader.finish();
}

Result<Manifest> read_payload(const json::Object& payload, std::vector<FileDigest> files) {
  json::ObjectReader reader(payload, "manifest");
  Manifest manifest;
  manifest.files = std::move(files);
  MIBUN_TRY(const std::int64_t version, reader.integer("version"));
  if (version != kVersion) return refused("a newer program made it");
  MIBUN_TRY(manifest.generation, reader.integer("generation"));
  MIBUN_TRY(const std::string_view shown, reader.string("made_at"));
  MIBUN_TRY(const std::int64_t made_at, reader.integer("made_at_ms"));
  manifest.made_at = Instant::from_unix_milliseconds(made_at);
  if (shown != to_jst_string(manifest.made_at)) return refused("its two times differ");
  MIBUN_TRY(manifest.origin, reader.string("origin"));
  MIBUN_TRY(manifest.database.schema, reader.integer("schema"));
  MIBUN_TRY(const json::Array* tables, reader.array("tables"));
  for (const json::Value& table : *tables) {
    MIBUN_TRY(manifest.database.tables.emplace_back(), read_table(table));
  }
  MIBUN_TRY(const json::Object* totals, reader.object("files"));
  static_cast<void>(totals);  // for people; the root covers each file
  MIBUN_TRY(const std::string_view root, reader.string("root"));
  MIBUN_TRY(const json::Object* journal, reader.object("journal"));
  MIBUN_CHECK(read_journal(*journal, manifest.journal));
  MIBUN_TRY(manifest.log_checkpoint, reader.string("log_checkpoint"));
  MIBUN_TRY(const std::string_view previous, reader.string("previous"));
  auto previous_bytes = base64url::decode(previous);
  if (!previous_bytes) return refused("a digest is malformed");
  manifest.previous = std::move(*previous_bytes);
  MIBUN_CHECK(reader.finish());
  MIBUN_TRY(const tlog::Hash signed_root, read_hash(root));
  if (signed_root != manifest.root()) return refused("files.list is not the one that was signed");
  return manifest;
}

}  // namespace

std::string FileDigest::line() const {
  return base64url::encode(root) + " " + std::to_string(bytes) + " " + path;
}

tlog::Hash Manifest::root() const {
  tlog::CompactRange range;
  for (const database::TableDigest& table : database.tables) range.append(tlog::leaf_hash(as_bytes(table_leaf(table))));
  for (const FileDigest& file : files) range.append(tlog::leaf_hash(as_bytes(file.line())));
  return range.root();
}

std::string file_list(const std::vector<FileDigest>& files) {
  std::string text;
  for (const FileDigest& file : files) text += file.line() + "\n";
  return text;
}

Result<std::string> sign_manifest(const Manifest& manifest, const crypto::Signer& signer) {
  json::Object header;
  header["typ"] = kTyp;
  return jose::sign_jws(std::move(header), payload_of(manifest), signer);
}

Result<Manifest> read_manifest(std::string_view jws, std::string_view list, const crypto::PublicKey& key) {
  const auto parsed = jose::Jws::parse(jws, kLimits);
  if (!parsed) return refused("it is no signed manifest");
  auto verified = parsed->verify(key, {.typ = kTyp});
  if (!verified) return refused("it is not signed by the key of this server's backups");
  MIBUN_TRY(auto files, read_list(list));
  auto manifest = read_payload(verified->payload(), std::move(files));
  if (!manifest && manifest.error().code != ErrorCode::backup_integrity_error) return refused("it is malformed");
  return manifest;
}

}  // namespace mibun::server::backup
