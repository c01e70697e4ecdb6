#include "cli/world/world.h"

#include <array>
#include <filesystem>

#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/emrtd/passport_double.h"
#include "core/jose/jwk.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;
constexpr auto kPassportLifetime = std::chrono::hours(24 * 365 * 8);

// Invented people: every world draws its own, so that a search through the server's files means something. Six letters
// or more, so that random bytes do not hold a name by chance.
constexpr std::array<std::string_view, 12> kGivenNames{"HARUKA",  "MIDORI", "TOMOKO", "KENICHI", "SHINJI", "YUZUKI",
                                                       "CHIHIRO", "MASATO", "SHIORI", "TAKUMI",  "HIROMI", "SATOSHI"};
constexpr std::array<std::string_view, 12> kFamilyNames{"TAKAMORI",  "KUROSAWABE", "AMAGASE",  "HOSHIKAWA",
                                                        "MINAZUKI",  "TSUKIOKA",   "KAZAHAYA", "UMEZONO",
                                                        "SHIRATORI", "ASAHINO",    "FUYUKAWA", "NAGATSUKI"};

template <std::size_t N>
std::string pick(const std::array<std::string_view, N>& list, Rng& rng) {
  return std::string(list[rng.bytes(1).front() % N]);
}

emrtd::PassportHolder invent_holder(Rng& rng, Instant now) {
  emrtd::PassportHolder holder;
  holder.given_name = pick(kGivenNames, rng);
  holder.family_name = pick(kFamilyNames, rng);
  const Bytes random = rng.bytes(12);
  // Between 21 and 60 years old, so that "over 20" is true.
  holder.birthdate.year = jst_date(now).year - 22 - random[0] % 38;
  holder.birthdate.month = 1U + random[1] % 12U;
  holder.birthdate.day = 1U + random[2] % 28U;
  holder.sex = emrtd::Sex::unspecified;
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPRTVWXYZ";
  for (std::size_t i = 0; i < 9; ++i) {
    holder.document_number +=
        i < 2 ? kLetters[random[3 + i] % kLetters.size()] : static_cast<char>('0' + random[3 + i] % 10);
  }
  holder.expiry = jst_date(now + kPassportLifetime);
  return holder;
}

Status write_passport(const std::string& directory, const emrtd::PassportDouble& passport) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_CHECK(files::write_file_atomic(directory + "/EF.SOD", passport.files().sod));
  MIBUN_CHECK(files::write_file_atomic(directory + "/EF.COM", passport.files().com));
  for (const auto& [number, content] : passport.files().data_groups) {
    MIBUN_CHECK(files::write_file_atomic(directory + "/EF.DG" + std::to_string(number), content));
  }
  const SecretBytes key = passport.chip_key_pkcs8();
  return files::write_file_atomic(directory + "/chip.key", key.reveal());
}

// The passport is the last thing written and person.json its end mark, so half a passport is made again whole.
Status make_passport(const DemoWorld& world, Instant now, Rng& rng) {
  if (files::exists(world.demo_directory + "/person.json")) return {};
  MIBUN_TRY(const auto state, emrtd::IssuingStateDouble::make(now));
  const emrtd::PassportHolder holder = invent_holder(rng, now);
  MIBUN_TRY(const auto passport,
            emrtd::PassportDouble::make(holder, emrtd::portrait_double(), state.document_signer, now));
  MIBUN_CHECK(write_passport(world.passport_directory(), passport));
  MIBUN_CHECK(files::write_file_atomic(world.demo_directory + "/csca.pem", to_bytes(state.csca.certificate().pem()),
                                       files::kPublicFile));
  json::Object person;
  person["given_name"] = holder.given_name;
  person["family_name"] = holder.family_name;
  person["birthdate"] = holder.birthdate.to_string();
  person["document_number"] = holder.document_number;
  return files::write_file_atomic(world.demo_directory + "/person.json", to_bytes(json::serialize(person)));
}

Result<crypto::P256PrivateKey> open_key(const std::string& path) {
  if (files::exists(path)) {
    MIBUN_TRY(const SecretBytes text, files::read_secret_file(path, kFileBytesMax));
    return jose::parse_private_jwk(as_text(text.reveal()));
  }
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const SecretBytes text = jose::private_jwk(key);
  MIBUN_CHECK(files::write_new_file(path, text.reveal()));
  return key;
}

struct Reviewer {
  std::string_view client_id, name;
};
constexpr std::array<Reviewer, 3> kReviewers{{{"reviewer-akari", "Akari (demo)"},
                                              {"reviewer-minoru", "Minoru (demo)"},
                                              {"reviewer-sora", "Sora (demo)"}}};  // an appeal needs a third

Status write_server_config(const DemoWorld& world) {
  json::Array staff;
  for (const Reviewer& reviewer : kReviewers) {
    MIBUN_TRY(const auto key, open_key(world.key_file(reviewer.client_id)));
    json::Object member;
    member["client_id"] = reviewer.client_id;
    member["name"] = reviewer.name;
    member["jwk"] = jose::Jwk(key.public_key()).to_json();
    staff.push_back(std::move(member));
  }
  json::Object config;
  config["staff"] = std::move(staff);
  config["csca_pem_files"] = json::Array{json::Value(world.demo_directory + "/csca.pem")};
  return files::write_file_atomic(world.server_config, to_bytes(json::serialize(config)));
}

json::Object both(std::string_view ja, std::string_view en) {
  json::Object text;
  text["ja"] = ja;
  text["en"] = en;
  return text;
}

json::Array path(std::initializer_list<std::string_view> steps) {
  json::Array list;
  for (const std::string_view step : steps) list.emplace_back(step);
  return list;
}

// What the shop's readers may ask when a person stands before them.
json::Object photo_id_claims() {
  constexpr std::string_view kNameSpace = "org.iso.23220.1";
  json::Object credential;
  credential["doctype"] = "org.iso.23220.photoid.1";
  credential["claims"] = json::Array{path({kNameSpace, "given_name"}), path({kNameSpace, "age_over_20"})};
  return credential;
}

Status write_shop(const DemoWorld& world) {
  MIBUN_TRY(const auto key, open_key(world.key_file("shop")));
  json::Object credential;
  credential["vct"] = "urn:mibun:identity:1";
  credential["claims"] = json::Array{path({"given_name"}), path({"family_name"}), path({"age_equal_or_over", "20"})};
  json::Object retention;
  retention["days"] = 30;
  retention["text"] = both("30日後に消去します", "erased after 30 days");
  json::Object organization;
  organization["name"] = both("酒処むすび(デモ)", "Musubi Sake Shop (demo)");
  organization["contact"] = "privacy@musubi.example";
  json::Object application;
  application["partner_id"] = "musubi-shop";
  application["organization"] = std::move(organization);
  application["purpose"] = both("お酒の購入時の年齢確認", "age check when buying sake");
  application["retention"] = std::move(retention);
  application["cautions"] = both("氏名は配送先の確認にだけ使います", "the name is used for the delivery only");
  application["credentials"] = json::Array{std::move(credential), photo_id_claims()};
  application["redirect_uri"] = "https://musubi.example/return";
  application["jwk"] = jose::Jwk(key.public_key()).to_json();
  return files::write_file_atomic(world.demo_directory + "/shop.json", to_bytes(json::serialize(application)));
}

}  // namespace

Result<DemoWorld> open_demo_world(const std::string& state, Instant now) {
  if (state.empty()) return fail(ErrorCode::invalid_argument, "--state", "a folder is needed");
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(state).parent_path(), error);
  const std::string absolute = std::filesystem::absolute(state).lexically_normal().string();
  const DemoWorld world{absolute, absolute + "/server", absolute + "/demo/server.json", absolute + "/demo"};
  crypto::SystemRng rng;
  MIBUN_CHECK(files::make_private_directory(world.state));
  MIBUN_CHECK(files::make_private_directory(world.demo_directory));
  MIBUN_CHECK(make_passport(world, now, rng));
  MIBUN_CHECK(write_server_config(world));
  MIBUN_CHECK(write_shop(world));
  return world;
}

Result<DemoPerson> read_demo_person(const DemoWorld& world) {
  MIBUN_TRY(const Bytes text, files::read_file(world.demo_directory + "/person.json", kFileBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text)));
  json::ObjectReader reader(object, "person");
  DemoPerson person;
  MIBUN_TRY(person.given_name, reader.string("given_name"));
  MIBUN_TRY(person.family_name, reader.string("family_name"));
  MIBUN_TRY(person.birthdate, reader.string("birthdate"));
  MIBUN_TRY(person.document_number, reader.string("document_number"));
  return person;
}

}  // namespace mibun::cli
