#include "core/oid4vp/localized_text.h"

namespace mibun::oid4vp {
namespace {

Result<std::string> read_text(json::ObjectReader& reader, std::string_view language) {
  MIBUN_TRY(const std::string_view text, reader.string(language));
  if (text.empty() || text.size() > kLocalizedTextBytesMax) {
    return fail(ErrorCode::json_bad_value, reader.place(language), "the text is empty or too long");
  }
  return std::string(text);
}

}  // namespace

Result<LocalizedText> LocalizedText::parse(const json::Object& object, const std::string& where) {
  json::ObjectReader reader(object, where);
  LocalizedText text;
  MIBUN_TRY(text.ja, read_text(reader, "ja"));
  MIBUN_TRY(text.en, read_text(reader, "en"));
  return text;
}

json::Object LocalizedText::to_json() const {
  return {{"ja", ja}, {"en", en}};
}

}  // namespace mibun::oid4vp
