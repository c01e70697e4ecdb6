#include "core/emrtd/data_groups.h"

#include "core/codecs/tlv.h"

namespace mibun::emrtd {
namespace {

constexpr std::uint32_t kDg1 = 0x61, kDg2 = 0x75, kDg14 = 0x6e, kDg15 = 0x6f;
constexpr std::uint32_t kMrz = 0x5f1f;
constexpr std::uint32_t kInteger = 0x02, kObjectId = 0x06, kSequence = 0x30, kSet = 0x31;

// id-icao-mrtd-security-aaProtocolObject 2.23.136.1.1.5; ecdsa-plain-signatures 0.4.0.127.0.7.1.1.4.1 (BSI TR-03111);
// id-PK and id-CA 0.4.0.127.0.7.2.2.1 and .3 (BSI TR-03110).
constexpr std::uint8_t kAaOid[] = {0x67, 0x81, 0x08, 0x01, 0x01, 0x05};
constexpr std::uint8_t kEcdsaPlainArc[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01};
constexpr std::uint8_t kChipAuthenticationArc[] = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, 0x03};

std::unexpected<Error> malformed(const char* where, const char* detail = "") {
  return fail(ErrorCode::emrtd_file_malformed, where, detail);
}

bool starts_with(BytesView bytes, BytesView prefix) {
  return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// Takes objects off the front of a constructed value, one after another.
class Objects {
 public:
  Objects(BytesView bytes, const char* where) : rest_(bytes), where_(where) {}
  bool empty() const { return rest_.empty(); }

  Result<tlv::Node> next() {
    const auto node = tlv::read(rest_);
    if (!node) return malformed(where_);
    rest_ = rest_.subspan(node->total);
    return *node;
  }
  Result<BytesView> next(std::uint32_t tag) {
    MIBUN_TRY(const tlv::Node node, next());
    if (node.tag != tag) return malformed(where_, "another tag");
    return node.value;
  }

 private:
  BytesView rest_;
  const char* where_;
};

// ---- DG2: one facial record ----

constexpr std::size_t kFacialHeaderSize = 14;       // "FAC\0", version, length, number of faces
constexpr std::size_t kFacialInformationSize = 20;  // of one face
constexpr std::size_t kFeaturePointSize = 8;
constexpr std::size_t kImageInformationSize = 12;

std::size_t big_endian(BytesView bytes) {
  std::size_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

Result<BytesView> take(BytesView& rest, std::size_t size) {
  if (size > rest.size()) return malformed("dg2", "a facial record is cut off");
  const BytesView part = rest.first(size);
  rest = rest.subspan(size);
  return part;
}

// By its first bytes: the record's own statement of the format is sometimes wrong.
Result<PortraitFormat> format_of(BytesView image) {
  static constexpr std::uint8_t kJpeg[] = {0xff, 0xd8, 0xff};
  static constexpr std::uint8_t kJp2[] = {0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20, 0x0d, 0x0a, 0x87, 0x0a};
  static constexpr std::uint8_t kCodestream[] = {0xff, 0x4f, 0xff, 0x51};
  if (starts_with(image, kJpeg)) return PortraitFormat::jpeg;
  if (starts_with(image, kJp2) || starts_with(image, kCodestream)) return PortraitFormat::jpeg2000;
  return malformed("dg2", "the image is neither JPEG nor JPEG 2000");
}

Result<Portrait> parse_facial_record(BytesView record) {
  BytesView rest = record;
  MIBUN_TRY(const BytesView header, take(rest, kFacialHeaderSize));
  if (!starts_with(header, as_bytes(std::string_view("FAC\0", 4)))) return malformed("dg2", "no facial record");
  if (big_endian(header.subspan(8, 4)) != record.size()) return malformed("dg2", "another record length");
  if (big_endian(header.subspan(12, 2)) == 0) return malformed("dg2", "no face");
  MIBUN_TRY(const BytesView face, take(rest, kFacialInformationSize));
  const std::size_t block_size = big_endian(face.first(4));
  const std::size_t points_size = big_endian(face.subspan(4, 2)) * kFeaturePointSize;
  const std::size_t before_image = kFacialInformationSize + points_size + kImageInformationSize;
  if (block_size < before_image) return malformed("dg2", "another block length");
  MIBUN_TRY(const BytesView before, take(rest, points_size + kImageInformationSize));
  static_cast<void>(before);  // feature points and image sizes: nothing here relies on them
  MIBUN_TRY(const BytesView image, take(rest, block_size - before_image));
  MIBUN_TRY(const PortraitFormat format, format_of(image));
  return Portrait{format, to_bytes(image)};
}

void put(Bytes& out, std::size_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xff));
}

Bytes write_facial_record(const Portrait& portrait) {
  const std::size_t block_size = kFacialInformationSize + kImageInformationSize + portrait.image.size();
  Bytes out =
      to_bytes(std::string_view("FAC\0"
                                "010\0",
                                8));
  put(out, kFacialHeaderSize + block_size, 4);
  put(out, 1, 2);
  put(out, block_size, 4);
  out.insert(out.end(), kFacialInformationSize - 4, 0);  // no feature points, nothing stated about the face
  out.push_back(1);                                      // full frontal
  out.push_back(portrait.format == PortraitFormat::jpeg ? 0 : 1);
  out.insert(out.end(), kImageInformationSize - 2, 0);
  out.insert(out.end(), portrait.image.begin(), portrait.image.end());
  return out;
}

// ---- DG14 ----

ActiveAuthenticationAlgorithm algorithm_of(BytesView oid) {
  if (!starts_with(oid, kEcdsaPlainArc) || oid.size() != sizeof kEcdsaPlainArc + 1) {
    return ActiveAuthenticationAlgorithm::other;
  }
  switch (oid.back()) {
    case 3:
      return ActiveAuthenticationAlgorithm::ecdsa_sha256;
    case 4:
      return ActiveAuthenticationAlgorithm::ecdsa_sha384;
    case 5:
      return ActiveAuthenticationAlgorithm::ecdsa_sha512;
    default:
      return ActiveAuthenticationAlgorithm::other;
  }
}

Status read_security_info(BytesView info, SecurityInfos& infos) {
  Objects objects(info, "dg14");
  MIBUN_TRY(const BytesView protocol, objects.next(kObjectId));
  if (starts_with(protocol, kChipAuthenticationArc)) infos.offers_chip_authentication = true;
  if (!std::ranges::equal(protocol, BytesView(kAaOid))) return {};
  if (infos.active_authentication) return malformed("dg14", "two ActiveAuthenticationInfos");
  MIBUN_TRY(const BytesView version, objects.next(kInteger));
  MIBUN_TRY(const BytesView algorithm, objects.next(kObjectId));
  if (version.size() != 1 || version[0] != 1 || !objects.empty()) return malformed("dg14", "ActiveAuthenticationInfo");
  infos.active_authentication = algorithm_of(algorithm);
  return {};
}

}  // namespace

Result<BytesView> file_value(BytesView file, std::uint32_t tag, const char* where) {
  if (file.size() > kFileBytesMax) return fail(ErrorCode::emrtd_file_too_large, where);
  const auto node = tlv::read_whole(file);
  if (!node || node->tag != tag) return malformed(where, "not one object of the file's tag");
  return node->value;
}

Result<Mrz> parse_dg1(BytesView file, const CalendarDate& today) {
  MIBUN_TRY(const BytesView value, file_value(file, kDg1, "dg1"));
  Objects objects(value, "dg1");
  MIBUN_TRY(const BytesView text, objects.next(kMrz));
  if (!objects.empty()) return malformed("dg1", "more than the zone");
  return parse_mrz(as_text(text), today);
}

Bytes write_dg1(std::string_view mrz) {
  return tlv::write(kDg1, tlv::write(kMrz, as_bytes(mrz)));
}

std::string_view Portrait::media_type() const {
  return format == PortraitFormat::jpeg ? "image/jpeg" : "image/jp2";
}

Result<Portrait> parse_dg2(BytesView file) {
  MIBUN_TRY(const BytesView value, file_value(file, kDg2, "dg2"));
  MIBUN_TRY(const BytesView group, Objects(value, "dg2").next(0x7f61));
  Objects templates(group, "dg2");
  MIBUN_TRY(const BytesView count, templates.next(kInteger));
  if (count.size() != 1 || count[0] == 0) return malformed("dg2", "no template");
  MIBUN_TRY(const BytesView first, templates.next(0x7f60));
  Objects parts(first, "dg2");
  MIBUN_CHECK(parts.next(0xa1));
  MIBUN_TRY(const tlv::Node record, parts.next());
  if (record.tag != 0x5f2e && record.tag != 0x7f2e) return malformed("dg2", "no biometric data block");
  return parse_facial_record(record.value);
}

Bytes write_dg2(const Portrait& portrait) {
  // CBEFF header: patron header version, facial features, format owner JTC 1/SC 37, format 19794-5.
  static constexpr std::uint8_t kHeader[] = {0x80, 0x02, 0x01, 0x01, 0x81, 0x01, 0x02, 0x87,
                                             0x02, 0x01, 0x01, 0x88, 0x02, 0x00, 0x08};
  static constexpr std::uint8_t kOne[] = {0x01};
  const Bytes record = tlv::write(0x5f2e, write_facial_record(portrait));
  const Bytes one_template = tlv::write(0x7f60, tlv::concat({tlv::write(0xa1, kHeader), record}));
  return tlv::write(kDg2, tlv::write(0x7f61, tlv::concat({tlv::write(kInteger, kOne), one_template})));
}

Result<SecurityInfos> parse_dg14(BytesView file) {
  MIBUN_TRY(const BytesView value, file_value(file, kDg14, "dg14"));
  Objects outer(value, "dg14");
  MIBUN_TRY(const BytesView set, outer.next(kSet));
  if (!outer.empty()) return malformed("dg14");
  SecurityInfos infos;
  for (Objects entries(set, "dg14"); !entries.empty();) {
    MIBUN_TRY(const BytesView info, entries.next(kSequence));
    MIBUN_CHECK(read_security_info(info, infos));
  }
  return infos;
}

Bytes write_dg14() {
  static constexpr std::uint8_t kVersion[] = {0x01};
  Bytes algorithm(std::begin(kEcdsaPlainArc), std::end(kEcdsaPlainArc));
  algorithm.push_back(3);
  const Bytes info =
      tlv::concat({tlv::write(kObjectId, kAaOid), tlv::write(kInteger, kVersion), tlv::write(kObjectId, algorithm)});
  return tlv::write(kDg14, tlv::write(kSet, tlv::write(kSequence, info)));
}

Result<Bytes> parse_dg15(BytesView file) {
  MIBUN_TRY(const BytesView value, file_value(file, kDg15, "dg15"));
  const auto key = tlv::read_whole(value);
  if (!key || key->tag != kSequence) return malformed("dg15");
  return to_bytes(value);
}

Bytes write_dg15(const crypto::P256PublicKey& key) {
  return tlv::write(kDg15, key.spki());
}

}  // namespace mibun::emrtd
