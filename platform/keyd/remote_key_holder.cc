#include "platform/keyd/remote_key_holder.h"

#include <utility>

namespace mibun::keyd {
namespace {

Request about_record(Operation operation, const PersonId& person, const RecordName& name, BytesView value) {
  return {.operation = operation,
          .record_version = static_cast<std::uint32_t>(name.version),
          .person = person.value,
          .record_class = name.record_class.name(),
          .record = name.record,
          .value = value};
}

}  // namespace

Result<std::unique_ptr<RemoteKeyHolder>> RemoteKeyHolder::open(RemoteOptions options) {
  MIBUN_TRY(auto client, RemoteClient::open(std::move(options)));
  return std::unique_ptr<RemoteKeyHolder>(new RemoteKeyHolder(std::move(client)));
}

Status RemoteKeyHolder::create_person_key(const PersonId& person) {
  return client_->tell({.operation = Operation::create_person_key, .person = person.value});
}

Result<Bytes> RemoteKeyHolder::seal(const PersonId& person, const RecordName& name, BytesView plaintext) {
  return client_->ask(about_record(Operation::seal, person, name, plaintext));
}

Result<Bytes> RemoteKeyHolder::open(const PersonId& person, const RecordName& name, BytesView sealed) {
  return open_for(Purpose::unlisted, person, name, sealed);
}

Result<Bytes> RemoteKeyHolder::open_for(Purpose purpose, const PersonId& person, const RecordName& name,
                                        BytesView sealed) {
  Request request = about_record(Operation::open, person, name, sealed);
  request.purpose = purpose;
  return client_->ask(request);
}

Status RemoteKeyHolder::destroy_person_key(const PersonId& person) {
  return client_->tell({.operation = Operation::destroy_person_key, .person = person.value});
}

Result<bool> RemoteKeyHolder::has_person_key(const PersonId& person) {
  MIBUN_TRY(const Bytes answer, client_->ask({.operation = Operation::has_person_key, .person = person.value}));
  if (answer.size() != 1 || answer[0] > 1) return fail(ErrorCode::keyd_unavailable, "answer", "is neither yes nor no");
  return answer[0] == 1;
}

Result<Bytes> RemoteKeyHolder::lookup_hash(std::string_view domain, BytesView value) {
  return client_->ask({.operation = Operation::lookup_hash, .domain = domain, .value = value});
}

Result<Bytes> RemoteKeyHolder::person_hash(const PersonId& person, std::string_view domain, BytesView value) {
  return client_->ask({.operation = Operation::person_hash, .person = person.value, .domain = domain, .value = value});
}

Status RemoteKeyHolder::rotate_epoch() {
  return client_->tell({.operation = Operation::rotate_epoch});
}

}  // namespace mibun::keyd
