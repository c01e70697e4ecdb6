#include "platform/keyd/table_seal.h"

#include <algorithm>
#include <set>
#include <string>

#include "core/crypto/hash.h"
#include "platform/keyd/binding.h"

namespace mibun::keyd {
namespace {

using database::Transaction;
using Sum = TableSeal::Sum;

std::unexpected<Error> not_ours(std::string_view what) {
  return fail(ErrorCode::keyd_integrity_error, "keyd.db", std::string(what));
}

// Big-endian numbers of 256 bits, modulo 2^256.
Sum plus(const Sum& a, const Sum& b) {
  Sum sum{};
  unsigned carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    carry += static_cast<unsigned>(a[i]) + b[i];
    sum[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return sum;
}

Sum minus(const Sum& a, const Sum& b) {
  Sum negative{};
  std::ranges::transform(b, negative.begin(), [](std::uint8_t byte) { return static_cast<std::uint8_t>(~byte); });
  Sum one{};
  one.back() = 1;
  return plus(plus(a, negative), one);
}

Result<std::optional<Sum>> read_tag(Transaction& transaction) {
  MIBUN_TRY(const auto bytes, key_table::tag(transaction));
  if (!bytes) return std::optional<Sum>();
  if (bytes->size() != key_table::kTagSize) return not_ours("the tag has another size");
  Sum tag{};
  std::ranges::copy(*bytes, tag.begin());
  return std::optional(tag);
}

}  // namespace

Sum TableSeal::of_row(const key_table::WrappedKey& row) const {
  return crypto::hmac_sha256(key_.reveal(), bind_parts({"row", row.purpose, row.name, as_text(row.wrapped)}));
}

Sum TableSeal::mask(std::int64_t generation, std::int64_t epoch) const {
  return crypto::hmac_sha256(key_.reveal(), bind_parts({"table", std::to_string(generation), std::to_string(epoch)}));
}

Status TableSeal::verify(Transaction& transaction) const {
  MIBUN_TRY(const auto foreign,
            transaction.row("SELECT COUNT(*) FROM sqlite_schema WHERE type NOT IN ('table', 'index')"));
  if (foreign->integer(0) != 0) return not_ours("it has triggers or views");
  MIBUN_TRY(const auto epoch, key_table::epoch(transaction));
  MIBUN_TRY(const std::int64_t generation, key_table::generation(transaction));
  MIBUN_TRY(const auto tag, read_tag(transaction));
  MIBUN_TRY(const auto rows, key_table::all(transaction));
  if (!epoch || !tag) return not_ours("it has no tag");
  Sum sum = mask(generation, *epoch);
  for (const key_table::WrappedKey& row : rows) sum = plus(sum, of_row(row));
  if (!ct_equal(sum, *tag)) return not_ours("it is not as it was written");
  return {};
}

Result<SealedTable> SealedTable::begin(Transaction& transaction, const TableSeal* seal) {
  SealedTable table(transaction, seal);
  MIBUN_TRY(table.generation_, key_table::generation(transaction));
  if (seal == nullptr) return table;
  MIBUN_TRY(const auto epoch, key_table::epoch(transaction));
  MIBUN_TRY(const auto tag, read_tag(transaction));
  if (!epoch || !tag) return not_ours("it has no tag");
  table.epoch_ = *epoch;
  table.sum_ = minus(*tag, seal->mask(table.generation_, *epoch));
  return table;
}

Status SealedTable::insert(const key_table::WrappedKey& key) {
  MIBUN_CHECK(key_table::insert(transaction_, key));
  if (seal_ != nullptr) sum_ = plus(sum_, seal_->of_row(key));
  return {};
}

Status SealedTable::remove(std::string_view purpose, std::string_view name) {
  MIBUN_TRY(auto wrapped, key_table::find(transaction_, purpose, name));
  if (!wrapped) return {};
  MIBUN_CHECK(key_table::remove(transaction_, purpose, name));
  if (seal_ != nullptr) {
    sum_ = minus(sum_, seal_->of_row({std::string(purpose), std::string(name), std::move(*wrapped)}));
  }
  return {};
}

Status SealedTable::begin_epoch(std::int64_t epoch, std::span<const key_table::WrappedKey> keys,
                                const TableSeal& seal) {
  MIBUN_TRY(const auto there, key_table::all(transaction_));
  std::set<std::pair<std::string, std::string>> old, now;
  for (const key_table::WrappedKey& key : there) old.emplace(key.purpose, key.name);
  sum_ = {};
  for (const key_table::WrappedKey& key : keys) {
    const bool stays = old.contains({key.purpose, key.name});
    MIBUN_CHECK(stays ? key_table::replace(transaction_, key) : key_table::insert(transaction_, key));
    now.emplace(key.purpose, key.name);
    sum_ = plus(sum_, seal.of_row(key));
  }
  for (const auto& [purpose, name] : old) {
    if (!now.contains({purpose, name})) MIBUN_CHECK(key_table::remove(transaction_, purpose, name));
  }
  MIBUN_CHECK(key_table::set_epoch(transaction_, epoch));
  seal_ = &seal;
  epoch_ = epoch;
  return {};
}

Status SealedTable::end(std::int64_t generation) {
  MIBUN_CHECK(key_table::set_generation(transaction_, generation));
  if (seal_ == nullptr) return {};
  return key_table::set_tag(transaction_, plus(sum_, seal_->mask(generation, epoch_)));
}

}  // namespace mibun::keyd
