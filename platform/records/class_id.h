#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

// The names of the classes of records, and a type that is one of them. What holds for each stands in record_class.h,
// row for row; apart from this, so that changing a word there does not build everything anew.
namespace mibun::records {

namespace detail {
// clang-format off
inline constexpr auto kNames = std::to_array<std::string_view>({
  "account",
  "sign-in",
  "single use",
  "c_nonce",
  "access token",
  "authorization",
  "attested key",
  "history",
  "notice",
  "push_subscription",
  "push_message",
  "case",
  "claims",
  "findings",
  "appeal",
  "evidence",
  "photo",
  "removed file",
  "offer",
  "card",
  "deferred card",
  "partner",
  "presentation",
  "deletion request",
  "reports",
  "move",
  "move unit",
  "move luggage",
  "inquiries",
  "inquiry answers",
  "inquirer",
  "public notice",
  "erasure",
  "repeated_answer",
  "legal hold",
  "legal hold opening",
  "restore",
  "schema",
});
// clang-format on

// Which row; the number of rows when there is none.
constexpr std::size_t find(std::string_view name) {
  std::size_t i = 0;
  while (i < kNames.size() && kNames[i] != name) ++i;
  return i;
}
}  // namespace detail

// A class of the table. From a name only while compiling, and a name without a row does not compile.
class ClassId {
 public:
  template <class Name>
    requires std::is_convertible_v<const Name&, std::string_view>
  consteval ClassId(const Name& name) : row_(detail::find(name)) {  // implicit: a name in the source is a class
    if (row_ == detail::kNames.size()) throw "no record class of this name: platform/records/class_id.h";
  }
  // For what comes from outside, over a socket say: none for a name without a row.
  static constexpr std::optional<ClassId> named(std::string_view name) {
    const std::size_t row = detail::find(name);
    return row == detail::kNames.size() ? std::nullopt : std::optional(ClassId(row, 0));
  }

  constexpr std::string_view name() const { return detail::kNames[row_]; }
  constexpr std::size_t row() const { return row_; }
  friend constexpr bool operator==(ClassId, ClassId) = default;

 private:
  constexpr ClassId(std::size_t row, int) : row_(row) {}
  std::size_t row_;
};

}  // namespace mibun::records
