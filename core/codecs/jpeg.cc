#include "core/codecs/jpeg.h"

#include <optional>
#include <string>

namespace mibun::jpeg {
namespace {

// Second bytes of the markers, T.81, table B.1.
constexpr std::uint8_t kSoi = 0xd8, kEoi = 0xd9, kSos = 0xda, kDht = 0xc4, kDqt = 0xdb, kDri = 0xdd, kCom = 0xfe;
constexpr std::uint8_t kBaseline = 0xc0, kExtended = 0xc1, kProgressive = 0xc2;
// Cameras write some dozens; a progressive picture has a scan header and tables for each of its scans.
constexpr int kSegmentsMax = 1000;

bool is_frame(std::uint8_t marker) {
  return marker == kBaseline || marker == kExtended || marker == kProgressive;
}
bool is_restart(std::uint8_t byte) {
  return byte >= 0xd0 && byte <= 0xd7;
}
// Tables and what applications write. Other frames, hierarchical pictures and heights that come late (DNL) are none.
bool may_be_skipped(std::uint8_t marker) {
  return marker == kDht || marker == kDqt || marker == kDri || marker == kCom || (marker >= 0xe0 && marker <= 0xef);
}

class Reader {
 public:
  explicit Reader(BytesView file) : file_(file) {}

  Result<PictureSize> read() {
    if (file_.size() < 4 || file_[0] != 0xff || file_[1] != kSoi) return refuse("it does not begin as one");
    at_ = 2;
    for (int segments = 0; segments < kSegmentsMax; ++segments) {
      MIBUN_TRY(const std::uint8_t marker, read_marker());
      if (marker == kEoi) return end();
      MIBUN_TRY(const BytesView segment, read_segment());
      if (is_frame(marker)) {
        MIBUN_CHECK(read_frame(segment));
      } else if (marker == kSos) {
        if (!size_) return refuse("a scan before the frame");
        scanned_ = true;
        skip_entropy_coded();
      } else if (!may_be_skipped(marker)) {
        return refuse("a segment of another kind of picture");
      }
    }
    return refuse("too many segments");
  }

 private:
  std::unexpected<Error> refuse(std::string why) const {
    return fail(ErrorCode::photo_malformed, "byte " + std::to_string(at_), std::move(why));
  }

  // Any number of fill bytes may stand before a marker (B.1.1.2).
  Result<std::uint8_t> read_marker() {
    if (at_ >= file_.size() || file_[at_] != 0xff) return refuse("no marker where one must be");
    while (at_ < file_.size() && file_[at_] == 0xff) ++at_;
    if (at_ >= file_.size()) return refuse("it ends in the middle");
    return file_[at_++];
  }

  Result<BytesView> read_segment() {
    if (file_.size() - at_ < 2) return refuse("it ends in the middle");
    const std::size_t length = file_[at_] * 256U + file_[at_ + 1];  // its own two bytes count
    if (length < 2 || length > file_.size() - at_) return refuse("a segment's length");
    const BytesView segment = file_.subspan(at_ + 2, length - 2);
    at_ += length;
    return segment;
  }

  // B.2.2: precision, lines, samples a line, number of components, three bytes for each.
  Status read_frame(BytesView segment) {
    if (size_) return refuse("a second frame");
    if (segment.size() < 6) return refuse("the frame header is cut off");
    const std::size_t components = segment[5];
    if (segment[0] != 8 || (components != 1 && components != 3)) return refuse("not 8 bits grey or in colour");
    if (segment.size() != 6 + 3 * components) return refuse("the frame header's length");
    const PictureSize size{.width = segment[3] * 256U + segment[4], .height = segment[1] * 256U + segment[2]};
    if (size.width == 0 || size.height == 0) return refuse("a side without pixels");
    size_ = size;
    return {};
  }

  // Up to the next marker: FF 00 is a byte of the data, FF D0 to FF D7 restart it.
  void skip_entropy_coded() {
    while (at_ + 1 < file_.size()) {
      if (file_[at_] == 0xff && file_[at_ + 1] != 0 && !is_restart(file_[at_ + 1])) return;
      ++at_;
    }
    at_ = file_.size();
  }

  Result<PictureSize> end() const {
    if (!scanned_) return refuse("no picture in it");
    if (at_ != file_.size()) return refuse("something follows the picture");
    return *size_;
  }

  BytesView file_;
  std::size_t at_ = 0;
  std::optional<PictureSize> size_;
  bool scanned_ = false;
};

}  // namespace

Result<PictureSize> read_size(BytesView file) {
  return Reader(file).read();
}

}  // namespace mibun::jpeg
