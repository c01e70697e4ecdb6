#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/claim_path.h"
#include "core/sd_jwt/integrity.h"

// What the publisher of a credential type says about it: SD-JWT VC, section 5. All texts are a stranger's: they are for
// showing as plain text, and how far to believe them is the caller's decision (section 7.7).
namespace mibun::sd_jwt {

inline constexpr std::size_t kTypeMetadataBytesMax = 256 * 1024;
inline constexpr std::size_t kTypeClaimsMax = 500;
inline constexpr std::size_t kTypeDisplaysMax = 200;  // locales, of a type or of one claim
inline constexpr std::size_t kSvgTemplatesMax = 32;

// A picture or a template: an https URL to fetch with the usual care, or a data: URI. A given integrity must be checked
// over the bytes before they are used.
struct TypeResource {
  std::string uri;
  std::optional<Integrity> integrity;
};

struct TypeLogo {
  TypeResource image;
  std::optional<std::string> alt_text;
};

// Section 5.5.1.1. Colours as written: "#12107c", "rgb(18 16 124)".
struct SimpleRendering {
  std::optional<TypeLogo> logo;
  std::optional<TypeResource> background_image;
  std::optional<std::string> background_color, text_color;
};

// Section 5.5.1.2. What is absent fits every taste.
struct SvgTemplate {
  enum class Orientation { portrait, landscape };
  enum class ColorScheme { light, dark };
  enum class Contrast { normal, high };
  TypeResource image;
  std::optional<Orientation> orientation;
  std::optional<ColorScheme> color_scheme;
  std::optional<Contrast> contrast;
};

// Section 5.5: the type's name and looks in one language.
struct TypeDisplay {
  std::string locale;  // a language tag: "ja-JP"
  std::string name;
  std::optional<std::string> description;
  std::optional<SimpleRendering> simple;
  std::vector<SvgTemplate> svg_templates;
};

// Section 5.6.2: a claim's label in one language.
struct ClaimDisplay {
  std::string locale;
  std::string label;
  std::optional<std::string> description;
};

enum class SelectiveDisclosure { always, allowed, never };

// Section 5.6. What is absent is inherited from the type that is extended; `mandatory` is else false, `disclosure`
// allowed.
struct ClaimMetadata {
  ClaimPath path;
  std::optional<std::vector<ClaimDisplay>> display;
  std::optional<bool> mandatory;
  std::optional<SelectiveDisclosure> disclosure;  // "sd"
  std::optional<std::string> svg_id;
};

// One document, well formed, before what it extends was read.
struct TypeMetadata {
  std::string vct;
  std::optional<std::string> name, description;  // for developers
  std::optional<std::string> extends;
  std::optional<Integrity> extends_integrity;
  std::optional<std::vector<TypeDisplay>> display;
  std::vector<ClaimMetadata> claims;  // no path twice, no svg_id twice

  // Unknown members are ignored (section 5.2). Errors: sd_jwt_type_metadata_malformed,
  // sd_jwt_type_metadata_too_large, sd_jwt_integrity_malformed, json_*.
  static Result<TypeMetadata> parse(std::string_view document);
};

// The entry for a person who reads `language` ("ja", "en-GB"): RFC 4647, section 3.4 (the tag itself, then shorter
// ones, each also matching an entry that says more), then English, then the first. Null when there is none.
const TypeDisplay* find_display(const std::vector<TypeDisplay>& displays, std::string_view language);
const ClaimDisplay* find_display(const std::vector<ClaimDisplay>& displays, std::string_view language);

}  // namespace mibun::sd_jwt
