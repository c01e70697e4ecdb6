#include "server/app/file_places.h"

#include <algorithm>
#include <array>

#include "platform/files/files.h"
#include "platform/records/record_class.h"

namespace mibun::server {
namespace {

// What lies in files.
constexpr std::array<records::ClassId, 2> kFileClasses{"evidence", "photo"};

bool is_foreign(const blobs::Place& place) {
  return std::ranges::any_of(kFileClasses,
                             [&](records::ClassId kept) { return records::row_of(kept).region != place.region; });
}

}  // namespace

const blobs::Place* foreign_place(const blobs::StoreOptions& files) {
  const auto found = std::ranges::find_if(files.places, is_foreign);
  return found == files.places.end() ? nullptr : &*found;
}

Result<std::unique_ptr<blobs::Store>> open_files(const Config& config, Rng& rng) {
  blobs::StoreOptions files = config.files;
  if (foreign_place(files) != nullptr) {
    return fail(ErrorCode::invalid_argument, "config.files", "records of Japan in another region");
  }
  if (files.places.empty()) {
    const std::string beside = config.data_directory + "/files";
    MIBUN_CHECK(files::make_private_directory(beside));
    files.places = {{beside + "/a"}, {beside + "/b"}};
  }
  return blobs::Store::open(std::move(files), rng);
}

}  // namespace mibun::server
