#include "cli/world/passport.h"

#include <array>

#include "core/emrtd/passport_double.h"
#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kFileBytesMax = 256 * 1024;

struct DataGroupFile {
  std::string_view name;
  int number;
};
constexpr std::array<DataGroupFile, 4> kDataGroups{{{"EF.DG1", 1}, {"EF.DG2", 2}, {"EF.DG14", 14}, {"EF.DG15", 15}}};

class SimulatedChip final : public wallet::Chip {
 public:
  explicit SimulatedChip(emrtd::PassportDouble chip) : chip_(std::move(chip)) {}

  Result<std::map<std::string, Bytes>> files() override {
    std::map<std::string, Bytes> files{{"EF.SOD", chip_.files().sod}};
    if (!chip_.files().com.empty()) files["EF.COM"] = chip_.files().com;
    for (const DataGroupFile& group : kDataGroups) {
      const auto found = chip_.files().data_groups.find(group.number);
      if (found != chip_.files().data_groups.end()) files[std::string(group.name)] = found->second;
    }
    return files;
  }
  Result<Bytes> active_authentication(const emrtd::ActiveAuthenticationChallenge& challenge) override {
    return chip_.active_authentication(challenge);
  }

 private:
  emrtd::PassportDouble chip_;
};

}  // namespace

Result<std::unique_ptr<wallet::Chip>> open_passport_directory(const std::string& directory) {
  emrtd::Files chip_files;
  MIBUN_TRY(chip_files.sod, files::read_file(directory + "/EF.SOD", kFileBytesMax));
  MIBUN_TRY(chip_files.com, files::read_file(directory + "/EF.COM", kFileBytesMax));
  for (const DataGroupFile& group : kDataGroups) {
    MIBUN_TRY(chip_files.data_groups[group.number],
              files::read_file(directory + "/" + std::string(group.name), kFileBytesMax));
  }
  MIBUN_TRY(const SecretBytes key, files::read_secret_file(directory + "/chip.key", kFileBytesMax));
  MIBUN_TRY(auto chip, emrtd::PassportDouble::restore(std::move(chip_files), key.reveal()));
  return std::make_unique<SimulatedChip>(std::move(chip));
}

}  // namespace mibun::cli
