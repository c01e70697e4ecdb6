#include "wallet/element_labels.h"

#include <algorithm>
#include <array>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor_text.h"
#include "core/mdoc/age_over.h"

namespace mibun::wallet {
namespace {

struct Row {
  std::string_view name, ja, en;
};

constexpr auto kElements = std::to_array<Row>({
    {"family_name", "姓", "Family name"},
    {"given_name", "名", "Given name"},
    {"birth_date", "生年月日", "Date of birth"},
    {"portrait", "顔写真", "Portrait"},
    {"sex", "性別", "Sex"},
    {"nationality", "国籍", "Nationality"},
    {"resident_address", "住所", "Address"},
    {"issuing_country", "発行国", "Issuing country"},
    {"issuing_authority", "発行機関", "Issuing authority"},
    {"document_number", "文書番号", "Document number"},
    {"issue_date", "発行日", "Issued on"},
    {"expiry_date", "有効期限", "Valid until"},
    {"age_in_years", "年齢", "Age"},
    {"driving_privileges", "運転できる車両", "May drive"},
    {"un_distinguishing_sign", "国の標識", "Distinguishing sign"},
});

// ISO/IEC 5218, as mdocs write it.
Label sex_label(std::int64_t sex) {
  if (sex == 1) return {"男", "Male"};
  if (sex == 2) return {"女", "Female"};
  return {"記載なし", "Unspecified"};
}

constexpr auto kPictures =
    std::to_array<std::string_view>({"portrait", "enrolment_portrait_image", "signature_usual_mark"});

Label size_label(std::size_t bytes) {
  const std::string size = std::to_string(bytes);
  return {"画像など(" + size + " バイト)", "picture or other data (" + size + " bytes)"};
}

std::optional<Label> bytes_label(BytesView value) {
  cbor::ChunkStore chunks;
  cbor::Reader reader(value, cbor::Form::well_formed, {}, &chunks);
  const auto bytes = reader.read_bytes();
  if (!bytes) return std::nullopt;
  return size_label(bytes->size());
}

}  // namespace

const std::string* mdoc_element(const dcql::ClaimPath& path) {
  if (path.steps().size() != 2) return nullptr;
  const auto* name_space = std::get_if<std::string>(&path.steps()[0]);
  const auto* element = std::get_if<std::string>(&path.steps()[1]);
  if (name_space == nullptr || element == nullptr || name_space->find('.') == std::string::npos) return nullptr;
  return element;
}

bool is_picture(std::string_view identifier) {
  return std::ranges::find(kPictures, identifier) != kPictures.end();
}

std::optional<Label> element_label(std::string_view identifier) {
  for (const Row& row : kElements) {
    if (row.name == identifier) return Label{std::string(row.ja), std::string(row.en)};
  }
  const auto age = mdoc::AgeOver::parse(identifier);
  if (!age) return std::nullopt;
  const std::string years = std::to_string(age->years());
  return Label{years + "歳以上", "Aged " + years + " or over"};
}

std::optional<Label> element_value(std::string_view identifier, const json::Value& value) {
  if (const auto* number = value.if_int64(); identifier == "sex" && number != nullptr) return sex_label(*number);
  if (!is_picture(identifier) || !value.is_string()) return std::nullopt;
  const auto bytes = base64url::decode(value.get_string());
  return bytes ? std::optional(size_label(bytes->size())) : std::nullopt;
}

Label element_value(std::string_view identifier, BytesView value) {
  if (auto label = bytes_label(value)) return *label;
  const auto json = cbor::to_json(value);
  if (!json) return {"…", "…"};
  if (auto label = element_value(identifier, *json)) return *label;
  return claim_value(dcql::ClaimPath::of(std::string(identifier)), *json);
}

}  // namespace mibun::wallet
